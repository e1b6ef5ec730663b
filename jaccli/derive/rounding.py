"""Graph and point → how far computing in doubles moves a Jacobian, by disturbing every operation in its last place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.jacobian import jacobian
from jaccli.graph.evaluate import FLOAT64, Numbers, evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.ops import TABLE
from jaccli.types import Array

__all__ = ["disturbed", "disturbed_values", "own_rounding"]

SAMPLES = 4
SUBNORMAL = 2.0**-1074  # the spacing of doubles below 2^-1022
SAFETY = 16.0  # times the largest move seen: four samples of a sum of roundings may all lie near its middle

#: Ops that move, choose or negate: their results are exact, and a choice disturbed is none of what it was made from.
EXACT = frozenset({
    "neg", "abs", "sign", "relu", "maximum", "minimum", "where", "cast", "max", "min", "leaf", "literal", "reshape", "broadcast",
    "transpose", "take", "concatenate",
})  # fmt: skip


def disturbed(graph: Graph, of: Expr, wrt: Sequence[Expr], values: Mapping[str, Any], rng_seed: int = 0) -> list[Array]:
    """Return a bound, by experience, on what rounding does to the Jacobian of ``of`` by each variable.

    Shapes: of.shape + x.shape each; infinite where a disturbed pass has no finite value.
    Cost:   five Jacobians in reverse mode.
    Source: D. S. Parker, Monte Carlo Arithmetic, UCLA CSD-970002 (1997); J. Vignes, Discrete Stochastic Arithmetic (2004).
    """
    rng = np.random.default_rng(rng_seed)
    exact = jacobian(graph, of, wrt, values, "reverse")
    moved = [np.zeros(block.shape) for block in exact]
    for _ in range(SAMPLES):
        for move, block, other in zip(
            moved, exact, jacobian(graph, of, wrt, values, "reverse", _noisy(rng)), strict=True
        ):
            with np.errstate(all="ignore"):
                np.fmax(move, np.nan_to_num(np.abs(other - block), nan=np.inf), out=move)
    with np.errstate(over="ignore"):
        return [SAFETY * move for move in moved]


def disturbed_values(graph: Graph, of: Expr, values: Mapping[str, Any], rng_seed: int = 0) -> Array:
    """Return a bound, by experience, on what rounding and underflow inside do to the values of ``of``; of their shape."""
    rng = np.random.default_rng(rng_seed)
    (exact,) = evaluate(graph, [of], values)
    moved = np.zeros(of.shape)
    for _ in range(SAMPLES):
        (other,) = evaluate(graph, [of], values, _noisy(rng, SUBNORMAL))
        with np.errstate(all="ignore"):
            moved = np.fmax(moved, np.nan_to_num(np.abs(other - exact), nan=np.inf))
    return SAFETY * moved


def own_rounding(graph: Graph, of: Expr, values: Mapping[str, Any], rng_seed: int = 0) -> Array:
    """Return a bound, by experience, on what computing ``of`` in doubles does to it, whatever it is the derivative of.

    Shapes: of.shape; infinite where a disturbed evaluation is not finite.
    Law:    as ``disturbed``, with inputs and literals off by a unit in their last place as well: a sum that cancels loses digits of
            what it adds, and a literal such as 0.1 has been rounded already.
    """
    rng = np.random.default_rng(rng_seed)
    (exact,) = evaluate(graph, [of], values)
    moved = np.zeros(of.shape)
    for _ in range(SAMPLES):
        numbers = _noisy(rng)
        numbers = Numbers(numbers.dtype, lambda x: _off(FLOAT64.literal(x), rng), numbers.kernels)
        (other,) = evaluate(graph, [of], {name: _off(value, rng) for name, value in values.items()}, numbers)
        with np.errstate(all="ignore"):
            moved = np.fmax(moved, np.nan_to_num(np.abs(other - exact), nan=np.inf))
    return SAFETY * moved


def _off(x: Any, rng: np.random.Generator) -> Array:
    """Return numbers that are off by up to one unit in the last place; whole ones are exact."""
    x = np.asarray(x)
    if x.dtype != np.float64:
        return x
    with np.errstate(all="ignore"):
        return np.where(x == np.round(x), x, x * (1.0 + 2.0**-52 * rng.uniform(-1.0, 1.0, x.shape)))


def _noisy(rng: np.random.Generator, least: float = 0.0) -> Numbers:
    """Return the doubles in which each operation's result is off by up to a unit in the last place, below 2^-1022 by ``least``."""
    return Numbers(FLOAT64.dtype, FLOAT64.literal, _Kernels(rng, least))


class _Kernels(Mapping[str, Callable[..., Any]]):
    """Op name → its kernel with a disturbed result; ops without rounding, and results that are no floats, stay as they are.

    least: by how much results below the smallest normal number are off, exp(-746) = 0 among them; with 0, zeros stay.
    """

    def __init__(self, rng: np.random.Generator, least: float) -> None:
        self.rng, self.least = rng, least

    def __getitem__(self, op: str) -> Callable[..., Any]:
        row = TABLE[op]
        kernel = FLOAT64.kernels.get(op) or row.kernel
        if op in EXACT:
            return kernel

        def disturbed_kernel(*operands: Any, **params: Any) -> Any:
            value = np.asarray(kernel(*operands, **params))
            if value.dtype != np.float64:
                return value
            other = value * (1.0 + 2.0**-52 * self.rng.uniform(-1.0, 1.0, value.shape))
            if not self.least:
                return other
            sign = self.rng.choice([-1.0, 1.0], value.shape)
            return np.where(np.abs(value) < np.finfo(np.float64).tiny, other + sign * self.least, other)

        return disturbed_kernel

    def __iter__(self) -> Iterator[str]:
        return iter(TABLE)

    def __len__(self) -> int:
        return len(TABLE)
