"""Every mistake in the grammar of an expression, with the message it gets."""

import pytest
from messages import IN_LINE_6, mistakes

EXPRESSIONS = [
    pytest.param(
        "x^2",
        (
            "JAC001",
            7,
            "^",
            "`^` is not the power operator (in Python it is XOR)",
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
            "`^` is not the power operator (in Python it is XOR)",
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
        ("JAC001", 6, "sin x", "the brackets of `sin` are missing", "write sin(x)"),
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
        "2j*x", ("JAC001", 6, "2j", "complex numbers are not part of the language", "use real numbers"), id="complex"
    ),
    pytest.param(
        "await x",
        (
            "JAC001",
            6,
            "await x",
            "`await` is Python, not a formula",
            "`jac info --ops` lists the functions; operators are those of NumPy",
        ),
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
    pytest.param("∑x", ("JAC001", 6, "∑", "`∑` is not an operator here", "write sum(…)"), id="sum sign"),
    pytest.param("‖x‖", ("JAC001", 6, "‖", "`‖` is not an operator here", "write norm(…)"), id="norm bars"),
    pytest.param(
        "∂x",
        ("JAC001", 6, "∂", "`∂` is not an operator here", "write the formula alone: `jac compute` prints derivatives"),
        id="a derivative",
    ),
    pytest.param(
        "∀x", ("JAC001", 6, "∀", "`∀` is not part of the language", "write it in letters"), id="a sign of logic"
    ),
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
        "v.copy()",
        ("JAC001", 6, "v.copy", "`.copy` is not a method of the language", "write v: values never change"),
        id="copy",
    ),
    pytest.param(
        "v.astype(x)",
        ("JAC001", 6, "v.astype", "`.astype` is not a method of the language", "write v: all numbers are doubles"),
        id="astype",
    ),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_mistake_in_the_grammar_is_explained(text, expected):
    code, *place, message, remedy = expected
    assert mistakes(f"{IN_LINE_6}{text}\n") == [(code, 6, *place, message, remedy)]
