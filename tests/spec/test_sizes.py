"""Named sizes: written, computed from others, learnt from values and files."""

import numpy as np
import pytest

from jaccli.spec.load import spec_from_file
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source


def spec_of(text):
    problems = []
    spec = read_spec(Source("t.yaml", f"{text}\noutputs: {{y: 1}}\n"), None, problems)
    assert problems == []
    return spec


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("dims: {n: 5}", {"n": 5}, id="written"),
        pytest.param("inputs: {x: {shape: [d], value: [1, 2, 3]}}", {"d": 3}, id="learnt, without dims"),
        pytest.param(
            "dims:\n  d:\ninputs: {x: {shape: d, value: [1, 2]}}", {"d": 2}, id="learnt, with a blank in dims"
        ),
        pytest.param("dims: {n: 5, m: 2*n + 1}", {"n": 5, "m": 11}, id="computed"),
        pytest.param("dims: {m: n/2, n: 2**3}", {"n": 8, "m": 4}, id="computed before what it needs"),
        pytest.param(
            "dims: {m: d + 1}\ninputs: {x: {shape: d, value: [1, 2]}, W: {shape: [m, d]}}",
            {"d": 2, "m": 3},
            id="computed from a learnt one",
        ),
        pytest.param(
            "inputs: {W: {shape: [n, d]}}\nconstants: {X: {shape: [n, d], value: [[1, 2, 3], [4, 5, 6]]}}",
            {"n": 2, "d": 3},
            id="learnt from a section further down",
        ),
        pytest.param("dims: {n: 0, m: -(-3) - n}", {"n": 0, "m": 3}, id="signs"),
    ],
)
def test_sizes_are_known(text, expected):
    assert spec_of(text).dims == expected


def test_learnt_size_shapes_what_has_no_value():
    spec = spec_of("inputs: {x: {shape: d, value: [1, 2]}}\nparams: {W: {shape: [d, 3], init: zeros}}")
    assert spec.variables[1].shape == (2, 3)


def test_size_is_learnt_from_a_data_file(tmp_path):
    np.save(tmp_path / "X.npy", np.ones((4, 2)))
    (tmp_path / "s.yaml").write_text("constants: {X: {npy: X.npy, shape: [n, d]}}\noutputs: {y: n*d}\n")
    problems = []
    assert spec_from_file(str(tmp_path / "s.yaml"), problems).dims == {"n": 4, "d": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("dims: {n: 2}\ninputs: {x: {shape: n}}", ("n (line 1)",), id="written"),
        pytest.param(
            "inputs:\n  x: {shape: d, value: [1, 2]}", ("d (line 2, from the value of x)",), id="learnt from a value"
        ),
        pytest.param("inputs:\n  x: [1, 2]", ("the value of x (line 2)",), id="of no name"),
    ],
)
def test_variable_tells_where_its_sizes_come_from(text, expected):
    assert spec_of(text).variables[0].sizes == expected
