"""What a run depends on: versions, extras, settings, where things are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Environment", "Extra", "Setting"]


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra of this package, and the packages it brings by version, None for one that is not installed."""

    name: str
    packages: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, the value that is in force, and who has said it: a variable of the environment, pyproject.toml, or "default"."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a report of a problem should name."""

    version: str
    python: str
    system: str
    packages: Mapping[str, str | None]
    extras: Sequence[Extra]
    settings: str
    values: Sequence[Setting]
    cache: str
