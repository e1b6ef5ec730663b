"""``jac info``: versions, extras and settings; with ``--ops``, the functions of the language and what is known of each."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jaccli.cli.console import consoles, guarded, say
from jaccli.cli.options import Format
from jaccli.config import KEYS, nearest, read_config
from jaccli.errors import UsageError

if TYPE_CHECKING:
    from jaccli.results.environment import Setting

__all__ = ["info"]


@guarded
def info(
    name: Annotated[
        str | None, typer.Argument(help="With --ops, functions whose names contain this.", show_default=False)
    ] = None,
    ops: Annotated[
        bool, typer.Option("--ops", help="List the functions: domain, what happens at kinks, which routes have a rule.")
    ] = False,
    output_format: Format = "table",
) -> None:
    """Show versions, extras and settings, or the functions of the language."""
    if output_format not in ("table", "json"):
        raise UsageError(f"-f must be table or json here (got {output_format})")
    if name is not None and not ops:
        raise UsageError(f"`{name}` belongs to --ops: jac info --ops {name}")
    say(_ops(name, output_format) if ops else _environment(output_format))


def _ops(name: str | None, output_format: str) -> str:
    from jaccli.compute.catalogue import catalogue
    from jaccli.report.info.catalogue import catalogue_json, catalogue_text

    entries = catalogue(name)
    return catalogue_json(entries) if output_format == "json" else catalogue_text(entries, consoles()[0].width)


def _environment(output_format: str) -> str:
    from jaccli.cli.environment import environment
    from jaccli.report.info.environment import environment_json, environment_text

    found = environment(*_settings(), _cache())
    return environment_json(found) if output_format == "json" else environment_text(found)


def _settings() -> tuple[str, list[Setting]]:
    """Return in words which file's [tool.jaccli] is in force, and each setting; none where they cannot be read."""
    from jaccli.results.environment import Setting

    folder = nearest(Path.cwd())
    try:
        config = read_config()
    except UsageError as error:
        return str(error), []
    rows = [Setting(key, _shown(config.get(key)) or row.default, config.origin(key)) for key, row in KEYS.items()]
    if folder is None:
        return "no pyproject.toml here or above", rows
    where = f"{folder / 'pyproject.toml'}"
    return f"[tool.jaccli] of {where}" if config.project else f"{where} has no [tool.jaccli]", rows


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else shlex.join(value) if isinstance(value, tuple) else f"{value}"


def _cache() -> str:
    from jaccli.cli.runs.cache import FOLDER

    return f"{FOLDER.resolve()}" + ("" if FOLDER.is_dir() else " (nothing kept yet)")
