"""Every mistake a spec can hold, with the message it gets: code, place, the text under the caret, words and remedy."""

import csv
import os
from itertools import pairwise
from pathlib import Path

import pytest

from jaccli.errors import MAX_PROBLEMS, Problem, SourceError, UsageError
from jaccli.graph.build import build
from jaccli.spec.load import parse_at, spec_from_expressions, spec_from_file, spec_from_mapping
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

IN_LINE_6 = "inputs:\n  x: 2\n  v: {shape: [3]}\n  A: {shape: [2, 3]}\noutputs:\n  f: "
HEAD = "inputs: {x: 1}\noutputs:\n  y: "


def mistakes(text, folder=None):
    """Return what is wrong with a spec: (code, line, column, text under the caret, message, help) of each mistake."""
    problems = []
    try:
        build(read_spec(Source("s.yaml", text), folder, problems), problems)
    except SourceError as error:
        problems = error.problems
    return [row(problem) for problem in problems]


def row(problem):
    span = problem.span
    if span is None:
        return (problem.code, problem.message, problem.help)
    end = span.end_column - 1 if span.end_line == span.line else None
    return (problem.code, span.line, span.column, span.text[span.column - 1 : end], problem.message, problem.help)


def unusable(read):
    """Return the one mistake for which ``read`` gives up."""
    with pytest.raises(SourceError, match="JAC") as caught:
        read()
    (problem,) = caught.value.problems
    return row(problem)


EXPRESSIONS = [
    pytest.param(
        "x^2",
        (
            "JAC001",
            7,
            "^",
            "`^` is not a power here, nor in Python, where it binds looser than +",
            "write ** for a power",
        ),
        id="a caret for a power",
    ),
    pytest.param(
        "sin^2(x)",
        (
            "JAC001",
            9,
            "^",
            "`^` is not a power here, nor in Python, where it binds looser than +",
            "write ** for a power",
        ),
        id="sin^2",
    ),
    pytest.param(
        "lambda*x",
        ("JAC001", 6, "lambda", "`lambda` is a word of Python's and cannot be a name", "write lam or lambda_"),
        id="lambda as a name",
    ),
    pytest.param(
        "'lambda t: t'",
        ("JAC001", 7, "lambda", "`lambda` is not part of the language", "name a step under `let:` instead"),
        id="lambda in an expression",
    ),
    pytest.param(
        "lambda t: t",
        ("JAC001", 6, "lambda", "`lambda` is not part of the language", "name a step under `let:` instead"),
        id="lambda without quotes",
    ),
    pytest.param(
        "x + class",
        ("JAC001", 10, "class", "`class` is a word of Python's and cannot be a name", "write class_"),
        id="another word of Python",
    ),
    pytest.param(
        "import os",
        ("JAC001", 6, "import", "`import` is a word of Python's and cannot be a name", "write import_"),
        id="import",
    ),
    pytest.param("2x", ("JAC001", 6, "2x", "a `*` is missing in `2x`", "write 2*x"), id="number glued to a name"),
    pytest.param(
        "2(x + 1)",
        ("JAC001", 6, "2", "`2` is not a function", "write 2 * (…) for a product"),
        id="number glued to a bracket",
    ),
    pytest.param(
        "1e3x", ("JAC001", 6, "1e3x", "a `*` is missing in `1e3x`", "write 1e3*x"), id="glued with an exponent"
    ),
    pytest.param(
        "x v",
        ("JAC001", 6, "x v", "an operator is missing in `x v`", "write x * v, or x(v) to call a function"),
        id="two names in a row",
    ),
    pytest.param(
        "sin x",
        ("JAC001", 6, "sin x", "an operator is missing in `sin x`", "write sin * x, or sin(x) to call a function"),
        id="function without brackets",
    ),
    pytest.param(
        "2 x", ("JAC001", 6, "2 x", "an operator is missing in `2 x`", "write 2 * x"), id="number in front of a name"
    ),
    pytest.param(
        "|x|",
        (
            "JAC001",
            6,
            "|x|",
            "`|` at the start of a value begins a block of text in YAML",
            "write abs(x) for |x|, or quote the value",
        ),
        id="absolute value in bars",
    ),
    pytest.param("2*|x|", ("JAC001", 8, "|x|", "`|…|` is not part of the language", "write abs(x)"), id="bars inside"),
    pytest.param(
        "x > 0 && x < 1",
        ("JAC001", 12, "&&", "`&&` is not an operator here", "write (a > 0) & (b > 0)"),
        id="double ampersand",
    ),
    pytest.param(
        "v.sum",
        ("JAC001", 6, "v.sum", "`.sum` lacks its brackets", "write v.sum(…) or sum(v)"),
        id="method without a call",
    ),
    pytest.param(
        "A.where(v, 1)",
        ("JAC001", 6, "A.where", "`.where` is not a method of the language", "write where(A, …)"),
        id="no method",
    ),
    pytest.param(
        "A.dot(v, 1, 2)",
        ("JAC008", 6, "A.dot(v, 1, 2)", "dot takes at most 2 arguments (got 4)", "write dot(x, y)"),
        id="method with too many arguments",
    ),
    pytest.param(
        "v.W",
        (
            "JAC001",
            6,
            "v.W",
            "`.W` is not a method of the language",
            "a dotted name is a parameter of a layer, such as dense1.W",
        ),
        id="dotted name of nothing",
    ),
    pytest.param("np.sin(x)", ("JAC001", 6, "np.sin", "`np.` is not needed", "write sin"), id="np prefix"),
    pytest.param(
        "np.linalg.norm(v)",
        ("JAC001", 6, "np.linalg.norm", "`np.linalg.` is not needed", "write norm"),
        id="np.linalg prefix",
    ),
    pytest.param(
        "torch.relu(x)", ("JAC001", 6, "torch.relu", "`torch.` is not needed", "write relu"), id="torch prefix"
    ),
    pytest.param("math.pi", ("JAC001", 6, "math.pi", "`math.` is not needed", "write pi"), id="math prefix"),
    pytest.param(
        "0 < x < 1",
        ("JAC001", 6, "0 < x < 1", "comparisons cannot be chained on arrays", "multiply them: (a < b) * (b < c)"),
        id="chained comparison",
    ),
    pytest.param(
        "x > 0 and x < 1",
        (
            "JAC001",
            6,
            "x > 0 and x < 1",
            "`and` and `or` do not work on arrays",
            "write (a > 0) & (b > 0), or | for or",
        ),
        id="and",
    ),
    pytest.param("not x", ("JAC001", 6, "not x", "`not` does not work on arrays", "write ~(a > 0)"), id="not"),
    pytest.param(
        "x if x > 0 else 0",
        (
            "JAC001",
            6,
            "x if x > 0 else 0",
            "`if … else …` does not work on arrays",
            "write where(condition, value, other)",
        ),
        id="if else",
    ),
    pytest.param(
        "x // 2", ("JAC001", 8, "//", "`//` has no useful derivative", "write / for a quotient"), id="floor division"
    ),
    pytest.param(
        "x % 2", ("JAC001", 8, "%", "`%` has no useful derivative", "write the formula without it"), id="modulo"
    ),
    pytest.param(
        "~x",
        ("JAC007", 6, "~x", "`x` (a number) is not a condition", "compare it: (x > 0) & (x < 1), each in brackets"),
        id="invert",
    ),
    pytest.param("x is 2", ("JAC001", 6, "x is 2", "`is` does not compare numbers", "write =="), id="is"),
    pytest.param(
        "x in v", ("JAC001", 6, "x in v", "`in` is not part of the language", "write the comparisons out"), id="in"
    ),
    pytest.param(
        "(y := 2)", ("JAC001", 9, ":=", "`:=` is not an operator here", "name a step under `let:` instead"), id="walrus"
    ),
    pytest.param(
        "x = 2",
        ("JAC001", 8, "=", "`=` does not belong inside an expression", "write == to compare"),
        id="single equals",
    ),
    pytest.param("x => 2", ("JAC001", 8, "=>", "`=>` is not an operator here", "write >="), id="arrow greater"),
    pytest.param(
        "x <> 2", ("JAC001", 8, "<>", "`<>` is not an operator here", "write !="), id="unequal in angle brackets"
    ),
    pytest.param(
        "g(t) = t",
        ("JAC001", 6, "g(t)", "only a name may stand in front of `=`", "write g = …"),
        id="function definition",
    ),
    pytest.param(
        "'[t for t in v]'",
        (
            "JAC001",
            7,
            "[t for t in v]",
            "loops are not part of the language",
            "write the array expression, or name steps under `let:`",
        ),
        id="loop",
    ),
    pytest.param(
        "'{x}'", ("JAC001", 7, "{x}", "braces are not part of the language", "write a list: [a, b]"), id="set"
    ),
    pytest.param(
        "\"{'a': x}\"",
        ("JAC001", 7, "{'a': x}", "braces are not part of the language", "write a list: [a, b]"),
        id="dictionary",
    ),
    pytest.param(
        "f'{x}'", ("JAC001", 6, "f'{x}'", "text is not part of the language", "write a number or a name"), id="f-string"
    ),
    pytest.param(
        "b'a'", ("JAC001", 6, "b'a'", "text is not part of the language", "write a number or a name"), id="bytes"
    ),
    pytest.param(
        "\"'a' + x\"",
        ("JAC007", 7, "'a'", "a number or an array is needed (got 'a')", "text stands only in einsum('ij,j->i', A, x)"),
        id="text",
    ),
    pytest.param(
        "True",
        ("JAC007", 6, "True", "a number or an array is needed (got True)", "write 1 for True, 0 for False"),
        id="truth value",
    ),
    pytest.param(
        "None", ("JAC007", 6, "None", "a number or an array is needed (got None)", "write an expression"), id="nothing"
    ),
    pytest.param(
        "...", ("JAC007", 6, "...", "a number or an array is needed (got …)", "write an expression"), id="ellipsis"
    ),
    pytest.param(
        "2j*x", ("JAC001", 6, "2j", "complex numbers are not part of the language", "use real numbers"), id="complex"
    ),
    pytest.param(
        "await x",
        ("JAC001", 6, "await x", "this is not part of the language", "see the README for the grammar"),
        id="await",
    ),
    pytest.param(
        "sin(*v)",
        ("JAC001", 10, "*v", "`*` in front of an argument is not part of the language", "write the arguments out"),
        id="star argument",
    ),
    pytest.param(
        "sin(**v)",
        ("JAC001", 10, "**v", "`**` in front of an argument is not part of the language", "write the arguments out"),
        id="two-star argument",
    ),
    pytest.param(
        "sum(A, axis=0, axis=1)",
        ("JAC001", 21, "axis=1", "argument `axis` is given twice", "delete one of the two"),
        id="argument twice",
    ),
    pytest.param(
        "x, 2",
        ("JAC001", 6, "x, 2", "a comma outside brackets", "write [a, b] for a list, 1.5 for one and a half"),
        id="comma outside brackets",
    ),
    pytest.param(
        "1,5",
        ("JAC001", 6, "1,5", "a comma outside brackets", "write [a, b] for a list, 1.5 for one and a half"),
        id="decimal comma",
    ),
    pytest.param("sin(x", ("JAC001", 9, "(", "`(` is not closed", "close it with )"), id="unclosed bracket"),
    pytest.param(
        "sin(x))",
        ("JAC001", 12, ")", "`)` closes nothing that is open", "delete it, or open it"),
        id="unopened bracket",
    ),
    pytest.param("v[0)", ("JAC001", 9, ")", "`)` does not close `[`", "close it with ]"), id="mixed brackets"),
    pytest.param(
        "x +",
        ("JAC001", 8, "+", "nothing stands after `+`", "complete the expression, or delete it"),
        id="nothing after an operator",
    ),
    pytest.param(
        "1.5.2",
        ("JAC001", 9, ".2", "not an expression: invalid syntax", "check brackets and operators"),
        id="broken number",
    ),
    pytest.param(
        "x; x", ("JAC001", 7, ";", "not an expression: invalid syntax", "check brackets and operators"), id="semicolon"
    ),
    pytest.param(
        "x!",
        ("JAC001", 7, "!", "`!` is not part of the language", "write the product out: there is no factorial"),
        id="factorial",
    ),
    pytest.param("2 × x", ("JAC001", 8, "×", "`×` is not an operator here", "write *"), id="times sign"),
    pytest.param("x²", ("JAC001", 7, "²", "`²` is not an operator here", "write **2"), id="superscript"),
    pytest.param("√x", ("JAC001", 6, "√", "`√` is not an operator here", "write sqrt(…)"), id="root sign"),
    pytest.param(
        "x − 1", ("JAC001", 8, "−", "`−` is not an operator here", "write -"), id="minus sign of a word processor"
    ),
    pytest.param("∑x", ("JAC001", 6, "∑", "`∑` is not part of the language", "write it in letters"), id="sum sign"),
    pytest.param("2*π", ("JAC003", 8, "π", "unknown name `π`", "write pi"), id="pi sign"),
    pytest.param(
        "'x # twice'",
        (
            "JAC001",
            9,
            "#",
            "`#` does not belong inside an expression",
            "put comments on lines of their own, outside quotes and | blocks",
        ),
        id="comment in an expression",
    ),
    pytest.param("''", ("JAC001", 8, "", "an expression is missing here", "write one, such as 2*x"), id="empty text"),
    pytest.param(
        "x**9**9**9**9",
        ("JAC009", 12, "9**9**9", "the exponent is larger than 1,000", "use a smaller power"),
        id="power tower",
    ),
    pytest.param(
        "((x**9**9)**9999)",
        ("JAC009", 8, "x**9**9", "the exponent is larger than 1,000", "use a smaller power"),
        id="power of a power",
    ),
    pytest.param(
        "9**9**9**9",
        ("JAC009", 9, "9**9**9", "the exponent is larger than 1,000", "use a smaller power"),
        id="numeric power tower",
    ),
    pytest.param(
        "x**1001",
        ("JAC009", 6, "x**1001", "the exponent is larger than 1,000", "use a smaller power"),
        id="large power",
    ),
    pytest.param("x/0", ("JAC008", 6, "x/0", "division by zero", "change the denominator"), id="division by zero"),
    pytest.param(
        "0**-1", ("JAC008", 6, "0**-1", "division by zero", "change the base or the exponent"), id="power of zero"
    ),
    pytest.param(
        "(-1)**0.5",
        ("JAC008", 6, "(-1)**0.5", "a negative number has no real power 1/2", "put the sign in front: -(2**0.5)"),
        id="root of a negative number",
    ),
    pytest.param(
        "1e400*x",
        ("JAC009", 6, "1e400", "the number 1e400 is too large", "doubles reach from 5e-324 to 1.8e308"),
        id="number beyond doubles",
    ),
    pytest.param(
        "1e-500*x",
        ("JAC009", 6, "1e-500", "the number 1e-500 is too small", "doubles reach from 5e-324 to 1.8e308"),
        id="number below doubles",
    ),
    pytest.param(
        "1e308*1e308",
        ("JAC009", 6, "1e308*1e308", "this number is too large for a double", "doubles reach from 5e-324 to 1.8e308"),
        id="product beyond doubles",
    ),
    pytest.param(
        "__import__('os').system('x')",
        (
            "JAC001",
            6,
            "__import__('os').system",
            "`.system` is not a method of the language",
            "`jac info --ops` lists the functions",
        ),
        id="import call",
    ),
    pytest.param(
        "().__class__.__bases__[0].__subclasses__()",
        (
            "JAC001",
            6,
            "().__class__.__bases__[0].__subclasses__",
            "`.__subclasses__` is not a method of the language",
            "`jac info --ops` lists the functions",
        ),
        id="class attribute",
    ),
    pytest.param(
        "x.__class__",
        (
            "JAC001",
            6,
            "x.__class__",
            "`.__class__` is not a method of the language",
            "`jac info --ops` lists the functions",
        ),
        id="dunder attribute",
    ),
    pytest.param(
        "exec('1')", ("JAC003", 6, "exec", "unknown function `exec`", "`jac info --ops` lists the functions"), id="exec"
    ),
    pytest.param(
        'eval("1")', ("JAC003", 6, "eval", "unknown function `eval`", "write the expression itself"), id="eval of text"
    ),
    pytest.param(
        "sinn(x)", ("JAC003", 6, "sinn", "unknown function `sinn`", "did you mean `sin`?"), id="unknown function"
    ),
    pytest.param(
        "Sin(x)", ("JAC003", 6, "Sin", "unknown function `Sin`", "did you mean `sin`?"), id="function in capitals"
    ),
    pytest.param(
        "frobnicate(x)",
        ("JAC003", 6, "frobnicate", "unknown function `frobnicate`", "`jac info --ops` lists the functions"),
        id="unlike any function",
    ),
    pytest.param(
        "x(2)",
        ("JAC003", 6, "x", "`x` is a variable, not a function", "write x * (…) for a product"),
        id="variable called",
    ),
    pytest.param(
        "pi(2)",
        ("JAC003", 6, "pi", "`pi` is a number, not a function", "write pi * (…) for a product"),
        id="constant called",
    ),
    pytest.param(
        "sin(x)(2)",
        ("JAC001", 6, "sin(x)", "`sin(x)` is not a function", "write sin(x) * (…) for a product"),
        id="result called",
    ),
    pytest.param(
        "(x + 1)(2)",
        ("JAC001", 7, "x + 1", "`x + 1` is not a function", "write (x + 1) * (…) for a product"),
        id="sum called",
    ),
    pytest.param(
        "sin*2",
        ("JAC003", 6, "sin", "unknown name `sin`", "`sin` is a function: write sin(…)"),
        id="function as a name",
    ),
    pytest.param("w", ("JAC003", 6, "w", "unknown name `w`", "declare it under `inputs:`"), id="unknown name"),
    pytest.param("vv[0]", ("JAC003", 6, "vv", "unknown name `vv`", "did you mean `v`?"), id="misspelled name"),
    pytest.param(
        "f + 1", ("JAC003", 6, "f", "`f` is defined by itself", "give the new value another name"), id="self reference"
    ),
    pytest.param(
        "sin(x, x)", ("JAC008", 6, "sin(x, x)", "sin takes 1 argument (got 2)", "write sin(x)"), id="too many arguments"
    ),
    pytest.param(
        "where(x > 0, x)",
        ("JAC008", 6, "where(x > 0, x)", "where lacks its argument `y`", "write where(condition, x, y)"),
        id="too few arguments",
    ),
    pytest.param("sin()", ("JAC008", 6, "sin()", "sin lacks its argument `x`", "write sin(x)"), id="no arguments"),
    pytest.param(
        "sum(A, axes=0)",
        ("JAC008", 6, "sum(A, axes=0)", "sum has no argument `axes`", "write axis=…"),
        id="unknown keyword",
    ),
    pytest.param(
        "log(x, out=x)",
        ("JAC008", 6, "log(x, out=x)", "log has no argument `out`", "leave it out: a formula writes to nothing"),
        id="foreign keyword",
    ),
    pytest.param(
        "einsum()",
        ("JAC008", 6, "einsum()", "einsum needs arguments", "write einsum(subscripts, operands)"),
        id="einsum without operands",
    ),
    pytest.param(
        "sum(A, axis=2)",
        (
            "JAC008",
            6,
            "sum(A, axis=2)",
            "axis 2 does not exist: `A` (shape (2, 3)) has axes -2 to 1",
            "count axes from 0, or from -1 at the end",
        ),
        id="axis out of range",
    ),
    pytest.param(
        "sum(x, axis=0)",
        (
            "JAC008",
            6,
            "sum(x, axis=0)",
            "axis 0 does not exist: `x` (a number) has no axes",
            "count axes from 0, or from -1 at the end",
        ),
        id="axis of a number",
    ),
    pytest.param(
        "sum(A, axis=(0, 0))",
        ("JAC008", 6, "sum(A, axis=(0, 0))", "axis 0 is named twice", "name each axis once"),
        id="axis twice",
    ),
    pytest.param(
        "sum(A, axis=0.5)",
        (
            "JAC008",
            6,
            "sum(A, axis=0.5)",
            "`axis` must be a whole number known in advance",
            "write an integer, a name from `dims:` or a constant",
        ),
        id="axis not whole",
    ),
    pytest.param(
        "sum(A, axis=x)",
        (
            "JAC008",
            6,
            "sum(A, axis=x)",
            "`axis` must be a whole number known in advance",
            "write an integer, a name from `dims:` or a constant",
        ),
        id="axis not static",
    ),
    pytest.param(
        "max(x, 2*x)",
        (
            "JAC008",
            6,
            "max(x, 2*x)",
            "the second argument of max is an axis",
            "write maximum(a, b) for the larger of two",
        ),
        id="max of two",
    ),
    pytest.param(
        "v[3]",
        (
            "JAC008",
            6,
            "v[3]",
            "`v` (shape (3,)): index 3 is out of bounds for axis 0 with size 3",
            "indices count from 0, or from -1 at the end; in `v` 3 from the shape of v (line 3)",
        ),
        id="index out of range",
    ),
    pytest.param(
        "v[-4]",
        (
            "JAC008",
            6,
            "v[-4]",
            "`v` (shape (3,)): index -4 is out of bounds for axis 0 with size 3",
            "indices count from 0, or from -1 at the end; in `v` 3 from the shape of v (line 3)",
        ),
        id="negative index out of range",
    ),
    pytest.param(
        "v[0, 0]",
        (
            "JAC008",
            6,
            "v[0, 0]",
            "`v` (shape (3,)): too many indices for array: array is 1-dimensional, but 2 were indexed",
            "indices count from 0, or from -1 at the end; in `v` 3 from the shape of v (line 3)",
        ),
        id="too many indices",
    ),
    pytest.param(
        "x[0]",
        ("JAC008", 6, "x[0]", "`x` (a number) cannot be indexed", "declare it with a shape"),
        id="index of a number",
    ),
    pytest.param(
        "v[1.5]",
        (
            "JAC008",
            6,
            "v[1.5]",
            "an index must be a whole number known in advance",
            "write an integer, a name from `dims:` or a constant",
        ),
        id="index not whole",
    ),
    pytest.param(
        "v[x]",
        (
            "JAC008",
            6,
            "v[x]",
            "`x` must be a whole number known in advance",
            "write an integer, a name from `dims:` or a constant",
        ),
        id="index not static",
    ),
    pytest.param(
        "v[v > 0]",
        (
            "JAC008",
            6,
            "v[v > 0]",
            "a condition on variables cannot be an index: the shape would depend on values",
            "write where(condition, x, 0)",
        ),
        id="index a condition",
    ),
    pytest.param(
        "v[::0]", ("JAC008", 6, "v[::0]", "the step of a slice cannot be 0", "leave it out"), id="slice step 0"
    ),
    pytest.param(
        "v[[[0], [0, 1]]]",
        (
            "JAC008",
            6,
            "v[[[0], [0, 1]]]",
            "the rows of a list of indices have different lengths",
            "give every row the same length",
        ),
        id="ragged index list",
    ),
    pytest.param(
        "v[[None]]",
        ("JAC008", 6, "v[[None]]", "a list of indices holds something else", "write whole numbers: x[[0, 2]]"),
        id="slice in an index list",
    ),
    pytest.param(
        "A + v[:2]",
        (
            "JAC008",
            6,
            "A + v[:2]",
            "shapes do not fit: `A` (shape (2, 3)) and `v[:2]` (shape (2,))",
            "make the sizes equal, or 1 where NumPy repeats; in `A` 2 and 3 from the shape of A (line 4)",
        ),
        id="elementwise shapes",
    ),
    pytest.param(
        "A @ A",
        (
            "JAC008",
            6,
            "A @ A",
            "cannot multiply `A` (shape (2, 3)) by `A` (shape (2, 3)): inner sizes 3 and 2 differ",
            "transpose the left factor with .T, or swap the factors; in `A` 2 and 3 from the shape of A (line 4)",
        ),
        id="matrix product",
    ),
    pytest.param(
        "v @ A",
        (
            "JAC008",
            6,
            "v @ A",
            "cannot multiply `v` (shape (3,)) by `A` (shape (2, 3)): inner sizes 3 and 2 differ",
            "the last size of the left factor must equal the first of the right one; in `v` 3 from the shape of v (line 3); in `A` 2 and 3 from the shape of A (line 4)",
        ),
        id="transposed product",
    ),
    pytest.param(
        "2 @ v",
        ("JAC008", 6, "2 @ v", "@ needs arrays: `2` (a number) and `v` (shape (3,))", "write * to scale by a number"),
        id="product with a number",
    ),
    pytest.param(
        "x @ x",
        ("JAC008", 6, "x @ x", "@ needs arrays: `x` (a number) and `x` (a number)", "write * to scale by a number"),
        id="product of numbers",
    ),
    pytest.param(
        "[x, v]",
        (
            "JAC008",
            7,
            "x, v",
            "stack: `x` (a number) and `v` (shape (3,)) do not fit",
            "give all parts the same sizes; in `v` 3 from the shape of v (line 3)",
        ),
        id="list of unequal shapes",
    ),
    pytest.param(
        "stack([v, A])",
        (
            "JAC008",
            6,
            "stack([v, A])",
            "stack: `v` (shape (3,)) and `A` (shape (2, 3)) do not fit",
            "give all parts the same sizes; in `v` 3 from the shape of v (line 3); in `A` 2 and 3 from the shape of A (line 4)",
        ),
        id="stack of unequal shapes",
    ),
    pytest.param(
        "concatenate([v, A])",
        (
            "JAC008",
            6,
            "concatenate([v, A])",
            "concatenate: `v` (shape (3,)) and `A` (shape (2, 3)) do not fit",
            "give all parts the same sizes; in `v` 3 from the shape of v (line 3); in `A` 2 and 3 from the shape of A (line 4)",
        ),
        id="concatenate unequal",
    ),
    pytest.param(
        "concatenate(v)",
        ("JAC008", 6, "concatenate(v)", "concatenate takes a list", "write concatenate([a, b])"),
        id="concatenate no list",
    ),
    pytest.param(
        "concatenate([x, x])",
        ("JAC008", 6, "concatenate([x, x])", "concatenate joins arrays, not numbers", "write stack([a, b])"),
        id="concatenate numbers",
    ),
    pytest.param(
        "stack([v, v], axis=5)",
        ("JAC008", 6, "stack([v, v], axis=5)", "axis 5 does not exist in the stack of `v` (shape (3,))", "use 0 to 1"),
        id="stack axis",
    ),
    pytest.param(
        "reshape(A, (4, 2))",
        (
            "JAC008",
            6,
            "reshape(A, (4, 2))",
            "cannot reshape `A` (shape (2, 3)) to (4, 2): 6 elements are not 8",
            "keep the size; in `A` 2 and 3 from the shape of A (line 4)",
        ),
        id="reshape",
    ),
    pytest.param(
        "reshape(A, (-1, -1))",
        (
            "JAC008",
            6,
            "reshape(A, (-1, -1))",
            "reshape: (-1, -1) is not a shape",
            "at most one size may be -1, the others are at least 0",
        ),
        id="reshape two unknowns",
    ),
    pytest.param(
        "transpose(A, (0, 5))",
        (
            "JAC008",
            6,
            "transpose(A, (0, 5))",
            "axes (0, 5) are not an order of the 2 axes of `A` (shape (2, 3))",
            "name each axis once: transpose(x, (1, 0))",
        ),
        id="transpose axes",
    ),
    pytest.param(
        "transpose(A, 1)",
        (
            "JAC008",
            6,
            "transpose(A, 1)",
            "axes (1,) are not an order of the 2 axes of `A` (shape (2, 3))",
            "name each axis once: transpose(x, (1, 0))",
        ),
        id="transpose one axis",
    ),
    pytest.param(
        "diag(x)",
        ("JAC008", 6, "diag(x)", "diag takes a vector or a matrix, not `x` (a number)", "index the axes you mean"),
        id="diag of a number",
    ),
    pytest.param(
        "trace(v)",
        ("JAC008", 6, "trace(v)", "trace takes a matrix, not `v` (shape (3,))", "write sum(x) for the sum of a vector"),
        id="trace of a vector",
    ),
    pytest.param(
        "inv(A)",
        (
            "JAC008",
            6,
            "inv(A)",
            "inv takes a square matrix, not `A` (shape (2, 3))",
            "make both sizes equal; in `A` 2 and 3 from the shape of A (line 4)",
        ),
        id="inverse not square",
    ),
    pytest.param(
        "inv(stack([A, A]))",
        (
            "JAC008",
            6,
            "inv(stack([A, A]))",
            "inv takes a square matrix, not `stack([A, A])` (shape (2, 2, 3))",
            "take one of the stack, as in inv(A[0])",
        ),
        id="inverse of a stack",
    ),
    pytest.param(
        "solve(eye(2), v)",
        (
            "JAC008",
            6,
            "solve(eye(2), v)",
            "solve: `eye(2)` (shape (2, 2)) and `v` (shape (3,)) differ in their number of rows",
            "give b as many rows as a; in `v` 3 from the shape of v (line 3)",
        ),
        id="solve rows",
    ),
    pytest.param(
        "dot(zeros((2, 2, 2)), v)",
        (
            "JAC008",
            6,
            "dot(zeros((2, 2, 2)), v)",
            "the axes of `zeros((2, 2, 2))` (shape (2, 2, 2)) and `v` (shape (3,)) differ in size: [2] and [3]",
            "name pairs of axes of equal size; in `v` 3 from the shape of v (line 3)",
        ),
        id="dot of three axes",
    ),
    pytest.param(
        "swapaxes(v, 1, 0)",
        (
            "JAC008",
            6,
            "swapaxes(v, 1, 0)",
            "swapaxes of `v` (shape (3,)): axis1: axis 1 is out of bounds for array of dimension 1",
            "give it axes and sizes that fit; in `v` 3 from the shape of v (line 3)",
        ),
        id="axis to swap",
    ),
    pytest.param(
        "tile(v, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])",
        (
            "JAC009",
            6,
            "tile(v, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])",
            "the result would have 17 axes, more than 16",
            "use fewer axes",
        ),
        id="tile to many axes",
    ),
    pytest.param(
        "gelu(v, 'erf')",
        ("JAC008", 6, "gelu(v, 'erf')", "gelu: `approximate` is 'none' or 'tanh'", "write gelu(x, approximate='tanh')"),
        id="gelu approximation",
    ),
    pytest.param(
        "tensordot(A, v, ([0, 1], [0]))",
        (
            "JAC008",
            6,
            "tensordot(A, v, ([0, 1], [0]))",
            "tensordot: the lists do not pair the axes",
            "name each once: axes=([0, 1], [1, 0])",
        ),
        id="tensordot pairs",
    ),
    pytest.param(
        "diff(x)",
        ("JAC008", 6, "diff(x)", "diff takes `x` (a number) 1 times", "give it an array, and an `n` of at most 100"),
        id="diff of a number",
    ),
    pytest.param(
        "vstack(v)", ("JAC008", 6, "vstack(v)", "vstack takes a list", "write vstack([a, b])"), id="vstack of no list"
    ),
    pytest.param(
        "clip(v)",
        ("JAC008", 6, "clip(v)", "clip lacks both its bounds", "write clip(x, min, max)"),
        id="clip without bounds",
    ),
    pytest.param(
        "softmax(x)",
        ("JAC008", 6, "softmax(x)", "softmax of a number is always 1", "give it a vector"),
        id="softmax of a number",
    ),
    pytest.param(
        "softmax(zeros(0))",
        (
            "JAC008",
            6,
            "softmax(zeros(0))",
            "softmax of an empty array: `zeros(0)` (shape (0,))",
            "give it at least one element",
        ),
        id="softmax of nothing",
    ),
    pytest.param(
        "max(zeros(0))",
        (
            "JAC008",
            6,
            "max(zeros(0))",
            "max of an empty array: `zeros(0)` (shape (0,))",
            "give it at least one element",
        ),
        id="max of nothing",
    ),
    pytest.param(
        "mean(zeros(0))",
        (
            "JAC008",
            6,
            "mean(zeros(0))",
            "the mean of an empty array: `zeros(0)` (shape (0,))",
            "give it at least one element",
        ),
        id="mean of nothing",
    ),
    pytest.param(
        "var(v, ddof=3)",
        ("JAC008", 6, "var(v, ddof=3)", "`ddof` must be smaller than the number of elements, 3", "leave it out"),
        id="ddof",
    ),
    pytest.param(
        "einsum(A, v)",
        ("JAC008", 6, "einsum(A, v)", "einsum begins with its subscripts as text", "write einsum('ij,j->i', A, x)"),
        id="einsum without text",
    ),
    pytest.param(
        "einsum('ij,j', A)",
        ("JAC008", 6, "einsum('ij,j', A)", "einsum: 'ij,j' names 2 operands, 1 are given", "give one operand per term"),
        id="einsum operands",
    ),
    pytest.param(
        "einsum('ij,j->k', A, v)",
        (
            "JAC008",
            6,
            "einsum('ij,j->k', A, v)",
            "einsum: the result 'k' must name known letters once",
            "letters: i, j",
        ),
        id="einsum letters",
    ),
    pytest.param(
        "einsum('ij,i->j', A, v)",
        (
            "JAC008",
            6,
            "einsum('ij,i->j', A, v)",
            "einsum: 'i' stands for the sizes 2 and 3, in `v` (shape (3,))",
            "use another letter; in `A` 2 and 3 from the shape of A (line 4); in `v` 3 from the shape of v (line 3)",
        ),
        id="einsum sizes",
    ),
    pytest.param(
        "einsum('i,i->i', v, A)",
        (
            "JAC008",
            6,
            "einsum('i,i->i', v, A)",
            "einsum: 'i' names 1 axes, `A` (shape (2, 3)) has 2",
            "one letter per axis",
        ),
        id="einsum axes",
    ),
    pytest.param(
        "zeros(-1)",
        ("JAC008", 6, "zeros(-1)", "a size cannot be negative: (-1,)", "use sizes of at least 0"),
        id="zeros negative",
    ),
    pytest.param(
        "eye(-1)",
        ("JAC008", 6, "eye(-1)", "a size cannot be negative: (-1, -1)", "use sizes of at least 0"),
        id="eye negative",
    ),
    pytest.param(
        "zeros(x)",
        (
            "JAC008",
            6,
            "zeros(x)",
            "`shape` must be a whole number known in advance",
            "write an integer, a name from `dims:` or a constant",
        ),
        id="zeros not static",
    ),
    pytest.param(
        "zeros(10**12)",
        (
            "JAC009",
            6,
            "zeros(10**12)",
            "the result would have shape (1000000000000,), more than 10,000,000 elements",
            "use smaller sizes",
        ),
        id="zeros too large",
    ),
    pytest.param(
        "arange(0, 1, 0)",
        ("JAC008", 6, "arange(0, 1, 0)", "arange: the step is 0", "give another step"),
        id="arange step",
    ),
    pytest.param(
        "arange(x)",
        (
            "JAC008",
            6,
            "arange(x)",
            "arange: the bounds must be numbers known in advance",
            "write numbers or names from `dims:`",
        ),
        id="arange not static",
    ),
    pytest.param(
        "arange(10**12)",
        (
            "JAC009",
            6,
            "arange(10**12)",
            "the result would have shape (1000000000000,), more than 10,000,000 elements",
            "use smaller sizes",
        ),
        id="arange too large",
    ),
    pytest.param(
        "linspace(0, 1, 0)",
        ("JAC008", 6, "linspace(0, 1, 0)", "linspace: `num` must be at least 1", "ask for at least one number"),
        id="linspace none",
    ),
    pytest.param(
        "outer(zeros(5000), zeros(5000))",
        (
            "JAC009",
            6,
            "outer(zeros(5000), zeros(5000))",
            "the result would have shape (5000, 5000), more than 10,000,000 elements",
            "use smaller sizes",
        ),
        id="outer too large",
    ),
    pytest.param(
        "zeros((1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))",
        (
            "JAC009",
            6,
            "zeros((1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))",
            "the result would have 17 axes, more than 16",
            "use fewer axes",
        ),
        id="too many axes",
    ),
    pytest.param(
        "sum([])", ("JAC008", 6, "sum([])", "an empty list has no shape", "write at least one element"), id="empty list"
    ),
    pytest.param(
        "*x",
        (
            "JAC006",
            6,
            "*x",
            "alias `*x` has no anchor",
            "write the value out, or quote an expression that starts with *",
        ),
        id="alias",
    ),
    pytest.param(
        "!x",
        (
            "JAC006",
            6,
            "!x",
            "tag `!x` is not allowed",
            "write the plain value, or quote an expression that starts with !",
        ),
        id="tag",
    ),
    pytest.param("@x", ("JAC001", 6, "@", "`@` cannot start a value in YAML", "quote the value"), id="at sign"),
    pytest.param(
        "x: 2",
        ("JAC001", 7, ":", "a second `: ` in one line", "quote a value that holds a colon followed by a space"),
        id="colon",
    ),
    pytest.param(
        "- x",
        ("JAC001", 6, "-", "`-` cannot start a value here", "quote an expression that starts with `- `"),
        id="list dash",
    ),
    pytest.param(
        "'x' + 1",
        ("JAC001", 10, "+", "text follows the closing quote", "quote the whole value, or none of it"),
        id="text after a quote",
    ),
    pytest.param(
        "x & v",
        ("JAC007", 6, "x & v", "`x` (a number) is not a condition", "compare it: (x > 0) & (x < 1), each in brackets"),
        id="and of numbers",
    ),
    pytest.param(
        '"(x > 0) | v"',
        (
            "JAC007",
            7,
            "(x > 0) | v",
            "`v` (shape (3,)) is not a condition",
            "compare it: (x > 0) & (x < 1), each in brackets",
        ),
        id="or of a number",
    ),
    pytest.param(
        '"x > 0 & v > 1"',
        ("JAC001", 7, "x > 0 & v > 1", "comparisons cannot be chained on arrays", "multiply them: (a < b) * (b < c)"),
        id="and without brackets",
    ),
    pytest.param(
        "~v",
        ("JAC007", 6, "~v", "`v` (shape (3,)) is not a condition", "compare it: (x > 0) & (x < 1), each in brackets"),
        id="a number where a mask is meant",
    ),
    pytest.param(
        "sum(A, keepdims=2)",
        ("JAC008", 6, "sum(A, keepdims=2)", "`keepdims` must be True or False", "write keepdims=True"),
        id="keepdims two",
    ),
    pytest.param(
        "sum(A, 0, True)",
        (
            "JAC008",
            6,
            "sum(A, 0, True)",
            "sum takes at most 2 arguments without a name (got 3)",
            "write sum(x, axis, keepdims=…)",
        ),
        id="keepdims without a name",
    ),
    pytest.param(
        "std(A, 0, 1)",
        (
            "JAC008",
            6,
            "std(A, 0, 1)",
            "std takes at most 2 arguments without a name (got 3)",
            "write std(x, axis, ddof=…, keepdims=…)",
        ),
        id="ddof without a name",
    ),
    pytest.param(
        "sum(A, dim=0)", ("JAC008", 6, "sum(A, dim=0)", "sum has no argument `dim`", "write axis=…"), id="PyTorch's dim"
    ),
    pytest.param(
        "sum(A, keepdim=True)",
        ("JAC008", 6, "sum(A, keepdim=True)", "sum has no argument `keepdim`", "write keepdims=…"),
        id="PyTorch's keepdim",
    ),
    pytest.param(
        "std(A, correction=1)",
        ("JAC008", 6, "std(A, correction=1)", "std has no argument `correction`", "write ddof=…"),
        id="PyTorch's correction",
    ),
    pytest.param(
        "mean(A, dtype=x)",
        ("JAC008", 6, "mean(A, dtype=x)", "mean has no argument `dtype`", "leave it out: all numbers are doubles"),
        id="dtype",
    ),
    pytest.param(
        "zeros(2, 3)",
        ("JAC008", 6, "zeros(2, 3)", "zeros takes 1 argument (got 2)", "write zeros((m, n))"),
        id="zeros of two sizes",
    ),
    pytest.param(
        "reshape(A, 3, 2)",
        ("JAC008", 6, "reshape(A, 3, 2)", "reshape takes at most 2 arguments (got 3)", "write reshape(x, (m, n))"),
        id="reshape to two sizes",
    ),
    pytest.param(
        "maximum(x, v, x)",
        (
            "JAC008",
            6,
            "maximum(x, v, x)",
            "maximum takes at most 2 arguments (got 3)",
            "write maximum(maximum(a, b), c)",
        ),
        id="maximum of three",
    ),
    pytest.param(
        "max(x, 2)",
        (
            "JAC008",
            6,
            "max(x, 2)",
            "the second argument of max is an axis",
            "write maximum(a, b) for the larger of two",
        ),
        id="max of two numbers",
    ),
    pytest.param(
        "max(v, 0.5)",
        (
            "JAC008",
            6,
            "max(v, 0.5)",
            "the second argument of max is an axis",
            "write maximum(a, b) for the larger of two",
        ),
        id="max of a number and half",
    ),
    pytest.param(
        "argmax(v)",
        (
            "JAC003",
            6,
            "argmax",
            "unknown function `argmax`",
            "it gives whole numbers, whose derivative is 0 wherever there is one; write softmax, max or sort",
        ),
        id="argmax",
    ),
    pytest.param(
        "floor(x)",
        (
            "JAC003",
            6,
            "floor",
            "unknown function `floor`",
            "it gives whole numbers, whose derivative is 0 wherever there is one; write the formula without it",
        ),
        id="floor",
    ),
    pytest.param(
        "mod(x, 2)",
        (
            "JAC003",
            6,
            "mod",
            "unknown function `mod`",
            "its derivative by x is 1 but at jumps; write the formula without it",
        ),
        id="mod",
    ),
    pytest.param(
        "eig(A)",
        (
            "JAC003",
            6,
            "eig",
            "unknown function `eig`",
            "eigenvalues and singular values are not part of the language; norm(A, 2) and norm(A, 'nuc') are",
        ),
        id="eig",
    ),
    pytest.param(
        "slogdet(A)",
        (
            "JAC003",
            6,
            "slogdet",
            "unknown function `slogdet`",
            "write logdet(A) for the logarithm, sign(det(A)) for the sign",
        ),
        id="slogdet",
    ),
    pytest.param(
        "nan_to_num(v)",
        (
            "JAC003",
            6,
            "nan_to_num",
            "unknown function `nan_to_num`",
            "values that are not finite have no derivative: mask the data instead",
        ),
        id="nan_to_num",
    ),
    pytest.param(
        "interp(x, v, v)",
        ("JAC003", 6, "interp", "unknown function `interp`", "write where(condition, x, y) for each piece"),
        id="interp",
    ),
    pytest.param(
        "x + nan",
        ("JAC003", 10, "nan", "unknown name `nan`", "leave it out: what is not finite has no derivative"),
        id="nan",
    ),
    pytest.param('"v[newaxis]"', ("JAC003", 9, "newaxis", "unknown name `newaxis`", "write None"), id="newaxis"),
    pytest.param('"r_[v, v]"', ("JAC003", 7, "r_", "unknown name `r_`", "write concatenate([a, b])"), id="r_"),
    pytest.param(
        "v.copy()",
        ("JAC001", 6, "v.copy", "`.copy` is not a method of the language", "write v: values never change"),
        id="copy",
    ),
    pytest.param(
        "v.astype(x)",
        ("JAC001", 6, "v.astype", "`.astype` is not a method of the language", "write v: all numbers are doubles"),
        id="astype",
    ),
    pytest.param(
        "v.mT", ("JAC008", 6, "v.mT", ".mT needs two axes: `v` (shape (3,))", "write .T"), id="mT of a vector"
    ),
    pytest.param(
        '"A.shape[2]"',
        (
            "JAC008",
            7,
            "A.shape[2]",
            "shape (2,): index 2 is out of bounds for axis 0 with size 2",
            "indices count from 0, or from -1 at the end",
        ),
        id="shape out of range",
    ),
    pytest.param(
        "norm(v, 'fro')",
        (
            "JAC008",
            6,
            "norm(v, 'fro')",
            "a vector has no norm of order 'fro'",
            "leave out `ord`, or write 1, 2, inf or another number",
        ),
        id="norm of a vector by name",
    ),
    pytest.param(
        "norm(A, 'abc')",
        (
            "JAC008",
            6,
            "norm(A, 'abc')",
            "a matrix has no norm of order 'abc'",
            "write 'fro', 'nuc', 1, 2, inf, or their negatives -1, -2, -inf",
        ),
        id="norm of a matrix by an unknown name",
    ),
    pytest.param(
        "norm(A, 3)",
        (
            "JAC008",
            6,
            "norm(A, 3)",
            "a matrix has no norm of order 3",
            "write 'fro', 'nuc', 1, 2, inf, or their negatives -1, -2, -inf",
        ),
        id="norm of order 3 of a matrix",
    ),
    pytest.param(
        "norm(v, 1001)",
        ("JAC009", 6, "norm(v, 1001)", "the norm's order 1001 is beyond 1,000", "write inf or -inf"),
        id="norm of a huge order",
    ),
    pytest.param(
        "norm(v, x)",
        (
            "JAC008",
            6,
            "norm(v, x)",
            "`ord` must be a number known in advance, or text",
            "write 1, 2, inf, -inf, 'fro' or 'nuc'",
        ),
        id="norm order not known",
    ),
    pytest.param(
        "norm(zeros((2, 2, 2)), 3)",
        (
            "JAC008",
            6,
            "norm(zeros((2, 2, 2)), 3)",
            "a norm of order 3 needs a vector or a matrix, not `zeros((2, 2, 2))` (shape (2, 2, 2))",
            "leave out `ord`, or name one axis or two",
        ),
        id="norm of three axes",
    ),
    pytest.param(
        "\"einsum('..i,i', A, v)\"",
        (
            "JAC008",
            7,
            "einsum('..i,i', A, v)",
            "einsum: '..i,i' does not fit its operands",
            "write one letter per axis, ... once for the others",
        ),
        id="einsum with two dots",
    ),
    pytest.param(
        "\"einsum('...i...', A)\"",
        (
            "JAC008",
            7,
            "einsum('...i...', A)",
            "einsum: '...i...' does not fit its operands",
            "write one letter per axis, ... once for the others",
        ),
        id="einsum with two ellipses",
    ),
    pytest.param(
        "\"einsum('...i->i', A)\"",
        (
            "JAC008",
            7,
            "einsum('...i->i', A)",
            "einsum: the result of '...i->i' lacks the ...",
            "write ... on the right of -> as well",
        ),
        id="einsum result lacks the ellipsis",
    ),
    pytest.param(
        "len(x)", ("JAC008", 6, "len(x)", "`x` (a number) has no length", "leave it out"), id="len of a number"
    ),
    pytest.param(
        "pad(v, -1)",
        ("JAC008", 6, "pad(v, -1)", "pad: a width cannot be negative: -1", "slice to cut"),
        id="pad by a negative width",
    ),
    pytest.param(
        '"pad(v, (1, 2, 3))"',
        (
            "JAC008",
            7,
            "pad(v, (1, 2, 3))",
            "pad: `pad_width` does not fit `v` (shape (3,))",
            "write n, (before, after), or a pair for each axis; in `v` 3 from the shape of v (line 3)",
        ),
        id="pad by three widths",
    ),
    pytest.param(
        "pad(v, 1, 'abc')",
        (
            "JAC008",
            6,
            "pad(v, 1, 'abc')",
            "pad: `mode` is 'constant', 'edge', 'reflect', 'symmetric' or 'wrap'",
            "write mode='edge'",
        ),
        id="pad mode",
    ),
    pytest.param(
        "pad(v, 1, constant_values=v)",
        (
            "JAC008",
            6,
            "pad(v, 1, constant_values=v)",
            "pad: `constant_values` is one number, not `v` (shape (3,))",
            "write constant_values=0",
        ),
        id="pad by two numbers",
    ),
    pytest.param(
        "pad(v, 100000000)",
        (
            "JAC009",
            6,
            "pad(v, 100000000)",
            "the result would have shape (200000003,), more than 10,000,000 elements",
            "use smaller sizes",
        ),
        id="huge pad",
    ),
    pytest.param(
        "quantile(v, 1.5)",
        (
            "JAC008",
            6,
            "quantile(v, 1.5)",
            "`q` must be one number from 0 to 1, known in advance",
            "write several calls for several",
        ),
        id="quantile beyond one",
    ),
    pytest.param(
        "quantile(v, x)",
        (
            "JAC008",
            6,
            "quantile(v, x)",
            "`q` must be one number from 0 to 1, known in advance",
            "write several calls for several",
        ),
        id="quantile of a variable",
    ),
    pytest.param(
        "sort(x)", ("JAC008", 6, "sort(x)", "sort of `x` (a number)", "give it a vector"), id="sort of a number"
    ),
    pytest.param(
        "sort(zeros(1000))",
        ("JAC009", 6, "sort(zeros(1000))", "sort of 1,000 elements, not 1 to 512", "sort fewer"),
        id="sort of too many",
    ),
    pytest.param(
        "convolve(A, v)",
        (
            "JAC008",
            6,
            "convolve(A, v)",
            "convolve takes two vectors: `A` (shape (2, 3)) and `v` (shape (3,))",
            "write conv1d for images; in `A` 2 and 3 from the shape of A (line 4); in `v` 3 from the shape of v (line 3)",
        ),
        id="convolve of a matrix",
    ),
    pytest.param(
        "convolve(v, v, 'abc')",
        (
            "JAC008",
            6,
            "convolve(v, v, 'abc')",
            "convolve: `mode` is 'full', 'same' or 'valid'",
            "write convolve(a, v, mode='same')",
        ),
        id="convolve mode",
    ),
    pytest.param(
        "polyval(A, x)",
        (
            "JAC008",
            6,
            "polyval(A, x)",
            "polyval takes a vector of coefficients, not `A` (shape (2, 3))",
            "write polyval([a, b, c], x)",
        ),
        id="polyval of a matrix",
    ),
    pytest.param(
        '"average(A, weights=v)"',
        (
            "JAC008",
            7,
            "average(A, weights=v)",
            "average: `A` (shape (2, 3)) and its weights `v` (shape (3,)) do not fit",
            "give weights of the same shape, or one for each element along an axis; in `A` 2 and 3 from the shape of A (line 4); in `v` 3 from the shape of v (line 3)",
        ),
        id="average weights",
    ),
    pytest.param(
        '"trapezoid(A, axis=(0, 1))"',
        ("JAC008", 7, "trapezoid(A, axis=(0, 1))", "trapezoid integrates along one axis", "name one axis"),
        id="trapezoid over two axes",
    ),
    pytest.param(
        "multi_dot(A)",
        ("JAC008", 6, "multi_dot(A)", "multi_dot takes a list", "write multi_dot([A, B, C])"),
        id="multi_dot without a list",
    ),
    pytest.param(
        "take(v, 0.5)",
        (
            "JAC008",
            6,
            "take(v, 0.5)",
            "an index must be a whole number known in advance",
            "write an integer, a name from `dims:` or a constant",
        ),
        id="take of a fraction",
    ),
    pytest.param(
        "repeat(v, 100000000)",
        (
            "JAC009",
            6,
            "repeat(v, 100000000)",
            "the result would have shape (300000000,), more than 10,000,000 elements",
            "use smaller sizes",
        ),
        id="huge repeat",
    ),
    pytest.param(
        "eye(-1)",
        ("JAC008", 6, "eye(-1)", "a size cannot be negative: (-1, -1)", "use sizes of at least 0"),
        id="negative size of eye",
    ),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_expression_mistake_is_explained(text, expected):
    code, *place, message, remedy = expected
    assert mistakes(f"{IN_LINE_6}{text}\n") == [(code, 6, *place, message, remedy)]


SPECS = [
    pytest.param(
        "", ("JAC001", 1, 1, "", "the spec is empty", "write `inputs:` and `outputs:`; see the README"), id="empty file"
    ),
    pytest.param(
        "# nothing\n# here\n",
        ("JAC001", 1, 1, "", "the spec is empty", "write `inputs:` and `outputs:`; see the README"),
        id="only comments",
    ),
    pytest.param(
        "---\n",
        ("JAC001", 1, 1, "", "the spec is empty", "write `inputs:` and `outputs:`; see the README"),
        id="only a document mark",
    ),
    pytest.param("3\n", ("JAC001", 1, 1, "3", "a spec is a mapping of keys", "begin with `inputs:`"), id="a number"),
    pytest.param("- x\n", ("JAC001", 1, 1, "- x", "a spec is a mapping of keys", "begin with `inputs:`"), id="a list"),
    pytest.param(
        "inputs: {x: 1}\noutputs: {y: x}\n---\ninputs: {x: 1}\n",
        ("JAC001", 4, 1, "i", "a second YAML document starts here", "write one alone"),
        id="second document",
    ),
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
            "known keys: shape, value, init, seed, range, domain, label",
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
            "known keys: value, csv, columns, json, npy, npz, key, shape, label",
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
        ("JAC008", 1, 31, "[1]", "the range of `x` must be [low, high] with low < high", "write range: [-2, 2]"),
        id="range of one",
    ),
    pytest.param(
        "inputs: {x: {value: 1, range: [2, 1]}}\noutputs: {y: x}\n",
        ("JAC008", 1, 31, "[2, 1]", "the range of `x` must be [low, high] with low < high", "write range: [-2, 2]"),
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
        "inputs: {[x]: 1}\noutputs: {y: x}\n",
        ("JAC001", 1, 10, "[x]", "a key must be a name", "write NAME: VALUE"),
        id="a list as a key",
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
        "dims:\n  n: 5\n  d: 3\ninputs:\n  x: {shape: [d]}\nparams:\n  W: {shape: [d, n]}\noutputs:\n  y: W @ x\n",
        (
            "JAC008",
            9,
            6,
            "W @ x",
            "cannot multiply `W` (shape (3, 5)) by `x` (shape (3,)): inner sizes 5 and 3 differ",
            "transpose the left factor with .T, or swap the factors; in `W` 3 from d (line 3), 5 from n (line 2); in `x` 3 from d (line 3)",
        ),
        id="sizes of a product",
    ),
    pytest.param(
        "dims: {n: 5}\ninputs: {x: [1, 2, 3]}\nparams: {b: {shape: n}}\nlet:\n  z: 2*x\noutputs:\n  y: z + b\n",
        (
            "JAC008",
            7,
            6,
            "z + b",
            "shapes do not fit: `z` (shape (3,)) and `b` (shape (5,))",
            "make the sizes equal, or 1 where NumPy repeats; in `z` 3 from the value of x (line 2); in `b` 5 from n (line 1)",
        ),
        id="sizes of a step",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet:\n  a: b\n  b: c + x\n  c: 2*a\noutputs: {y: a}\n",
        ("JAC003", 3, 6, "b", "these depend on each other: a → b → c → a", "break the cycle: steps go in order"),
        id="cycle",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet: {a: a + 1}\noutputs: {y: a}\n",
        ("JAC003", 2, 10, "a", "`a` is defined by itself", "give the new value another name"),
        id="self reference in a step",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet:\n  a: b\n  b: x\noutputs: {y: a}\n",
        ("JAC003", 3, 6, "b", "`b` is defined later (line 4)", "steps go in order: move it above"),
        id="use before definition",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet: {a: y}\noutputs: {y: x}\n",
        ("JAC003", 2, 10, "y", "`y` is defined later (line 3)", "steps go in order: move it above"),
        id="output in a step",
    ),
    pytest.param(
        "inputs: {x: [1, 2]}\noutputs: {y: 2*x}\njacobian:\n  y:\n    x: x\n",
        (
            "JAC008",
            5,
            8,
            "x",
            "d y / d x must have shape (2, 2) (got (2,))",
            "J[out…, in…]: y has shape (2,), x has shape (2,)",
        ),
        id="claim of wrong shape",
    ),
    pytest.param(
        "inputs: {x: [1, 2]}\nconstants: {A: [[1, 2], [3, 4], [5, 6]]}\noutputs: {y: A @ x}\njacobian:\n  y:\n    x: A.T\n",
        (
            "JAC008",
            6,
            8,
            "A.T",
            "d y / d x must have shape (3, 2) (got (2, 3))",
            "J[out…, in…]: y has shape (3,), x has shape (2,); the axes seem exchanged",
        ),
        id="claim transposed",
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
def test_spec_mistake_is_explained(text, expected):
    assert mistakes(text) == [expected]


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


TOGETHER = [
    pytest.param(
        "inputs: {x: 1}\noutputs:\n  y: x^2 + x^3\n",
        [
            (
                "JAC001",
                3,
                7,
                "^",
                "`^` is not a power here, nor in Python, where it binds looser than +",
                "write ** for a power",
            ),
            (
                "JAC001",
                3,
                13,
                "^",
                "`^` is not a power here, nor in Python, where it binds looser than +",
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
                "`^` is not a power here, nor in Python, where it binds looser than +",
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
                "`^` is not a power here, nor in Python, where it binds looser than +",
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
            ("JAC008", 1, 33, "3", "the range of `x` must be [low, high] with low < high", "write range: [-2, 2]"),
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


@pytest.fixture
def folder(tmp_path):
    """A folder of a spec, with data beside it, outside it, and links to both."""
    inside = tmp_path / "specs"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    (inside / "sub").mkdir()
    for name, rows in DATA.items():
        with (inside / name).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    (inside / "latin.csv").write_bytes("größe\n1\n".encode("latin-1"))
    return inside


DATA = {
    "good.csv": [["a", "b"], [1, 2], [3, 4]],
    "word.csv": [["a", "b"], [1, 2], [], [3, "four"]],
    "nan.csv": [["a"], ["nan"]],
    "short.csv": [["a", "b"], [1]],
    "header.csv": [["a", "b"]],
    "bare.csv": [[1, 2], [3, 4]],
}
FILES = [
    pytest.param(
        "{csv: none.csv}",
        "none.csv",
        "data file `none.csv` does not exist",
        "paths count from the spec's folder",
        id="missing",
    ),
    pytest.param(
        "{csv: ../secret.csv}",
        "../secret.csv",
        "data file `../secret.csv` lies outside the spec's folder",
        "move it beside the spec",
        id="outside",
    ),
    pytest.param(
        "{csv: /etc/passwd}",
        "/etc/passwd",
        "data file `/etc/passwd` lies outside the spec's folder",
        "move it beside the spec",
        id="absolute",
    ),
    pytest.param(
        "{csv: link.csv}",
        "link.csv",
        "data file `link.csv` lies outside the spec's folder",
        "move it beside the spec",
        id="outside by a link",
    ),
    pytest.param(
        "{csv: sub}", "sub", "data file `sub` is not a file", "name a .csv, .json, .npy or .npz file", id="a folder"
    ),
    pytest.param(
        '{csv: "a\\0.csv"}',
        '"a\\0.csv"',
        "data file `a\0.csv` cannot be read: its name is not a path",
        "check its name and permissions",
        id="no path",
    ),
    pytest.param(
        "{csv: latin.csv}",
        "latin.csv",
        "data file `latin.csv` is not UTF-8 text (byte 2)",
        "save it as UTF-8, with commas",
        id="not UTF-8",
    ),
    pytest.param(
        "word.csv",
        "word.csv",
        "`word.csv` line 4, column `b`: expected a number, got 'four'",
        "mend the file, or leave the column out",
        id="a word",
    ),
    pytest.param(
        "nan.csv",
        "nan.csv",
        "`nan.csv` line 2, column `a`: nan is not finite",
        "mend the file, or leave the row out",
        id="not a number",
    ),
    pytest.param(
        "short.csv", "short.csv", "`short.csv` line 2 has 1 cell, the header line 2", "mend the file", id="a short row"
    ),
    pytest.param(
        "header.csv",
        "header.csv",
        "data file `header.csv` has no rows below its header line",
        "add the data, or the names of the columns above it",
        id="no rows",
    ),
    pytest.param(
        "bare.csv",
        "bare.csv",
        "the first line of `bare.csv` holds numbers",
        "write the names of the columns in a line above them",
        id="no header",
    ),
    pytest.param(
        "{csv: good.csv, columns: [a, c]}",
        "[a, c]",
        "column `c` is not in `good.csv`",
        "columns: a, b",
        id="unknown column",
    ),
    pytest.param(
        "{csv: good.csv, columns: bb}",
        "bb",
        "column `bb` is not in `good.csv`",
        "did you mean `b`?",
        id="misspelled column",
    ),
]


@pytest.mark.parametrize(("value", "caret", "message", "remedy"), FILES)
def test_data_file_mistake_is_explained(value, caret, message, remedy, folder):
    text = f"constants:\n  c: {value}\noutputs: {{y: sum(c)}}\n"
    column = 6 + value.index(caret)
    assert mistakes(text, folder) == [("JAC010", 2, column, caret, message, remedy)]


def test_file_that_does_not_exist_is_named(tmp_path):
    path = str(tmp_path / "none.yaml")
    assert unusable(lambda: spec_from_file(path, [])) == ("JAC001", f"{path} does not exist", "check the path")


def test_folder_is_no_spec(tmp_path):
    path = str(tmp_path)
    assert unusable(lambda: spec_from_file(path, [])) == (
        "JAC001",
        f"{path} is a folder, not a spec",
        "name a .yaml file in it",
    )


def test_name_with_a_nul_is_no_path():
    found = unusable(lambda: spec_from_file("a\0b", []))
    assert found == ("JAC001", "a\0b cannot be read: its name is not a path", "check its name and permissions")


def test_unreadable_file_says_why(tmp_path, monkeypatch):
    def refuse(self, mode):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "open", refuse)
    path = str(tmp_path / "s.yaml")
    expected = ("JAC001", f"{path} cannot be read: Permission denied", "check its name and permissions")
    assert unusable(lambda: spec_from_file(path, [])) == expected


CONTENTS = [
    pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "{} is a binary file", "name a YAML spec", id="binary"),
    pytest.param(b"inputs: \0", "{} is a binary file", "name a YAML spec", id="a NUL"),
    pytest.param(
        "name: größe".encode("latin-1"),
        "{} is not UTF-8 text (byte 8 is 0xf6)",
        "save it as UTF-8, or name a spec",
        id="not UTF-8",
    ),
]


@pytest.mark.parametrize(("data", "message", "remedy"), CONTENTS)
def test_file_that_is_no_text_is_refused(data, message, remedy, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_bytes(data)
    assert unusable(lambda: spec_from_file(str(path), [])) == ("JAC001", message.format(path), remedy)


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
            "`^` is not a power here, nor in Python, where it binds looser than +",
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


def test_problem_without_a_place_is_its_code_and_words():
    assert str(Problem("JAC001", "no such file", None, "check the path")) == "JAC001 no such file (check the path)"
