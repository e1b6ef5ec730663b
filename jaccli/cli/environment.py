"""This installation → versions and extras, read from what is installed; nothing of it is imported."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Sequence
from importlib import metadata

from jaccli import __version__
from jaccli.results.environment import Environment, Extra, Setting

__all__ = ["environment"]

NAME = "jaccli"
DEVELOPMENT = frozenset({"all", "lint", "test"})  # extras that no user needs
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def environment(settings: str, values: Sequence[Setting], cache: str) -> Environment:
    """Return the versions of Python, of what jaccli needs, and of its extras.

    settings, cache: in words, where the project's settings are and where failures are kept.
    """
    needed, extras = _requirements()
    return Environment(
        version=__version__,
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        system=f"{platform.system()} {platform.machine()}",
        packages={name: _version(name) for name in needed},
        extras=[
            Extra(name, {package: _version(package) for package in names})
            for name, names in extras.items()
            if name not in DEVELOPMENT
        ],
        settings=settings,
        values=values,
        cache=cache,
    )


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Return the required packages, and those of each extra, from the metadata of the installed package."""
    needed, extras = list[str](), dict[str, list[str]]()
    for line in _lines():
        name, extra = _NAME.match(line), _EXTRA.search(line)
        if name is None or name[0].lower() == NAME:
            continue
        (extras.setdefault(extra[1], []) if extra else needed).append(name[0])
    return needed, extras


def _lines() -> Iterable[str]:
    try:
        return metadata.requires(NAME) or []
    except metadata.PackageNotFoundError:  # run from its folder
        return []


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
