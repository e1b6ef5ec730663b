"""Every mistake in the names that an expression uses, with the message it gets."""

import pytest
from messages import IN_LINE_6, mistakes

EXPRESSIONS = [
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
    pytest.param("2*π", ("JAC003", 8, "π", "unknown name `π`", "write pi"), id="pi sign"),
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
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_mistake_in_a_name_is_explained(text, expected):
    code, *place, message, remedy = expected
    assert mistakes(f"{IN_LINE_6}{text}\n") == [(code, 6, *place, message, remedy)]
