"""A scan → two pictures of braille dots: the Taylor remainder over the step, and the function along the direction."""

from __future__ import annotations

import textwrap

from jaccli.report.words.plot import curve
from jaccli.results import numbers
from jaccli.results.scan import Scan

__all__ = ["scan_text"]

HEIGHT = 8


def scan_text(found: Scan, width: int = 80) -> str:
    """Return the lines of ``--scan``, at most ``width`` columns wide."""
    wide = max(20, min(width, 120) - 16)
    low, high = (numbers.error(float(h)) for h in (found.steps[0], found.steps[-1]))
    taylor = curve(
        [v if v > 0 else float("nan") for v in found.second], width=wide, height=HEIGHT,
        title=f"|f(x + h) - f(x) - h·a|, a = {numbers.value(found.derivative)} ({found.tested})",
        below=f"h = {low}  …  {high} (logarithmic)",
    )  # fmt: skip
    left, right = (numbers.value(float(v)) for v in (found.at[0], found.at[-1]))
    profile = curve(
        list(found.values), width=wide, height=HEIGHT, title="f along the input", below=f"{left}  …  {right}"
    )
    parts = [f"scan of {found.entry}", *taylor, "", *profile]
    return "\n".join([*parts, "", *textwrap.wrap(found.words, width), ""])
