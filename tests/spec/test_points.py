"""The points a spec is looked at: given values, initial values, and draws from ranges."""

import numpy as np
import pytest

from jaccli.errors import UsageError
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
        pytest.param([50], np.sqrt(6 / 51), id="vector"),
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
        pytest.param({"w": 1}, r"^`w` is no input or param of t \(known: x\)$", id="unknown"),
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
