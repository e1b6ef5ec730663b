"""``jac validate``: read specs, report every mistake, run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
    from jaccli.graph.load import load_each
    from jaccli.spec.find import find_specs

    out, err = consoles(color)
    if output_format not in ("table", "json"):
        raise UsageError(f"--output-format must be table or json (got {output_format})")
    paths = find_specs(specs or [])
    problems: list[Problem] = []
    count = 0
    for path in paths:
        for error in _mistakes(load_each(path)):
            count += error is None
            if error is not None:
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


def _mistakes(found: Iterator[Any]) -> Iterator[SourceError | None]:
    """Yield for each spec of a file what is wrong with it, None where nothing is."""
    try:
        for one in found:
            yield one if isinstance(one, SourceError) else None
    except SourceError as error:
        yield error
