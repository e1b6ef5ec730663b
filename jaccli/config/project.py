"""The nearest pyproject.toml → what its ``[tool.jaccli]`` says; a key that is not known is an error, with the nearest one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaccli.config.keys import KEYS
from jaccli.errors import UsageError, short, suggestion
from jaccli.trust import is_below

__all__ = ["FILE", "nearest", "project_values"]

FILE = "pyproject.toml"


def nearest(start: Path) -> Path | None:
    """Return the folder with a pyproject.toml that is nearest, from ``start`` upwards."""
    return next((folder for folder in (start, *start.parents) if (folder / FILE).is_file()), None)


def project_values(folder: Path) -> dict[str, Any]:
    """Return the settings of the project in a folder.

    Errors: UsageError naming the file and the key.
    """
    path = folder / FILE
    return {key: _value(path, key, value) for key, value in _table(path).items()}


def _table(path: Path) -> Mapping[str, Any]:
    if not is_below(path, path.parent):
        raise UsageError(f"{path} is a link that leads out of its folder, and is not read; put the file there itself")
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    table = tool.get("jaccli", {}) if isinstance(tool, dict) else {}  # `tool` is no table: others will complain
    if not isinstance(table, dict):
        raise UsageError(f"{path}: tool.jaccli must be a table (got {short(repr(table))})")
    return table


def _value(path: Path, key: str, value: Any) -> Any:
    if key not in KEYS:
        hint = suggestion(key, KEYS) or f"known: {', '.join(KEYS)}"
        raise UsageError(f"{path}: [tool.jaccli] has an unknown key `{short(key)}`; {hint}")
    kind = KEYS[key].kind
    found = kind.fitting(value)
    if found is None:
        got = short(repr(value))
        raise UsageError(f"{path}: [tool.jaccli] `{key}` must be {kind.expected} (got {got}){kind.hint(value)}")
    return found
