"""Every mistake in the YAML of a spec, and in what it is read as, with the message it gets."""

import pytest
from messages import mistakes

SPECS = [
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\n---\ninputs: {x: 1}\n",
        ("JAC001", 4, 1, "i", "a second YAML document starts here", "write one alone"),
        id="second document",
    ),
    pytest.param(
        "inputs:\n\tx: 1\noutputs: {y: x}\n",
        ("JAC001", 2, 1, "\t", "a tab indents this line", "YAML indents with spaces: replace the tab"),
        id="a tab",
    ),
    pytest.param(
        "inputs:\n  x: 1\n \ty: 2\noutputs: {f: x}\n",
        ("JAC001", 3, 1, " \t", "a tab indents this line", "YAML indents with spaces: replace the tab"),
        id="a tab after spaces",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs:\n  y: x\n  y: 2*x\n",
        ("JAC005", 4, 3, "y", "key `y` stands here a second time (first in line 3)", "rename or delete one of the two"),
        id="key twice",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x + z}\ninputs: {z: 1}\n",
        (
            "JAC005",
            3,
            1,
            "inputs",
            "key `inputs` stands here a second time (first in line 1)",
            "rename or delete one of the two",
        ),
        id="section twice",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: atan2(x, x)}\n",
        (
            "JAC004",
            2,
            14,
            "atan2(x, x)",
            "YAML cuts `atan2(x, x)` at the comma, because it is not in quotes",
            'quote the expression: "atan2(x, x)"',
        ),
        id="unquoted call in a mapping",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: [atan2(x, x), x]}\n",
        (
            "JAC004",
            2,
            15,
            "atan2(x, x)",
            "YAML cuts `atan2(x, x)` at the comma, because it is not in quotes",
            'quote the expression: "atan2(x, x)"',
        ),
        id="unquoted call in a list",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: where(x > 0, x, -x), z: x}\n",
        (
            "JAC004",
            2,
            14,
            "where(x > 0, x, -x)",
            "YAML cuts `where(x > 0, x, -x)` at the comma, because it is not in quotes",
            'quote the expression: "where(x > 0, x, -x)"',
        ),
        id="unquoted call with two commas",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: {expr: atan2(x, hypot(x, x)), label: angle}}\n",
        (
            "JAC004",
            2,
            21,
            "atan2(x, hypot(x, x))",
            "YAML cuts `atan2(x, hypot(x, x))` at the comma, because it is not in quotes",
            'quote the expression: "atan2(x, hypot(x, x))"',
        ),
        id="unquoted call in a call",
    ),
    pytest.param(
        "inputs: {x: [1, 2]}\noutputs: {y: x[0] + 1, z: x}\n",
        (
            "JAC004",
            2,
            14,
            "x[0] + 1",
            "YAML cuts `x[0] + 1` at the bracket, because it is not in quotes",
            'quote the expression: "x[0] + 1"',
        ),
        id="unquoted index",
    ),
    pytest.param(
        "inputs: {x: [1, 2]}\noutputs: {y: [x[0], x[1]]}\n",
        (
            "JAC004",
            2,
            15,
            "x[0]",
            "YAML cuts `x[0]` at the bracket, because it is not in quotes",
            'quote the expression: "x[0]"',
        ),
        id="unquoted index in a list",
    ),
    pytest.param(
        "inputs: {[x]: 1}\noutputs: {y: x}\n",
        ("JAC001", 1, 10, "[x]", "a key must be a name", "write NAME: VALUE"),
        id="a list as a key",
    ),
    pytest.param(
        "inputs: {x: !!int 3}\noutputs: {y: x}\n",
        (
            "JAC006",
            1,
            13,
            "!!int",
            "tag `!!int` is not allowed",
            "write the plain value, or quote an expression that starts with !",
        ),
        id="tag on a value",
    ),
    pytest.param(
        "inputs: *a\n",
        (
            "JAC006",
            1,
            9,
            "*a",
            "alias `*a` has no anchor",
            "write the value out, or quote an expression that starts with *",
        ),
        id="alias without anchor",
    ),
    pytest.param(
        "a: &a [*a]\n",
        (
            "JAC006",
            1,
            8,
            "*a",
            "alias `*a` has no anchor",
            "write the value out, or quote an expression that starts with *",
        ),
        id="alias inside itself",
    ),
    pytest.param(
        "inputs:\n  <<: {x: 1}\noutputs: {y: x}\n",
        ("JAC006", 2, 3, "<<", "merge keys (`<<`) are not allowed", "repeat the entries"),
        id="merge key",
    ),
    pytest.param(
        "inputs: {x: 1\noutputs: {y: x}\n",
        ("JAC001", 1, 9, "{", "`{` is not closed", "close it with }"),
        id="unclosed brace",
    ),
    pytest.param(
        "inputs: {x: [1, 2}\noutputs: {y: x}\n",
        (
            "JAC001",
            1,
            18,
            "}",
            "`}` is not expected here",
            "inside [ ] and { }, quote an expression that holds brackets, commas or colons",
        ),
        id="unclosed bracket in a flow",
    ),
    pytest.param(
        "inputs: {x: [1, 2]}\noutputs: {y: x}}\n",
        ("JAC001", 2, 16, "}", "`}` is not expected here", "check the brackets and quotes of this line"),
        id="bracket too many",
    ),
    pytest.param(
        "inputs: {x: 'one}\noutputs: {y: x}\n",
        ("JAC001", 1, 13, "'", "the quote is not closed", "close it, or delete it"),
        id="unclosed quote",
    ),
    pytest.param(
        "inputs:\n  x: 1\n y: 2\noutputs: {f: x}\n",
        ("JAC001", 3, 2, "y", "this line is indented unlike those above", "indent the entries of one section alike"),
        id="wrong indent",
    ),
    pytest.param(
        " inputs: {x: 1}\noutputs: {y: x}\n",
        ("JAC001", 2, 1, "o", "this line is indented less than the first one", "begin all sections in the same column"),
        id="first line indented",
    ),
    pytest.param(
        "inputs:\n  x:1\n  y: 2\noutputs: {f: x}\n",
        (
            "JAC001",
            3,
            4,
            ":",
            "`:` is not expected here",
            "check the line above: write NAME: VALUE, with a space after the colon",
        ),
        id="no space after the colon",
    ),
    pytest.param(
        "inputs:\n  x: 1\n  y\noutputs: {f: x}\n",
        ("JAC001", 3, 3, "y", "this line has no `:`", "write NAME: VALUE, or indent it to continue the line above"),
        id="line without a colon",
    ),
    pytest.param(
        'inputs: {x: 1}\noutputs: {y: "\\q"}\n',
        (
            "JAC001",
            2,
            15,
            "\\",
            "unknown escape in a text in double quotes",
            "use single quotes: in them a backslash is plain",
        ),
        id="unknown escape",
    ),
    pytest.param(
        "- x\ny: 1\n",
        ("JAC001", 2, 1, "y", "this line does not belong to the list above", "begin each item with `- `"),
        id="list mixed with mapping",
    ),
    pytest.param(
        "inputs: {x: \x01}\n",
        (
            "JAC001",
            1,
            13,
            "\x01",
            "character U+0001 is not allowed in YAML",
            "delete it, and save the file as UTF-8 text",
        ),
        id="control character",
    ),
    pytest.param(
        "inputs: {x: 1}  # \ud800\n",
        ("JAC001", 1, 19, "\ud800", "character U+D800 is not text", "save the file as UTF-8 text"),
        id="lone surrogate",
    ),
]


@pytest.mark.parametrize(("text", "expected"), SPECS)
def test_mistake_in_yaml_is_explained(text, expected):
    assert mistakes(text) == [expected]
