"""Reading specs: YAML 1.2 scalars, exact numbers, places of expressions however they are written, data files, points."""

from __future__ import annotations

import contextlib
import io
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaccli.errors import Problem, SourceError, UsageError
from jaccli.graph.build import build
from jaccli.spec.expression import parse_expression, safe_name
from jaccli.spec.load import parse_at, spec_from_expressions, spec_from_file, spec_from_mapping
from jaccli.spec.points import drawn_point, given_point
from jaccli.spec.reader import read_spec
from jaccli.spec.schema import Spec
from jaccli.spec.source import Snippet, Source


def read(text: str, folder: Path | None = None) -> Spec:
    problems: list[Problem] = []
    spec = read_spec(Source("a.yaml", text), folder, problems)
    assert problems == []
    return spec


def first_problem(text: str) -> Problem:
    problems: list[Problem] = []
    with pytest.raises(SourceError) as caught:
        build(read_spec(Source("a.yaml", text), None, problems), problems)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        ("-2", Fraction(-2)),
        ("0x10", Fraction(16)),
        (".5", Fraction(1, 2)),
        ("+3.", Fraction(3)),
    ],
)
def test_numbers_are_exact(text: str, number: Fraction) -> None:
    (variable,) = read(f"inputs: {{x: {text}}}\noutputs: {{f: x}}\n").variables
    assert variable.value[()] == number


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        pytest.param("  f: 1 + sinn(x)\n", 3, 10, id="plain"),
        pytest.param("  f: '1 + sinn(x)'\n", 3, 11, id="single quotes"),
        pytest.param('  f: "1 + sinn(x)"\n', 3, 11, id="double quotes"),
        pytest.param("  f: 1 +\n    sinn(x)\n", 4, 5, id="continued"),
        pytest.param("  f: >\n    1 +\n    sinn(x)\n", 5, 5, id="folded"),
        pytest.param("  f: |\n    1 +\n    sinn(x)\n", 5, 5, id="literal"),
        pytest.param("  f: {expr: 1 + sinn(x), label: é}\n", 3, 17, id="flow mapping"),
        pytest.param("  f: [x, 1 + sinn(x)]\n", 3, 14, id="flow list"),
        pytest.param("  f:\n    - x\n    - 1 + sinn(x)\n", 5, 11, id="block list"),
        pytest.param("  f: é2 + sinn(x)\n", 3, 6, id="non-ASCII name first"),
        pytest.param("  f: 'λ*1 + sinn(x)'\n", 3, 7, id="greek name first"),
    ],
)
def test_caret_stands_under_the_sub_expression(written: str, line: int, column: int) -> None:
    span = first_problem("inputs: {x: 1}\noutputs:\n" + written).span
    assert span is not None
    assert (span.line, span.column) == (line, column)


def test_caret_counts_characters_not_bytes() -> None:
    span = first_problem("inputs: {x: 1, ä: 1}\noutputs:\n  f: ä*ä + sinn(x)\n").span
    assert span is not None
    assert span.text[span.column - 1 : span.end_column - 1] == "sinn"


def test_a_nested_list_is_a_matrix_of_expressions() -> None:
    built = build(read("inputs: {x: 1}\noutputs:\n  f: [[x, 1], [2, x]]\n"), [])
    assert built.outputs["f"].shape == (2, 2)


@pytest.mark.parametrize(
    ("text", "shape"),
    [("[n, d]", (5, 3)), ('"n d"', (5, 3)), ("n", (5,)), ("[]", ()), ("[2, d]", (2, 3)), ("4", (4,))],
)
def test_shapes_take_sizes_and_names(text: str, shape: tuple[int, ...]) -> None:
    spec = read(f"dims: {{n: 5, d: 3}}\ninputs:\n  x: {{shape: {text}, init: zeros}}\noutputs: {{f: x}}\n")
    assert spec.variables[0].shape == shape


# --- files and other sources


def test_spec_from_file_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"inputs: {x: 1}\noutputs: {f: x}\n")))
    assert spec_from_file("-", []).source.name == "<stdin>"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda p: p.mkdir(), "is a folder, not a spec", id="folder"),
        pytest.param(lambda p: None, "does not exist", id="missing"),
        pytest.param(lambda p: p.write_bytes(b"\x80\x81"), "is not UTF-8 text", id="not UTF-8"),
        pytest.param(lambda p: p.write_bytes(b"a\0b"), "is a binary file", id="binary"),
    ],
)
def test_spec_from_file_says_why_it_cannot_be_read(make: Any, message: str, tmp_path: Path) -> None:
    make(tmp_path / "a.yaml")
    with pytest.raises(SourceError, match=message):
        spec_from_file(str(tmp_path / "a.yaml"), [])


def test_spec_from_mapping_takes_arrays_and_fractions() -> None:
    spec = spec_from_mapping({"inputs": {"x": np.array([[0.5, 1]]), "y": Fraction(1, 4)}, "outputs": {"f": "x*y"}}, [])
    assert [variable.shape for variable in spec.variables] == [(1, 2), ()]


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["y = x**2"], ["x"]),
        (["x**2 + a"], ["x", "a"]),
        (["u = a*b", "v = u + c + pi"], ["a", "b", "c"]),
        (["y = sin(t)*omega"], ["t", "omega"]),
    ],
)
def test_free_names_of_expressions_are_inputs_in_order(texts: list[str], names: list[str]) -> None:
    assert [variable.name for variable in spec_from_expressions(texts, []).variables] == names


def test_inputs_of_expressions_take_the_shape_of_their_value() -> None:
    spec = spec_from_expressions(["y = sum(x)"], [], parse_at(["x=[1, 2, 3]"]))
    assert spec.variables[0].shape == (3,)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        pytest.param("x", "expected NAME=VALUE", id="no value"),
        pytest.param("1x=2", "expected NAME=VALUE", id="no name"),
        pytest.param("x=[1, [2]]", "different lengths", id="ragged"),
        pytest.param("x=.inf", "must be finite", id="infinite"),
        pytest.param("x=abc", "must be a number", id="text"),
        pytest.param("x=[1", "not", id="unclosed"),
    ],
)
def test_parse_at_refuses_with_the_option_as_written(text: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        parse_at([text])


def test_csv_gives_columns_in_the_order_asked_for(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    spec = read(
        "constants:\n  X: {csv: d.csv, columns: [c, a]}\n  y: {csv: d.csv, columns: b}\ninputs: {w: 1}\noutputs: {f: w}\n",
        tmp_path,
    )
    np.testing.assert_array_equal(spec.variables[1].value, [[3, 1], [6, 4]])
    np.testing.assert_array_equal(spec.variables[2].value, [2, 5])


def test_data_file_behind_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    problems: list[Problem] = []
    read_spec(Source("a.yaml", "constants: {X: link.csv}\ninputs: {w: 1}\noutputs: {f: w}\n"), folder, problems)
    assert [problem.code for problem in problems] == ["JAC010"]


def test_pickled_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "d.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    problems: list[Problem] = []
    read_spec(Source("a.yaml", "constants: {X: d.npy}\ninputs: {w: 1}\noutputs: {f: w}\n"), tmp_path, problems)
    assert [problem.code for problem in problems] == ["JAC010"]


# --- points

POINTS = """\
inputs:
  x: {value: 1, range: [2, 3]}
  y: {shape: [2], range: [0, 1]}
params:
  W: {shape: [4, 3], init: glorot, seed: 7}
  n: {shape: [3], init: normal, seed: 7}
  z: {shape: [2], init: zeros}
outputs: {f: x}
"""


def test_init_normal_is_numpy_s_generator_with_that_seed() -> None:
    np.testing.assert_array_equal(given_point(read(POINTS))["n"], np.random.default_rng(7).standard_normal(3))


def test_init_glorot_stays_within_its_bound() -> None:
    assert np.max(np.abs(given_point(read(POINTS))["W"])) <= np.sqrt(6 / 7)


def test_given_point_leaves_out_what_has_no_value() -> None:
    assert sorted(given_point(read(POINTS))) == ["W", "n", "x", "z"]


def test_drawn_point_stays_in_the_ranges_and_keeps_the_rest() -> None:
    spec = read(POINTS)
    given_ = given_point(spec)
    drawn = drawn_point(spec, given_, 1, 0)
    assert 2 <= drawn["x"] <= 3
    np.testing.assert_array_equal(drawn["n"], given_["n"])


def test_drawn_point_of_a_variable_does_not_depend_on_the_others() -> None:
    spec, fewer = read(POINTS), read("inputs:\n  x: {value: 1, range: [2, 3]}\noutputs: {f: x}\n")
    assert drawn_point(spec, given_point(spec), 2, 5)["x"] == drawn_point(fewer, given_point(fewer), 2, 5)["x"]


# --- hostile text


@pytest.mark.parametrize(
    ("name", "safe"), [("x_1", "x_1"), ("ﬁ", "fi"), ("λ", "λ"), ("for", None), ("a b", None), ("1a", None), ("", None)]
)
def test_safe_name_is_an_identifier_or_nothing(name: str, safe: str | None) -> None:
    assert safe_name(name) == safe


SPEC = "name: a\ndims: {n: 2}\ninputs:\n  x: {shape: [n], value: [1, 2]}\nlet:\n  h: tanh(x)\noutputs:\n  f: [h[0]*2, 'sum(h)']\njacobian:\n  f: {x: 1}\n"
JUNK = st.sampled_from(
    [
        *"[]{}:,'\"&*!|>%@`#-?\n\t ~<^=()0.xé\x00\u2028",
        "<<",
        "!!",
        "- ",
        "---\n",
        "...",
        "1e9",
        "lambda",
        "inputs:",
        "**9**9",
    ]
)


@settings(derandomize=True, max_examples=250, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SPEC)), st.integers(0, 3), JUNK), max_size=4))
def test_mutilated_specs_raise_nothing_but_source_errors(edits: list[tuple[int, int, str]]) -> None:
    text = SPEC
    for position, drop, junk in edits:
        text = text[:position] + junk + text[position + drop :]
    problems: list[Problem] = []
    with contextlib.suppress(SourceError):
        build(read_spec(Source("a.yaml", text), None, problems), problems)
    assert all(problem.message for problem in problems)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from("x y 2 . ( ) [ ] , + - ** @ < == : = 'a' lambda if sin None ... | ^ é \\ ; { }".split(" ")),
        max_size=12,
    )
)
def test_any_text_is_an_expression_or_a_problem(tokens: list[str]) -> None:
    problems: list[Problem] = []
    tree = parse_expression(Snippet.of(" ".join(tokens), "<text>"), problems)
    assert (tree is None) == bool(problems)
