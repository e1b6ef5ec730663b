"""Types that every room uses."""

from __future__ import annotations

from jaccli.types import Array

__all__ = ["Array"]

#: An array of any shape and dtype: what NumPy's functions return is no more exact than that.
