"""Tree → Spec: what each section means."""

from fractions import Fraction

import numpy as np
import pytest

from jaccli.graph.build import build
from jaccli.graph.evaluate import evaluate
from jaccli.spec.points import given_point
from jaccli.spec.reader import read_spec
from jaccli.spec.schema import Check
from jaccli.spec.source import Source


def spec_of(text):
    problems = []
    spec = read_spec(Source("folder/toy.yaml", text), None, problems)
    assert problems == []
    return spec


def value_of(expression, inputs="{x: 2}"):
    """Return the value of an output written in block style."""
    spec = spec_of(f"inputs: {inputs}\noutputs:\n  y: {expression}\n")
    built = build(spec, [])
    return evaluate(built.graph, [built.outputs["y"]], given_point(spec))[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("2*x", 4, id="expression"),
        pytest.param("3", 3, id="number"),
        pytest.param("{expr: 2*x, label: twice}", 4, id="with a label"),
        pytest.param("[x, 2*x]", [2, 4], id="flow list"),
        pytest.param("\n    - x\n    - max([x, 3])", [2, 3], id="block list"),
        pytest.param("[[1, x], [3, 4]]", [[1, 2], [3, 4]], id="nested flow list"),
        pytest.param(
            "\n    - [1, x]\n    - [3, 4]", [[1, 2], [3, 4]], id="lists in a block list are rows, not differences"
        ),
        pytest.param("\n    - - 1\n      - x\n    - - 3\n      - 4", [[1, 2], [3, 4]], id="nested block lists"),
        pytest.param("{expr: [x, 1]}", [2, 1], id="list with a label"),
        pytest.param("|\n    x +\n    1", 3, id="block of text"),
        pytest.param(">\n    x\n    + 1", 3, id="folded text"),
        pytest.param("x\n    + 1", 3, id="continued line"),
    ],
)
def test_output_is_read(written, expected):
    np.testing.assert_array_equal(value_of(written), expected)


@pytest.mark.parametrize(
    ("written", "shape"),
    [
        pytest.param("{shape: [n, d]}", (5, 3), id="list of names"),
        pytest.param('{shape: "n d"}', (5, 3), id="names in a text"),
        pytest.param("{shape: n, label: words}", (5,), id="one name"),
        pytest.param("{shape: [2, n, 1]}", (2, 5, 1), id="numbers and names"),
        pytest.param("{shape: 4}", (4,), id="one number"),
        pytest.param('{shape: "2, 3"}', (2, 3), id="commas"),
        pytest.param("{shape: []}", (), id="a number"),
        pytest.param("{shape: [0]}", (0,), id="nothing in it"),
        pytest.param("{value: [[1, 2, 3]]}", (1, 3), id="from the value"),
        pytest.param("[1, 2]", (2,), id="value alone"),
        pytest.param("1", (), id="number alone"),
        pytest.param("", (), id="nothing said"),
    ],
)
def test_variable_has_a_shape(written, shape):
    spec = spec_of(f"dims: {{n: 5, d: 3}}\ninputs:\n  x: {written}\noutputs: {{y: 1}}\n")
    assert spec.variables[0].shape == shape


def test_variable_knows_where_its_sizes_come_from():
    spec = spec_of("dims:\n  n: 5\ninputs:\n  x: {shape: [n, 2]}\noutputs: {y: 1}\n")
    assert spec.variables[0].sizes == ("n (line 2)", "the shape of x (line 4)")


def test_variable_holds_its_details():
    text = "params:\n  W: {shape: [2], init: normal, seed: 3, range: [-1, 1/2], label: the weights}\noutputs: {y: 1}\n"
    (w,) = spec_of(text).variables
    assert (w.role, w.init, w.seed, w.range, w.label, w.span.line) == (
        "param",
        "normal",
        3,
        (-1.0, 0.5),
        "the weights",
        2,
    )


def test_variable_value_is_exact():
    assert spec_of("inputs: {x: [0.1, 1e-3]}\noutputs: {y: 1}\n").variables[0].value.tolist() == [
        Fraction(1, 10),
        Fraction(1, 1000),
    ]


def test_spec_is_named_after_its_file_and_titled_by_itself():
    spec = spec_of("name: a toy\noutputs: {y: 1}\n")
    assert (spec.name, spec.title) == ("toy", "a toy")


def test_names_are_read_as_python_does():
    spec = spec_of("inputs: {ﬁ: 1}\noutputs: {y: ﬁ + fi}\njacobian: {y: {ﬁ: 2}}\n")
    assert (spec.variables[0].name, spec.claims[0].wrt) == ("fi", "fi")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("", Check(), id="defaults"),
        pytest.param("check: {rtol: 1e-6, points: 3, seed: 0, expect: fail}", Check(1e-6, 3, 0, "fail"), id="all"),
        pytest.param("check: {}", Check(), id="empty"),
    ],
)
def test_check_is_read(written, expected):
    assert spec_of(f"outputs: {{y: 1}}\n{written}\n").check == expected


def test_claim_keeps_the_place_of_its_formula():
    spec = spec_of("inputs: {x: 1}\noutputs: {y: x}\njacobian:\n  y:\n    x: 1 + 0\n")
    assert str(spec.claims[0].span) == "folder/toy.yaml:5:8"


def test_broken_names_are_known_to_be_broken():
    spec = read_spec(Source("t.yaml", "inputs: {x: no, z: 1}\nlet: {h: 2x}\noutputs: {y: z}\n"), None, [])
    assert spec.broken >= {"x", "h"}


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        pytest.param("[true, false]", "b", id="truth values"),
        pytest.param("[1, 0]", "O", id="exact numbers"),
        pytest.param("[1, true]", "O", id="truth values among numbers"),
    ],
)
def test_read_spec_keeps_what_a_constant_is(written, kind):
    problems = []
    spec = read_spec(Source("s.yaml", f"constants: {{c: {written}}}\noutputs: {{y: sum(c)}}\n"), None, problems)
    assert (problems, spec.variables[0].value.dtype.kind) == ([], kind)
