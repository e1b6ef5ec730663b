"""What is known of a block beside its numbers, for naming the kind of a mistake; a block can be judged without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from jaccli.types import Array

__all__ = ["Evidence", "Factor", "Other", "Repair", "Term"]


@dataclass(frozen=True)
class Term:
    """One of the contributions that add up to a derivative, and the words for it."""

    words: str
    value: Array


@dataclass(frozen=True)
class Factor:
    """One of the factors that the chain rule multiplies: the words for it, and the block without it and with its square."""

    words: str
    lost: Array
    twice: Array | None


@dataclass(frozen=True)
class Repair:
    """A claim with one term changed: the code and the words for the mistake that it mends, and the block that it gives."""

    code: str
    words: str
    value: Array


@dataclass(frozen=True)
class Other:
    """The block at another point: the tested derivative, the right one, and what else is known there."""

    tested: Array
    value: Array
    evidence: Evidence


@dataclass(frozen=True)
class Evidence:
    """What the function's graph says about a block.

    Shapes: structure and every term of out.shape + in.shape; a pattern has the size of the output or of the input.
    structure  True where an entry can be different from zero
    terms      the parts of sums in the derivative's own graph
    factors    the factors of products in it
    uses       the contribution of each place where the variable is used; they add up to the derivative
    slices     the contributions of each position along an axis the variable is broadcast over; they add up to the derivative
    sizes      lengths a lost or doubled sum or mean would show as a factor, with the words for them
    repairs    a claim's own formula with one term changed
    patterns   names → values whose sign may tell where a derivative is wrong
    others     the same block at other points, asked for where a kind of mistake has been found at this one
    """

    structure: Array | None = None
    terms: tuple[Term, ...] = ()
    factors: tuple[Factor, ...] = ()
    uses: tuple[Term, ...] = ()
    slices: tuple[Term, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    patterns: Mapping[str, Array] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()
    others: Callable[[], Sequence[Other]] = tuple
