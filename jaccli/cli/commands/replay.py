"""``jac replay``: check recorded failures again, at the same point, with the same seed and options."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import consoles, guarded
from jaccli.cli.options import Color, Reports, RunFormat
from jaccli.cli.runs.baseline import Baseline
from jaccli.cli.runs.cache import Failure, read
from jaccli.cli.runs.display import Display
from jaccli.cli.runs.running import batches_of, permitted, run_batches
from jaccli.cli.runs.settings import settings_from
from jaccli.config import read_config
from jaccli.errors import UsageError, suggestion

__all__ = ["replay"]


@guarded
def replay(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Ids of recorded failures; without any, all of them.", show_default=False),
    ] = None,
    output_format: RunFormat = "table",
    report: Reports = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Show each derivative by itself.")] = False,
    color: Color = "auto",
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run the code that files of the project name.")
    ] = False,
) -> None:
    """Check recorded failures again, exactly as they were seen.

    Exit codes: those of jac gradcheck; 5 where no failure is recorded in this folder.
    """
    given = {"output_format": output_format, "verbose": verbose, "color": color, "allow_code": allow_code}
    settings = settings_from(read_config(), {**given, "report": tuple(report) if report else None})
    display = Display(settings, *consoles(color))
    failures, note = read()
    known = {failure.id: failure for failure in failures}
    if note:
        display.note(note)
    for id_ in ids or []:
        if id_ not in known:
            raise UsageError(f"no failure {id_} is recorded; {suggestion(id_, known) or _known(list(known))}")
    chosen = [known[id_] for id_ in ids] if ids else failures

    def named(failure: Failure) -> tuple[str, ...]:
        return (failure.spec,) if ids and failure.target == failure.spec else ()

    display.missing = "no failures are recorded in this folder; jac gradcheck records what fails"
    batches = batches_of(permitted(chosen, settings, display, named), settings)
    raise typer.Exit(run_batches(settings, batches, display, Baseline()))


def _known(ids: list[str]) -> str:
    return (
        f"recorded: {', '.join(ids[:5])}{' …' if len(ids) > 5 else ''}" if ids else "nothing is recorded in this folder"
    )
