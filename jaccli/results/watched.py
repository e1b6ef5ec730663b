"""A backward pass one can watch: nodes, uses, folds, and for each output entry what flows back, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jaccli.types import Array

__all__ = ["Flow", "Fold", "Moment", "Station", "Use", "Watched", "Words"]

Words = tuple[tuple[str, ...] | None, ...]  # for each axis what its places are called, None where they have numbers


@dataclass(frozen=True)
class Fold:
    """What can be folded into one box: a layer, a time step of one, or what a named step is made of."""

    name: str
    kind: str
    outer: int | None  # place of the fold it lies in


@dataclass(frozen=True, eq=False)
class Station:
    """A node: what it is called, how it is written, what differentiating it does, where it stands, and its folds.

    fold  place of the innermost fold it lies in, None for none
    line  of the spec
    """

    index: int
    name: str
    does: str
    rule: str
    role: str
    line: int | None
    fold: int | None
    words: Words


@dataclass(frozen=True, eq=False)
class Use:
    """One operand of one node: ``matrix`` says that the local derivative is a whole Jacobian, target.size × source.size."""

    source: int
    target: int
    matrix: bool


@dataclass(frozen=True, eq=False)
class Flow:
    """The backward pass of one entry of an output: gradients by node, and what comes back through each use, None for nothing."""

    of: str
    gradients: Mapping[int, Array]
    products: tuple[Array | None, ...]


@dataclass(frozen=True, eq=False)
class Moment:
    """All numbers at one point: values by node, local derivatives by use, and the backward passes.

    step, loss  of a training run, None where there is none
    """

    values: Mapping[int, Array]
    locals: tuple[Array | None, ...]
    flows: tuple[Flow, ...]
    step: int | None = None


@dataclass(frozen=True, eq=False)
class Watched:
    """A graph to be watched, with its numbers at one moment, or at several of a training run.

    losses  of every step of the run
    """

    title: str
    stations: tuple[Station, ...]
    uses: tuple[Use, ...]
    folds: tuple[Fold, ...]
    moments: tuple[Moment, ...]
    lines: tuple[str, ...]  # of the spec
    losses: tuple[float, ...] = ()
    others: int = 0  # entries of the outputs whose backward passes are left out
