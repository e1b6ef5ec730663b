"""The command line: one file per command, nothing but arguments, calls to the rooms below, and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from jaccli import __version__
from jaccli.cli.console import ascii_fallback, calmed
from jaccli.cli.lazy import Group

__all__ = ["app", "run", "with_values"]

FIRST = "first"

app = typer.Typer(
    name="jac",
    cls=Group,
    help="Jacobians and gradient checking: derivatives in symbols and numbers, checked against independent references.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"jaccli {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def with_values(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with a value for each option that may stand alone: ``--scan`` becomes ``--scan first``.

    What follows is its value where it is an entry such as y/x[2], and no file of that name exists.
    """
    found: list[str] = []
    for argument, following in zip(arguments, [*arguments, ""][1:], strict=True):
        found.append(argument)
        if argument == "--scan" and (following != FIRST and ("/" not in following or os.path.exists(following))):
            found.append(FIRST)
    return found


def run() -> None:
    """Run the app; consoles that cannot show ∂ or × get plain letters instead of an error."""
    ascii_fallback()
    calmed()
    app(with_values(sys.argv[1:]))
