"""A function of one input at its point → the random directions that judge its derivatives, and the differences along them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.difference import Strata, along, strata
from jaccli.reference import Reference, input_scale, side_by_side
from jaccli.results.kinds import Reason
from jaccli.types import Array
from jaccli.verdict.guarantee import bound_factor

__all__ = ["Drawn", "Probes"]


@dataclass(frozen=True)
class Probes:
    """What differences along the directions gave: those of each stratum side by side, and the strata they were taken in.

    Shapes: reference (m, g·k).
    own_steps   which strata were moved by steps of their own size, and not of that of all
    """

    reference: Reference
    strata: Strata
    own_steps: tuple[bool, ...]

    def rows(self, part: slice) -> Probes:
        """Return those of some outputs only."""
        return replace(self, reference=self.reference.rows(part))


@dataclass(frozen=True)
class Drawn:
    """A function of one input at its point, and how many random directions judge its derivatives.

    Shapes: x and values flat, (n,) and (m,); of_shape and wrt_shape are theirs as the user sees them.
    name    what makes the directions of one block differ from those of another
    eps     machine epsilon of the derivative's numbers, and value_eps that of the function's
    noise   by how much fn is known not to repeat itself, (m,)
    """

    fn: Callable[[Array], Array]  # (points, n) → (points, m)
    x: Array
    values: Array
    of_shape: tuple[int, ...]
    wrt_shape: tuple[int, ...]
    name: str
    seed: int
    count: int
    rtol: float
    eps: float = 2.0**-52
    value_eps: float = 2.0**-52
    elements: int = 1
    grid: Any = np.float64
    noise: Array | None = None

    def rng(self, purpose: str) -> np.random.Generator:
        """Return random numbers that depend on the seed and the block alone."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{purpose}:{self.name}".encode())])

    def tangents(self, groups: Strata, g: int) -> Array:
        """Return the directions of one stratum as changes of the input, (k, n)."""
        members = groups.members[g]
        u = self.rng(f"directions {g}" if g else "directions").standard_normal((self.count, len(members)))
        if len(groups) == 1:
            return u * groups.scale
        out = np.zeros((self.count, self.x.size))
        out[:, members] = u * groups.scale[members]
        return out

    def differences(self, tangents: Array) -> Reference:
        """Return D dx along tangents."""
        return along(
            self.fn, self.x, tangents, rtol=self.rtol, eps=self.value_eps, elements=self.elements, grid=np.dtype(self.grid),
            noise=self.noise,
        )  # fmt: skip

    def looked(self) -> Probes:
        """Return the differences along the directions of every stratum.

        Law: elements much smaller than others move by steps of their own size, and where differences with steps of the others'
             size are sharper, as those of a sum are, by those.
        """
        groups = strata(self.x)
        wider = replace(groups, scale=input_scale(self.x))
        scale, own_steps, found = groups.scale.copy(), [], []
        for g, members in enumerate(groups.members):
            reference = self.differences(self.tangents(groups, g))
            blind = self.blind(reference) if len(groups) > 1 else 0.0
            own_steps.append(True)
            if blind > self.rtol * self.values.size and np.any(scale[members] != wider.scale[members]):
                other = self.differences(self.tangents(wider, g))
                spent = reference.evaluations + other.evaluations
                if self.blind(other) < blind:
                    reference, scale[members], own_steps[-1] = other, wider.scale[members], False
                reference = replace(reference, evaluations=spent)
            found.append(reference)
        return Probes(side_by_side(found), Strata(groups.members, scale), tuple(own_steps))

    def blind(self, reference: Reference) -> float:
        """Return the bounds on the rows' errors that a right derivative would get, in units of the rows, summed up to 1 each."""
        known = (reference.reason == Reason.NONE) & np.isfinite(reference.error_bar)
        size = np.sqrt(np.mean(np.where(known, reference.value, 0.0) ** 2, axis=1))
        bar = np.max(np.where(known, reference.error_bar, np.inf), axis=1)
        with np.errstate(all="ignore"):
            share = bound_factor(self.values.size, self.count) * bar / size
        return float(np.sum(np.fmin(share, 1.0)))
