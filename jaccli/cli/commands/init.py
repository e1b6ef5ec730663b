"""``jac init``: write a commented starter spec."""

from __future__ import annotations

import os
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from jaccli.cli.console import guarded, say
from jaccli.cli.files import save
from jaccli.errors import UsageError

__all__ = ["TEMPLATES", "init"]

TEMPLATES = ("expression", "network", "claim")


@guarded
def init(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|PATH]",
            help="Where to write it, or - for standard output.  [default: TEMPLATE.yaml]",
            show_default=False,
        ),
    ] = None,
    template: Annotated[
        str,
        typer.Option("-t", "--template", help="expression, network or claim.", autocompletion=lambda: list(TEMPLATES)),
    ] = "expression",
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Write a commented starter spec, and say what to run next."""
    if template not in TEMPLATES:
        raise UsageError(f"--template must be one of {', '.join(TEMPLATES)} (got {template})")
    text = files("jaccli").joinpath("templates", f"{template}.yaml").read_text(encoding="utf-8")
    if name == "-":
        print(text, end="")
        return
    path = _path(name or template, template)
    _write(path, text, force)
    shown = shlex.quote(str(path))
    say(f"wrote {path}\nnext:\n  jac compute {shown}\n  jac explain {shown}\n  jac gradcheck {shown}")


def _path(name: str, template: str) -> Path:
    path = Path(name)
    if os.path.isdir(path) or name.endswith("/"):
        return path / f"{template}.yaml"
    return path if path.suffix in (".yaml", ".yml") else path.with_name(f"{path.name}.yaml")


def _write(path: Path, text: str, force: bool) -> None:
    if os.path.exists(path.parent) and not os.path.isdir(path.parent):
        raise UsageError(f"{path} cannot be written: {path.parent} is not a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if force:
            save(str(path), text, "")  # in the place of a link, not through it
            return
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists already; give another name, or --force to write over it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise UsageError(f"{path} cannot be written: {reason}") from None
