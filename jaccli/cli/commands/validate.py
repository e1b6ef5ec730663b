"""``jac validate``: read specs, report every mistake, run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from jaccli.cli.console import CANNOT_RUN, consoles, guarded, nothing_found, say, show_problems
from jaccli.cli.options import Color, complete_specs, format_option
from jaccli.cli.runs.progress import Bar
from jaccli.errors import Problem, SourceError, UsageError

if TYPE_CHECKING:
    from jaccli.graph.build import Built

__all__ = ["validate"]

FORMATS = ("table", "json", "concise")


@guarded
def validate(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC|DIR|-",
            help="Specs and folders; without any, specs/ and *.jac.yaml.",
            show_default=False,
            autocompletion=complete_specs,
        ),
    ] = None,
    output_format: Annotated[
        str,
        format_option("table, json, or concise for a line per mistake.", "table", "json", "concise", show_default=True),
    ] = "table",
    color: Color = "auto",
) -> None:
    """Read specs and report their mistakes; run no code.

    Exit codes: 0 all can be used, 2 some cannot, 5 there is none.
    """
    from jaccli.graph.broadcasts import stretched
    from jaccli.graph.load import load_each
    from jaccli.spec.find import find_specs

    out, err = consoles(color)
    if output_format not in FORMATS:
        raise UsageError(f"-f must be table, json or concise (got {output_format})")
    paths = find_specs(specs or [])
    problems: list[Problem] = []
    count = 0
    bar = Bar(err, paths, "reading")
    try:
        for path in paths:
            for found in _each(load_each(path)):
                if isinstance(found, SourceError):
                    problems += found.problems
                    if output_format == "table":
                        with bar.hidden():
                            show_problems(found, err)
                    continue
                count += 1
                for warning in stretched(found) if output_format == "table" else ():
                    with bar.hidden():
                        err.print(f"note: {found.spec.target}: {warning}", style="yellow", soft_wrap=True)
            bar.file()
    finally:
        bar.close()
    if output_format == "json":
        from jaccli.report.json import problems_json

        say(problems_json(problems))
    elif output_format == "concise":
        from jaccli.report.documents.concise import problem_line

        say("".join(map(problem_line, problems)), end="")
    elif not paths:
        err.print(nothing_found(specs or []), soft_wrap=True)
    elif not problems:
        out.print(f"{count} spec{'s' * (count != 1)} can be used")
    raise typer.Exit(CANNOT_RUN if problems else 0 if paths else 5)


def _each(found: Iterator[Built | SourceError]) -> Iterator[Built | SourceError]:
    """Yield each spec of a file, or what is wrong with it, also where that is the file itself."""
    try:
        yield from found
    except SourceError as error:
        yield error
