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
    option,
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
        option(
            "--points", min=1, max=10_000, help="Number of points: the given one, and others drawn from the ranges."
        ),
    ] = None,
    seed: Annotated[
        int | None, option("--seed", min=0, help="Seed of the drawn points.  [default: the spec's, or 0]")
    ] = None,
    rtol: Annotated[
        float | None, option("--rtol", help="The relative error that matters.  [default: the spec's, or 1e-6]")
    ] = None,
    atol: Annotated[
        float | None, option("--atol", help="An absolute error that does not matter.  [default: 0]")
    ] = None,
    reference: Annotated[
        str | None,
        option(
            "--reference",
            help="What judges: auto, certified, complex-step, difference or segments.",
            metavar="REFERENCE",
            autocompletion=completing(*words_of("reference")),
        ),
    ] = None,
    directions: Annotated[
        int | None, option("--directions", min=1, max=1000, help="Use N random directions instead of every entry.")
    ] = None,
    order: Annotated[
        int, typer.Option("--order", min=1, max=2, help="2 checks the Hessians of scalar outputs instead.")
    ] = 1,
    full: Annotated[bool, typer.Option("--full", help="Check every entry, however many there are.")] = False,
    timeout: Annotated[
        float | None, option("--timeout", metavar="SECONDS", help="Time limit for each output and point.")
    ] = None,
    scan: Annotated[
        str | None,
        option(
            "--scan",
            metavar="[ENTRY]",
            help="Draw the Taylor remainder of an entry, such as 'y/x[2]'; without one, of the first failure.",
        ),
    ] = None,
    smallest: Annotated[
        bool, typer.Option("--smallest", help="After a failure, print the smallest spec or program that still fails.")
    ] = False,
    exit_first: Annotated[bool, typer.Option("-x", "--exitfirst", help="Stop at the first file that fails.")] = False,
    fail_on: Annotated[
        str | None,
        option(
            "--fail-on",
            metavar="WHEN",
            autocompletion=completing(*words_of("fail-on")),
            help="When a run fails. fail: where a derivative is wrong or not verified (default); "
            "inconclusive: at any inconclusive entry too; never.",
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
        str | None, option("-k", metavar="EXPR", help="Check only what has a fitting id, such as 'claim and not W'.")
    ] = None,
    last_failed: Annotated[
        bool, typer.Option("--lf", "--last-failed", help="Check only what failed in the last run.")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Show counts by code and by derivative, evaluations and times.")
    ] = False,
    baseline: Annotated[
        str | None, option("--baseline", metavar="FILE", help="A file of known failures and open checks.")
    ] = None,
    write_baseline: Annotated[
        str | None, option("--write-baseline", metavar="FILE", help="Write the present failures to a baseline.")
    ] = None,
    framework: Annotated[
        str | None,
        option(
            "--framework",
            metavar="FRAMEWORK",
            autocompletion=completing(*words_of("framework")),
            help="Framework of the function: numpy, torch, jax, tensorflow, autograd, or auto.",
        ),
    ] = None,
    jacobian: Annotated[
        str | None,
        option("--jacobian", metavar="FUNCTION", help="The function in the same file that returns its Jacobian."),
    ] = None,
    vjp: Annotated[
        str | None,
        option(
            "--vjp",
            metavar="FUNCTION",
            help="Function vjp(inputs, y_bar) that returns the cotangents; of several inputs ((x, b), y_bar) or (x, b, y_bar).",
        ),
    ] = None,
    jvp: Annotated[
        str | None,
        option(
            "--jvp",
            metavar="FUNCTION",
            help="Function jvp(inputs, dx) that returns the tangents; of several inputs ((x, b), (dx, db)) or (x, b, dx, db).",
        ),
    ] = None,
    hessian: Annotated[
        str | None,
        option(
            "--hessian",
            metavar="FUNCTION",
            help="Function that returns second derivatives, beside --jacobian or --vjp.",
        ),
    ] = None,
    hvp: Annotated[
        str | None,
        option(
            "--hvp",
            metavar="FUNCTION",
            help="Function hvp(inputs, dx) that returns the Hessian times a tangent, likewise.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        option(
            "--against",
            metavar="FUNCTION",
            help="The same mathematics in ordinary operations, by which a kernel of low precision is judged.",
        ),
    ] = None,
    sweep: Annotated[
        list[str] | None,
        option(
            "--sweep",
            metavar="NAME=SIZES",
            help="Check a function at many sizes, as seq=1..130 with --at 'x=normal(seq, 64)'; repeatable.",
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
        option(
            "--compile",
            metavar="BACKEND",
            help="Judge a function and the function compiled: aot_eager, inductor … of PyTorch, jit of JAX.",
        ),
    ] = None,
    jobs: Annotated[
        str | None, option("-j", "--jobs", metavar="N|auto", help="Run N checks in parallel.  [default: 1]")
    ] = None,
    shard: Annotated[
        str | None,
        option("--shard", metavar="I/N", help="Check only the I-th of N parts of the files, which take like times."),
    ] = None,
    timings: Annotated[
        str | None,
        option("--timings", metavar="FILE", help="The seconds of earlier runs, by which --shard balances."),
    ] = None,
    write_timings: Annotated[
        str | None, option("--write-timings", metavar="FILE", help="Add the seconds of this run to a file.")
    ] = None,
    durations: Annotated[
        int | None, option("--durations", metavar="N", min=1, help="Show the N that took longest.")
    ] = None,
    cluster: Annotated[
        str | None,
        option(
            "--cluster",
            metavar="ADDRESS",
            help="Run the checks on the workers of a dask scheduler, such as tcp://127.0.0.1:8786.",
        ),
    ] = None,
    scale: Annotated[
        list[str] | None,
        option(
            "--scale",
            metavar="NAME=VALUE",
            help="What steps in an input of a Python function are relative to, if not its size; repeatable.",
        ),
    ] = None,
    domain: Annotated[
        list[str] | None,
        option(
            "--domain",
            metavar="NAME=DOMAIN",
            help="Where an input of a Python function must stay: symmetric, positive_definite, positive …; repeatable.",
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
    default_paths = () if specs or expression else config.paths(allow_code or config.allowed)
    beside = {
        "jacobian": jacobian, "vjp": vjp, "jvp": jvp, "hessian": hessian, "hvp": hvp, "against": against,
    }  # fmt: skip
    settings = settings_from(config, {
        "specs": tuple(specs or default_paths), "expressions": tuple(expression or ()),
        "at": tuple(at or ()), "of": tuple(of or ()), "wrt": tuple(wrt or ()), "points": points, "seed": seed, "rtol": rtol,
        "atol": atol,
        "reference": reference, "directions": directions, "full": full, "order": order, "timeout": timeout, "scan": scan,
        "smallest": smallest, "exit_first": exit_first, "fail_on": fail_on, "output_format": output_format,
        "report": tuple(report) if report else None, "quiet": quiet, "verbose": verbose, "color": color, "keyword": keyword,
        "last_failed": last_failed, "statistics": statistics, "baseline": baseline, "write_baseline": write_baseline,
        "framework": framework, "beside": tuple((form, name) for form, name in beside.items() if name is not None),
        "compiled": compiled, "sweep": tuple(sweep or ()), "layouts": layouts or None, "jobs": jobs, "shard": shard,
        "cluster": cluster, "timings": timings, "write_timings": write_timings, "durations": durations,
        "scale": tuple(scale or ()), "domain": tuple(domain or ()),
        "allow_code": allow_code, "max_operations": max_operations, "max_memory": max_memory,
    })  # fmt: skip
    if watch:
        raise typer.Exit(watched(settings, sys.argv[1:]))
    raise typer.Exit(run(settings))
