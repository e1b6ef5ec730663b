"""Specs that are too large or too deep to be read, with the message they get."""

from itertools import pairwise

import pytest
from messages import HEAD, mistakes

TOO_LARGE = [
    pytest.param(
        "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        + "".join(f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]\n" for p, n in pairwise("abcdef")),
        (
            "JAC009",
            6,
            8,
            "*e",
            "more than 100,000 values",
            "keep large data in a .csv or .npz file; an alias counts as often as it is used",
        ),
        id="alias bomb",
    ),
    pytest.param(
        HEAD + " + ".join(["x"] * 20_000),
        (
            "JAC009",
            3,
            6,
            "x + x + x + x + x + ",
            "the expression has 79,997 characters, more than 20,000",
            "name parts of it under `let:`, or use sum() on an array",
        ),
        id="20,000 terms",
    ),
    pytest.param(
        HEAD + "+".join(["x"] * 3_000),
        (
            "JAC009",
            3,
            2007,
            "+",
            "more than 1,000 operators",
            "name parts of it under `let:`, or use sum() on an array",
        ),
        id="3,000 terms",
    ),
    pytest.param(
        HEAD + "'" + "-" * 50_000 + "x'",
        (
            "JAC009",
            3,
            7,
            "--------------------",
            "the expression has 50,001 characters, more than 20,000",
            "name parts of it under `let:`, or use sum() on an array",
        ),
        id="50,000 minus signs",
    ),
    pytest.param(
        HEAD + "'" + "-" * 10_000 + "x'",
        (
            "JAC009",
            3,
            67,
            "-",
            "nested deeper than 60 levels",
            "name parts of it under `let:`, or use sum() on an array",
        ),
        id="10,000 minus signs",
    ),
    pytest.param(
        "[" * 5_000_000,
        (
            "JAC009",
            1,
            1,
            "",
            "the spec has 5,000,000 characters, more than 2,000,000",
            "keep large data in a .csv or .npz file and name it under `constants:`",
        ),
        id="5 MB of brackets",
    ),
    pytest.param(
        "[" * 1_000_000,
        ("JAC009", 1, 41, "[", "nested deeper than 40 levels", "use fewer nested lists"),
        id="1 MB of brackets",
    ),
    pytest.param(
        "inputs: {x: " + "[" * 10_000 + "1" + "]" * 10_000 + "}\n",
        ("JAC009", 1, 51, "[", "nested deeper than 40 levels", "use fewer nested lists"),
        id="10,000 nested lists",
    ),
    pytest.param(
        HEAD + "(" * 5_000 + "x" + ")" * 5_000,
        (
            "JAC009",
            3,
            66,
            "(",
            "nested deeper than 60 levels",
            "name parts of it under `let:`, or use sum() on an array",
        ),
        id="5,000 nested brackets",
    ),
    pytest.param(
        HEAD + "sin(" * 100 + "x" + ")" * 100,
        (
            "JAC009",
            3,
            249,
            "(",
            "nested deeper than 60 levels",
            "name parts of it under `let:`, or use sum() on an array",
        ),
        id="100 nested calls",
    ),
    pytest.param(
        HEAD + "x" + ".T" * 5_000,
        (
            "JAC009",
            3,
            6,
            "x.T.T.T.T.T.T.T.T.T.",
            "nested deeper than 60 levels",
            "name parts of it under `let:`",
        ),
        id="5,000 transposes",
    ),
    pytest.param(
        HEAD + "2**" * 500 + "x",
        ("JAC009", 3, 189, "2**2**2**2**2**2**2*", "nested deeper than 60 levels", "name parts of it under `let:`"),
        id="500 powers",
    ),
    pytest.param(
        "inputs: {x: [" + "1," * 200_000 + "]}\n",
        (
            "JAC009",
            1,
            200004,
            "1",
            "more than 100,000 values",
            "keep large data in a .csv or .npz file; an alias counts as often as it is used",
        ),
        id="200,000 values",
    ),
    pytest.param(
        HEAD + "1" * 5_000,
        ("JAC009", 3, 6, "11111111111111111111", "a number of 5,000 digits", "write it as 1.5e10"),
        id="5,000 digits",
    ),
    pytest.param(
        "inputs: {x: " + "1" * 5_000 + "}\noutputs: {y: x}\n",
        (
            "JAC009",
            1,
            13,
            "11111111111111111111",
            "the number 1111111111111111111… is out of range or too long",
            "doubles reach from 5e-324 to 1.8e308",
        ),
        id="4,000 digits as value",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet:\n  a0: 9**9\n"
        + "".join(f"  a{k + 1}: a{k}**9\n" for k in range(9))
        + "outputs: {y: a9}\n",
        ("JAC009", 5, 7, "a1**9", "this number is too large for a double", "doubles reach from 5e-324 to 1.8e308"),
        id="a chain of 9th powers",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet:\n"
        + "".join(f"  a{k}: a{(k + 1) % 3_000}\n" for k in range(3_000))
        + "outputs: {y: a0}\n",
        (
            "JAC003",
            3,
            7,
            "a1",
            "these depend on each other: a0 → a1 → a2 → a3 → a4 → … → a2999 → a0",
            "break the cycle: steps go in order",
        ),
        id="a cycle of 3,000",
    ),
]


@pytest.mark.parametrize(("text", "expected"), TOO_LARGE)
def test_too_large_a_spec_is_refused(text, expected):
    code, line, column, caret, message, remedy = mistakes(text)[0]
    assert (code, line, column, caret[:20], message, remedy) == expected
