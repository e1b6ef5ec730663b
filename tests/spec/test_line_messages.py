"""Every mistake in expressions and values on the command line, and in mappings of Python, with the message it gets."""

import pytest
from messages import unusable

from jaccli.errors import UsageError
from jaccli.graph.build import build
from jaccli.spec.given import parse_at
from jaccli.spec.load import spec_from_expressions, spec_from_mapping

LINES = [
    pytest.param(
        ["sin*2"],
        ("JAC003", 1, 1, "sin", "unknown name `sin`", "`sin` is a function: write sin(…)"),
        id="a function as a name",
    ),
    pytest.param(
        ["y = sinn(x)"],
        ("JAC003", 1, 5, "sinn", "unknown function `sinn`", "did you mean `sin`?"),
        id="unknown function",
    ),
    pytest.param(
        ["a = b", "b = x"],
        ("JAC003", 1, 5, "b", "`b` is defined later (line 2)", "steps go in order: move it above"),
        id="use before definition",
    ),
    pytest.param(
        ["y = y + 1"],
        ("JAC003", 1, 5, "y", "`y` is defined by itself", "give the new value another name"),
        id="self reference",
    ),
    pytest.param(
        ["y = x", "y = 2*x"],
        ("JAC005", 2, 1, "y", "output `y` is defined twice", "rename one of the two: -e 'NAME = …'"),
        id="defined twice",
    ),
    pytest.param(
        ["lambda = x"],
        ("JAC003", 1, 1, "lambda", "`lambda` cannot be a name", "write lambda_"),
        id="a word of Python's",
    ),
    pytest.param(
        ["f(x) = x"],
        ("JAC001", 1, 1, "f(x)", "only a name may stand in front of `=`", "write f = …"),
        id="a function's definition",
    ),
    pytest.param([""], ("JAC001", 1, 1, "", "an expression is missing here", "write one, such as 2*x"), id="nothing"),
    pytest.param(
        ["y = "],
        ("JAC001", 1, 5, "", "an expression is missing here", "write one, such as 2*x"),
        id="nothing after the name",
    ),
    pytest.param(
        ["a = x^2", "b = a"],
        (
            "JAC001",
            1,
            6,
            "^",
            "`^` is not the power operator (in Python it is XOR)",
            "write ** for a power",
        ),
        id="the broken one is used again",
    ),
]


@pytest.mark.parametrize(("texts", "expected"), LINES)
def test_one_line_mistake_is_explained(texts, expected):
    problems = []
    spec = spec_from_expressions(texts, problems)
    assert unusable(lambda: build(spec, problems)) == expected


SETTINGS = [
    pytest.param("x", "--at x: expected NAME=VALUE, such as --at x=1.5 or --at 'x=[1, 2]'", id="no value"),
    pytest.param("2x=1", "--at 2x=1: expected NAME=VALUE, such as --at x=1.5 or --at 'x=[1, 2]'", id="no name"),
    pytest.param(
        "x=two",
        "--at x=two: `x` must be a number (got 'two'); write a plain number; formulas belong under `let:`",
        id="a word",
    ),
    pytest.param("x=[1, 2", "--at x=[1, 2: `[` is not closed; close it with ]", id="unclosed"),
    pytest.param(
        "x=[[1, 2], [3]]",
        "--at x=[[1, 2], [3]]: the rows of `x` have different lengths; give every row the same length",
        id="ragged",
    ),
    pytest.param(
        "x=.inf",
        "--at x=.inf: `x` must be finite (got .inf); infinities and NaN have no derivative: write a finite number",
        id="infinite",
    ),
]


@pytest.mark.parametrize(("setting", "message"), SETTINGS)
def test_setting_mistake_names_the_option(setting, message):
    with pytest.raises(UsageError) as caught:
        parse_at([setting])
    assert str(caught.value) == message


def test_mapping_with_a_value_of_no_number_is_refused():
    with pytest.raises(UsageError, match=r"^`inputs.x` must be numbers, text, lists or arrays \(got complex\)$"):
        spec_from_mapping({"inputs": {"x": 1j}, "outputs": {"y": "x"}}, [])
