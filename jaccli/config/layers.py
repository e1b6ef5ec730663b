"""The environment's settings over the project's: which value is in force, and who said it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jaccli.config.environment import environment_values, variable
from jaccli.config.project import FILE, nearest, project_values

__all__ = ["Config", "Defaults", "read_config"]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a project says for specs and functions that say nothing themselves."""

    points: int | None = None
    seed: int | None = None
    rtol: float | None = None
    framework: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """What holds for all runs; the command line goes before it.

    folder       of the pyproject.toml, None where there is none
    environment  goes before the specs and the decorators of functions
    project      goes after them
    """

    folder: Path | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    project: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        """Return the value in force, None where nobody has said one."""
        return self.environment.get(key, self.project.get(key))

    def origin(self, key: str) -> str:
        """Return who says the value that is in force: a variable, pyproject.toml, or "default"."""
        if key in self.environment:
            return variable(key)
        return FILE if key in self.project else "default"

    @property
    def defaults(self) -> Defaults:
        """Return what the project says for specs and functions that say nothing themselves."""
        return Defaults(**{key: self.project.get(key) for key in ("points", "seed", "rtol", "framework")})

    @property
    def allowed(self) -> str:
        """Whose code may run that specs name: "*" for all, the folder of the project that allows its own, "" for none."""
        if "allow-code" in self.environment:
            return "*" if self.environment["allow-code"] else ""
        return str(self.folder) if self.project.get("allow-code") else ""

    def paths(self) -> tuple[str, ...]:
        """Return what is checked where nothing is named, as seen from the current folder."""
        return self.environment.get("paths") or tuple(map(self._here, self.project.get("paths", ())))

    def baseline(self) -> str | None:
        """Return the file of known failures, as seen from the current folder."""
        known = self.project.get("baseline")
        return self.environment.get("baseline") or (self._here(known) if known else None)

    def _here(self, path: str) -> str:
        return path if self.folder in (None, Path.cwd()) else str((self.folder or Path()) / path)


def read_config(start: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Return the settings of the environment, and of the nearest pyproject.toml from ``start`` or the current folder upwards.

    Errors: UsageError naming the variable, or the file and the key.
    """
    folder = nearest(Path.cwd() if start is None else start)
    environment = environment_values(os.environ if environ is None else environ)
    return Config(folder, environment, {} if folder is None else project_values(folder))
