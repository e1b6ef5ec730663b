"""Node → the expression that computes it with the fewest calls, by one table; an op without a row calls its kernel.

Only names that the writer made and numbers stand in these expressions: no text of a spec is ever compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.graph.ir import Node
from jaccli.graph.static.products import product
from jaccli.ops import Literal

__all__ = ["LINES", "VIEWS", "Line", "slices"]

VIEWS = {"reshape", "transpose", "take", "broadcast"}  # whose value may share the memory of its operand

Shape = tuple[int, ...]
SMALL = 200  # elements that are gathered as fast as a view of them is made


@dataclass(frozen=True)
class Line:
    """One node without batch axes whose expression is wanted.

    xs        the names of the operands
    shapes    their core shapes
    constants the numbers among them, None for the others
    bind      object → the name under which the expression finds it
    """

    node: Node
    xs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    constants: tuple[Fraction | None, ...]
    bind: Callable[[Any], str]

    @property
    def params(self) -> dict[str, Any]:
        """The node's parameters by name."""
        return dict(self.node.params)


def _reduce(ufunc: Any) -> Callable[[Line], str]:
    def line(site: Line) -> str:
        axes = site.params["axes"]
        rank = len(site.shapes[0])
        axis = "None" if len(axes) == rank else str(axes[0]) if len(axes) == 1 else str(tuple(axes))
        return f"{site.bind(ufunc.reduce)}({site.xs[0]}, {axis})"

    return line


def _take(site: Line) -> str:
    x, index, shape = site.xs[0], site.params["index"], site.shapes[0]
    if (key := slices(index, shape)) is not None:
        return f"{x}[{', '.join(map(_text, key))}]" if key else x
    if index.steps is not None and index.array.size >= SMALL:
        start, strides, _ = index.steps
        return f"{site.bind(_view)}({x}.reshape(-1), {start}, {index.array.shape}, {strides})"
    return f"{x}.take({site.bind(index.array)})"


def slices(index: Literal, shape: Shape) -> tuple[int | slice, ...] | None:
    """Return the key of basic indexing that selects what ``index`` does, such as x[2] or x[:, 3:6]; None where there is none."""
    steps, places = index.steps, index.array.shape
    if steps is None or len(places) > len(shape):
        return None
    if not shape:  # a number is selected as a whole
        return ()
    key: list[int | slice] = []
    axis = 0
    first = [int(k) for k in np.unravel_index(steps.start, shape)]
    for size, unit, start in zip(shape, _row_major(shape), first, strict=True):
        if axis < len(places) and (places[axis] == 1 or steps.strides[axis] == unit) and start + places[axis] <= size:
            key.append(slice(start, start + places[axis]) if (start, places[axis]) != (0, size) else slice(None))
            axis += 1
        else:
            key.append(start)
    while key and key[-1] == slice(None):
        key.pop()
    return tuple(key) if axis == len(places) else None


def _text(key: int | slice) -> str:
    return str(key) if isinstance(key, int) else ":" if key.start is None else f"{key.start}:{key.stop}"


def _row_major(shape: Shape) -> list[int]:
    units = [1]
    for size in shape[:0:-1]:
        units.append(units[-1] * size)
    return units[::-1]


def _view(flat: Any, start: int, shape: Shape, strides: Shape) -> Any:
    unit = flat.strides[0]
    return np.lib.stride_tricks.as_strided(flat[start:], shape, tuple(n * unit for n in strides), writeable=False)


def _scatter(site: Line) -> str | None:
    index, shape = site.params["index"], site.params["shape"]
    key = slices(index, shape)
    if key is None:
        return None

    def placed(x: Any) -> Any:
        out = np.zeros(shape)
        out[key] = x
        return out

    return f"{site.bind(placed)}({site.xs[0]})"


def _sigmoid(site: Line) -> str:
    return f"{site.bind(_sigmoids if site.node.shape else _sigmoid_of_one)}({site.xs[0]})"


def _sigmoids(x: Any) -> Any:
    e = np.negative(x)
    np.exp(e, e)
    np.add(e, 1.0, e)
    return np.divide(1.0, e, e)


def _sigmoid_of_one(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def _softmax(site: Line) -> str | None:
    kernel, axes = site.node.row.kernel, site.params["axes"]

    def softmax(x: Any) -> Any:
        top = np.maximum.reduce(x, axis=axes, keepdims=True)
        if not np.isfinite(top).all():
            return kernel(x, axes)
        e = np.subtract(x, top)
        np.exp(e, e)
        return np.divide(e, np.add.reduce(e, axis=axes, keepdims=True), e)

    return f"{site.bind(softmax)}({site.xs[0]})" if 0 not in site.shapes[0] else None


def _power(site: Line) -> str | None:
    return f"{site.bind(np.square)}({site.xs[0]})" if site.constants[1] == 2 else None


def _call(function: Any, *more: str) -> Callable[[Line], str]:
    return lambda site: f"{site.bind(function)}({', '.join([*site.xs, *more])})"


#: What is written for an op without batch axes; nothing means that the kernel is called.
LINES: dict[str, Callable[[Line], str | None]] = {
    "sum": _reduce(np.add), "max": _reduce(np.maximum), "min": _reduce(np.minimum),
    "reshape": lambda site: f"{site.xs[0]}.reshape({site.params['shape']})",
    "transpose": lambda site: f"{site.xs[0]}.transpose({site.params['order']})",
    "take": _take, "scatter": _scatter,
    "concatenate": lambda site: f"{site.bind(np.concatenate)}(({', '.join(site.xs)},), {site.params['axis']})",
    "contract": lambda site: product(site.params["spec"], site.xs, site.shapes),
    "relu": _call(np.maximum, "0.0"), "cast": _call(np.multiply, "1.0"), "pow": _power,
    "sigmoid": _sigmoid, "softmax": _softmax,
}  # fmt: skip
