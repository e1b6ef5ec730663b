"""What a spec says, as frozen data: the types the reader fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jaccli.errors import Span
from jaccli.spec.expressions.expression import Expression
from jaccli.spec.network import Network
from jaccli.spec.source import Source

__all__ = ["Callee", "Check", "Claim", "Formula", "Spec", "Train", "Variable"]


@dataclass(frozen=True, eq=False)
class Variable:
    """An input, parameter or constant; ``value`` is an array of exact numbers or of doubles, or None where none is given."""

    name: str
    role: str  # "input", "param" or "constant"
    shape: tuple[int, ...] | None  # None: not said, taken from the value
    sizes: tuple[str, ...] = ()  # where each size comes from, for messages
    value: Any = None
    init: str | None = None
    init_options: Mapping[str, float] = field(default_factory=dict)
    seed: int | None = None
    range: tuple[float, float] | None = None
    domain: str | None = None
    label: str | None = None
    entries: tuple[str, ...] = ()  # what the places along its first axis are called
    span: Span | None = None
    implied: bool = False  # declared by its use in a one-line expression

    @property
    def drawable(self) -> bool:
        """Whether further points are drawn for it."""
        return self.range is not None or self.domain is not None


@dataclass(frozen=True, eq=False)
class Formula:
    """A named expression: a step of ``let`` or an output.

    layout: () for one expression; a list of expressions, or lists of lists, has its shape, and the parts row by row.
    """

    name: str
    parts: tuple[Expression, ...]
    layout: tuple[int, ...] = ()
    label: str | None = None
    entries: tuple[str, ...] = ()  # what the elements of a vector are called
    span: Span | None = None


@dataclass(frozen=True, eq=False)
class Claim:
    """A hand-derived Jacobian block, of shape out.shape + in.shape."""

    of: str
    wrt: str
    formula: Formula
    span: Span | None = None


@dataclass(frozen=True)
class Check:
    """How gradcheck judges a spec; None where the spec leaves it to the default."""

    rtol: float | None = None
    points: int | None = None
    seed: int | None = None
    expect: str = "pass"


@dataclass(frozen=True)
class Train:
    """How ``jac train`` descends; None where the spec leaves it to the default."""

    loss: str | None = None
    optimizer: str | None = None
    rate: float | None = None
    steps: int | None = None
    batch: tuple[str, int] | None = None  # the dim of the rows, and how many one step takes
    holdout: int = 0
    seed: int | None = None
    span: Span | None = None


@dataclass(frozen=True)
class Callee:
    """The code that implements a spec: how it is named, its framework, and functions beside it that are its derivatives."""

    target: str
    framework: str | None = None
    derivatives: Mapping[str, str] = field(default_factory=dict)  # jacobian, vjp or jvp → name
    span: Span | None = None


@dataclass(frozen=True, eq=False)
class Spec:
    """A whole spec, read but not yet built."""

    name: str
    source: Source
    dims: Mapping[str, int] = field(default_factory=dict)
    dim_spans: Mapping[str, Span] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    lets: tuple[Formula, ...] = ()
    outputs: tuple[Formula, ...] = ()
    claims: tuple[Claim, ...] = ()
    network: Network | None = None
    entry: Formula | None = None  # what enters the network
    check: Check = Check()
    train: Train | None = None
    callee: Callee | None = None
    title: str | None = None
    part: int = 0  # which document of its file it is, counted from 1; 0 where it is the only one
    broken: frozenset[str] = frozenset()  # names whose declaration is wrong, which has been reported

    @property
    def target(self) -> str:
        """How the command line names it: ``toy.yaml``, or ``toy.yaml#2`` where the file holds several."""
        return f"{self.source.name}#{self.part}" if self.part else self.source.name
