"""``jac validate``: read specs, report every mistake, run nothing."""

from __future__ import annotations

import typer

from jaccli.cli.console import CANNOT_RUN, consoles, guarded, say, show_problems
from jaccli.cli.options import Color, Format, Specs
from jaccli.errors import Problem, SourceError, UsageError

__all__ = ["validate"]


@guarded
def validate(
    specs: Specs = None,
    output_format: Format = "table",
    color: Color = "auto",
) -> None:
    """Read specs and report all of their mistakes, each with its place and remedy.

    Exit codes: 0 all can be used, 2 some cannot, 5 there is none.
    """
    from jaccli.pipeline import find_specs, load_all

    out, err = consoles(color)
    if output_format not in ("table", "json"):
        raise UsageError(f"--output-format must be table or json (got {output_format})")
    paths = find_specs(specs or [])
    problems: list[Problem] = []
    count = 0
    for path in paths:
        try:
            count += len(load_all(path))
        except SourceError as error:
            problems += error.problems
            if output_format == "table":
                show_problems(error, err)
    if output_format == "json":
        from jaccli.report.json import problems_json

        say(problems_json(problems))
    elif not problems:
        out.print(
            f"{count} spec{'s' * (count != 1)} can be used"
            if paths
            else "no spec was found: name one, or make a folder specs/"
        )
    raise typer.Exit(CANNOT_RUN if problems else 0 if paths else 5)
