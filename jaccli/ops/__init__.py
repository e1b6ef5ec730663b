"""The op table: every operation once, in one row: shape, kernel, domain, kink. How it is differentiated is in ``ops.rules``."""

from jaccli.ops import contraction, elementwise, gamma, linalg, reductions, removable, spectral, structural  # noqa: F401  they register themselves
from jaccli.ops.literal import Literal, places, selected
from jaccli.ops.registry import TABLE, Op, ShapeError, lookup

__all__ = ["TABLE", "Literal", "Op", "ShapeError", "lookup", "places", "selected"]
