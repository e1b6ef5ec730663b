"""Mistakes of several rooms together: all are reported, once and in order; and what is no mistake is accepted."""

import pytest
from messages import HEAD, mistakes

from jaccli.errors import MAX_PROBLEMS, Problem

TOGETHER = [
    pytest.param(
        "inputs: {x: 1}\noutputs:\n  y: x^2 + x^3\n",
        [
            (
                "JAC001",
                3,
                7,
                "^",
                "`^` is not the power operator (in Python it is XOR)",
                "write ** for a power",
            ),
            (
                "JAC001",
                3,
                13,
                "^",
                "`^` is not the power operator (in Python it is XOR)",
                "write ** for a power",
            ),
        ],
        id="two carets",
    ),
    pytest.param(
        "dims: {n: two}\ninputs:\n  x: {shape: [m]}\n  w: no\nlet:\n  h: sinn(x)\n  k: h + g\noutputs:\n  y: k^2\n  z: h + unknown + unknown\ncheck: {rtol: 3}\njacobian: {q: {x: 1}}\n",
        [
            (
                "JAC003",
                1,
                11,
                "two",
                "unknown size `two`",
                "name it under `dims:`, or in the shape of a value",
            ),
            (
                "JAC003",
                3,
                15,
                "m",
                "unknown size `m` in the shape of `x`",
                "write a whole number, or add `m` to `dims:`",
            ),
            (
                "JAC007",
                4,
                6,
                "no",
                "`w` must be a number (got the word no)",
                "YAML 1.2 has no yes and no: write 1 or 0",
            ),
            ("JAC003", 6, 6, "sinn", "unknown function `sinn`", "did you mean `sin`?"),
            ("JAC003", 7, 10, "g", "unknown name `g`", "declare it under `inputs:`"),
            (
                "JAC001",
                9,
                7,
                "^",
                "`^` is not the power operator (in Python it is XOR)",
                "write ** for a power",
            ),
            ("JAC003", 10, 20, "unknown", "unknown name `unknown`", "declare it under `inputs:`"),
            ("JAC008", 11, 15, "3", "`rtol` must lie between 0 and 1 (got 3)", "write rtol: 1e-6"),
            ("JAC003", 12, 12, "q", "`q` is not an output", "known: y, z"),
        ],
        id="in the order of the text",
    ),
    pytest.param(
        "inputs: {x: no, z: [1, two]}\nlet: {h: x + z}\noutputs: {y: h}\n",
        [
            (
                "JAC007",
                1,
                13,
                "no",
                "`x` must be a number (got the word no)",
                "YAML 1.2 has no yes and no: write 1 or 0",
            ),
            (
                "JAC007",
                1,
                24,
                "two",
                "`z` must be a number (got 'two')",
                "write a plain number; formulas belong under `let:`",
            ),
        ],
        id="a broken value is not also unknown",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet: {h: 2x, k: h + 1}\noutputs: {y: k + h}\njacobian: {y: {x: k}}\n",
        [("JAC001", 2, 10, "2x", "a `*` is missing in `2x`", "write 2*x")],
        id="a broken step is not also unknown",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x^2}\njacobian: {y: {x: 2*x}}\n",
        [
            (
                "JAC001",
                2,
                15,
                "^",
                "`^` is not the power operator (in Python it is XOR)",
                "write ** for a power",
            )
        ],
        id="a broken output is not also unknown to its claim",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs:\n  y: sinn(x) + coss(x) + z\n",
        [
            ("JAC003", 3, 6, "sinn", "unknown function `sinn`", "did you mean `sin`?"),
            ("JAC003", 3, 16, "coss", "unknown function `coss`", "did you mean `cross`?"),
            ("JAC003", 3, 26, "z", "unknown name `z`", "declare it under `inputs:`"),
        ],
        id="two mistakes in one expression",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs:\n  a: w + w\n  b: 2*w\n",
        [("JAC003", 3, 6, "w", "unknown name `w`", "declare it under `inputs:`")],
        id="the same unknown name in three places",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: atan3(x, x)}\n",
        [
            (
                "JAC004",
                2,
                14,
                "atan3(x, x)",
                "YAML cuts `atan3(x, x)` at the comma, because it is not in quotes",
                'quote the expression: "atan3(x, x)"',
            ),
            ("JAC003", 2, 14, "atan3", "unknown function `atan3`", "did you mean `atan`?"),
        ],
        id="cut by YAML and wrong besides",
    ),
    pytest.param(
        "inputs: {x: {init: zero, range: 3}}\noutputs: {y: x}\n",
        [
            ("JAC002", 1, 20, "zero", "`init` cannot be zero", "did you mean `zeros`?"),
            (
                "JAC008",
                1,
                33,
                "3",
                "the range of `x` must be [low, high] with low < high",
                "give two numbers, for example range: [-2, 2]",
            ),
        ],
        id="two mistakes of one input",
    ),
]


@pytest.mark.parametrize(("text", "expected"), TOGETHER)
def test_all_mistakes_are_reported_once_and_in_order(text, expected):
    assert mistakes(text) == expected


def test_more_mistakes_than_anyone_reads_are_cut():
    text = "inputs: {x: [" + "a," * 5_000 + "]}\noutputs: {y: x}\n"
    assert mistakes(text)[-1][4] == f"more than {MAX_PROBLEMS} mistakes; the others are not looked for"


CLEAN = [
    pytest.param("inputs: {x: 1e-3}\noutputs: {y: x}\n", id="a number YAML 1.1 reads as text"),
    pytest.param("inputs: {x: 1/3}\noutputs: {y: x}\n", id="a fraction"),
    pytest.param("inputs: {x: }\noutputs: {y: x}\n", id="an input without a value"),
    pytest.param("inputs: {sin: 1}\noutputs: {y: sin(sin)}\n", id="an input named like a function"),
    pytest.param("inputs: {e: 1, pi: 2}\noutputs: {y: e*pi}\n", id="inputs named like constants"),
    pytest.param("inputs: {x: 1}\noutputs: {y: 2**0.5 * x}\n", id="a root of a number"),
    pytest.param("inputs: {x: [[1, 2]]}\noutputs:\n  y: sum(x, axis=(0, 1))\n", id="a tuple as an argument"),
    pytest.param("inputs: {x: [1, 2]}\noutputs:\n  y: einsum('i, i -> ', x, x)\n", id="blanks in subscripts"),
    pytest.param("inputs: {x: 1}\r\noutputs: {y: x}\r\n", id="Windows line ends"),
    pytest.param("\ufeffinputs: {x: 1}\noutputs: {y: x}\n", id="a byte order mark"),
    pytest.param(HEAD + "+".join(["x"] * 1_000), id="a sum of a thousand terms"),
]


@pytest.mark.parametrize("text", CLEAN)
def test_what_is_no_mistake_is_accepted(text):
    assert mistakes(text) == []


def test_problem_without_a_place_is_its_code_and_words():
    assert str(Problem("JAC001", "no such file", None, "check the path")) == "JAC001 no such file (check the path)"
