"""A kind of mistake is named only where it holds at other points too: one number has many explanations."""

import numpy as np
import pytest

import jaccli


def help_of(output, claim, inputs):
    spec = {"inputs": inputs, "outputs": {"y": output}, "jacobian": {"y": {"x": claim}}}
    (found,) = [check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim"]
    assert found.outcome == "fail"
    return found.code, found.help


@pytest.mark.parametrize(
    ("output", "claim", "inputs"),
    [
        pytest.param("x*b - b*x**2 + 0*b", "b*(1 + 2*x) + b*x", {"x": 0.5, "b": 2.0}, id="three times, here"),
        pytest.param("x**2", "3*x - 1", {"x": 0.5}, id="a half, here"),
        pytest.param("x**3", "x**3 + 2*x**2 - 0.5", {"x": 1.0}, id="nearly right, here"),
        pytest.param("exp(x)", "2*exp(x) - exp(2*x)*exp(-1)*0", {"x": 1.0}, id="really twice"),
    ],
)
def test_factor_of_one_point_is_not_named(output, claim, inputs):
    code, help_ = help_of(output, claim, inputs)
    really = claim.startswith("2*exp")
    assert (code == "JAC102") is really
    assert ("twice: the 2 of a square" in help_) is really


def test_claim_of_a_sum_is_not_called_three_times():
    spec = {"inputs": {"a": 0.5, "b": 2}, "outputs": {"db": "a*b - b"}, "jacobian": {"db": {"b": "a + 1"}}}
    (found,) = [check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim"]
    assert (found.code, found.help) == ("JAC101", "the term 1 has the wrong sign")


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        pytest.param(
            3.0,
            "claimed / expected = 3; perhaps three times: the 3 of a cube, or of 3*x inside, counted twice",
            id="a guess",
        ),
        pytest.param(-3.0, "claimed / expected = -3; compare this entry with its formula", id="two guesses at once"),
    ],
)
def test_factor_of_one_number_that_no_other_point_confirms_is_a_guess(ratio, words):
    found = jaccli.gradcheck(  # in single precision other points are not looked at
        lambda x: np.sin(x), np.array([0.3], dtype=np.float32), jacobian=lambda x: np.diag(ratio * np.cos(x))
    ).checks[0]
    assert found.help == words


def gradient(x):
    return np.array([2 * x[0] * x[1], x[0] ** 2])


@pytest.mark.parametrize(
    ("fn", "claim", "x", "code"),
    [
        pytest.param(np.sin, lambda x: 2 * np.cos(x), 0.3, "JAC102", id="twice everywhere"),
        pytest.param(lambda x: 3 * x - 1, lambda x: 6 * x + 3, 0.5, "JAC100", id="twice, here"),
        pytest.param(np.cos, np.sin, 0.3, "JAC101", id="the sign, everywhere"),
        pytest.param(lambda x: x * x - x, lambda x: 2 * x, 0.25, "JAC100", id="the sign, here"),
        pytest.param(np.exp, lambda x: 0 * x, 0.3, "JAC112", id="zero everywhere"),
        pytest.param(np.exp, lambda x: x - 0.3, 0.3, "JAC100", id="zero, here"),
        pytest.param(lambda x: x[0] ** 2 * x[1], lambda x: gradient(x)[::-1], [1.5, 2.0], "JAC111", id="exchanged"),
        pytest.param(lambda x: x[0] ** 2 * x[1], lambda x: np.array([2.25, 6 * x[1] / 2]), [1.5, 2.0], "JAC100", id="exchanged, here"),
    ],
)  # fmt: skip
def test_kind_of_a_functions_mistake_holds_at_other_points_too(fn, claim, x, code):
    (found,) = jaccli.gradcheck(fn, np.array(x), jacobian=claim).checks
    assert (found.outcome, found.code) == ("fail", code)


def test_other_points_outside_the_domain_leave_the_name_of_this_one():
    (found,) = jaccli.gradcheck(np.log, np.array(1e-3), jacobian=lambda x: np.where(x == 1e-3, -1 / x, np.nan)).checks
    assert found.code == "JAC101"


def test_factor_of_many_numbers_of_a_function_is_named():
    x = np.array([0.3, 0.7, 1.1])
    found = jaccli.gradcheck(lambda x: np.sin(x), x, jacobian=lambda x: np.diag(2 * np.cos(x))).checks[0]
    assert (
        found.help == "claimed / expected = 2; twice: the 2 of a square, or of 2*x inside, counted twice, or a lost ½"
    )


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param([6, 6, 12], id="numbers for this point"),
        pytest.param("3*x*(1 + 0*z)", id="labels stay as they are"),
    ],
)
def test_claim_that_other_points_cannot_tell_is_named_by_this_one(claim):
    spec = {
        "inputs": {"x": [2.0, 2.0, 4.0], "z": 1},
        "outputs": {"y": "sum(x**2)*3/4"},
        "jacobian": {"y": {"x": claim}},
    }
    (found,) = [c for c in jaccli.parse(spec).gradcheck().checks if c.tested == "claim"]
    assert found.code == "JAC102"


LINEAR_IN_B = [  # function, claim by b, a, and what its mistake is everywhere
    pytest.param(lambda a, b: a * b - b, lambda a: a + 1, 0.5, "JAC100", id="minus three times, here"),
    pytest.param(lambda a, b: a * b, lambda a: a**2, 2.0, "JAC100", id="twice, here"),
    pytest.param(lambda a, b: a * b, lambda a: 2 - 2 * a, 2.0, "JAC100", id="the sign, here"),
    pytest.param(lambda a, b: np.sqrt(a) * b, lambda a: a / 4, 4.0, "JAC100", id="half, here"),
    pytest.param(lambda a, b: a * b, lambda a: a - 3.0, 3.0, "JAC100", id="zero, here"),
    pytest.param(lambda a, b: np.sin(a) * b, lambda a: -np.sin(a), 0.3, "JAC101", id="the sign, everywhere"),
    pytest.param(lambda a, b: np.sin(a) * b, lambda a: 2 * np.sin(a), 0.3, "JAC102", id="twice, everywhere"),
]


@pytest.mark.parametrize("form", ["jacobian", "vjp"])
@pytest.mark.parametrize(("fn", "claim", "a", "code"), LINEAR_IN_B)
def test_kind_holds_where_the_other_inputs_are_moved_too(fn, claim, a, code, form):
    def by_a(a, b):
        return (fn(a + 1e-4, b) - fn(a - 1e-4, b)) / 2e-4

    given = {
        "jacobian": {"jacobian": lambda a, b: (by_a(a, b), claim(a))},
        "vjp": {"vjp": lambda a, b, y_bar: (y_bar * by_a(a, b), y_bar * claim(a))},
    }[form]
    report = jaccli.gradcheck(fn, (np.array(a), np.array(1.5)), **given)
    (found,) = [check for check in report.checks if check.wrt == "b"]
    assert (found.outcome, found.code) == ("fail", code), found.help
