"""Types that every room uses."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Array"]

#: An array of any shape and dtype: what NumPy's functions return is no more exact than that.
Array = np.ndarray[Any, Any]
