"""What training did → the outputs before and after, and the curve of the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from jaccli.report.words.plot import curve
from jaccli.results import numbers
from jaccli.types import Array

__all__ = ["loss_curve", "outputs_table"]

MAX_ELEMENTS = 12


def outputs_table(
    before: Mapping[str, Mapping[str, Array]],
    after: Mapping[str, Mapping[str, Array]],
    entries: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
) -> Table:
    """Return a row for each element of each output, with a pair of columns for each part of the data.

    before, after: part of the data ("" for all) → output → value.
    entries: output → what its elements are called.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("output", overflow="fold")
    for part in before:
        table.add_column(f"before{', ' + part if part else ''}", justify="right")
        table.add_column(f"after{', ' + part if part else ''}", justify="right")
    first = next(iter(before.values()))
    for name, value in first.items():
        size = np.size(value)
        if any(np.shape(values[name]) != np.shape(value) for values in before.values()) or size > MAX_ELEMENTS:
            continue  # one row for each row of the data
        for k in range(size):
            cells = [v for part in before for v in (before[part][name], after[part][name])]
            table.add_row(
                Text(_called(name, k, np.shape(value), entries, labels)),
                *(numbers.value(float(np.ravel(v)[k])) for v in cells),
            )
    return table


def _called(
    name: str, k: int, shape: tuple[int, ...], entries: Mapping[str, Sequence[str]], labels: Mapping[str, str]
) -> str:
    if not shape:
        return f"{name}  {labels[name]}" if name in labels else name
    if name in entries and len(shape) == 1:
        return f"{name}  {entries[name][k]}"
    return f"{name}[{', '.join(str(int(i)) for i in np.unravel_index(k, shape))}]"


def loss_curve(losses: Sequence[float], console: Console) -> RenderableType:
    """Return the loss over the steps."""
    width = min(console.width - 16, 72)
    lines = curve(losses, width=max(width, 20), title="loss", below=f"step 1 to {len(losses):,}")
    return Group(*(Text(line, style="dim" if not position else "") for position, line in enumerate(lines)))
