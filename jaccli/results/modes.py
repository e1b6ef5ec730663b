"""Forward and reverse mode side by side: what each takes, here and at other sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Modes", "Pass"]


@dataclass(frozen=True, slots=True)
class Pass:
    """What one way of running a graph takes.

    passes      how many tangents or cotangents are carried
    operations  weighted, all passes together with the value
    each        operations of one pass
    shared      operations of the value and of what all passes have in common
    seconds     the fastest run, compiled
    memory      bytes at the peak of a run
    """

    passes: int
    operations: int
    each: float
    shared: float
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Modes:
    """One output and the variables it is differentiated by: the value alone, and its Jacobian by either mode."""

    of: str
    wrt: tuple[str, ...]
    outputs: int
    inputs: int
    value: Pass
    forward: Pass
    reverse: Pass

    def cost(self, mode: str, outputs: int, inputs: int) -> float:
        """Return the operations that a mode would take at as many elements, each pass taking as many as here."""
        way, passes = (self.forward, inputs) if mode == "forward" else (self.reverse, outputs)
        return way.shared + passes * way.each

    def crossing(self, outputs: int) -> float:
        """Return up to how many inputs forward mode is cheaper for ``outputs`` outputs."""
        spare = self.cost("reverse", outputs, 0) - self.forward.shared
        return spare / self.forward.each if self.forward.each else math.inf

    @property
    def cheaper(self) -> str:
        """The mode that takes fewer operations here."""
        return "forward" if self.forward.operations < self.reverse.operations else "reverse"
