"""Every mistake in the arguments of functions and operators but for their shapes, with the message it gets."""

import pytest
from messages import IN_LINE_6, mistakes

EXPRESSIONS = [
    pytest.param(
        "0 < x < 1",
        ("JAC001", 6, "0 < x < 1", "comparisons cannot be chained on arrays", "multiply them: (a < b) * (b < c)"),
        id="chained comparison",
    ),
    pytest.param(
        "~x",
        ("JAC007", 6, "~x", "`x` (a number) is not a condition", "compare it: (x > 0) & (x < 1), each in brackets"),
        id="invert",
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
    pytest.param(
        "1e308*1e308",
        ("JAC009", 6, "1e308*1e308", "this number is too large for a double", "doubles reach from 5e-324 to 1.8e308"),
        id="product beyond doubles",
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
        "norm(v, 1001)",
        ("JAC009", 6, "norm(v, 1001)", "the norm's order 1001 is beyond 1,000", "write inf or -inf"),
        id="norm of a huge order",
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
        "sort(zeros(1000))",
        ("JAC009", 6, "sort(zeros(1000))", "sort of 1,000 elements, not 1 to 512", "sort fewer"),
        id="sort of too many",
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
        "exprel(x, 101)",
        ("JAC008", 6, "exprel(x, 101)", "exprel of order 101", "use an order from 0 to 100"),
        id="order of a derivative of exprel",
    ),
    pytest.param(
        "sinc(v, -1)",
        ("JAC008", 6, "sinc(v, -1)", "sinc of order -1", "use an order from 0 to 100"),
        id="order of a derivative of sinc",
    ),
    pytest.param(
        "exprel(v, x)",
        (
            "JAC008",
            6,
            "exprel(v, x)",
            "`n` must be a fixed whole number (got a value that changes)",
            "write an integer such as 1, a name from `dims:` or a constant",
        ),
        id="order that is a variable",
    ),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_mistake_in_an_argument_is_explained(text, expected):
    code, *place, message, remedy = expected
    assert mistakes(f"{IN_LINE_6}{text}\n") == [(code, 6, *place, message, remedy)]
