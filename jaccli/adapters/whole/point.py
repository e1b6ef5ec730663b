"""A function of very many parameters → its values and gradients in float64, on one set of buffers that is moved in place.

The form of ``Subject`` copies every input at each point; here a point is a multiple of one direction added to the parameters,
so that memory stays a few times theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import numpy as np

from jaccli.errors import Span
from jaccli.types import Array

__all__ = ["Whole"]


@dataclass(slots=True, kw_only=True)
class Whole:
    """A function at a point, its floating-point inputs and parameters being one long vector.

    what           "module" or "function"
    names, shapes  of each leaf, in the order in which the function uses them
    base           the numbers at the point, flat views of the user's own arrays, which are never written to
    frozen         the names of parameters that require no gradient
    shared         name → the other names of the same parameter
    random         what to do about random numbers inside
    changed        the buffers that a call changes; each call begins with their first state
    """

    what: str
    title: str
    file: str
    span: Span | None
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    base: tuple[Array, ...]
    random: str
    frozen: tuple[str, ...] = ()
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    buffers: list[Array] = field(default_factory=list)
    calls: int = 0

    @property
    def size(self) -> int:
        """How many numbers it is differentiated by."""
        return sum(part.size for part in self.base)

    def begin(self) -> None:
        """Make the buffers in which points are, flat and of float64."""
        self.buffers = [part.astype(np.float64) for part in self.base]

    def moved(self, k: int, part: slice, step: Array | None, t: float = 0.0) -> None:
        """Put a part of leaf ``k`` at its point plus ``t`` times ``step``; back to its point without one."""
        buffer = self.buffers[k][part]
        if step is None:
            buffer[:] = self.base[k][part]
            return
        np.multiply(step, t, out=buffer)
        buffer += self.base[k][part]

    def values(self) -> Array:
        """Return all outputs at the present point, (m,).

        Errors: TroubleError for what the function raises, and where no output has a derivative.
        """
        raise NotImplementedError

    def pulled(self, v: Array) -> list[Array]:
        """Return Jᵀ v at the present point, a flat array for each leaf; they hold until the point moves."""
        raise NotImplementedError

    def held(self) -> AbstractContextManager[None]:
        """Hold the framework as checks need it."""
        raise NotImplementedError
