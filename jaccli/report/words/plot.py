"""Numbers → a curve of braille dots for the terminal, with a logarithmic axis where the values ask for one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jaccli.results import numbers

__all__ = ["curve"]

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille character, by row and column
_BLANK = 0x2800
DECADES = 1.5  # values that span more are shown on a logarithmic axis


def curve(values: Sequence[float], *, width: int = 60, height: int = 8, title: str = "", below: str = "") -> list[str]:
    """Return the lines of a plot of ``values`` over their index.

    Shapes: ``height`` lines of ``width`` characters, each of 2 × 4 dots, behind an axis; then one line for the x axis.
    Law:    where several values fall into one column of dots, their smallest and largest are drawn, and what lies between.
    """
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return [f"{title}: no finite values"]
    low, high = min(finite), max(finite)
    logarithmic = low > 0 and math.log10(high / low) > DECADES
    place = (lambda v: math.log10(v)) if logarithmic else (lambda v: v)
    bottom, span = place(low), (place(high) - place(low)) or 1.0
    cells = [[0] * width for _ in range(height)]
    columns, rows = 2 * width, 4 * height
    for column in range(columns):
        start, stop = (
            column * len(values) // columns,
            max((column + 1) * len(values) // columns, column * len(values) // columns + 1),
        )
        heights = [round((rows - 1) * (place(v) - bottom) / span) for v in values[start:stop] if math.isfinite(v)]
        for dot in range(min(heights), max(heights) + 1) if heights else ():
            row = rows - 1 - dot
            cells[row // 4][column // 2] |= _DOTS[row % 4][column % 2]
    labels = [numbers.value(high), *[""] * (height - 2), numbers.value(low)]
    margin = max(map(len, labels))
    axis = " (logarithmic)" if logarithmic else ""
    lines = [f"{title}{axis}"] if title else []
    lines += [
        f"{label:>{margin}} ┤{''.join(chr(_BLANK + c) for c in row)}" for label, row in zip(labels, cells, strict=True)
    ]
    return [*lines, f"{'':>{margin}} └{'─' * width}", f"{'':>{margin}}  {below:^{width}}".rstrip()]
