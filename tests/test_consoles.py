"""The commands on the pages print what stands there; README.md has its own test."""

from __future__ import annotations

from pathlib import Path

import pytest
from consoles import PAGES, examples, needs, plain, runs


def pages() -> list[object]:
    """Return the pages with commands; those that need a library of their own are marked, to be run where it is installed."""
    named = [name for name, page in PAGES.items() if examples(page)]
    return [pytest.param(name, marks=[pytest.mark.libraries] if needs(PAGES[name]) else []) for name in named]


@pytest.mark.parametrize("name", pages())
def test_commands_of_a_page_print_what_the_page_says(name: str, tmp_path: Path) -> None:
    for module in needs(PAGES[name]):
        pytest.importorskip(module, reason=f"{name} needs {module}: pip install 'jaccli[{module}]' or {module}")
    for command, said, prints in runs(PAGES[name], tmp_path):
        assert f"$ {command}\n{plain(prints)}" == f"$ {command}\n{plain(said)}"
