"""The points a spec is looked at: given values, initial values, and draws from ranges."""

import numpy as np
import pytest

from jaccli.errors import UsageError
from jaccli.spec.domains import drawn, misfit
from jaccli.spec.points import drawn_point, given_point, initial_value
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source


def spec_of(text):
    problems = []
    spec = read_spec(Source("t.yaml", f"{text}\noutputs: {{y: 1}}\n"), None, problems)
    assert problems == []
    return spec


def initial(written):
    return initial_value(spec_of(f"params: {{W: {written}}}").variables[0])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("1.5", np.array(1.5), id="a number"),
        pytest.param("[1, 1/4]", np.array([1, 0.25]), id="a list"),
        pytest.param("{shape: [2], init: zeros}", np.zeros(2), id="zeros"),
        pytest.param("{shape: [2, 1], init: ones}", np.ones((2, 1)), id="ones"),
        pytest.param("{shape: [3], init: normal, seed: 4}", np.random.default_rng(4).standard_normal(3), id="normal"),
    ],
)
def test_initial_value_is_what_the_spec_says(written, expected):
    np.testing.assert_array_equal(initial(written), expected)


def test_initial_value_is_none_where_none_is_given():
    assert initial("{shape: [2]}") is None


@pytest.mark.parametrize("init", ["normal", "glorot"])
def test_initial_value_is_reproducible_without_a_seed(init):
    np.testing.assert_array_equal(
        initial(f"{{shape: [3, 4], init: {init}}}"), initial(f"{{shape: [3, 4], init: {init}}}")
    )


def test_initial_value_differs_between_names():
    first, second = spec_of("params: {a: {shape: [5], init: normal}, b: {shape: [5], init: normal}}").variables
    assert not np.array_equal(initial_value(first), initial_value(second))


@pytest.mark.parametrize(
    ("shape", "bound"),
    [
        pytest.param([40, 60], np.sqrt(6 / 100), id="matrix"),
        pytest.param([50], np.sqrt(6 / 100), id="vector"),
        pytest.param([], np.sqrt(6 / 2), id="number"),
    ],
)
def test_initial_value_glorot_lies_within_its_bound(shape, bound):
    assert np.abs(initial(f"{{shape: {shape}, init: glorot}}")).max() <= bound


def test_initial_value_glorot_fills_its_bound():
    assert np.abs(initial("{shape: [40, 60], init: glorot}")).max() > 0.99 * np.sqrt(6 / 100)


def test_given_point_leaves_out_names_without_a_value():
    assert given_point(spec_of("inputs: {x: 1, z: }")) == {"x": np.array(1.0)}


def test_given_point_puts_other_values_over_the_spec():
    assert given_point(spec_of("inputs: {x: 1, z: }"), {"x": 3, "z": 4}) == {"x": 3.0, "z": 4.0}


@pytest.mark.parametrize(
    ("at", "message"),
    [
        pytest.param({"w": 1}, r"^`w` is not an input or param of t \(known: x\)$", id="unknown"),
        pytest.param({"c": 1}, "^`c` is a constant; only inputs and params can be set$", id="constant"),
        pytest.param({"x": [1, 2, 3]}, r"^`x` has shape \(2,\), but the given value has shape \(3,\)$", id="shape"),
        pytest.param({"x": [1, np.nan]}, "^the value of `x` must be finite$", id="not finite"),
        pytest.param({"x": "two"}, r"^the value of `x` must be numbers \(got str\)$", id="text"),
    ],
)
def test_given_point_refuses(at, message):
    with pytest.raises(UsageError, match=message):
        given_point(spec_of("inputs: {x: [1, 2]}\nconstants: {c: 3}"), at)


RANGED = "inputs: {x: {value: 1, range: [-2, 2]}, z: {value: [1, 2], range: [3, 4]}, w: 5}"


def test_drawn_point_keeps_what_has_no_range():
    spec = spec_of(RANGED)
    assert drawn_point(spec, given_point(spec), 1, 0)["w"] == 5.0


def test_drawn_point_lies_in_the_range():
    spec = spec_of(RANGED)
    drawn = np.array([drawn_point(spec, given_point(spec), index, 0)["z"] for index in range(200)])
    assert (drawn.min() >= 3, drawn.max() <= 4, np.ptp(drawn) > 0.9) == (True, True, True)


def test_drawn_point_does_not_depend_on_other_variables():
    spec, alone = spec_of(RANGED), spec_of("inputs: {a: 0, z: {value: [1, 2], range: [3, 4]}}")
    np.testing.assert_array_equal(
        drawn_point(spec, given_point(spec), 2, 7)["z"], drawn_point(alone, given_point(alone), 2, 7)["z"]
    )


@pytest.mark.parametrize(("index", "rng_seed"), [(1, 1), (2, 0)])
def test_drawn_point_differs_with_index_and_seed(index, rng_seed):
    spec = spec_of(RANGED)
    given = given_point(spec)
    assert drawn_point(spec, given, index, rng_seed)["x"] != drawn_point(spec, given, 1, 0)["x"]


# --- initialisers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("{shape: [2, 3], init: {constant: 0.5}}", np.full((2, 3), 0.5), id="constant"),
        pytest.param("{shape: [2, 3], init: eye}", np.eye(2, 3), id="eye"),
        pytest.param("{shape: [2, 3], init: arange}", np.arange(6.0).reshape(2, 3), id="arange"),
        pytest.param("{shape: [5], init: {linspace: {low: -1, high: 1}}}", np.linspace(-1, 1, 5), id="linspace"),
        pytest.param("{shape: [0], init: he}", np.zeros(0), id="nothing to fill"),
    ],
)
def test_initial_value_fills_exactly(written, expected):
    np.testing.assert_array_equal(initial(written), expected)


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        pytest.param("glorot", 2 / 100, id="glorot"),
        pytest.param("glorot_uniform", 2 / 100, id="glorot_uniform"),
        pytest.param("glorot_normal", 2 / 100, id="glorot_normal"),
        pytest.param("he", 2 / 60, id="he"),
        pytest.param("he_normal", 2 / 60, id="he_normal"),
        pytest.param("he_uniform", 2 / 60, id="he_uniform"),
        pytest.param("lecun", 1 / 60, id="lecun"),
        pytest.param("lecun_normal", 1 / 60, id="lecun_normal"),
        pytest.param("lecun_uniform", 1 / 60, id="lecun_uniform"),
        pytest.param("{he: {gain: 3}}", 9 * 2 / 60, id="a gain"),
        pytest.param("{uniform: {low: -3, high: 3}}", 36 / 12, id="uniform"),
        pytest.param("{normal: {std: 0.02}}", 0.0004, id="normal"),
        pytest.param("truncated_normal", 0.7737413035, id="truncated_normal"),  # 1 - 4 φ(2) / (2 Φ(2) - 1), mpmath
    ],
)
def test_initial_value_has_the_variance_of_its_definition(init, variance):
    values = initial(f"{{shape: [40, 12, 5], init: {init}, seed: 3}}")  # fan in 60, fan out 200
    fan = 260 / 100 if "glorot" in init else 1.0
    assert abs(values.var() * fan / variance - 1) < 6 * np.sqrt(2 / values.size)


def test_initial_value_truncated_normal_stays_within_two_deviations():
    values = initial("{shape: [2000], init: {truncated_normal: {mean: 5, std: 0.5}}, seed: 0}")
    assert 0.95 < np.abs(values - 5).max() <= 1.0


@pytest.mark.parametrize(
    ("shape", "side"),
    [
        pytest.param([3, 5], "rows", id="wide"),
        pytest.param([5, 3], "columns", id="tall"),
        pytest.param([3, 2, 2], "rows", id="kernel"),
    ],
)
def test_initial_value_orthogonal_has_orthogonal_sides_of_length_gain(shape, side):
    values = initial(f"{{shape: {shape}, init: {{orthogonal: {{gain: 2}}}}}}").reshape(shape[0], -1)
    gram = values @ values.T if side == "rows" else values.T @ values
    np.testing.assert_allclose(gram, 4 * np.eye(3), atol=1e-14)


# --- domains


DOMAINS = [
    pytest.param("real", "[3]", lambda x: np.isfinite(x), id="real"),
    pytest.param("positive", "[3]", lambda x: x > 0, id="positive"),
    pytest.param("nonnegative", "[3]", lambda x: x >= 0, id="nonnegative"),
    pytest.param("unit", "[3]", lambda x: (x >= 0) & (x <= 1), id="unit"),
    pytest.param("simplex", "[4, 3]", lambda x: (x > 0) & (abs(x.sum(-1, keepdims=True) - 1) < 1e-15), id="simplex"),
    pytest.param("symmetric", "[2, 3, 3]", lambda x: x == x.swapaxes(-1, -2), id="symmetric"),
    pytest.param(
        "positive definite",
        "[2, 3, 3]",
        lambda x: (x == x.swapaxes(-1, -2)) & (np.linalg.eigvalsh(x) > 0.49)[..., None],
        id="positive definite",
    ),
]


@pytest.mark.parametrize(("domain", "shape", "inside"), DOMAINS)
def test_drawn_point_lies_in_its_domain(domain, shape, inside):
    spec = spec_of(f"inputs: {{x: {{shape: {shape}, domain: {domain}}}}}")
    points = [drawn_point(spec, {}, k, 0)["x"] for k in range(20)]
    assert all(np.all(inside(x)) for x in points)
    assert np.ptp([x.ravel()[0] for x in points]) > 0.1


def test_drawn_point_takes_eigenvalues_from_the_range():
    spec = spec_of("inputs: {x: {shape: [4, 4], domain: positive definite, range: [3, 3.5]}}")
    eigenvalues = np.linalg.eigvalsh(drawn_point(spec, {}, 1, 0)["x"])
    assert np.all((eigenvalues > 2.999) & (eigenvalues < 3.501))


def test_drawn_point_of_a_symmetric_matrix_lies_in_the_range():
    spec = spec_of("inputs: {x: {shape: [4, 4], domain: symmetric, range: [3, 4]}}")
    point = drawn_point(spec, {}, 1, 0)["x"]
    assert point.min() >= 3
    assert point.max() <= 4


def test_given_point_refuses_a_value_outside_its_domain():
    spec = spec_of("inputs: {x: {domain: positive}}")
    with pytest.raises(UsageError, match="the value of `x` is not positive: it is -1"):
        given_point(spec, {"x": -1})


@pytest.mark.parametrize("domain", [case.values[0] for case in DOMAINS])
def test_misfit_accepts_what_is_drawn(domain):
    rng = np.random.default_rng(0)
    assert misfit(domain, drawn(rng, (3, 3), domain, None)) is None
