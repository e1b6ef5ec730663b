"""Forward and reverse mode side by side → a table, the size at which they cost the same, a chart of the cheaper one; or JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jaccli.report.words.plain import json_text
from jaccli.results.modes import Modes, Pass

__all__ = ["modes_json", "modes_tables"]

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # of the chart


def modes_tables(found: Sequence[Modes]) -> Group:
    """Return everything that ``--compare-modes`` shows, in 80 columns."""
    parts: list[RenderableType] = []
    for modes in found:
        parts += [_title(modes), _table(modes), _sentence(modes), _chart(modes)]
    return Group(*parts)


def _title(modes: Modes) -> Text:
    sizes = f"{_elements(modes.outputs, 'output')} × {_elements(modes.inputs, 'input')}"
    return Text(f"d {modes.of} / d {', '.join(modes.wrt)}", style="bold").append(f" · {sizes}\n", style="default")


def _elements(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _table(modes: Modes) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for title in ("passes", "operations", "÷ value", "time", "peak memory"):
        table.add_column(title, justify="right")
    for name, way in (("value", modes.value), ("forward", modes.forward), ("reverse", modes.reverse)):
        times = way.operations / modes.value.operations if modes.value.operations else math.nan
        style = "bold" if name == modes.cheaper else ""
        passes = f"{way.passes:,}" if way.passes else ""
        cells = [passes, f"{way.operations:,}", f"{times:.3g}", _seconds(way.seconds), _bytes(way.memory)]
        table.add_row(Text(name), *map(Text, cells), style=style)
    return table


def _seconds(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} B"


def _sentence(modes: Modes) -> Text:
    limit = modes.crossing(modes.outputs)
    here = f"{'is' if modes.inputs == 1 else 'are'} {modes.inputs:,}"
    many = "any number of inputs" if limit == math.inf else f"{_elements(max(math.floor(limit), 0), 'input')}"
    return Text(
        f"\nA pass takes {_count(modes.forward.each)} operations forward, {_count(modes.reverse.each)} in reverse; "
        f"forward takes one for each input, reverse one for each output.\n"
        f"For {_elements(modes.outputs, 'output')} forward mode is cheaper up to {many}; here there {here}: {modes.cheaper} mode.\n"
    )


def _count(operations: float) -> str:
    return f"{operations:,.0f}" if operations >= 10 else f"{operations:.3g}"


def _chart(modes: Modes) -> Text:
    """Return a chart of the cheaper mode at other sizes; brackets mark the size nearest to that of this spec."""
    text = Text("cheaper by operations, if the graph had as many\n", style="dim")
    text.append("outputs\n", style="dim")
    for outputs in reversed(SIZES):
        text.append(f"{outputs:>7,} │")
        for inputs in SIZES:
            forward = modes.cost("forward", outputs, inputs) < modes.cost("reverse", outputs, inputs)
            here = (outputs, inputs) == (_nearest(modes.outputs), _nearest(modes.inputs))
            mark = "F" if forward else "r"
            text.append(f"  [{mark}]" if here else f"   {mark} ", style="cyan" if forward else "magenta")
        text.append("\n")
    text.append(
        f"{'':>7} └{'─' * 5 * len(SIZES)}\n{'':>9}" + "".join(f"{n:>4,} " if n < 1000 else " 1,000" for n in SIZES)
    )
    return text.append("  inputs\nF forward   r reverse   [ ] nearest to this spec\n", style="dim")


def _nearest(count: int) -> int:
    return min(SIZES, key=lambda n: abs(math.log(n / max(count, 1))))


def modes_json(name: str, found: Sequence[Modes]) -> str:
    """Return the comparison as JSON."""
    document = {"schema_version": 1, "name": name, "modes": [_entry(modes) for modes in found]}
    return json_text(document, 2)


def _entry(modes: Modes) -> dict[str, Any]:
    def way(run: Pass) -> dict[str, Any]:
        return {
            "passes": run.passes,
            "operations": run.operations,
            "operations_per_pass": run.each,
            "seconds": run.seconds,
            "peak_bytes": run.memory,
        }

    crossing = {str(n): modes.crossing(n) for n in SIZES}
    return {
        "of": modes.of,
        "wrt": list(modes.wrt),
        "outputs": modes.outputs,
        "inputs": modes.inputs,
        "value": way(modes.value),
        "forward": way(modes.forward),
        "reverse": way(modes.reverse),
        "cheaper": modes.cheaper,
        "forward_cheaper_up_to_inputs": {n: c if math.isfinite(c) else None for n, c in crossing.items()},
    }
