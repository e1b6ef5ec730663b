"""The project's docstrings for the reference: what stands below the first line as a list of names and texts."""

from __future__ import annotations

import re
from typing import Any

import griffe

ITEM = re.compile(r"^(?P<name>\w[\w, ]*?)(?:: +| {2,})(?P<text>\S.*)$")


class Lists(griffe.Extension):
    """Turn lines such as ``seed: makes the directions repeatable`` into items of a Markdown list."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of a function, a class or an attribute."""
        if obj.docstring is not None:
            obj.docstring.value = listed(obj.docstring.value)


def listed(text: str) -> str:
    """Return a docstring as Markdown."""
    first, *rest = text.strip().splitlines()
    lines = [first]
    for line in rest:
        if not line.startswith(" ") and (match := ITEM.match(line)):
            lines += [] if lines[-1].startswith(("- ", "  ")) else [""]
            lines.append(f"- **{match['name']}**: {match['text']}")
        else:
            lines.append(f"  {line.strip()}" if line.startswith(" ") else line)
    return "\n".join(lines)
