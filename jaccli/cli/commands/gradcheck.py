"""``jac gradcheck``: judge derivatives against independent references, and say so by the exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from jaccli.cli.console import guarded
from jaccli.cli.options import At, Color, Expressions, MaxMemory, MaxOperations, Of, Reports, RunFormat, Specs, Wrt
from jaccli.cli.runs.running import run
from jaccli.cli.runs.settings import settings_from
from jaccli.cli.runs.watching import watched
from jaccli.config import read_config

__all__ = ["gradcheck"]


@guarded
def gradcheck(
    specs: Specs = None,
    expression: Expressions = None,
    at: At = None,
    of: Of = None,
    wrt: Wrt = None,
    points: Annotated[
        int | None,
        typer.Option(
            "--points",
            min=1,
            max=10_000,
            help="How many points: the given one, and others from the ranges.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", min=0, help="Makes the drawn points repeatable.  [default: the spec's, or 0]", show_default=False
        ),
    ] = None,
    rtol: Annotated[
        float | None,
        typer.Option(
            "--rtol", help="The relative error that matters.  [default: the spec's, or 1e-6]", show_default=False
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            help="What judges: auto, certified, complex-step, difference or segments.",
            show_default=False,
        ),
    ] = None,
    directions: Annotated[
        int | None,
        typer.Option(
            "--directions",
            min=1,
            max=1000,
            help="Use this many random directions instead of every entry.",
            show_default=False,
        ),
    ] = None,
    order: Annotated[
        int, typer.Option("--order", min=1, max=2, help="2 checks the Hessians of scalar outputs instead.")
    ] = 1,
    full: Annotated[bool, typer.Option("--full", help="Check every entry, however many there are.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", metavar="SECONDS", help="Stop an output's check at a point after this.", show_default=False
        ),
    ] = None,
    scan: Annotated[
        str | None,
        typer.Option(
            "--scan",
            metavar="[ENTRY]",
            help="Draw the Taylor remainder of an entry, such as 'y/x[2]'; of the first failure.",
            show_default=False,
        ),
    ] = None,
    smallest: Annotated[
        bool, typer.Option("--smallest", help="After a failure, print the smallest spec or program that still fails.")
    ] = False,
    exit_first: Annotated[bool, typer.Option("-x", "--exitfirst", help="Stop at the first file that fails.")] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            help="Also fail on any open entry (inconclusive), or never; fail: on wrong or unverified.  [default: fail]",
            show_default=False,
        ),
    ] = None,
    output_format: RunFormat = "table",
    report: Reports = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only failures and the last line.")] = False,
    verbose: Annotated[
        bool,
        typer.Option("-v", "--verbose", help="Each route, in ulps and error bars; what could be seen."),
    ] = False,
    color: Color = "auto",
    keyword: Annotated[
        str | None,
        typer.Option(
            "-k", metavar="EXPR", help="Only checks whose id fits, such as 'claim and not W'.", show_default=False
        ),
    ] = None,
    last_failed: Annotated[
        bool, typer.Option("--lf", "--last-failed", help="Only what failed in the last run.")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Counts by code and route, evaluations, times.")
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", metavar="FILE", help="Known failures and open checks, which fail no run.", show_default=False
        ),
    ] = None,
    write_baseline: Annotated[
        str | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write what fails now as known.", show_default=False),
    ] = None,
    framework: Annotated[
        str | None,
        typer.Option(
            "--framework",
            help="Of a Python function: numpy, torch, jax, tensorflow, autograd; auto looks at its inputs and its code.",
            show_default=False,
        ),
    ] = None,
    jacobian: Annotated[
        str | None,
        typer.Option(
            "--jacobian", metavar="FUNCTION", help="The function beside it that is its Jacobian.", show_default=False
        ),
    ] = None,
    vjp: Annotated[
        str | None,
        typer.Option(
            "--vjp",
            metavar="FUNCTION",
            help="Likewise, (inputs, y_bar) to cotangents; of several inputs ((x, b), y_bar) or (x, b, y_bar).",
            show_default=False,
        ),
    ] = None,
    jvp: Annotated[
        str | None,
        typer.Option(
            "--jvp",
            metavar="FUNCTION",
            help="Likewise, (inputs, dx) to tangents; of several inputs ((x, b), (dx, db)) or (x, b, dx, db).",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        str | None,
        typer.Option("-j", "--jobs", metavar="N|auto", help="So many processes.  [default: 1]", show_default=False),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Only the I-th of N parts of the work.", show_default=False),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(
            "--scale",
            metavar="NAME=VALUE",
            help="What steps by an input of a Python function are relative to, where that is not its size; repeatable.",
            show_default=False,
        ),
    ] = None,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run the code that files of the project name.")
    ] = False,
    max_operations: MaxOperations = None,
    max_memory: MaxMemory = None,
    watch: Annotated[bool, typer.Option("--watch", help="Again after every change of a file, until Ctrl-C.")] = False,
) -> None:
    """Check derivatives against certified values or differences with error bars, entry by entry.

    Exit codes: 0 nothing failed, 1 a derivative is wrong, 2 a spec could not be used, 3 internal error, 4 something that
    matters was not verified, 5 nothing was selected, 130 interrupted.
    """
    config = read_config()
    own = () if specs or expression else config.paths(allow_code or config.allowed)
    settings = settings_from(config, {
        "specs": tuple(specs or own), "expressions": tuple(expression or ()),
        "at": tuple(at or ()), "of": tuple(of or ()), "wrt": tuple(wrt or ()), "points": points, "seed": seed, "rtol": rtol,
        "reference": reference, "directions": directions, "full": full, "order": order, "timeout": timeout, "scan": scan,
        "smallest": smallest, "exit_first": exit_first, "fail_on": fail_on, "output_format": output_format,
        "report": tuple(report) if report else None, "quiet": quiet, "verbose": verbose, "color": color, "keyword": keyword,
        "last_failed": last_failed, "statistics": statistics, "baseline": baseline, "write_baseline": write_baseline,
        "framework": framework, "jacobian": jacobian, "vjp": vjp, "jvp": jvp, "jobs": jobs, "shard": shard,
        "scale": tuple(scale or ()),
        "allow_code": allow_code, "max_operations": max_operations, "max_memory": max_memory,
    })  # fmt: skip
    if watch:
        raise typer.Exit(watched(settings, sys.argv[1:]))
    raise typer.Exit(run(settings))
