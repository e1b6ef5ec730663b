"""Every mistake in the shapes that functions and operators are given, with the message it gets."""

import pytest
from messages import IN_LINE_6, mistakes

EXPRESSIONS = [
    pytest.param(
        "A.dot(v, 1, 2)",
        ("JAC008", 6, "A.dot(v, 1, 2)", "dot takes at most 2 arguments (got 4)", "write dot(x, y)"),
        id="method with too many arguments",
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
            "`axis` must be a fixed whole number",
            "write an integer such as 1, a name from `dims:` or a constant",
        ),
        id="axis not whole",
    ),
    pytest.param(
        "sum(A, axis=x)",
        (
            "JAC008",
            6,
            "sum(A, axis=x)",
            "`axis` must be a fixed whole number (got a value that changes)",
            "write an integer such as 1, a name from `dims:` or a constant",
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
            "`v` (shape (3,)) has no element 3",
            "its indices go from 0 to 2, or from -1 to -3 from the end; in `v` 3 from the shape of v (line 3)",
        ),
        id="index out of range",
    ),
    pytest.param(
        "v[-4]",
        (
            "JAC008",
            6,
            "v[-4]",
            "`v` (shape (3,)) has no element -4",
            "its indices go from 0 to 2, or from -1 to -3 from the end; in `v` 3 from the shape of v (line 3)",
        ),
        id="negative index out of range",
    ),
    pytest.param(
        "v[0, 0]",
        (
            "JAC008",
            6,
            "v[0, 0]",
            "`v` (shape (3,)) has 1 axis, but 2 indices were given",
            "give at most 1; in `v` 3 from the shape of v (line 3)",
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
            "an index must be a fixed whole number",
            "write an integer such as 1, a name from `dims:` or a constant",
        ),
        id="index not whole",
    ),
    pytest.param(
        "v[x]",
        (
            "JAC008",
            6,
            "v[x]",
            "`x` must be a fixed whole number (got a value that changes)",
            "write an integer such as 1, a name from `dims:` or a constant",
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
        (
            "JAC008",
            6,
            "2 @ v",
            "@ needs arrays: `2` (a number) and `v` (shape (3,))",
            "write * to scale by a number; in `v` 3 from the shape of v (line 3)",
        ),
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
            "swapaxes: `v` (shape (3,)) has 1 axis, and no axis 1",
            "its only axis is 0; in `v` 3 from the shape of v (line 3)",
        ),
        id="axis to swap",
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
            "`shape` must be a fixed whole number (got a value that changes)",
            "write an integer such as 1, a name from `dims:` or a constant",
        ),
        id="zeros not static",
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
        "linspace(0, 1, 0)",
        ("JAC008", 6, "linspace(0, 1, 0)", "linspace: `num` must be at least 1", "ask for at least one number"),
        id="linspace none",
    ),
    pytest.param(
        "sum([])", ("JAC008", 6, "sum([])", "an empty list has no shape", "write at least one element"), id="empty list"
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
        "v.mT", ("JAC008", 6, "v.mT", ".mT needs two axes: `v` (shape (3,))", "write .T"), id="mT of a vector"
    ),
    pytest.param(
        '"A.shape[2]"',
        (
            "JAC008",
            7,
            "A.shape[2]",
            "shape (2,) has no element 2",
            "its indices go from 0 to 1, or from -1 to -2 from the end",
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
            "an index must be a fixed whole number",
            "write an integer such as 1, a name from `dims:` or a constant",
        ),
        id="take of a fraction",
    ),
    pytest.param(
        "eye(-1)",
        ("JAC008", 6, "eye(-1)", "a size cannot be negative: (-1, -1)", "use sizes of at least 0"),
        id="negative size of eye",
    ),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_mistake_in_a_shape_is_explained(text, expected):
    code, *place, message, remedy = expected
    assert mistakes(f"{IN_LINE_6}{text}\n") == [(code, 6, *place, message, remedy)]
