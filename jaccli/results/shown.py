"""How a notebook shows a result: the words are written in the reports' room, which is found by name, for results know no writer."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = ["display", "written"]

_NOTEBOOK = "jaccli.report.pages.notebook"


def written(how: str, result: Any) -> Any:
    """Return what the function ``how`` of the reports' room makes of a result."""
    return getattr(import_module(_NOTEBOOK), how)(result)


def display(shown: Any) -> None:
    """Show something in the notebook that runs this, and print it elsewhere."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if hasattr(shell, "kernel"):
        import_module("IPython.display").display(shown)
        return
    print(shown)
