"""What the site's builder does beside rendering: tables from the program itself, and the specs that pages link to."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

from tables import operations, options  # noqa: E402  # beside this file, which MkDocs runs by its path

SPECS = re.compile(r"\]\((?:\.\./)+(specs/[^)]*)\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the project's specs to the site."""
    for path in sorted((ROOT / "specs").rglob("*.yaml")):
        files.append(File.generated(config, str(path.relative_to(ROOT)), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put tables for the markers ``<!-- options: COMMAND -->`` and ``<!-- operations -->``, and let links find the specs."""
    markdown = re.sub(r"<!-- options: (\w+) -->", lambda match: options(match[1]), markdown)
    markdown = markdown.replace("<!-- operations -->", operations() if "<!-- operations -->" in markdown else "")
    up = "../" * page.file.src_uri.count("/")
    return SPECS.sub(lambda match: f"]({up}{match[1]})", markdown)
