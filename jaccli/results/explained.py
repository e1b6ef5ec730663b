"""What a learner is shown of one spec: both passes, the paths of the chain rule, and the Jacobian in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from jaccli.types import Array

__all__ = ["MAX_TRAILS", "Contribution", "Explained", "Passes", "Path", "Paths", "Slope", "Trail", "Value"]

MAX_TRAILS = 12  # paths that are written out


@dataclass(frozen=True, eq=False)
class Value:
    """A row of the forward pass: a node, how it is made, its value, and the line of the spec it stands in."""

    index: int
    name: str
    made: str
    value: Array
    line: int | None


@dataclass(frozen=True, eq=False)
class Contribution:
    """A row of the backward pass: what one use of a node gives to the node's gradient, or, without ``via``, the gradient.

    local     the derivative of the user ``via`` by the node, None where it is not a number or array of the node's shape
    upstream  the gradient of ``via``
    product   what comes back through this use
    total     the node's gradient, on the row of its last use, else None
    """

    index: int
    name: str
    via: str
    local: Array | None
    upstream: Array
    product: Array
    total: Array | None
    line: int | None


@dataclass(frozen=True, eq=False)
class Passes:
    """Both passes for one entry of an output."""

    of: str
    values: tuple[Value, ...]
    contributions: tuple[Contribution, ...]
    bars: Mapping[int, Array]  # of every node that is shown
    gradients: Mapping[str, Array]  # of every input and param
    folded: bool  # whether only some nodes are shown


@dataclass(frozen=True)
class Path:
    """The elements from the output to the input, and the derivative of each by the next."""

    stops: tuple[str, ...]
    factors: tuple[float, ...]

    @property
    def product(self) -> float:
        """What the path gives to the entry."""
        return math.prod(self.factors)


@dataclass(frozen=True)
class Paths:
    """The paths to an entry with factors that are not 0.

    listed  all in the order of the spec, or, where there are too many, those with the largest |product|, largest first
    count   how many there are
    size    Σ |product| over all of them
    """

    listed: tuple[Path, ...]
    count: float
    size: float

    @property
    def share(self) -> float:
        """The part of ``size`` that the listed ones make up."""
        return math.fsum(abs(path.product) for path in self.listed) / self.size if self.size else 1.0


@dataclass(frozen=True)
class Slope:
    """One entry of a Jacobian in the words of its labels; ``constant``: the same at every point."""

    of: str
    wrt: str
    value: float
    constant: bool


@dataclass(frozen=True)
class Trail:
    """The paths to an entry, its value by reverse mode, and why they cannot be listed, if they cannot."""

    of: str
    wrt: str
    paths: Paths | None
    entry: float
    trouble: str | None


@dataclass(frozen=True, eq=False)
class Explained:
    """Both passes of a spec, the sentences, and the paths that were asked for."""

    name: str
    passes: Passes
    slopes: tuple[Slope, ...]
    trail: Trail | None
    full: bool
    others: int  # how many other entries the output has
