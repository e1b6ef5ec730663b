"""A whole check: planted mistakes are found wherever they are, right derivatives that weaker checkers reject pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli import UsageError
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.graph.selection import Selection

LAYER = {
    "inputs": {"x": [0.5, -1.0, 2.0]},
    "params": {"W": {"shape": [4, 3], "init": "glorot", "seed": 0}, "b": {"shape": [4], "init": "normal", "seed": 1}},
    "let": {"h": "tanh(W @ x + b)"},
    "outputs": {"y": "h"},
}
CLAIM = "(1 - h**2)[:, None] * W"


def claimed(text: str, **more: Any) -> Any:
    return jaccli.parse({**LAYER, "jacobian": {"y": {"x": text}}, **more}).gradcheck()


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        pytest.param(f"-({CLAIM})", "JAC101", id="sign"),
        pytest.param(f"1.0005 * ({CLAIM})", "JAC100", id="0.05 % off everywhere"),
        pytest.param(f"2 * ({CLAIM})", "JAC102", id="factor 2"),
        pytest.param(f"0 * ({CLAIM})", "JAC112", id="zero"),
        pytest.param("(1 - h)[:, None] * W", "JAC113", id="missing square"),
        pytest.param(f"({CLAIM}) * where(reshape(arange(12), (4, 3)) == 7, 1.001, 1)", "JAC100", id="one entry 0.1 % off"),
    ],
)  # fmt: skip
def test_check_finds_planted_mistakes(claim: str, code: str) -> None:
    failed = [found for found in claimed(claim).checks if found.outcome == "fail"]
    assert [(found.tested, found.code) for found in failed] == [("claim", code)]


def test_check_passes_the_right_claim_and_all_routes() -> None:
    assert {found.outcome for found in claimed(CLAIM).checks} == {"pass"}


def test_check_names_the_one_wrong_entry() -> None:
    wrong = f"({CLAIM}) * where(reshape(arange(12), (4, 3)) == 7, 1.01, 1)"
    (failed,) = [found for found in claimed(wrong).checks if found.outcome == "fail"]
    assert (failed.of_index, failed.wrt_index, failed.failed, failed.entries) == ((2,), (1,), 1, 12)


RIGHT = {
    "sqrt close to its edge": {"inputs": {"x": "1e-8"}, "outputs": {"y": "sqrt(x)"}},
    "log close to its edge": {"inputs": {"x": "1e-6"}, "outputs": {"y": "log(x)"}},
    "large offset": {"inputs": {"x": "3"}, "outputs": {"y": "1e6 + x**2"}},
    "fast oscillation": {"inputs": {"x": "0.7"}, "outputs": {"y": "sin(1e3*x)"}},
    "saturated tanh": {"inputs": {"x": "19.6"}, "outputs": {"y": "tanh(x)"}},
    "saturated tanh beside a steep exp": {"inputs": {"x": "24.3"}, "outputs": {"y": "tanh(exp(x) * 6.65e-10)"}},
    "dead relu": {"inputs": {"x": "-1.5"}, "outputs": {"y": "relu(x)"}},
    "relu at its kink": {"inputs": {"x": "0"}, "outputs": {"y": "relu(x)"}},
    "relu beside its kink": {"inputs": {"x": "1e-7"}, "outputs": {"y": "relu(x - 0)"}},
    "zero at a large point": {"inputs": {"x": "1e8"}, "outputs": {"y": "0*x + 3"}},
    "tiny outputs": {"inputs": {"x": "2e-4"}, "outputs": {"y": "1e-8*x**3"}},
    "step that vanishes in a sum": {"inputs": {"x": "1e-12"}, "outputs": {"y": "log(1 + x)"}},
    "input that vanishes in a sum": {"inputs": {"x": "1e-20"}, "outputs": {"y": "(1 + x) - 1"}},
    "minimum": {"inputs": {"x": "1"}, "outputs": {"y": "(x - 1)**2"}},
    "minimum at zero": {"inputs": {"x": "0"}, "outputs": {"y": "1 - cos(x)"}},
    "minimum at a decimal": {"inputs": {"x": "0.3"}, "outputs": {"y": "(10*x - 3)**2"}},
    "huge outputs": {"inputs": {"x": "2e4"}, "outputs": {"y": "1e8*x**3"}},
}


def _spec(text: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {"inputs": {name: float(value) for name, value in text["inputs"].items()}, "outputs": text["outputs"]}


@pytest.mark.parametrize("name", RIGHT)
def test_check_has_no_false_alarm(name: str) -> None:
    report = jaccli.parse(_spec(RIGHT[name])).gradcheck()
    assert not [found for found in report.checks if found.outcome == "fail"]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        pytest.param([-5.6, -8.1, -8.9], "tanh(sum(sigmoid(x * x)))", id="saturated sigmoids"),
        pytest.param([-2.1176331, -7.9576936, -6.9341958], "sinh(tanh(cos(x) / gelu(x)))", id="far tail of gelu"),
        pytest.param([112.6, -587.3], "(expm1(x) + sinh(x)) / (x - exp(2.5 * x))", id="formula that overflows"),
        pytest.param([-199.2, -412.9], "softmax(softplus(x)) + softmax(x[0] - x)", id="formula that cancels"),
        pytest.param([-40.0], "log(1 + exp(x))", id="constant in doubles"),
        pytest.param([1e-9], "1 - cos(x)", id="zero in doubles"),
        pytest.param([1e-5], "(1 - cos(x)) / x**2", id="staircase whose treads slope"),
        pytest.param([25.0], "1 - tanh(x)", id="saturated difference"),
        pytest.param([1e-8], "arccos(1 - x**2)", id="argument that is 1 in doubles"),
        pytest.param([8.0], "1 - erf(x)", id="tail by subtraction"),
    ],
)
def test_check_has_no_false_alarm_where_doubles_lose_their_digits(x: list[float], y: str) -> None:
    report = jaccli.parse({"inputs": {"x": x}, "outputs": {"y": y}}).gradcheck()
    assert not [found for found in report.checks if found.outcome in ("fail", "error")]


@pytest.mark.parametrize("name", [name for name in RIGHT if name != "fast oscillation" and "vanishes" not in name])
def test_check_decides_what_can_be_decided(name: str) -> None:
    assert {found.outcome for found in jaccli.parse(_spec(RIGHT[name])).gradcheck().checks} == {"pass"}


@pytest.mark.parametrize("name", [name for name in RIGHT if name != "relu at its kink" and "vanishes" not in name])
@pytest.mark.parametrize("claim", ["0.5", "-1e12"])
def test_check_has_no_blind_pass(name: str, claim: str) -> None:
    spec = _spec(RIGHT[name]) | {"jacobian": {"y": {"x": claim}}}
    (found,) = [found for found in jaccli.parse(spec).gradcheck().checks if found.tested == "claim"]
    assert found.outcome == "fail"


def test_check_draws_the_points_the_spec_asks_for() -> None:
    spec = {"inputs": {"x": {"value": 1, "range": [0.5, 2]}}, "outputs": {"y": "log(x)"}, "check": {"points": 3}}
    points = {(found.point_index, float(found.point["x"])) for found in jaccli.parse(spec).gradcheck().checks}
    assert sorted(index for index, _ in points) == [0, 1, 2]
    assert all(0.5 <= x <= 2 for _, x in points)


def test_check_is_the_same_in_every_run() -> None:
    spec = {"inputs": {"x": {"value": 1, "range": [0.5, 2]}}, "outputs": {"y": "log(x)"}, "check": {"points": 3}}
    first, second = jaccli.parse(spec).gradcheck(), jaccli.parse(spec).gradcheck()
    assert [(c.id, c.value, c.error_bar) for c in first.checks] == [(c.id, c.value, c.error_bar) for c in second.checks]


def test_check_looks_only_at_what_is_selected() -> None:
    built = jaccli.parse(LAYER).built
    report = check(built, CheckOptions(selection=Selection(("y",), ("b",))))
    assert {(found.of, found.wrt) for found in report.checks} == {("y", "b")}


@pytest.mark.parametrize(
    ("options", "match"),
    [
        pytest.param(
            CheckOptions(selection=Selection(of=("z",))), r"`z` is not an output; known: y", id="unknown output"
        ),
        pytest.param(
            CheckOptions(selection=Selection(wrt=("w",))),
            r"`w` is not an input or param; did you mean `W`\?",
            id="unknown input",
        ),
        pytest.param(
            CheckOptions(at={"x": np.zeros(2)}),
            r"`x` has shape \(3,\), but the given value has shape \(2,\)",
            id="shape of at",
        ),
        pytest.param(CheckOptions(at={"q": 1.0}), r"`q` is not an input or param", id="unknown name in at"),
    ],
)
def test_check_refuses_what_the_spec_does_not_have(options: CheckOptions, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        check(jaccli.parse(LAYER).built, options)


def test_check_of_a_variable_without_a_value_says_what_to_give() -> None:
    with pytest.raises(UsageError, match=r"`x` has no value; give `value:` in the spec or --at x=…"):
        jaccli.parse({"inputs": {"x": {"shape": [2]}}, "outputs": {"y": "x"}}).gradcheck()


def test_check_judges_the_symbolic_route_of_an_inverse() -> None:
    spec = {"inputs": {"A": np.eye(7) + 0.1}, "outputs": {"y": "trace(inv(A))"}}
    found = {check.tested: check for check in jaccli.parse(spec).gradcheck().checks}
    assert (found["symbolic"].outcome, found["reverse"].outcome) == ("pass", "pass")


MISRA = {
    "inputs": {"b": [250, 0.0005]},
    "constants": {"x": [77.6, 239.9, 434.8, 760.0], "y": [10.07, 29.61, 50.76, 81.78]},
    "let": {"r": "y - b[0]*(1 - exp(-b[1]*x))"},
    "outputs": {"f": "sum(r**2)/2"},
}


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.0005, "fail"), (1.5, "fail")])
def test_a_small_element_beside_a_large_one_is_judged_by_its_own_size(factor: float, outcome: str) -> None:
    gradient = "stack([sum(r*-(1 - exp(-b[1]*x))), sum(r * -(b[0]*x*exp(-b[1]*x)))])"
    model = jaccli.parse({**MISRA, "jacobian": {"f": {"b": f"{gradient} * {factor}"}}})
    (claim,) = [check for check in model.gradcheck().checks if check.tested == "claim"]
    assert claim.outcome == outcome


def test_differences_do_not_pass_what_their_coarse_steps_cannot_see() -> None:
    from jaccli.checker.options import CheckOptions

    gradient = "stack([sum(r*-(1 - exp(-b[1]*x))), sum(r * -(b[0]*x*exp(-b[1]*x)))])"
    model = jaccli.parse({**MISRA, "jacobian": {"f": {"b": f"{gradient} * 1.5"}}})
    report = check(model.built, CheckOptions(reference="difference"))
    (claim,) = [check for check in report.checks if check.tested == "claim"]
    assert claim.outcome in ("fail", "inconclusive")
