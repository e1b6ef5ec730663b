"""What a run depends on → lines of text, or JSON: versions, extras, settings, where things are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from jaccli.report.words.plain import json_text
from jaccli.results.environment import Environment, Extra, Setting

__all__ = ["environment_json", "environment_text"]


def environment_json(found: Environment) -> str:
    """Return the environment as JSON."""
    return json_text({"schema_version": 1, **asdict(found)})


def environment_text(found: Environment) -> str:
    """Return a line for each package, extra and place."""
    rows = [("jaccli", found.version), ("python", f"{found.python} on {found.system}")]
    rows += [(name, version or "not installed") for name, version in found.packages.items()]
    rows += [("", ""), *((f"[{extra.name}]", _extra(extra)) for extra in found.extras)]
    rows += [("", ""), ("settings", found.settings)]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {text}".rstrip() for name, text in rows]
    return "\n".join([*lines, *_values(found.values), "", f"{'cache':<{width}}  {found.cache}"])


def _values(values: Sequence[Setting]) -> list[str]:
    """Return a line for each setting: its name, its value, and where the value comes from."""
    names, texts = max([len(row.name) for row in values], default=0), max([len(row.value) for row in values], default=0)
    return [f"  {row.name:<{names}}  {row.value:<{texts}}  {row.origin}" for row in values]


def _extra(extra: Extra) -> str:
    parts = [f"{name} {version or 'not installed'}" for name, version in extra.packages.items()]
    lacking = any(version is None for version in extra.packages.values())
    return ", ".join(parts) + (f": pip install 'jaccli[{extra.name}]'" if lacking else "")
