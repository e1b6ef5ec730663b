"""What ``jac compute`` found, before it is written in any format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Block", "Computed"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Block:
    """One derivative: of an output with respect to a variable (or two, for second derivatives).

    Shapes: value and symbolic have of_shape + the shapes of the variables.
    symbolic  texts in the spec language and the inputs alone, None for an entry too long to print
    named     texts in the user's named steps, or, where that is too long as well, in the bindings
    bindings  (name, text) of the intermediates that such long entries are written in
    """

    of: str
    wrt: tuple[str, ...]
    of_shape: tuple[int, ...]
    wrt_shapes: tuple[tuple[int, ...], ...]  # one for each variable
    value: Array | None = None
    symbolic: Array | None = None
    named: Array | None = None
    bindings: tuple[tuple[str, str], ...] = ()
    formula: str | None = None
    where: tuple[str, ...] = ()
    note: str | None = None

    @property
    def wrt_shape(self) -> tuple[int, ...]:
        """The shapes of the variables, one after the other."""
        return tuple(size for shape in self.wrt_shapes for size in shape)

    @property
    def printable(self) -> bool:
        """Whether every entry has a symbolic text of its own."""
        return self.symbolic is not None and all(text is not None for text in self.symbolic.ravel())


@dataclass(frozen=True, kw_only=True)
class Computed:
    """The outputs' values and derivatives of a spec at one point; values are None where the point is incomplete."""

    name: str
    point: Mapping[str, Array]
    values: Mapping[str, Array] | None
    blocks: tuple[Block, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    order: int = 1
    notes: tuple[str, ...] = ()
