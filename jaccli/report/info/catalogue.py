"""The functions and operations of the language → a table, a few of them in detail, or JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict

from jaccli.results.catalogue import ROUTES, Entry

__all__ = ["catalogue_json", "catalogue_text"]

FEW = 6  # entries that are shown with all particulars


def catalogue_json(entries: Sequence[Entry]) -> str:
    """Return the entries as JSON."""
    return json.dumps(
        {"schema_version": 1, "functions": [asdict(entry) for entry in entries]}, indent=1, ensure_ascii=False
    )


def catalogue_text(entries: Sequence[Entry], width: int) -> str:
    """Return a line or two for each entry; a few entries are shown in full."""
    if len(entries) <= FEW:
        return "\n".join(_whole(entry, width) for entry in entries).rstrip()
    letters = ", ".join(f"{letter} {route}" for route, letter in ROUTES.items())
    count = f"{sum(len(entry.names) for entry in entries)} names of {len(entries)} functions and operations"
    lines = textwrap.wrap(f"{count}. Routes with a rule: {letters}. `jac info --ops NAME` shows one in full.", width)
    return "\n".join([*lines, "", *(line for entry in entries for line in _short(entry, width))])


def _short(entry: Entry, width: int) -> list[str]:
    """Return the call and its routes, with the domain and the policy at kinks behind it or on lines of their own."""
    left = 36 if width < 110 else 54
    letters = "".join(letter if route in entry.routes else "-" for route, letter in ROUTES.items())
    rest = "; ".join(part for part in (entry.domain, entry.kink and f"kink: {entry.kink}") if part)
    call = textwrap.wrap(entry.call, left, subsequent_indent="    ", break_long_words=False)
    notes = textwrap.wrap(rest, max(width - left - 8, 20)) or [""]
    call += [""] * (len(notes) - len(call))
    notes += [""] * (len(call) - len(notes))
    marks = [letters] + [""] * (len(call) - 1)
    return [f"{c:<{left}}  {m:<4}  {n}".rstrip() for c, m, n in zip(call, marks, notes, strict=True)]


def _whole(entry: Entry, width: int) -> str:
    rows = {
        "also": ", ".join(entry.names[1:]),
        "": entry.about,
        "domain": entry.domain or "everywhere",
        "kinks": f"the derivative taken is {entry.kink}" if entry.kink else "none",
        "made of": ", ".join(entry.ops) or "what its arguments ask for",
        "routes": ", ".join(entry.routes),
    }
    lines = [entry.call]
    for title, text in rows.items():
        if text:
            lines += textwrap.wrap(text, width, initial_indent=f"  {title:<9}", subsequent_indent=" " * 11)
    return "\n".join([*lines, ""])
