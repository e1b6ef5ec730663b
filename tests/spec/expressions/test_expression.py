"""Expression text → tree: Python's precedence, exact numbers, names, and nothing outside the grammar."""

import ast
from fractions import Fraction

import pytest

from jaccli.spec.expressions.expression import number, out_of_range, safe_name
from jaccli.spec.expressions.parse import parse_expression
from jaccli.spec.source import Snippet


def parsed(text):
    problems = []
    expression = parse_expression(Snippet.of(text, "t"), problems)
    assert problems == []
    return expression


ACCEPTED = [
    "x",
    "-x**2",
    "2**-x",
    "a + b - c*d/e**f",
    "W @ x + b",
    "(z > 0) * p",
    "x == 1",
    "sum(A, axis=0, keepdims=True)",
    "sum(A, axis=(0, 1))",
    "A[0, 1:, ::-1, None, ..., [0, 2]]",
    "A.T @ A",
    "[[1, 2], [3, x]]",
    "(a, b)",
    "einsum('ij, jk -> ik', A, B)",
    "1e3*x + .5 + 0x10 + 1_000",
    "where(x > 0, x, -x)",
    "\n  x\n  + 1\n",
    "β*ℓ + E*I/S",
    "f(g(h(x)))",
    "e**x",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_parse_expression_reads_as_python_does(text):
    assert ast.dump(parsed(text).tree) == ast.dump(ast.parse(" ".join(text.split()), mode="eval").body)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0.1", Fraction(1, 10), id="decimal"),
        pytest.param("1e-3", Fraction(1, 1000), id="exponent"),
        pytest.param(".5", Fraction(1, 2), id="point first"),
        pytest.param("12_345", Fraction(12345), id="underscore"),
        pytest.param("0x1f", Fraction(31), id="hexadecimal"),
        pytest.param("0b101", Fraction(5), id="binary"),
        pytest.param("0o17", Fraction(15), id="octal"),
        pytest.param(
            "123456789012345678901234567890.5",
            Fraction(246913578024691357802469135781, 2),
            id="more digits than a double",
        ),
        pytest.param("True", None, id="a truth value is none"),
        pytest.param("None", None, id="None is none"),
        pytest.param("'3'", None, id="text is none"),
    ],
)
def test_number_is_exact(text, expected):
    expression = parsed(text)
    assert number(expression, expression.tree) == expected


@pytest.mark.parametrize(
    ("exact", "expected"),
    [
        pytest.param(Fraction(0), None, id="zero"),
        pytest.param(Fraction(10) ** 308, None, id="large"),
        pytest.param(-(Fraction(10) ** 309), "too large", id="too large"),
        pytest.param(Fraction(1, 10**323), None, id="subnormal"),
        pytest.param(Fraction(1, 10**330), "too small", id="too small"),
    ],
)
def test_out_of_range_compares_with_doubles(exact, expected):
    assert out_of_range(exact) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("x1", "x1", id="plain"),
        pytest.param("_x", "_x", id="underscore"),
        pytest.param("α", "α", id="Greek"),
        pytest.param("ﬁ", "fi", id="ligature as Python reads it"),
        pytest.param("𝐱", "x", id="bold letter as Python reads it"),
        pytest.param("lambda", None, id="word of Python's"),
        pytest.param("1x", None, id="digit first"),
        pytest.param("a b", None, id="blank"),
        pytest.param("", None, id="nothing"),
        pytest.param("x; import os", None, id="code"),
        pytest.param("x" * 101, None, id="too long"),
    ],
)
def test_safe_name_is_an_identifier(name, expected):
    assert safe_name(name) == expected


def test_segment_is_the_text_as_written():
    expression = parsed("a  +  1e-3")
    assert expression.segment(expression.tree.right) == "1e-3"


ATTACKS = [
    "__import__('os').system('x')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "getattr(x, '__class__')()",
    "[c for c in ().__class__.__base__.__subclasses__()]",
    "(lambda: 0)()",
    "f'{x.__class__}'",
    "(y := 1)",
    "{**x}",
    "x if x else y",
    "open('/etc/passwd').read()",
    "eval('1')(2)",
    "a.T.b",
    "'%s' % x",
    "b'x'",
    "await x",
    "(yield)",
    "...(1)",
    "x[lambda: 0]",
    "sin(**{})",
    "x\0y",
    "\ud800",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_parse_expression_refuses_what_is_not_mathematics(text):
    problems = []
    assert parse_expression(Snippet.of(text, "t"), problems) is None
