"""Every mistake in the fields of a spec, with the message it gets."""

import pytest
from messages import mistakes

from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

SPECS = [
    pytest.param(
        "",
        ("JAC001", 1, 1, "", "the spec is empty", "write `inputs:` and `outputs:`; `jac init` writes a spec"),
        id="empty file",
    ),
    pytest.param(
        "# nothing\n# here\n",
        ("JAC001", 1, 1, "", "the spec is empty", "write `inputs:` and `outputs:`; `jac init` writes a spec"),
        id="only comments",
    ),
    pytest.param(
        "---\n",
        ("JAC001", 1, 1, "", "the spec is empty", "write `inputs:` and `outputs:`; `jac init` writes a spec"),
        id="only a document mark",
    ),
    pytest.param("3\n", ("JAC001", 1, 1, "3", "a spec is a mapping of keys", "begin with `inputs:`"), id="a number"),
    pytest.param("- x\n", ("JAC001", 1, 1, "- x", "a spec is a mapping of keys", "begin with `inputs:`"), id="a list"),
    pytest.param(
        "inputs: {x: 1}\n",
        ("JAC002", 1, 1, "inputs", "key `outputs` is missing", "say what to differentiate: outputs: {y: 2*x}"),
        id="no outputs",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs:\n",
        ("JAC002", 2, 9, "", "`outputs` is empty", "say what to differentiate: outputs: {y: 2*x}"),
        id="outputs empty",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {}\n",
        ("JAC002", 2, 10, "{}", "`outputs` is empty", "say what to differentiate: outputs: {y: 2*x}"),
        id="outputs without entries",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: [x]\n",
        ("JAC001", 2, 10, "[x]", "`outputs` must be a mapping of names", "write NAME: VALUE, one to a line"),
        id="outputs a list",
    ),
    pytest.param(
        "inputs:\n  x: 1\n  outputs:\n  y: x\n",
        (
            "JAC002",
            3,
            3,
            "outputs",
            "`outputs` stands inside `inputs`",
            "begin it in the same column as the other sections",
        ),
        id="outputs inside inputs",
    ),
    pytest.param(
        "inputs: {x: 1}\noutput: {y: x}\n",
        ("JAC002", 2, 1, "output", "unknown key `output` in a spec", "did you mean `outputs`?"),
        id="output misspelled",
    ),
    pytest.param(
        "input: {x: 1}\noutputs: {y: x}\n",
        ("JAC002", 1, 1, "input", "unknown key `input` in a spec", "did you mean `inputs`?"),
        id="inputs misspelled",
    ),
    pytest.param(
        "inputs: [x]\noutputs: {y: x}\n",
        ("JAC001", 1, 9, "[x]", "`inputs` must be a mapping of names", "write NAME: VALUE, one to a line"),
        id="inputs a list",
    ),
    pytest.param(
        "inputs: {x: 1}\nparams: {x: 2}\noutputs: {y: x}\n",
        ("JAC005", 2, 10, "x", "`x` is already an input (line 1)", "rename one of the two"),
        id="name twice",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {x: 2*x}\n",
        ("JAC005", 2, 11, "x", "`x` is already an input (line 1)", "rename one of the two"),
        id="output named like an input",
    ),
    pytest.param(
        "dims: {n: 2}\ninputs: {n: 1}\noutputs: {y: n}\n",
        ("JAC005", 2, 10, "n", "`n` is already a size (line 1)", "rename one of the two"),
        id="size named like an input",
    ),
    pytest.param(
        "inputs: {x: '1e-3'}\noutputs: {y: x}\n",
        ("JAC007", 1, 13, "'1e-3'", "`x` must be a number, but quotes make '1e-3' text", "write 1e-3 without quotes"),
        id="quoted number",
    ),
    pytest.param(
        "inputs: {x: no}\noutputs: {y: x}\n",
        ("JAC007", 1, 13, "no", "`x` must be a number (got the word no)", "YAML 1.2 has no yes and no: write 1 or 0"),
        id="the word no",
    ),
    pytest.param(
        "inputs: {x: true}\noutputs: {y: x}\n",
        ("JAC007", 1, 13, "true", "`x` must be a number (got the truth value true)", "write 1 or 0"),
        id="a truth value",
    ),
    pytest.param(
        "inputs: {x: one}\noutputs: {y: x}\n",
        (
            "JAC007",
            1,
            13,
            "one",
            "`x` must be a number (got 'one')",
            "write a plain number; formulas belong under `let:`",
        ),
        id="a word",
    ),
    pytest.param(
        "inputs: {x: 2*3}\noutputs: {y: x}\n",
        (
            "JAC007",
            1,
            13,
            "2*3",
            "`x` must be a number (got '2*3')",
            "write a plain number; formulas belong under `let:`",
        ),
        id="a formula as value",
    ),
    pytest.param(
        "inputs:\n  x: 1,5\noutputs: {y: x}\n",
        ("JAC007", 2, 6, "1,5", "`x` must be a number (got '1,5')", "write 1.5, with a point"),
        id="a decimal comma",
    ),
    pytest.param(
        "inputs: {x: .nan}\noutputs: {y: x}\n",
        (
            "JAC007",
            1,
            13,
            ".nan",
            "`x` must be finite (got .nan)",
            "infinities and NaN have no derivative: write a finite number",
        ),
        id="not a number",
    ),
    pytest.param(
        "inputs: {x: [1, -.inf]}\noutputs: {y: sum(x)}\n",
        (
            "JAC007",
            1,
            17,
            "-.inf",
            "`x` must be finite (got -.inf)",
            "infinities and NaN have no derivative: write a finite number",
        ),
        id="infinity in a list",
    ),
    pytest.param(
        "inputs: {x: 1e309}\noutputs: {y: x}\n",
        (
            "JAC009",
            1,
            13,
            "1e309",
            "the number 1e309 is too large for a double",
            "doubles reach from 5e-324 to 1.8e308",
        ),
        id="too large a number",
    ),
    pytest.param(
        "inputs: {x: 1e-330}\noutputs: {y: x}\n",
        (
            "JAC009",
            1,
            13,
            "1e-330",
            "the number 1e-330 is too small for a double",
            "doubles reach from 5e-324 to 1.8e308",
        ),
        id="too small a number",
    ),
    pytest.param(
        "inputs: {x: 1e999999999}\noutputs: {y: x}\n",
        (
            "JAC009",
            1,
            13,
            "1e999999999",
            "the number 1e999999999 is out of range or too long",
            "doubles reach from 5e-324 to 1.8e308",
        ),
        id="an exponent beyond all bounds",
    ),
    pytest.param(
        "inputs: {x: {value: }}\noutputs: {y: x}\n",
        ("JAC007", 1, 21, "", "a number is missing for `x`", "write one"),
        id="no value",
    ),
    pytest.param(
        "inputs: {x: {value: {a: 1}}}\noutputs: {y: x}\n",
        ("JAC007", 1, 21, "{a: 1}", "`x` must be a number or a list", "write a number, [1, 2] or [[1, 2], [3, 4]]"),
        id="a mapping as number",
    ),
    pytest.param(
        "inputs: {x: data.csv}\noutputs: {y: x}\n",
        (
            "JAC007",
            1,
            13,
            "data.csv",
            "`x` must be a number (got the file name 'data.csv')",
            "data files belong under `constants:`",
        ),
        id="a data file as input",
    ),
    pytest.param(
        "inputs:\n  x: [[1, 2], [3]]\noutputs: {y: sum(x)}\n",
        ("JAC008", 2, 15, "[3]", "the rows of `x` have different lengths", "give every row the same length"),
        id="ragged rows",
    ),
    pytest.param(
        "inputs:\n  x: [[1, 2], 3]\noutputs: {y: sum(x)}\n",
        ("JAC008", 2, 15, "3", "the rows of `x` have different lengths", "give every row the same length"),
        id="number among rows",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs:\n  y: [[x, 1], [2]]\n",
        ("JAC008", 3, 15, "[2]", "the rows of `y` have different lengths", "give every row the same length"),
        id="ragged output",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: []}\n",
        ("JAC001", 2, 14, "[]", "`y` holds an empty list", "write at least one expression in every list"),
        id="empty output",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: [x, {a: 1}]}\n",
        ("JAC001", 2, 18, "{a: 1}", "`y` holds a mapping", "write at least one expression in every list"),
        id="output a mapping in a list",
    ),
    pytest.param(
        "inputs: {x: {valeu: 1}}\noutputs: {y: x}\n",
        ("JAC002", 1, 14, "valeu", "unknown key `valeu` in input `x`", "did you mean `value`?"),
        id="unknown key of an input",
    ),
    pytest.param(
        "params: {x: {value: 1, trainable: 1}}\noutputs: {y: x}\n",
        (
            "JAC002",
            1,
            24,
            "trainable",
            "unknown key `trainable` in param `x`",
            "known keys: shape, value, init, seed, range, entries, domain, label",
        ),
        id="unknown key of a param",
    ),
    pytest.param(
        "constants: {x: {value: 1, init: zeros}}\noutputs: {y: x}\n",
        (
            "JAC002",
            1,
            27,
            "init",
            "unknown key `init` in constant `x`",
            "known keys: value, csv, columns, json, npy, npz, key, shape, entries, label",
        ),
        id="unknown key of a constant",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: {expr: x, lable: why}}\n",
        ("JAC002", 2, 24, "lable", "unknown key `lable` in output `y`", "did you mean `label`?"),
        id="unknown key of an output",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet: {h: {expr: x, name: h}}\noutputs: {y: h}\n",
        ("JAC002", 2, 20, "name", "unknown key `name` in step `h`", "known keys: expr, label, entries"),
        id="unknown key of a step",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {atol: 1}\n",
        ("JAC002", 3, 9, "atol", "unknown key `atol` in `check`", "did you mean `rtol`?"),
        id="unknown key of check",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\nmodel: 3\n",
        (
            "JAC002",
            3,
            1,
            "model",
            "unknown key `model` in a spec",
            "known keys: name, dims, inputs, params, constants, network, let, outputs, jacobian, check, target, train",
        ),
        id="unknown section",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: {label: why}}\n",
        ("JAC002", 2, 14, "{label: why}", "`expr` is missing in output `y`", "write {expr: 2*x, label: words}"),
        id="expr missing",
    ),
    pytest.param(
        "inputs: {x: {value: 1, init: zeros}}\noutputs: {y: x}\n",
        ("JAC002", 1, 30, "zeros", "`x` has both `value` and `init`", "keep one of the two"),
        id="value and init",
    ),
    pytest.param(
        "inputs: {x: {init: glorott}}\noutputs: {y: x}\n",
        ("JAC002", 1, 20, "glorott", "`init` cannot be glorott", "did you mean `glorot`?"),
        id="unknown init",
    ),
    pytest.param(
        "inputs: {x: {init: normal, seed: -1}}\noutputs: {y: x}\n",
        ("JAC008", 1, 34, "-1", "`seed` must be a whole number of at least 0 (got -1)", "write seed: 1"),
        id="negative seed",
    ),
    pytest.param(
        "inputs: {x: {value: 1, range: [1]}}\noutputs: {y: x}\n",
        (
            "JAC008",
            1,
            31,
            "[1]",
            "the range of `x` must be [low, high] with low < high",
            "give two numbers, for example range: [-2, 2]",
        ),
        id="range of one",
    ),
    pytest.param(
        "inputs: {x: {value: 1, range: [2, 1]}}\noutputs: {y: x}\n",
        (
            "JAC008",
            1,
            31,
            "[2, 1]",
            "the range of `x` must be [low, high] with low < high",
            "give two numbers, for example range: [-2, 2]",
        ),
        id="range upside down",
    ),
    pytest.param(
        "inputs: {x: {value: 1, label: [a]}}\noutputs: {y: x}\n",
        ("JAC001", 1, 31, "[a]", "`label` must be text, not a list", "write label: some words"),
        id="label a list",
    ),
    pytest.param(
        "name: {a: b}\ninputs: {x: 1}\noutputs: {y: x}\n",
        ("JAC001", 1, 7, "{a: b}", "`name` must be text, not a mapping", "write name: some words"),
        id="name a mapping",
    ),
    pytest.param(
        "inputs: {lambda: 1}\noutputs: {y: lambda}\n",
        ("JAC003", 1, 10, "lambda", "`lambda` cannot be a name", "it is a word of Python's: write lam or lambda_"),
        id="lambda as an input",
    ),
    pytest.param(
        "inputs: {x-y: 1}\noutputs: {f: x-y}\n",
        ("JAC003", 1, 10, "x-y", "`x-y` cannot be a name", "use letters, digits and _, not starting with a digit"),
        id="a name with a minus",
    ),
    pytest.param(
        "inputs: {1x: 1}\noutputs: {y: 2}\n",
        ("JAC003", 1, 10, "1x", "`1x` cannot be a name", "use letters, digits and _, not starting with a digit"),
        id="a name that starts with a digit",
    ),
    pytest.param(
        "inputs: {\"__import__('os').system('x')\": 1}\noutputs: {y: 2}\n",
        (
            "JAC003",
            1,
            10,
            "\"__import__('os').system('x')\"",
            "`__import__('os').system('x')` cannot be a name",
            "use letters, digits and _, not starting with a digit",
        ),
        id="code as a name",
    ),
    pytest.param(
        "inputs: {x: {shape: [n]}}\noutputs: {y: sum(x)}\n",
        ("JAC003", 1, 22, "n", "unknown size `n` in the shape of `x`", "write a whole number, or add `n` to `dims:`"),
        id="unknown size",
    ),
    pytest.param(
        "dims: {rows: 2}\ninputs: {x: {shape: row}}\noutputs: {y: sum(x)}\n",
        ("JAC003", 2, 21, "row", "unknown size `row` in the shape of `x`", "did you mean `rows`?"),
        id="misspelled size",
    ),
    pytest.param(
        "inputs: {x: {shape: [-1]}}\noutputs: {y: sum(x)}\n",
        (
            "JAC008",
            1,
            22,
            "-1",
            "a size in the shape of `x` must be a whole number or a name (got -1)",
            "write sizes of at least 0; computed sizes belong under `dims:`",
        ),
        id="negative size",
    ),
    pytest.param(
        "inputs: {x: {shape: [2.5]}}\noutputs: {y: sum(x)}\n",
        (
            "JAC008",
            1,
            22,
            "2.5",
            "a size in the shape of `x` must be a whole number or a name (got 2.5)",
            "write sizes of at least 0; computed sizes belong under `dims:`",
        ),
        id="fractional size",
    ),
    pytest.param(
        "inputs: {x: {shape: [[2]]}}\noutputs: {y: sum(x)}\n",
        (
            "JAC008",
            1,
            22,
            "[2]",
            "a size in the shape of `x` must be a whole number or a name (got a list)",
            "write sizes of at least 0; computed sizes belong under `dims:`",
        ),
        id="size a list",
    ),
    pytest.param(
        "inputs: {x: {shape: {n: 2}}}\noutputs: {y: sum(x)}\n",
        ("JAC008", 1, 21, "{n: 2}", "the shape of `x` must be a list of sizes", 'write shape: [n, d] or shape: "n d"'),
        id="shape a mapping",
    ),
    pytest.param(
        "inputs: {n: 2, x: {shape: [n]}}\noutputs: {y: sum(x)}\n",
        (
            "JAC003",
            1,
            28,
            "n",
            "`n` in the shape of `x` is an input, not a size",
            "write a whole number, or a name from `dims:`",
        ),
        id="size an input",
    ),
    pytest.param(
        "dims: {n: -1}\ninputs: {x: {shape: [n]}}\noutputs: {y: sum(x) + n}\n",
        ("JAC008", 1, 11, "-1", "`n` must be a whole number from 0 to 10,000,000 (got -1)", "write n: 1"),
        id="broken dim",
    ),
    pytest.param(
        "dims: {n: 2.5}\ninputs: {x: 1}\noutputs: {y: x}\n",
        ("JAC008", 1, 11, "2.5", "`n` must be a whole number from 0 to 10,000,000 (got 2.5)", "write n: 1"),
        id="dim not whole",
    ),
    pytest.param(
        "dims: {n: five}\ninputs: {x: 1}\noutputs: {y: x}\n",
        (
            "JAC003",
            1,
            11,
            "five",
            "unknown size `five`",
            "name it under `dims:`, or in the shape of a value",
        ),
        id="dim a word",
    ),
    pytest.param(
        "inputs: {x: {shape: [1000000, 1000000]}}\noutputs: {y: sum(x)}\n",
        (
            "JAC009",
            1,
            21,
            "[1000000, 1000000]",
            "`x` would have 1,000,000,000,000 elements, more than 10,000,000",
            "use smaller sizes",
        ),
        id="shape of 10^12",
    ),
    pytest.param(
        "inputs: {x: {shape: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}}\noutputs: {y: sum(x)}\n",
        (
            "JAC009",
            1,
            21,
            "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
            "`x` would have 17 axes, more than 16",
            "use fewer sizes",
        ),
        id="too many axes",
    ),
    pytest.param(
        "inputs: {x: {shape: [2], value: [1, 2, 3]}}\noutputs: {y: sum(x)}\n",
        (
            "JAC008",
            1,
            33,
            "[1, 2, 3]",
            "the value of `x` has shape (3,), but `shape` says (2,)",
            "change one of the two",
        ),
        id="value of another shape",
    ),
    pytest.param(
        "constants: {c: {label: why}}\noutputs: {y: c}\n",
        ("JAC007", 1, 16, "{label: why}", "constant `c` has no value", "give value:, csv:, json:, npy: or npz:"),
        id="constant without value",
    ),
    pytest.param(
        "constants: {c: }\noutputs: {y: c}\n",
        ("JAC007", 1, 16, "", "a number is missing for `c`", "write one"),
        id="constant empty",
    ),
    pytest.param(
        "constants: {c: a.csv}\noutputs: {y: sum(c)}\n",
        (
            "JAC010",
            1,
            16,
            "a.csv",
            "data file `a.csv` cannot be read: this spec has no folder",
            "put the spec in a file beside the data",
        ),
        id="data without a folder",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\njacobian: {z: {x: 1}}\n",
        ("JAC003", 3, 12, "z", "`z` is not an output", "known: y"),
        id="claim for an unknown output",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\njacobian: {y: {w: 1}}\n",
        ("JAC003", 3, 16, "w", "`w` is not an input or param", "known: x"),
        id="claim for an unknown input",
    ),
    pytest.param(
        "inputs: {x: 1}\nconstants: {c: 2}\noutputs: {y: c*x}\njacobian: {y: {c: x}}\n",
        ("JAC003", 4, 16, "c", "`c` is a constant, not an input or param", "known: x"),
        id="claim for a constant",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\njacobian: {y: 1}\n",
        ("JAC001", 3, 15, "1", "the claim for `y` must name inputs", "write y: {x: …}"),
        id="claim without inputs",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\njacobian: {y: {x: 1 +}}\n",
        ("JAC001", 3, 21, "+", "nothing stands after `+`", "complete the expression, or delete it"),
        id="claim that does not parse",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {rtol: 0}\n",
        ("JAC008", 3, 15, "0", "`rtol` must lie between 0 and 1 (got 0)", "write rtol: 1e-6"),
        id="rtol 0",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {rtol: 1}\n",
        ("JAC008", 3, 15, "1", "`rtol` must lie between 0 and 1 (got 1)", "write rtol: 1e-6"),
        id="rtol 1",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {rtol: {a: 1}}\n",
        ("JAC007", 3, 15, "{a: 1}", "`rtol` must be a number, not a mapping", "write one number"),
        id="rtol a mapping",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {points: 0}\n",
        ("JAC008", 3, 17, "0", "`points` must be a whole number from 1 to 10,000 (got 0)", "write points: 1"),
        id="points 0",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {points: 2.5}\n",
        ("JAC008", 3, 17, "2.5", "`points` must be a whole number from 1 to 10,000 (got 2.5)", "write points: 1"),
        id="points 2.5",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {points: [1]}\n",
        ("JAC007", 3, 17, "[1]", "`points` must be a number, not a list", "write one number"),
        id="points a list",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {seed: lucky}\n",
        (
            "JAC007",
            3,
            15,
            "lucky",
            "`seed` must be a number (got 'lucky')",
            "write a plain number; formulas belong under `let:`",
        ),
        id="seed a word",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {expect: maybe}\n",
        ("JAC002", 3, 17, "maybe", "`expect` cannot be maybe", "one of: pass, fail"),
        id="expect maybe",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: {expect: fial}\n",
        ("JAC002", 3, 17, "fial", "`expect` cannot be fial", "did you mean `fail`?"),
        id="expect misspelled",
    ),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\ncheck: 3\n",
        ("JAC001", 3, 8, "3", "`check` must be a mapping", "write check: {rtol: 1e-6}"),
        id="check a number",
    ),
    pytest.param(
        "inputs: {x: !!python/object/apply:os.system [ls]}\noutputs: {y: x}\n",
        (
            "JAC006",
            1,
            13,
            "!!python/object/apply:os.system",
            "tag `!!python/object/apply:os.system` is not allowed",
            "write the plain value, or quote an expression that starts with !",
        ),
        id="tag that runs code",
    ),
]


@pytest.mark.parametrize(("text", "expected"), SPECS)
def test_mistake_in_a_field_is_explained(text, expected):
    assert mistakes(text) == [expected]


CUT = [  # at a comma, by YAML, where no expression may stand: quotes would not help
    pytest.param("x: (1, 2)", "JAC007", "`x` must be a number or a list (got '(1, 2)')", "write [1, 2]", id="a tuple"),
    pytest.param("x: (1, 2.5,)", "JAC007", "`x` must be a number or a list (got '(1, 2.5,)')", "write [1, 2.5]", id="with a comma"),
    pytest.param("x: array((1, 2))", "JAC007", "`x` must be a number or a list (got 'array((1, 2))')", "write [1, 2]", id="NumPy's"),
    pytest.param("x: normal(3, 2)", "JAC007", "`x` must be a number (got 'normal(3, 2)')", "write a plain number; formulas belong under `let:`", id="a call"),
    pytest.param("x: {shape: [2], init: normal(0, 1)}", "JAC002", "`init` cannot be normal(0, 1)", "did you mean `normal`?", id="an initialiser"),
    pytest.param("x: {value: [1, 2], range: (0, 1)}", "JAC008", "the range of `x` must be [low, high] with low < high",
                 "give two numbers, for example range: [-2, 2]", id="a range"),
    pytest.param("x: {value: 1, seed: f(1, 2)}", "JAC007", "`seed` must be a number (got 'f(1, 2)')", "write a plain number; formulas belong under `let:`", id="a seed"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "code", "message", "help_"), CUT)
@pytest.mark.parametrize("flow", [True, False])
def test_what_is_no_value_is_not_to_be_quoted(flow, entry, code, message, help_):
    inputs = f"inputs: {{{entry}}}" if flow else f"inputs:\n  {entry}"
    (found,) = mistakes(f"{inputs}\noutputs: {{y: sum(x)}}\n")
    assert (found[0], *found[-2:]) == (code, message, help_)


@pytest.mark.parametrize("shape", ["(2, 3)", "(2,3)", "(2, 3,)", "2, 3", "[2, 3]"])
def test_shape_as_python_writes_it_is_a_shape(shape):
    problems = []
    spec = read_spec(Source("s.yaml", f"inputs:\n  x:\n    shape: {shape}\noutputs: {{y: sum(x)}}\n"), None, problems)
    assert (spec.variables[0].shape, problems) == ((2, 3), [])
