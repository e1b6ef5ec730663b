"""Inverse, determinant, solution of a linear system."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, function, static_int, tensor
from jaccli.graph.functions.products import matmul
from jaccli.graph.ir import MAX_EXPONENT, Expr
from jaccli.graph.origins import describe


def _square(name: str, value: Any) -> Expr:
    x = tensor(value)
    if len(x.shape) != 2 or x.shape[0] != x.shape[1]:
        help_ = f"take one of the stack, as in {name}(A[0])" if len(x.shape) > 2 else "make both sizes equal"
        raise BuildError(f"{name} takes a square matrix, not {describe(x)}", help_, about=(x,))
    return x


@function("inv")
def inv(x: Any) -> Expr:
    """The inverse of a matrix."""
    return _square("inv", x).apply("inv")


@function("det")
def det(x: Any) -> Expr:
    """The determinant of a matrix."""
    return _square("det", x).apply("det")


@function("solve")
def solve(a: Any, b: Any) -> Expr:
    """The x with a @ x = b, for a vector or a matrix b."""
    a, b = _square("solve", a), tensor(b)
    if len(b.shape) not in (1, 2) or b.shape[0] != a.shape[0]:
        raise BuildError(
            f"solve: {describe(a)} and {describe(b)} differ in their number of rows",
            "give b as many rows as a",
            about=(a, b),
        )
    return a.apply("solve", b, rank=len(b.shape))


@function("logdet")
def logdet(x: Any) -> Expr:
    """The logarithm of the determinant's absolute value, as the second of numpy.linalg.slogdet."""
    return _square("logdet", x).apply("logdet")


@function("cholesky")
def cholesky(x: Any) -> Expr:
    """The lower triangular L with L @ L.T = x, of which only the lower triangle is read, as NumPy does."""
    return _square("cholesky", x).apply("cholesky")


@function("matrix_power")
def matrix_power(x: Any, n: Any) -> Expr:
    """A square matrix to a whole power, by repeated squaring; of the inverse where it is negative."""
    base, power = _square("matrix_power", x), static_int(n, "`n`")
    if abs(power) > MAX_EXPONENT:
        raise BuildError(f"the exponent is larger than {MAX_EXPONENT:,}", "use a smaller power", "JAC009")
    if not power:
        return base.graph.literal(np.eye(base.shape[0]))
    square, y = base.apply("inv") if power < 0 else base, None
    for bit in reversed(bin(abs(power))[2:]):
        if bit == "1":
            y = square if y is None else matmul(y, square)
        square = matmul(square, square)
    assert y is not None
    return y
