"""Numbers → short text: values with six digits, errors with two, never a false zero."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["error", "json_number", "listed", "relative", "value"]


def value(x: float) -> str:
    """Return a value with six significant digits; example: ``value(2.0)  # "2.0"``."""
    if not math.isfinite(x):
        return "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"
    text = f"{x + 0.0:.6g}"  # + 0.0 turns -0 into 0
    return text if any(c in text for c in ".en") else f"{text}.0"


def listed(x: Any) -> str:
    """Return a number, or nested lists of them, as ``value`` writes them; example: ``[2.0, -1.0]``."""
    if isinstance(x, list):
        return f"[{', '.join(map(listed, x))}]"
    return value(x) if isinstance(x, float) else str(x)


def error(x: float) -> str:
    """Return an error or a bound; example: ``error(3.14e-17)  # "3e-17"``."""
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else value(x)
    digit, exponent = f"{x:.0e}".split("e")
    return f"{digit}e{int(exponent)}"


def relative(x: float) -> str:
    """Return a relative error, in per cent from a thousandth on; example: ``relative(2.0)  # "200 %"``."""
    if not math.isfinite(x) or x < 1e-3:
        return error(x)
    return f"{100 * x:.3g} %"


def json_number(x: float) -> float | str:
    """Return a number as JSON can hold it: NaN and infinities as the strings "nan", "inf", "-inf"."""
    x = float(x)
    return x if math.isfinite(x) else value(x)
