"""Files, standard input, mappings and one-line expressions → Spec."""

import io
import sys
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from jaccli.errors import UsageError
from jaccli.graph.build import build
from jaccli.graph.evaluate import evaluate
from jaccli.spec.given import parse_at
from jaccli.spec.load import is_spec_file, spec_from_expressions, spec_from_file, spec_from_mapping
from jaccli.spec.points import given_point


def loaded(read, *args):
    problems = []
    spec = read(*args, problems)
    assert problems == []
    return spec


def outputs_of(spec, at=None):
    """Return the values of the outputs at the given point."""
    built = build(spec, [])
    values = evaluate(built.graph, list(built.outputs.values()), given_point(spec, at))
    return dict(zip(built.outputs, values, strict=True))


# --- files


def test_spec_from_file_is_named_after_the_file(tmp_path):
    path = tmp_path / "toy.jac.yaml"
    path.write_text("inputs: {x: 3}\noutputs: {y: 2*x}\n")
    assert loaded(spec_from_file, str(path)).name == "toy"


def test_spec_from_file_reads_standard_input(monkeypatch):
    data = io.BytesIO("inputs: {α: 3}\noutputs: {y: 2*α}\n".encode())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=data))
    assert outputs_of(loaded(spec_from_file, "-")) == {"y": 6.0}


def test_spec_from_file_says_where_standard_input_went_wrong(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"outputs: {y: 2x}\n")))
    problems = []
    spec_from_file("-", problems)
    assert problems[0].span.file == "<stdin>"


@pytest.mark.parametrize(
    ("constant", "expected"),
    [
        pytest.param("t.csv", [[1, 2], [3, 4]], id="csv"),
        pytest.param("'t.csv'", [[1, 2], [3, 4]], id="quoted"),
        pytest.param("{csv: t.csv, columns: b}", [2, 4], id="one column is a vector"),
        pytest.param("{csv: t.csv, columns: [b, a]}", [[2, 1], [4, 3]], id="two columns"),
        pytest.param("m.npy", [[0, 1], [2, 3]], id="npy"),
        pytest.param("{npy: m.npy, label: data, shape: [2, 2]}", [[0, 1], [2, 3]], id="npy with a shape"),
        pytest.param("one.npz", [5, 6], id="npz of one array"),
        pytest.param("{npz: two.npz, key: y}", [7], id="npz with a key"),
    ],
)
def test_spec_from_file_reads_data_beside_it(tmp_path, constant, expected):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    np.save(tmp_path / "m.npy", np.arange(4).reshape(2, 2))
    np.savez(tmp_path / "one.npz", x=[5, 6])
    np.savez(tmp_path / "two.npz", x=[5, 6], y=[7])
    path = tmp_path / "s.yaml"
    path.write_text(f"constants: {{c: {constant}}}\noutputs: {{y: 1*c}}\n")
    np.testing.assert_array_equal(outputs_of(loaded(spec_from_file, str(path)))["y"], expected)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param("a.yaml", "outputs: {y: 1}\n", True, id="outputs"),
        pytest.param("a.yaml", "target: {python: a}\n", True, id="target"),
        pytest.param("a.yaml", "services: {web: 1}\n", False, id="something else"),
        pytest.param("a.yaml", "", False, id="empty"),
        pytest.param("a.yaml", "outputs: {y: 'x}\n", True, id="broken, but meant as a spec"),
        pytest.param("a.yaml", "a: 'x\n", False, id="broken otherwise"),
        pytest.param("a.jac.yaml", "a: 'x\n", True, id="named as a spec"),
    ],
)
def test_is_spec_file_looks_for_what_is_computed(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    assert is_spec_file(tmp_path / name) is expected


def test_is_spec_file_of_a_missing_file_is_false(tmp_path):
    assert is_spec_file(tmp_path / "none.yaml") is False


# --- mappings


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(0.1, id="float"),
        pytest.param(1e-05, id="float with an exponent"),
        pytest.param(7, id="integer"),
        pytest.param(np.float32(0.5), id="NumPy scalar"),
        pytest.param(np.array([[1.5, -2], [1e300, 5e-324]]), id="array"),
        pytest.param(np.arange(3), id="integers"),
        pytest.param(np.linspace(0, 1, 250_000).reshape(500, 500), id="array larger than a spec may be written"),
        pytest.param((1, [2, 3][0]), id="tuple"),
    ],
)
def test_spec_from_mapping_keeps_values(value):
    spec = loaded(spec_from_mapping, {"inputs": {"x": value}, "outputs": {"y": "1*x"}})
    np.testing.assert_array_equal(outputs_of(spec)["y"], np.asarray(value, dtype=float))


def test_spec_from_mapping_keeps_fractions_exact():
    spec = loaded(spec_from_mapping, {"inputs": {"x": [Fraction(1, 3), Fraction(2)]}, "outputs": {"y": "x"}})
    assert spec.variables[0].value.tolist() == [Fraction(1, 3), Fraction(2)]


def test_spec_from_mapping_keeps_text_that_looks_like_a_number():
    problems = []
    spec_from_mapping({"inputs": {"x": "1e-3"}, "outputs": {"y": "x"}}, problems)
    assert problems[0].message == "`x` must be a number, but quotes make '1e-3' text"


def test_spec_from_mapping_refuses_a_large_array_that_is_not_finite():
    array = np.zeros(5_000)
    array[4_999] = np.inf
    problems = []
    spec_from_mapping({"inputs": {"x": array}, "outputs": {"y": "x"}}, problems)
    assert problems[0].message == "the value of `x` holds inf at [4999]"


def test_spec_from_mapping_may_use_a_list_twice():
    row = [1, 2]
    spec = loaded(spec_from_mapping, {"inputs": {"x": [row, row]}, "outputs": {"y": "sum(x)"}})
    assert outputs_of(spec) == {"y": 6.0}


def test_spec_from_mapping_refuses_a_list_inside_itself():
    row = []
    row.append(row)
    with pytest.raises(UsageError, match="is nested deeper than 40 levels"):
        spec_from_mapping({"inputs": {"x": row}}, [])


# --- one-line expressions


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(["y = x**2"], ["y"], id="named"),
        pytest.param(["x**2"], ["y"], id="bare"),
        pytest.param(["x*y"], ["f"], id="bare, with y as an input"),
        pytest.param(["x*y + f"], ["out"], id="bare, with y and f as inputs"),
        pytest.param(["x", "2*x"], ["y1", "y2"], id="two bare ones"),
        pytest.param(["y1 = x", "x > 0", "x == 1"], ["y1", "f1", "f2"], id="bare besides named"),
        pytest.param(["ﬁ = x"], ["fi"], id="as Python reads it"),
    ],
)
def test_spec_from_expressions_names_outputs(texts, expected):
    assert [output.name for output in loaded(spec_from_expressions, texts).outputs] == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(["y = b*a + a"], ["b", "a"], id="in the order of the text"),
        pytest.param(["y1 = 2*x1", "y2 = x1 + 3*x2 + 0.5*x3"], ["x1", "x2", "x3"], id="over two expressions"),
        pytest.param(["a = x", "b = a + z"], ["x", "z"], id="earlier outputs are no inputs"),
        pytest.param(["y = sin(x) + pi*e"], ["x"], id="functions and constants are no inputs"),
        pytest.param(["y = sum(v, axis=k)"], ["v", "k"], id="values of keywords"),
        pytest.param(["y = 2"], [], id="none"),
        pytest.param(["y = E*I/S + beta"], ["E", "I", "S", "beta"], id="names that are special elsewhere"),
    ],
)
def test_spec_from_expressions_declares_free_names(texts, expected):
    assert [variable.name for variable in loaded(spec_from_expressions, texts).variables] == expected


def loaded_at(texts, at):
    problems = []
    spec = spec_from_expressions(texts, problems, at)
    assert problems == []
    return spec


def test_spec_from_expressions_takes_shape_and_value_from_at():
    (x,) = loaded_at(["y = sum(x)"], parse_at(["x=[1, 1/3]"])).variables
    assert (x.shape, x.value.tolist()) == ((2,), [Fraction(1), Fraction(1, 3)])


def test_spec_from_expressions_makes_pi_an_input_where_it_is_set():
    assert [v.name for v in loaded_at(["y = pi*e"], parse_at(["pi=3"])).variables] == ["pi"]


def test_spec_from_expressions_points_at_the_first_use():
    spec = loaded(spec_from_expressions, ["a = 2", "b = a + x + x"])
    assert str(spec.variables[0].span) == "<expression>:2:9"


def test_spec_from_expressions_uses_earlier_outputs():
    assert outputs_of(loaded_at(["a = x**2", "b = a + 1"], parse_at(["x=3"]))) == {"a": 9.0, "b": 10.0}


def test_spec_from_expressions_allows_a_function_name_that_is_set():
    assert outputs_of(loaded_at(["y = sin(sin)"], parse_at(["sin=0"]))) == {"y": 0.0}


def test_spec_from_expressions_tells_where_a_given_size_comes_from():
    problems = []
    spec = spec_from_expressions(["A @ x"], problems, parse_at(["A=[[1, 2]]", "x=[1, 2, 3]"]))
    with pytest.raises(Exception, match=r"in `x` 3 from the value given for x"):
        build(spec, problems)


# --- settings


@pytest.mark.parametrize(
    ("setting", "name", "expected"),
    [
        pytest.param("x=1.5", "x", Fraction(3, 2), id="number"),
        pytest.param(" x = 1e-3 ", "x", Fraction(1, 1000), id="blanks and an exponent"),
        pytest.param("x=-2/3", "x", Fraction(-2, 3), id="fraction"),
        pytest.param("x=[1, 2]", "x", [1, 2], id="list"),
        pytest.param("x=[[1], [2]]", "x", [[1], [2]], id="matrix"),
        pytest.param("ﬁ=1", "fi", 1, id="name as Python reads it"),
    ],
)
def test_parse_at_gives_exact_arrays(setting, name, expected):
    assert {key: array.tolist() for key, array in parse_at([setting]).items()} == {name: expected}


def test_parse_at_takes_the_last_of_two():
    assert parse_at(["x=1", "x=2"])["x"].tolist() == 2
