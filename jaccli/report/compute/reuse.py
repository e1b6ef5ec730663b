"""What a change made necessary → a few lines, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.text import Text

from jaccli.results import numbers
from jaccli.results.reuse import Change, Counts

__all__ = ["reuse_entries", "reuse_lines"]

FEW = 8  # names that are listed


def reuse_lines(changes: Sequence[Change]) -> Group:
    """Return two lines and the numbers that moved, for each change."""
    return Group(*(line for change in changes for line in _lines(change)))


def _lines(change: Change) -> list[Text]:
    reuse = change.reuse
    lines = [Text(f"changed {', '.join(reuse.changed)}", style="bold")]
    for title, counts in (("forward", reuse.forward), ("backward", reuse.backward)):
        total = counts.computed + counts.reused
        text = f"  {title:<8}  {counts.computed} of {total} operations computed again, {counts.reused} reused"
        lines.append(Text(text))
        lines += [Text(f"            {listed}") for listed in _named(counts)]
    for name, value in change.after.items():
        if not value.shape:
            old, new = (numbers.value(float(side[name])) for side in (change.before, change.after))
            lines.append(Text(f"  {name}: {old} → {new}"))
    return [*lines, Text("")]


def _named(counts: Counts) -> list[str]:
    pairs = (("again:", counts.again), ("kept: ", counts.kept))
    return [f"{word} {', '.join(names)}" for word, names in pairs if 0 < len(names) <= FEW]


def reuse_entries(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return the changes for a JSON document."""
    return [
        {
            "changed": list(change.reuse.changed),
            **{
                name: {"computed": counts.computed, "reused": counts.reused}
                for name, counts in (("forward", change.reuse.forward), ("backward", change.reuse.backward))
            },
        }
        for change in changes
    ]
