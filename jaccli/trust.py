"""Names → whether what they lead to may be used: nothing in a checked-out tree runs code or reaches out of it by itself.

docs/security.md draws the line; whoever reads, writes or runs something that a file has named asks here.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["is_below", "is_reportable", "leads_elsewhere", "names_code"]

_SPEC = re.compile(r"\.(ya?ml|json)(#[^/]*)?$")  # a spec whose path happens to have two colons
_DEVICES = ("/dev/", "/proc/")  # /dev/stdin and the like are links that no tree holds


def names_code(text: str) -> bool:
    """Return whether a name stands for Python code, which runs when it is checked, and for no spec."""
    return text.endswith(".py") or ("::" in text and not _SPEC.search(text))


def is_below(path: str | Path, folder: str | Path) -> bool:
    """Return whether a path lies in a folder once all links and ``..`` are followed; False where it is not a path."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except (OSError, ValueError):
        return False


def is_reportable(path: str | Path, folder: str | Path) -> bool:
    """Return whether a file in the tree may ask for a report there: below the folder, and not among what git keeps."""
    return is_below(path, folder) and ".git" not in Path(os.path.realpath(path)).parts


def leads_elsewhere(name: str | Path) -> bool:
    """Return whether a name leads elsewhere than it says, through a link: out of this folder, or out of the one it names.

    Example: ``leads_elsewhere("specs/a.yaml")`` where that is a link to ``/etc/passwd``; ``/etc/passwd`` itself is what it says.
    """
    try:
        written, here = os.path.abspath(name), os.getcwd()
        if written.startswith(_DEVICES):
            return False
        home = here if Path(written).is_relative_to(here) else os.path.dirname(written)
        return not Path(os.path.realpath(written)).is_relative_to(os.path.realpath(home))
    except (OSError, ValueError):  # no path: whoever opens it says so
        return False
