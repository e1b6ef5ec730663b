"""Every message a spec can draw: what it says, where the caret stands, and what it tells to try."""

from __future__ import annotations

from pathlib import Path

import pytest

from jaccli.errors import Problem, SourceError
from jaccli.graph.build import build
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

HEAD = "inputs: {x: 1, y: 2}\noutputs:\n"
V = "inputs:\n  x: [1, 2, 3]\n  A: [[1, 2, 3], [4, 5, 6]]\noutputs:\n"
CASES = {
    "caret": HEAD + "  f: x^2 + 1\n",
    "caret operator binds looser": HEAD + "  f: x^2+1\n",
    "lambda as a name": "inputs: {lambda: 1}\noutputs: {f: 2}\n",
    "lambda in an expression": HEAD + "  f: 2*lambda\n",
    "product without a sign": HEAD + "  f: 1 + 2x\n",
    "product of two names": HEAD + "  f: x y\n",
    "function without brackets": HEAD + "  f: sin x\n",
    "comma in a flow mapping": "inputs: {x: 1, y: 2}\noutputs: {f: atan2(x, y)}\n",
    "comma in a flow list": "inputs: {x: 1, y: 2}\noutputs: {f: [atan2(x, y), x]}\n",
    "bracket in a flow list": "inputs: {x: [1]}\noutputs: {f: [x[0]]}\n",
    "tab": "inputs:\n\tx: 1\noutputs: {f: x}\n",
    "duplicate key": "inputs: {x: 1, x: 2}\noutputs: {f: x}\n",
    "duplicate section": "inputs: {x: 1}\ninputs: {y: 1}\noutputs: {f: x}\n",
    "same name twice": "inputs: {x: 1}\nparams: {x: 2}\noutputs: {f: x}\n",
    "quoted number": 'inputs: {x: "1e-3"}\noutputs: {f: x}\n',
    "word no": "inputs: {x: no}\noutputs: {f: x}\n",
    "true": "inputs: {x: true}\noutputs: {f: x}\n",
    "text for a number": "inputs: {x: one}\noutputs: {f: x}\n",
    "nan": "inputs: {x: .nan}\noutputs: {f: x}\n",
    "infinity in a list": "inputs: {x: [1, -.inf]}\noutputs: {f: x}\n",
    "unknown key of the spec": "inputs: {x: 1}\nouputs: {f: x}\noutputs: {f: x}\n",
    "unknown key of an input": "inputs: {x: {vlaue: 1}}\noutputs: {f: x}\n",
    "unknown key of an output": "inputs: {x: 1}\noutputs: {f: {expr: x, lable: y}}\n",
    "unknown key of check": "inputs: {x: 1}\noutputs: {f: x}\ncheck: {rtoll: 1e-3}\n",
    "unknown init": "params: {x: {shape: [2], init: glorrot}}\noutputs: {f: x}\n",
    "no outputs": "inputs: {x: 1}\n",
    "unknown name": HEAD + "  f: x + z1\n",
    "unknown function": HEAD + "  f: sinn(x)\n",
    "function used as a name": HEAD + "  f: sin * 2\n",
    "variable called": HEAD + "  f: x(2)\n",
    "number called": HEAD + "  f: 2(x + 1)\n",
    "several unknown names": HEAD + "  f: sinn(p) + coss(q)\n",
    "cycle": "inputs: {x: 1}\nlet:\n  a: b + x\n  b: 2*a\noutputs: {f: a}\n",
    "self reference": "inputs: {x: 1}\nlet:\n  a: a + x\noutputs: {f: a}\n",
    "use before definition": "inputs: {x: 1}\nlet:\n  a: b + x\n  b: 2*x\noutputs: {f: a}\n",
    "matmul shapes": "dims: {n: 2, d: 3}\ninputs:\n  W: {shape: [n, d], init: zeros}\n  x: {shape: [n], init: zeros}\noutputs:\n  f: W @ x\n",
    "broadcast shapes": V + "  f: x + A[0, :2]\n",
    "matmul with a number": V + "  f: 2 @ x\n",
    "wrong arity": HEAD + "  f: sin(x, y)\n",
    "missing argument": HEAD + "  f: where(x > 0, y)\n",
    "unknown keyword": V + "  f: sum(A, axes=1)\n",
    "axis out of range": V + "  f: sum(x, axis=1)\n",
    "index out of range": V + "  f: x[5]\n",
    "too many indices": V + "  f: x[0, 1]\n",
    "index that is not whole": V + "  f: x[0.5]\n",
    "reshape": V + "  f: reshape(x, (2, 2))\n",
    "concatenate": V + "  f: concatenate([x, A])\n",
    "inverse of a rectangle": V + "  f: inv(A)\n",
    "einsum letters": V + "  f: einsum('ij,j->k', A, x)\n",
    "einsum operands": V + "  f: einsum('ij,j->i', A)\n",
    "ragged list": "inputs: {x: [[1, 2], [3]]}\noutputs: {f: x}\n",
    "shape against value": "inputs: {x: {shape: [2], value: [1, 2, 3]}}\noutputs: {f: x}\n",
    "unknown size": "dims: {nn: 2}\ninputs: {x: {shape: [n], init: zeros}}\noutputs: {f: x}\n",
    "huge shape": "inputs: {x: {shape: [1000000000000], init: zeros}}\noutputs: {f: x}\n",
    "huge result": V + "  f: sum(zeros((100000, 100000)))\n",
    "range": "inputs: {x: {value: 1, range: [2, 1]}}\noutputs: {f: x}\n",
    "points": "inputs: {x: 1}\noutputs: {f: x}\ncheck: {points: 0}\n",
    "rtol": "inputs: {x: 1}\noutputs: {f: x}\ncheck: {rtol: 2}\n",
    "expect": "inputs: {x: 1}\noutputs: {f: x}\ncheck: {expect: fial}\n",
    "power tower": HEAD + "  f: 9**9**9**9\n",
    "power of a power": HEAD + "  f: ((x**9**9)**9999)\n",
    "long sum": HEAD + "  f: " + "+".join(["x"] * 20000) + "\n",
    "many minuses": HEAD + "  f: " + "-" * 2000 + "x\n",
    "deep brackets": HEAD + "  f: " + "(" * 200 + "x" + ")" * 200 + "\n",
    "huge literal": HEAD + "  f: 1e99999\n",
    "division by zero": HEAD + "  f: x/0\n",
    "dunder call": HEAD + "  f: __import__('os').system('x')\n",
    "attribute": HEAD + "  f: x.__class__\n",
    "method": HEAD + "  f: x.sum()\n",
    "numpy prefix": HEAD + "  f: np.sin(x)\n",
    "code as a name": "inputs: {\"__import__('os')\": 1}\noutputs: {f: 2}\n",
    "absolute bars": HEAD + "  f: 'abs(y) + |x|'\n",
    "chained comparison": HEAD + "  f: where(0 < x < 1, x, y)\n",
    "and": HEAD + "  f: where(x > 0 and y > 0, x, y)\n",
    "if else": HEAD + "  f: x if y > 0 else 2\n",
    "comprehension": HEAD + "  f: sum([a for a in x])\n",
    "floor division": HEAD + "  f: x // 2\n",
    "multiplication sign": HEAD + "  f: x × y\n",
    "equals sign": HEAD + "  f: z = x\n",
    "unclosed bracket": HEAD + "  f: sin(x\n",
    "empty expression": HEAD + "  f: ''\n",
    "text": HEAD + "  f: \"'abc' + x\"\n",
    "tag": "inputs: {x: !!python/name:os.system 1}\noutputs: {f: x}\n",
    "merge key": "inputs:\n  <<: {x: 1}\noutputs: {f: 2}\n",
    "unknown alias": "inputs: {x: *a}\noutputs: {f: x}\n",
    "second document": "inputs: {x: 1}\noutputs: {f: x}\n---\na: 1\n",
    "deep list": "inputs: {x: " + "[" * 50 + "1" + "]" * 50 + "}\noutputs: {f: x}\n",
    "empty": "",
    "only a comment": "# nothing\n",
    "not a mapping": "- 1\n- 2\n",
    "claim of the wrong shape": V + "  f: sum(A)\njacobian:\n  f: {A: [1, 2]}\n",
    "claim with axes exchanged": V + "  f: A @ x\njacobian:\n  f: {x: A.T}\n",
    "claim for no output": V + "  f: A @ x\njacobian:\n  g: {x: A}\n",
    "claim for a constant": "constants: {c: 1}\ninputs: {x: 1}\noutputs: {f: c*x}\njacobian: {f: {c: x}}\n",
    "missing csv": "constants: {c: nowhere.csv}\ninputs: {x: 1}\noutputs: {f: x}\n",
    "csv outside": "constants: {c: ../a.csv}\ninputs: {x: 1}\noutputs: {f: x}\n",
    "csv column": "constants: {c: {csv: data.csv, columns: [hight]}}\ninputs: {x: 1}\noutputs: {f: x}\n",
    "csv cell": "constants: {c: bad.csv}\ninputs: {x: 1}\noutputs: {f: x}\n",
}

# case → (code, line, column, text under the caret, message, remedy) of each problem, in the order of the text
EXPECTED: dict[str, list[tuple[str, int, int, str, str, str]]] = {
    "caret": [
        (
            "JAC001",
            3,
            7,
            "^",
            "`^` is not a power here, nor in Python, where it binds looser than +",
            "write ** for a power",
        )
    ],
    "caret operator binds looser": [
        (
            "JAC001",
            3,
            7,
            "^",
            "`^` is not a power here, nor in Python, where it binds looser than +",
            "write ** for a power",
        )
    ],
    "lambda as a name": [
        ("JAC003", 1, 10, "lambda", "`lambda` cannot be a name", "it is a word of Python's: write lam or lambda_")
    ],
    "lambda in an expression": [
        ("JAC001", 3, 8, "lambda", "`lambda` is a word of Python's and cannot be a name", "write lam or lambda_")
    ],
    "product without a sign": [("JAC001", 3, 10, "2x", "a `*` is missing in `2x`", "write 2*x")],
    "product of two names": [
        ("JAC001", 3, 6, "x y", "an operator is missing in `x y`", "write x * y, or x(y) to call a function")
    ],
    "function without brackets": [
        ("JAC001", 3, 6, "sin x", "an operator is missing in `sin x`", "write sin * x, or sin(x) to call a function")
    ],
    "comma in a flow mapping": [
        (
            "JAC004",
            2,
            14,
            "atan2(x, y)",
            "YAML cuts `atan2(x, y)` at the comma, because it is not in quotes",
            'quote the expression: "atan2(x, y)"',
        )
    ],
    "comma in a flow list": [
        (
            "JAC004",
            2,
            15,
            "atan2(x, y)",
            "YAML cuts `atan2(x, y)` at the comma, because it is not in quotes",
            'quote the expression: "atan2(x, y)"',
        )
    ],
    "bracket in a flow list": [
        (
            "JAC004",
            2,
            15,
            "x[0]",
            "YAML cuts `x[0]` at the bracket, because it is not in quotes",
            'quote the expression: "x[0]"',
        )
    ],
    "tab": [("JAC001", 2, 1, "\t", "a tab indents this line", "YAML indents with spaces: replace the tab")],
    "duplicate key": [
        ("JAC005", 1, 16, "x", "key `x` stands here a second time (first in line 1)", "rename or delete one of the two")
    ],
    "duplicate section": [
        (
            "JAC005",
            2,
            1,
            "inputs",
            "key `inputs` stands here a second time (first in line 1)",
            "rename or delete one of the two",
        )
    ],
    "same name twice": [("JAC005", 2, 10, "x", "`x` is already an input (line 1)", "rename one of the two")],
    "quoted number": [
        ("JAC007", 1, 13, '"1e-3"', "`x` must be a number, but quotes make '1e-3' text", "write 1e-3 without quotes")
    ],
    "word no": [
        ("JAC007", 1, 13, "no", "`x` must be a number (got the word no)", "YAML 1.2 has no yes and no: write 1 or 0")
    ],
    "true": [("JAC007", 1, 13, "true", "`x` must be a number (got the truth value true)", "write 1 or 0")],
    "text for a number": [
        (
            "JAC007",
            1,
            13,
            "one",
            "`x` must be a number (got 'one')",
            "write a plain number; formulas belong under `let:`",
        )
    ],
    "nan": [
        (
            "JAC007",
            1,
            13,
            ".nan",
            "`x` must be finite (got .nan)",
            "infinities and NaN have no derivative: write a finite number",
        )
    ],
    "infinity in a list": [
        (
            "JAC007",
            1,
            17,
            "-.inf",
            "`x` must be finite (got -.inf)",
            "infinities and NaN have no derivative: write a finite number",
        )
    ],
    "unknown key of the spec": [
        ("JAC002", 2, 1, "ouputs", "unknown key `ouputs` in a spec", "did you mean `outputs`?")
    ],
    "unknown key of an input": [
        ("JAC002", 1, 14, "vlaue", "unknown key `vlaue` in input `x`", "did you mean `value`?")
    ],
    "unknown key of an output": [
        ("JAC002", 2, 24, "lable", "unknown key `lable` in output `f`", "did you mean `label`?")
    ],
    "unknown key of check": [("JAC002", 3, 9, "rtoll", "unknown key `rtoll` in `check`", "did you mean `rtol`?")],
    "unknown init": [("JAC002", 1, 32, "glorrot", "`init` cannot be glorrot", "did you mean `glorot`?")],
    "no outputs": [
        ("JAC002", 1, 1, "inputs", "key `outputs` is missing", "say what to differentiate: outputs: {y: 2*x}")
    ],
    "unknown name": [("JAC003", 3, 10, "z1", "unknown name `z1`", "declare it under `inputs:`")],
    "unknown function": [("JAC003", 3, 6, "sinn", "unknown function `sinn`", "did you mean `sin`?")],
    "function used as a name": [("JAC003", 3, 6, "sin", "unknown name `sin`", "`sin` is a function: write sin(…)")],
    "variable called": [("JAC003", 3, 6, "x", "`x` is a variable, not a function", "write x * (…) for a product")],
    "number called": [("JAC001", 3, 6, "2", "`2` is not a function", "write 2 * (…) for a product")],
    "several unknown names": [
        ("JAC003", 3, 6, "sinn", "unknown function `sinn`", "did you mean `sin`?"),
        ("JAC003", 3, 11, "p", "unknown name `p`", "did you mean `pi`?"),
        ("JAC003", 3, 16, "coss", "unknown function `coss`", "did you mean `cos`?"),
        ("JAC003", 3, 21, "q", "unknown name `q`", "declare it under `inputs:`"),
    ],
    "cycle": [("JAC003", 3, 6, "b", "these depend on each other: a → b → a", "break the cycle: steps go in order")],
    "self reference": [("JAC003", 3, 6, "a", "`a` is defined by itself", "give the new value another name")],
    "use before definition": [
        ("JAC003", 3, 6, "b", "`b` is defined later (line 4)", "steps go in order: move it above")
    ],
    "matmul shapes": [
        (
            "JAC008",
            6,
            6,
            "W @ x",
            "cannot multiply `W` (shape (2, 3)) by `x` (shape (2,)): inner sizes 3 and 2 differ",
            "transpose the left factor with .T, or swap the factors; in `W` 2 from n (line 1), 3 from d (line 1); in `x` 2 from n (line 1)",
        )
    ],
    "broadcast shapes": [
        (
            "JAC008",
            5,
            6,
            "x + A[0, :2]",
            "shapes do not fit: `x` (shape (3,)) and `A[0, :2]` (shape (2,))",
            "make the sizes equal, or 1 where NumPy repeats; in `x` 3 from the value of x (line 2)",
        )
    ],
    "matmul with a number": [
        ("JAC008", 5, 6, "2 @ x", "@ needs arrays: `2` (a number) and `x` (shape (3,))", "write * to scale by a number")
    ],
    "wrong arity": [("JAC008", 3, 6, "sin(x, y)", "sin takes 1 argument (got 2)", "write sin(x)")],
    "missing argument": [
        ("JAC008", 3, 6, "where(x > 0, y)", "where lacks its argument `y`", "write where(condition, x, y)")
    ],
    "unknown keyword": [("JAC008", 5, 6, "sum(A, axes=1)", "sum has no argument `axes`", "did you mean `axis`?")],
    "axis out of range": [
        (
            "JAC008",
            5,
            6,
            "sum(x, axis=1)",
            "axis 1 does not exist: `x` (shape (3,)) has axes -1 to 0",
            "count axes from 0, or from -1 at the end",
        )
    ],
    "index out of range": [
        (
            "JAC008",
            5,
            6,
            "x[5]",
            "`x` (shape (3,)): index 5 is out of bounds for axis 0 with size 3",
            "indices count from 0, or from -1 at the end; in `x` 3 from the value of x (line 2)",
        )
    ],
    "too many indices": [
        (
            "JAC008",
            5,
            6,
            "x[0, 1]",
            "`x` (shape (3,)): too many indices for array: array is 1-dimensional, but 2 were indexed",
            "indices count from 0, or from -1 at the end; in `x` 3 from the value of x (line 2)",
        )
    ],
    "index that is not whole": [
        (
            "JAC008",
            5,
            6,
            "x[0.5]",
            "an index must be a whole number known in advance",
            "write an integer or a name from `dims:`",
        )
    ],
    "reshape": [
        (
            "JAC008",
            5,
            6,
            "reshape(x, (2, 2))",
            "cannot reshape `x` (shape (3,)) to (2, 2): 3 elements are not 4",
            "keep the size; in `x` 3 from the value of x (line 2)",
        )
    ],
    "concatenate": [
        (
            "JAC008",
            5,
            6,
            "concatenate([x, A])",
            "concatenate: `x` (shape (3,)) and `A` (shape (2, 3)) do not fit",
            "give all parts the same sizes; in `x` 3 from the value of x (line 2); in `A` 2 and 3 from the value of A (line 3)",
        )
    ],
    "inverse of a rectangle": [
        (
            "JAC008",
            5,
            6,
            "inv(A)",
            "inv takes a square matrix, not `A` (shape (2, 3))",
            "make both sizes equal; in `A` 2 and 3 from the value of A (line 3)",
        )
    ],
    "einsum letters": [
        (
            "JAC008",
            5,
            6,
            "einsum('ij,j->k', A, x)",
            "einsum: the result 'k' must name known letters once",
            "letters: i, j",
        )
    ],
    "einsum operands": [
        (
            "JAC008",
            5,
            6,
            "einsum('ij,j->i', A)",
            "einsum: 'ij,j->i' names 2 operands, 1 are given",
            "give one operand per term",
        )
    ],
    "ragged list": [
        ("JAC008", 1, 22, "[3]", "the rows of `x` have different lengths", "give every row the same length")
    ],
    "shape against value": [
        (
            "JAC008",
            1,
            33,
            "[1, 2, 3]",
            "the value of `x` has shape (3,), but `shape` says (2,)",
            "change one of the two",
        )
    ],
    "unknown size": [("JAC003", 2, 22, "n", "unknown size `n` in the shape of `x`", "did you mean `nn`?")],
    "huge shape": [
        (
            "JAC009",
            1,
            21,
            "[1000000000000]",
            "`x` would have 1,000,000,000,000 elements, more than 10,000,000",
            "use smaller sizes",
        )
    ],
    "huge result": [
        (
            "JAC009",
            5,
            10,
            "zeros((100000, 100000))",
            "the result would have shape (100000, 100000), more than 10,000,000 elements",
            "use smaller sizes",
        )
    ],
    "range": [
        ("JAC008", 1, 31, "[2, 1]", "the range of `x` must be [low, high] with low < high", "write range: [-2, 2]")
    ],
    "points": [("JAC008", 3, 17, "0", "`points` must be a whole number from 1 to 10,000 (got 0)", "write points: 1")],
    "rtol": [("JAC008", 3, 15, "2", "`rtol` must lie between 0 and 1 (got 2)", "write rtol: 1e-6")],
    "expect": [("JAC002", 3, 17, "fial", "`expect` cannot be fial", "did you mean `fail`?")],
    "power tower": [("JAC009", 3, 9, "9**9**9", "the exponent is larger than 1,000", "use a smaller power")],
    "power of a power": [("JAC009", 3, 8, "x**9**9", "the exponent is larger than 1,000", "use a smaller power")],
    "long sum": [
        (
            "JAC009",
            3,
            6,
            "x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+",
            "the expression has 39,999 characters, more than 20,000",
            "name parts of it under `let:`, or use sum() on an array",
        )
    ],
    "many minuses": [
        (
            "JAC009",
            3,
            66,
            "-",
            "nested deeper than 60 levels",
            "name parts of it under `let:`, or use sum() on an array",
        )
    ],
    "deep brackets": [
        (
            "JAC009",
            3,
            66,
            "(",
            "nested deeper than 60 levels",
            "name parts of it under `let:`, or use sum() on an array",
        )
    ],
    "huge literal": [
        ("JAC009", 3, 6, "1e99999", "the number 1e99999 is too large", "doubles reach from 5e-324 to 1.8e308")
    ],
    "division by zero": [("JAC008", 3, 6, "x/0", "division by zero", "change the denominator")],
    "dunder call": [
        (
            "JAC001",
            3,
            6,
            "__import__('os').system",
            "`.system` is not part of the language (only .T is)",
            "use the functions of the language",
        )
    ],
    "attribute": [
        (
            "JAC001",
            3,
            6,
            "x.__class__",
            "`.__class__` is not part of the language (only .T is)",
            "use the functions of the language",
        )
    ],
    "method": [("JAC001", 3, 6, "x.sum", "`.sum` is not part of the language (only .T is)", "write sum(x)")],
    "numpy prefix": [("JAC001", 3, 6, "np.sin", "`np.` is not needed", "write sin")],
    "code as a name": [
        (
            "JAC003",
            1,
            10,
            "\"__import__('os')\"",
            "`__import__('os')` cannot be a name",
            "use letters, digits and _, not starting with a digit",
        )
    ],
    "absolute bars": [("JAC001", 3, 16, "|x|", "`|…|` is not part of the language", "write abs(x)")],
    "chained comparison": [
        ("JAC001", 3, 12, "0 < x < 1", "comparisons cannot be chained on arrays", "multiply them: (a < b) * (b < c)")
    ],
    "and": [
        (
            "JAC001",
            3,
            12,
            "x > 0 and y > 0",
            "`and` and `or` do not work on arrays",
            "multiply comparisons: (a > 0) * (b > 0)",
        )
    ],
    "if else": [
        (
            "JAC001",
            3,
            6,
            "x if y > 0 else 2",
            "`if … else …` does not work on arrays",
            "write where(condition, value, other)",
        )
    ],
    "comprehension": [
        (
            "JAC001",
            3,
            10,
            "[a for a in x]",
            "loops are not part of the language",
            "write the array expression, or name steps under `let:`",
        )
    ],
    "floor division": [("JAC001", 3, 8, "//", "`//` has no useful derivative", "write / for a quotient")],
    "multiplication sign": [("JAC001", 3, 8, "×", "`×` is not an operator here", "write *")],
    "equals sign": [("JAC001", 3, 8, "=", "`=` does not belong inside an expression", "write == to compare")],
    "unclosed bracket": [("JAC001", 3, 9, "(", "`(` is not closed", "close it with )")],
    "empty expression": [("JAC001", 3, 8, "", "an expression is missing here", "write one, such as 2*x")],
    "text": [
        (
            "JAC007",
            3,
            7,
            "'abc'",
            "a number or an array is needed (got 'abc')",
            "text stands only in einsum('ij,j->i', A, x)",
        )
    ],
    "tag": [
        (
            "JAC006",
            1,
            13,
            "!!python/name:os.system",
            "tag `!!python/name:os.system` is not allowed",
            "write the plain value, or quote an expression that starts with !",
        )
    ],
    "merge key": [("JAC006", 2, 3, "<<", "merge keys (`<<`) are not allowed", "repeat the entries")],
    "unknown alias": [
        (
            "JAC006",
            1,
            13,
            "*a",
            "alias `*a` has no anchor",
            "write the value out, or quote an expression that starts with *",
        )
    ],
    "second document": [("JAC001", 3, 1, "---", "a second YAML document starts here", "keep one spec in one file")],
    "deep list": [("JAC009", 1, 51, "[", "nested deeper than 40 levels", "use fewer nested lists")],
    "empty": [("JAC001", 1, 1, "", "the spec is empty", "write `inputs:` and `outputs:`; see the README")],
    "only a comment": [("JAC001", 1, 1, "", "the spec is empty", "write `inputs:` and `outputs:`; see the README")],
    "not a mapping": [("JAC001", 1, 1, "- 1", "a spec is a mapping of keys", "begin with `inputs:`")],
    "claim of the wrong shape": [
        (
            "JAC008",
            7,
            10,
            "[1, 2]",
            "d f / d A must have shape (2, 3) (got (2,))",
            "J[out…, in…]: f has shape (), A has shape (2, 3)",
        )
    ],
    "claim with axes exchanged": [
        (
            "JAC008",
            7,
            10,
            "A.T",
            "d f / d x must have shape (2, 3) (got (3, 2))",
            "J[out…, in…]: f has shape (2,), x has shape (3,); the axes seem exchanged",
        )
    ],
    "claim for no output": [("JAC003", 7, 3, "g", "`g` is no output", "known: f")],
    "claim for a constant": [("JAC003", 4, 16, "c", "`c` is a constant, not an input or param", "known: x")],
    "missing csv": [
        ("JAC010", 1, 16, "nowhere.csv", "data file `nowhere.csv` does not exist", "paths count from the spec's folder")
    ],
    "csv outside": [
        ("JAC010", 1, 16, "../a.csv", "data file `../a.csv` lies outside the spec's folder", "move it beside the spec")
    ],
    "csv column": [("JAC010", 1, 41, "[hight]", "column `hight` is not in `data.csv`", "did you mean `height`?")],
    "csv cell": [
        (
            "JAC010",
            1,
            16,
            "bad.csv",
            "`bad.csv` line 3, column `b`: expected a number, got 'x'",
            "mend the file, or leave the column out",
        )
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_text("height,weight\n1,2\n3,4\n")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n3,x\n")
    return tmp_path


def problems_of(text: str, folder: Path) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    try:
        build(read_spec(Source("a.yaml", text), folder, problems), problems)
    except SourceError as error:
        return error.problems
    return ()


def under_the_caret(text: str, problem: Problem) -> str:
    span = problem.span
    assert span is not None
    line = text.split("\n")[span.line - 1]
    return line[span.column - 1 : span.end_column - 1 if span.end_line == span.line else len(line)][:40]


@pytest.mark.parametrize("name", CASES)
def test_message_says_where_what_and_what_to_try(name: str, folder: Path) -> None:
    found = [
        (p.code, p.span.line, p.span.column, under_the_caret(CASES[name], p), p.message, p.help)
        for p in problems_of(CASES[name], folder)
        if p.span is not None
    ]
    assert found == EXPECTED[name]


@pytest.mark.parametrize("text", ["1e-3", "+1.5E2", "0x1F", "-.5", "7."])
def test_yaml_1_2_number_is_a_number(text: str, folder: Path) -> None:
    assert problems_of(f"inputs: {{x: {text}}}\noutputs: {{f: x}}\n", folder) == ()


def test_all_mistakes_are_reported_together_in_the_order_of_the_text(folder: Path) -> None:
    text = "inputs: {x: no, q: 1}\nlet:\n  a: sinn(q)\n  b: 2*a\noutputs:\n  f: a + b + x\n  g: q^2\n  h: q + r\n"
    assert [(p.code, p.span.line) for p in problems_of(text, folder) if p.span] == [
        ("JAC007", 1),
        ("JAC003", 3),
        ("JAC001", 7),
        ("JAC003", 8),
    ]


def test_every_problem_has_a_remedy(folder: Path) -> None:
    lacking = [name for name, text in CASES.items() for p in problems_of(text, folder) if not p.help]
    assert lacking == []
