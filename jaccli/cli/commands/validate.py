"""``jac validate``: read specs, report every mistake, run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from jaccli.cli.console import CANNOT_RUN, consoles, guarded, nothing_found, say, show_problems
from jaccli.cli.options import Color, complete_specs, format_option
from jaccli.cli.runs.progress import Bar
from jaccli.errors import Problem, SourceError, UsageError

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
            for error in _mistakes(load_each(path)):
                count += error is None
                if error is not None:
                    problems += error.problems
                    if output_format == "table":
                        with bar.hidden():
                            show_problems(error, err)
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


def _mistakes(found: Iterator[Any]) -> Iterator[SourceError | None]:
    """Yield for each spec of a file what is wrong with it, None where nothing is."""
    try:
        for one in found:
            yield one if isinstance(one, SourceError) else None
    except SourceError as error:
        yield error
