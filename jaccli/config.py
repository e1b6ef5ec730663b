"""``[tool.jaccli]`` of a project's pyproject.toml → its settings; a key that is not known is an error, with the nearest one."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jaccli.errors import UsageError, suggestion

__all__ = ["Config", "read_config"]

FILE = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """What a project says for all of its runs; the command line goes before it.

    folder  of the pyproject.toml, None where there is none
    """

    folder: Path | None = None
    paths: tuple[str, ...] = ()
    allow_code: bool = False
    jobs: str | None = None
    fail_on: str | None = None
    baseline: str | None = None
    report: tuple[str, ...] = ()

    def specs(self) -> tuple[str, ...]:
        """Return ``paths`` as seen from the current folder."""
        if self.folder is None or self.folder == Path.cwd():
            return self.paths
        return tuple(str(self.folder / path) for path in self.paths)


def _texts(value: Any) -> tuple[str, ...] | None:
    fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return tuple(value) if fits else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _jobs(value: Any) -> str | None:
    return str(value) if type(value) is int or value == "auto" else None


#: key → how its value is read (None where it does not fit), and what it must be.
KEYS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "paths": (_texts, 'a list of texts, such as ["specs", "ops.py::gelu"]'),
    "allow-code": (_truth, "true or false"),
    "jobs": (_jobs, 'a whole number or "auto"'),
    "fail-on": (_text, '"fail", "inconclusive" or "never"'),
    "baseline": (_text, "the name of a file"),
    "report": (_texts, 'a list of texts, such as ["junit=junit.xml"]'),
}


def read_config(start: Path | None = None) -> Config:
    """Return the settings of the nearest pyproject.toml, from ``start`` or the current folder upwards.

    Errors: UsageError naming the file and the key.
    """
    start = Path.cwd() if start is None else start
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return _read(folder)
    return Config()


def _read(folder: Path) -> Config:
    path = folder / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("jaccli", {})
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    except AttributeError:
        table = {}  # `tool` is no table: others will complain
    if not isinstance(table, dict):
        raise UsageError(f"{path}: tool.jaccli must be a table")
    return replace(Config(folder), **{key.replace("-", "_"): _value(path, key, value) for key, value in table.items()})


def _value(path: Path, key: str, value: Any) -> Any:
    if key not in KEYS:
        hint = suggestion(key, KEYS) or f"known: {', '.join(KEYS)}"
        raise UsageError(f"{path}: [tool.jaccli] has an unknown key `{key}`; {hint}")
    read, expected = KEYS[key]
    found = read(value)
    if found is None:
        raise UsageError(f"{path}: [tool.jaccli] `{key}` must be {expected} (got {value!r})")
    return found
