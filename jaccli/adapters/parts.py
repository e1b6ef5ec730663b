"""A framework's array, real or complex ↔ real float64 leaves: a complex ``z`` is ``z.real`` and ``z.imag``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from jaccli.adapters.subject import Leaf
from jaccli.types import Array

__all__ = ["Part"]

HALVES = (".real", ".imag")
SINGLE = 2.0**-23


@dataclass(frozen=True, slots=True)
class Part:
    """One array of an input or output, at the point."""

    name: str
    value: Array  # float64, or complex128
    precision: float  # the machine epsilon of its own dtype

    @property
    def is_complex(self) -> bool:
        """Whether it is two leaves."""
        return self.value.dtype.kind == "c"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its leaves."""
        return tuple(self.name + half for half in HALVES) if self.is_complex else (self.name,)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its real leaves."""
        dtype = np.dtype(np.float64 if self.precision < SINGLE else np.float32)
        return tuple(Leaf(n, v, dtype, self.precision) for n, v in self.split(self.value).items())

    def split(self, value: Array) -> dict[str, Array]:
        """Return the leaves of an array of this part's kind, which may have more axes in front."""
        if not self.is_complex:
            return {self.name: np.asarray(value.real, dtype=np.float64)}
        return dict(zip(self.names, (np.array(value.real), np.array(value.imag)), strict=True))

    def joined(self, leaves: Mapping[str, Array], default: Array | None = None) -> Array | None:
        """Return the array that ``leaves`` stand for; ``default`` fills a half that is missing; None without any leaf."""
        known = [name for name in self.names if name in leaves]
        if not known:
            return None
        if not self.is_complex:
            return leaves[self.name]
        first = leaves[known[0]]
        halves = dict(zip(self.names, (np.real(default), np.imag(default)), strict=True)) if default is not None else {}
        real, imag = (np.asarray(leaves.get(name, halves.get(name, np.zeros_like(first)))) for name in self.names)
        return real + 1j * imag
