"""The site is built strictly, needs no network, and has what is generated from the program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import escape
from pathlib import Path

import pytest
import typer
from consoles import ROOT

from jaccli.cli import app
from jaccli.compute.catalogue import catalogue


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for module in ("material", "mkdocstrings_handlers.python"):
        pytest.importorskip(module, reason="the site's builder is not installed: pip install 'jaccli[docs]'")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def test_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    loaded = re.compile(
        r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"(?:https?:)?//|<link\b[^>]*\bhref=\"(?:https?:)?//"
    )
    assert [str(path) for path, text in pages.items() if loaded.search(text)] == []


def test_site_has_every_command_with_its_options(site: Path) -> None:
    text = (site / "reference/commands.html").read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert [name for name in commands if f"jac {name}" not in text] == []
    options = {
        option for command in commands.values() for parameter in command.params for option in parameter.opts[-1:]
    }
    assert [option for option in sorted(options) if option.startswith("--") and option not in text] == []


def test_site_has_every_function_of_the_language(site: Path) -> None:
    text = (site / "reference/operations.html").read_text(encoding="utf-8")
    assert [entry.call for entry in catalogue() if f"<code>{escape(entry.call, quote=False)}</code>" not in text] == []


def test_site_has_the_public_functions_with_their_arguments(site: Path) -> None:
    text = (site / "reference/python.html").read_text(encoding="utf-8")
    assert [
        name for name in ("gradcheck", "assert_gradients", "jacobian", "Model", "Report", "Check") if name not in text
    ] == []
    assert "&lt;!--" not in text


def test_site_has_no_marker_left(site: Path) -> None:
    assert [path.name for path in site.rglob("*.html") if "<!-- options" in path.read_text(encoding="utf-8")] == []
