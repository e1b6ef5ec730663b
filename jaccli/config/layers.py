"""The environment's settings over the project's: which value is in force, and where it comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jaccli.config.environment import environment_values, variable
from jaccli.config.project import FILE, nearest, project_values
from jaccli.errors import UsageError, short
from jaccli.trust import is_below, is_reportable, names_code

__all__ = ["Config", "Defaults", "read_config"]


@dataclass(frozen=True, slots=True)
class Defaults:
    """The defaults of a project, for specs and functions without settings of their own."""

    points: int | None = None
    seed: int | None = None
    rtol: float | None = None
    framework: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of all runs; the command line overrides them.

    folder       of the pyproject.toml, None where there is none
    environment  goes before the specs and the decorators of functions
    project      goes after them
    """

    folder: Path | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    project: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        """Return the value in force, None where none is set."""
        return self.environment.get(key, self.project.get(key))

    def origin(self, key: str) -> str:
        """Return where the value in force comes from: an environment variable, pyproject.toml, or "default"."""
        if key in self.environment:
            return variable(key)
        return FILE if key in self.project else "default"

    @property
    def defaults(self) -> Defaults:
        """Return the project's defaults for specs and functions without settings of their own."""
        return Defaults(**{key: self.project.get(key) for key in ("points", "seed", "rtol", "framework")})

    @property
    def allowed(self) -> bool:
        """Whether the environment allows code named by specs, records and the project to run; the project itself cannot."""
        return bool(self.environment.get("allow-code"))

    @property
    def allowed_in_tests(self) -> str:
        """Whose code may run under pytest: "*" for everyone's, the project folder for its own, "" for none."""
        if "allow-code" in self.environment:
            return "*" if self.allowed else ""
        return str(self.folder) if self.project.get("allow-code") else ""

    def paths(self, allowed: bool) -> tuple[str, ...]:
        """Return the paths that are checked where none is given, relative to the current folder.

        allowed: whether the project may name code.
        Errors: UsageError where it names some and may not, or what lies outside its folder.
        """
        if said := self.environment.get("paths"):
            return tuple(said)
        return tuple(self._own_path(path, allowed) for path in self.project.get("paths", ()))

    def baseline(self) -> str | None:
        """Return the file of known failures, relative to the current folder.

        Errors: UsageError where the project names one outside its folder.
        """
        known = self.project.get("baseline")
        if known and not is_below((self.folder or Path()) / known, self.folder or Path()):
            raise self._refused("baseline", known, "lies outside the project's folder", "--baseline")
        return self.environment.get("baseline") or (self._here(known) if known else None)

    def reports(self) -> tuple[str, ...] | None:
        """Return the reports to be written besides the terminal's, None where none is asked for.

        Errors: UsageError where the project asks for one outside the current folder.
        """
        if "report" in self.environment or "report" not in self.project:
            return self.environment.get("report")
        for text in self.project["report"]:
            path = text.partition("=")[2]
            if path and not is_reportable(path, Path()):
                raise self._refused("report", text, "lies outside the current folder", "--report")
        return tuple(self.project["report"])

    def _own_path(self, path: str, allowed: bool) -> str:
        folder = self.folder or Path()
        if names_code(path) and not allowed:
            remedy = f"name it on the command line, or allow it with --allow-code or {variable('allow-code')}=true"
            raise UsageError(f"{self._said('paths', path)} names code, and a project by itself runs none; {remedy}")
        if not is_below(folder / path.partition("::")[0], folder):
            raise self._refused("paths", path, "lies outside the project's folder", "")
        return self._here(path)

    def _said(self, key: str, value: str) -> str:
        return f"{(self.folder or Path()) / FILE}: [tool.jaccli] `{key}`: {short(value)}"

    def _refused(self, key: str, value: str, reason: str, option: str) -> UsageError:
        remedy = f"{f'give it with {option}' if option else 'name it'} on the command line, or in {variable(key)}"
        return UsageError(f"{self._said(key, value)} {reason}; {remedy}")

    def _here(self, path: str) -> str:
        return path if self.folder in (None, Path.cwd()) else str((self.folder or Path()) / path)


def read_config(start: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Return the settings of the environment, and of the nearest pyproject.toml from ``start`` or the current folder upwards.

    Errors: UsageError naming the variable, or the file and the key.
    """
    folder = nearest(Path.cwd() if start is None else start)
    environment = environment_values(os.environ if environ is None else environ)
    return Config(folder, environment, {} if folder is None else project_values(folder))
