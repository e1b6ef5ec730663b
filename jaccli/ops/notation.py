"""How rules write mathematics: the names below append a node of that op to the graph their operand belongs to."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = [
    "Expr", "broadcast", "concatenate", "contract", "cos", "cosh", "exp", "log", "matmul", "relu_step", "reshape", "scatter",
    "sigmoid", "sin", "sinh", "spread", "sqrt", "sum_over", "swap", "take", "tanh", "where",
]  # fmt: skip


class Expr(Protocol):
    """A node under construction: numbers and nodes combine by operators, other ops by ``apply``."""

    @property
    def graph(self) -> Any: ...  # noqa: D102
    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def constant(self) -> Any: ...  # noqa: D102
    def apply(self, op: str, *others: Any, **params: Any) -> Any: ...  # noqa: D102


def exp(x: Any) -> Any:  # noqa: D103
    return x.apply("exp")


def log(x: Any) -> Any:  # noqa: D103
    return x.apply("log")


def sqrt(x: Any) -> Any:  # noqa: D103
    return x.apply("sqrt")


def sin(x: Any) -> Any:  # noqa: D103
    return x.apply("sin")


def cos(x: Any) -> Any:  # noqa: D103
    return x.apply("cos")


def sinh(x: Any) -> Any:  # noqa: D103
    return x.apply("sinh")


def cosh(x: Any) -> Any:  # noqa: D103
    return x.apply("cosh")


def tanh(x: Any) -> Any:  # noqa: D103
    return x.apply("tanh")


def sigmoid(x: Any) -> Any:  # noqa: D103
    return x.apply("sigmoid")


def where(condition: Any, x: Any, y: Any) -> Any:  # noqa: D103
    return condition.apply("where", x, y)


def relu_step(x: Any) -> Any:
    """1 where x > 0, else 0."""
    return where(x > 0, 1, 0)


def reshape(x: Any, shape: tuple[int, ...]) -> Any:
    """x with another shape of equal size; x itself where the shape is the same."""
    return x if x.shape == shape else x.apply("reshape", shape=shape, rank=len(x.shape))


def broadcast(x: Any, shape: tuple[int, ...]) -> Any:
    """x repeated to ``shape`` as NumPy would; x itself where the shape is the same."""
    return x if x.shape == shape else x.apply("broadcast", shape=shape, rank=len(x.shape))


def sum_over(x: Any, axes: tuple[int, ...], keepdims: bool = False) -> Any:
    """The sum over ``axes``, negative numbers counted from the right."""
    y = x.apply("sum", axes=tuple(sorted(axes))) if axes else x
    rank = len(x.shape)
    return reshape(y, tuple(1 if k - rank in axes else n for k, n in enumerate(x.shape))) if keepdims else y


def spread(y: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """A value reduced over ``axes`` of x, repeated over them again."""
    rank = len(x.shape)
    return broadcast(reshape(y, tuple(1 if k - rank in axes else n for k, n in enumerate(x.shape))), x.shape)


def swap(x: Any) -> Any:
    """x with its last two axes exchanged."""
    order = tuple(range(len(x.shape)))
    return x.apply("transpose", order=(*order[:-2], order[-1], order[-2]))


def contract(x: Any, y: Any, spec: str) -> Any:
    """The two-operand einsum ``spec``."""
    return x.apply("contract", y, spec=spec)


def matmul(x: Any, y: Any) -> Any:
    """The product of two matrices."""
    return contract(x, y, "ij,jk->ik")


def take(x: Any, index: Any) -> Any:
    """The elements of x at the flat indices of a Literal; the shape is the literal's."""
    return x.apply("take", index=index, rank=len(x.shape))


def scatter(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with the elements of x added at the flat indices of a Literal."""
    return x.apply("scatter", index=index, shape=shape)


def concatenate(xs: list[Any], axis: int) -> Any:
    """The operands joined along ``axis``, a negative number."""
    return xs[0].apply("concatenate", *xs[1:], axis=axis, rank=len(xs[0].shape))
