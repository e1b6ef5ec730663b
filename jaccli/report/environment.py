"""What a run depends on → lines of text, or JSON: versions, extras, settings, where things are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

__all__ = ["Environment", "Extra", "environment_json", "environment_text"]


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra of this package, and the packages it brings by version, None for one that is not installed."""

    name: str
    packages: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a report of a problem should name."""

    version: str
    python: str
    system: str
    packages: Mapping[str, str | None]
    extras: Sequence[Extra]
    settings: str
    cache: str


def environment_json(found: Environment) -> str:
    """Return the same for programs."""
    return json.dumps({"schema_version": 1, **asdict(found)}, indent=1, ensure_ascii=False)


def environment_text(found: Environment) -> str:
    """Return a line for each package, extra and place."""
    rows = [("jaccli", found.version), ("python", f"{found.python} on {found.system}")]
    rows += [(name, version or "not installed") for name, version in found.packages.items()]
    rows += [("", ""), *((f"[{extra.name}]", _extra(extra)) for extra in found.extras)]
    rows += [("", ""), ("settings", found.settings), ("cache", found.cache)]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}".rstrip() for name, text in rows)


def _extra(extra: Extra) -> str:
    parts = [f"{name} {version or 'not installed'}" for name, version in extra.packages.items()]
    lacking = any(version is None for version in extra.packages.values())
    return ", ".join(parts) + (f": pip install 'jaccli[{extra.name}]'" if lacking else "")
