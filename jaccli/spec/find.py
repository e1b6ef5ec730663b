"""Arguments of the command line → the spec files they stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from jaccli.spec.load import is_spec_file

__all__ = ["find_specs"]

LEFT_OUT = {"build", "dist", "node_modules", "site-packages", "venv", "env", "__pycache__"}
SUFFIXES = (".yaml", ".yml", ".json")
NAMED = (".jac.yaml", ".jac.yml", ".jac.json")


def find_specs(names: Iterable[str]) -> list[str]:
    """Return the spec files that the arguments name, in order and once each; without arguments, those of the project.

    A folder stands for its specs; without arguments these are ``specs/`` and every ``*.jac.yaml`` or ``*.jac.json`` below the
    current folder. Hidden, virtual-environment and build folders are left out, as are YAML and JSON files that are no specs.
    """
    names = list(names)
    found: list[str] = []
    for name in names or ["specs"]:
        path = Path(name)
        if name != "-" and os.path.isdir(name):  # False for what is not a path
            found += [str(p) for p in _walk(path) if p.is_dir() or (p.suffix in SUFFIXES and is_spec_file(p))]
        elif names:
            found.append(name)
    if not names:
        found += [str(p) for p in _walk(Path()) if p.name.endswith(NAMED) and p.is_file()]
    return list(dict.fromkeys(found))


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, and the folders that cannot be read, which whoever reads them reports."""
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        yield folder
        return
    for path in inside:
        if path.is_dir() and not path.is_symlink():
            if not path.name.startswith(".") and path.name not in LEFT_OUT and not (path / "pyvenv.cfg").exists():
                yield from _walk(path)
        elif path.is_file():
            yield path
