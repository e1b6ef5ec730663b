"""``jac gradcheck``: judge derivatives against independent references, and say so by the exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from jaccli.cli.console import guarded
from jaccli.cli.options import (
    At,
    Color,
    Expressions,
    MaxMemory,
    MaxOperations,
    Of,
    Reports,
    RunFormat,
    Specs,
    Wrt,
    completing,
)
from jaccli.cli.runs.running import run
from jaccli.cli.runs.settings import settings_from
from jaccli.cli.runs.watching import watched
from jaccli.config import read_config, words_of

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
            help="Number of points: the given one, and others drawn from the ranges.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", min=0, help="Seed of the drawn points.  [default: the spec's, or 0]", show_default=False
        ),
    ] = None,
    rtol: Annotated[
        float | None,
        typer.Option(
            "--rtol", help="The relative error that matters.  [default: the spec's, or 1e-6]", show_default=False
        ),
    ] = None,
    atol: Annotated[
        float | None,
        typer.Option("--atol", help="An absolute error that does not matter.  [default: 0]", show_default=False),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            help="What judges: auto, certified, complex-step, difference or segments.",
            show_default=False,
            metavar="REFERENCE",
            autocompletion=completing(*words_of("reference")),
        ),
    ] = None,
    directions: Annotated[
        int | None,
        typer.Option(
            "--directions",
            min=1,
            max=1000,
            help="Use N random directions instead of every entry.",
            show_default=False,
        ),
    ] = None,
    order: Annotated[
        int, typer.Option("--order", min=1, max=2, help="2 checks the Hessians of scalar outputs instead.")
    ] = 1,
    full: Annotated[bool, typer.Option("--full", help="Check every entry, however many there are.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="Time limit for each output and point.", show_default=False),
    ] = None,
    scan: Annotated[
        str | None,
        typer.Option(
            "--scan",
            metavar="[ENTRY]",
            help="Draw the Taylor remainder of an entry, such as 'y/x[2]'; without one, of the first failure.",
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
            metavar="WHEN",
            autocompletion=completing(*words_of("fail-on")),
            help="When a run fails. fail: where a derivative is wrong or not verified (default); "
            "inconclusive: at any inconclusive entry too; never.",
            show_default=False,
        ),
    ] = None,
    output_format: RunFormat = "table",
    report: Reports = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Show only failures and the last line.")] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "-v",
            "--verbose",
            help="Show each derivative by itself: ulps, error bars, the smallest error that could be seen.",
        ),
    ] = False,
    color: Color = "auto",
    keyword: Annotated[
        str | None,
        typer.Option(
            "-k",
            metavar="EXPR",
            help="Check only what has a fitting id, such as 'claim and not W'.",
            show_default=False,
        ),
    ] = None,
    last_failed: Annotated[
        bool, typer.Option("--lf", "--last-failed", help="Check only what failed in the last run.")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Show counts by code and by derivative, evaluations and times.")
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="A file of known failures and open checks.",
            show_default=False,
        ),
    ] = None,
    write_baseline: Annotated[
        str | None,
        typer.Option(
            "--write-baseline", metavar="FILE", help="Write the present failures to a baseline.", show_default=False
        ),
    ] = None,
    framework: Annotated[
        str | None,
        typer.Option(
            "--framework",
            metavar="FRAMEWORK",
            autocompletion=completing(*words_of("framework")),
            help="Framework of the function: numpy, torch, jax, tensorflow, autograd, or auto.",
            show_default=False,
        ),
    ] = None,
    jacobian: Annotated[
        str | None,
        typer.Option(
            "--jacobian",
            metavar="FUNCTION",
            help="The function in the same file that returns its Jacobian.",
            show_default=False,
        ),
    ] = None,
    vjp: Annotated[
        str | None,
        typer.Option(
            "--vjp",
            metavar="FUNCTION",
            help="Function vjp(inputs, y_bar) that returns the cotangents; of several inputs ((x, b), y_bar) or (x, b, y_bar).",
            show_default=False,
        ),
    ] = None,
    jvp: Annotated[
        str | None,
        typer.Option(
            "--jvp",
            metavar="FUNCTION",
            help="Function jvp(inputs, dx) that returns the tangents; of several inputs ((x, b), (dx, db)) or (x, b, dx, db).",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="FUNCTION",
            help="The same mathematics in ordinary operations, by which a kernel of low precision is judged.",
            show_default=False,
        ),
    ] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            "--sweep",
            metavar="NAME=SIZES",
            help="Check a function at many sizes, as seq=1..130 with --at 'x=normal(seq, 64)'; repeatable.",
            show_default=False,
        ),
    ] = None,
    layouts: Annotated[
        bool,
        typer.Option(
            "--layouts",
            help="Check a function of PyTorch with strided, transposed, expanded and unaligned tensors too, and row by row.",
        ),
    ] = False,
    compiled: Annotated[
        str | None,
        typer.Option(
            "--compile",
            metavar="BACKEND",
            help="Judge a function and the function compiled: aot_eager, inductor … of PyTorch, jit of JAX.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        str | None,
        typer.Option(
            "-j", "--jobs", metavar="N|auto", help="Run N checks in parallel.  [default: 1]", show_default=False
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Check only the I-th of N parts of the files.", show_default=False),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(
            "--scale",
            metavar="NAME=VALUE",
            help="What steps in an input of a Python function are relative to, if not its size; repeatable.",
            show_default=False,
        ),
    ] = None,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run the code that files of the project name.")
    ] = False,
    max_operations: MaxOperations = None,
    max_memory: MaxMemory = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again after every change of a file, until Ctrl-C.")
    ] = False,
) -> None:
    """Check derivatives, yours and computed ones, entry by entry.

    Each is compared with a value that has a proven error bound, or with finite differences and their error bars.

    Exit codes: 0 nothing failed, 1 a derivative is wrong, 2 a spec could not be used, 3 internal error, 4 something that
    matters was not verified, 5 nothing was selected, 130 interrupted.
    """
    config = read_config()
    own = () if specs or expression else config.paths(allow_code or config.allowed)
    settings = settings_from(config, {
        "specs": tuple(specs or own), "expressions": tuple(expression or ()),
        "at": tuple(at or ()), "of": tuple(of or ()), "wrt": tuple(wrt or ()), "points": points, "seed": seed, "rtol": rtol,
        "atol": atol,
        "reference": reference, "directions": directions, "full": full, "order": order, "timeout": timeout, "scan": scan,
        "smallest": smallest, "exit_first": exit_first, "fail_on": fail_on, "output_format": output_format,
        "report": tuple(report) if report else None, "quiet": quiet, "verbose": verbose, "color": color, "keyword": keyword,
        "last_failed": last_failed, "statistics": statistics, "baseline": baseline, "write_baseline": write_baseline,
        "framework": framework, "jacobian": jacobian, "vjp": vjp, "jvp": jvp, "against": against,
        "compiled": compiled, "sweep": tuple(sweep or ()), "layouts": layouts or None, "jobs": jobs, "shard": shard,
        "scale": tuple(scale or ()),
        "allow_code": allow_code, "max_operations": max_operations, "max_memory": max_memory,
    })  # fmt: skip
    if watch:
        raise typer.Exit(watched(settings, sys.argv[1:]))
    raise typer.Exit(run(settings))
