"""contract, the one product: its shape, its lowering to a single matmul."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from jaccli.ops.registry import ShapeError, special

Shape = tuple[int, ...]


@lru_cache(maxsize=4096)
def _labels(spec: str) -> tuple[str, str, str]:
    operands, out = spec.split("->")
    x, y = operands.split(",")
    return x, y, out


def _contract_shape(x: Shape, y: Shape, spec: str) -> Shape:
    lx, ly, out = _labels(spec)
    if len(lx) != len(x) or len(ly) != len(y):
        raise ShapeError(f"contract {spec}: one letter per axis of {x} and {y}")
    if any(len(set(side)) < len(side) for side in (lx, ly, out)) or any(
        (lx + ly + out).count(c) < 2 for c in lx + ly + out
    ):
        raise ShapeError(f"contract {spec}: each letter stands once in two or three of the operands and the result")
    sizes = dict(zip(lx, x, strict=True))
    for label, size in zip(ly, y, strict=True):
        if sizes.setdefault(label, size) != size:
            raise ShapeError(f"contract {spec}: sizes {sizes[label]} and {size} of '{label}' differ in {x} and {y}")
    return tuple(sizes[label] for label in out)


def _contract(x: Any, y: Any, spec: str) -> Any:
    """Lower to one matmul: a batch that only one operand carries joins that operand's free axes, and so one BLAS call."""
    lx, ly, out = _labels(spec)
    bx, by = x.ndim - len(lx), y.ndim - len(ly)
    runs = "".join(chr(0x2460 + k) for k in range(max(bx, by)))  # labels no spec can hold
    lx, ly, out = runs[:bx] + lx, runs[:by] + ly, runs + out
    both = [c for c in lx if c in ly and c in out]
    summed = [c for c in lx if c in ly and c not in out]
    free_x, free_y = [c for c in lx if c not in ly], [c for c in ly if c not in lx]
    left = _grouped(x, lx, both, free_x, summed)
    right = _grouped(y, ly, both, summed, free_y)
    product = left @ right if summed else left * right
    sizes = dict(zip(ly, y.shape, strict=True)) | dict(zip(lx, x.shape, strict=True))
    shape = product.shape[: len(both)] + tuple(sizes[c] for c in free_x + free_y)
    order = both + free_x + free_y
    return product.reshape(shape).transpose([order.index(c) for c in out])


def _grouped(x: Any, labels: str, both: list[str], rows: list[str], columns: list[str]) -> Any:
    """Return x as a stack of matrices: axes ``both``, then ``rows`` flattened, then ``columns`` flattened."""
    x = x.transpose([labels.index(c) for c in both + rows + columns])
    split, cut = len(both), len(both) + len(rows)
    return x.reshape(*x.shape[:split], math.prod(x.shape[split:cut]), math.prod(x.shape[cut:]))


def _contract_weight(shapes: list[Shape], out: Shape, params: dict[str, Any]) -> int:
    lx, ly, _ = _labels(params["spec"])
    sizes = dict(zip(lx, shapes[0], strict=True)) | dict(zip(ly, shapes[1], strict=True))
    summed = any(c in ly and c not in params["spec"].split("->")[1] for c in lx)
    return math.prod(sizes.values()) * (2 if summed else 1)


special(
    "contract",
    _contract,
    _contract_shape,
    arity=2,
    weight=_contract_weight,
)
