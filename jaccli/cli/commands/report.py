"""``jac report merge``: the reports of shards as one, in any format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from jaccli.cli.console import consoles, guarded
from jaccli.cli.options import Color, Reports, RunFormat, completing
from jaccli.config import words_of
from jaccli.errors import UsageError, suggestion

__all__ = ["report"]

ACTIONS = ("merge",)
MAX_BYTES = 500_000_000  # of a file: a million checks


@guarded
def report(
    action: Annotated[str, typer.Argument(metavar="merge", help="What to do.", autocompletion=completing(*ACTIONS))],
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="What `jac gradcheck -f json` has written.")],
    output_format: RunFormat = "table",
    report: Reports = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="WHEN",
            autocompletion=completing(*words_of("fail-on")),
            show_default=False,
            help="When the exit code is not 0: fail (default), inconclusive or never, as in jac gradcheck.",
        ),
    ] = None,
    color: Color = "auto",
) -> None:
    """Merge the JSON reports of shards into one report, and return the exit code of the whole run.

    Shards must be complete and chosen alike; a check that stands in two files is refused.
    """
    from jaccli.cli.runs.display import Display
    from jaccli.cli.runs.running import NO_BASELINE, exit_code
    from jaccli.cli.runs.settings import Settings
    from jaccli.report.read import merged

    if action not in ACTIONS:
        raise UsageError(
            f"jac report knows merge (got {action}); {suggestion(action, ACTIONS) or 'jac report merge *.json'}"
        )
    settings = Settings(output_format=output_format, report=tuple(report or ()), fail_on=fail_on or "fail", color=color)
    run = merged({str(path): _document(path) for path in files})
    display = Display(settings, *consoles(settings.color))
    display.begin([name for one in run.reports for name in one.files])
    for one in run.reports:
        display.take(one)
    for problem in run.problems:
        display.problem(problem)
    display.finish(run.duration, NO_BASELINE, set(), set())
    raise typer.Exit(exit_code(display.reports, display.errors, settings.fail_on))


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_BYTES).decode("utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is no JSON document") from None
    if not isinstance(found, dict):
        raise UsageError(f"{path} is no report of `jac gradcheck -f json`")
    return found
