"""``jac compute``: Jacobian, gradient and Hessian at a point, symbolic and numeric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jaccli.cli.console import consoles, guarded, say
from jaccli.cli.files import save
from jaccli.cli.limits import limits_of
from jaccli.cli.options import (
    NAMES_OF_FORMAT,
    At,
    Color,
    Expressions,
    MaxMemory,
    MaxOperations,
    Of,
    Output,
    Spec,
    Wrt,
    completing,
    option,
)
from jaccli.cli.runs.progress import working
from jaccli.config import read_config
from jaccli.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from jaccli.graph.build import Built
    from jaccli.graph.selection import Selection

__all__ = ["compute"]


def _formats(incomplete: str) -> list[str]:
    from jaccli.report.compute.formats import FORMATS

    return completing(*FORMATS)(incomplete)


def _routes(incomplete: str) -> list[str]:
    from jaccli.results.kinds import Route

    return completing(*map(str, Route))(incomplete)


def show_plan(
    built: Built, selection: Selection, route: str, order: int, name: str, output: str | None, out: Console
) -> None:
    """Write the plan of a computation, as words or as JSON."""
    from jaccli.compute.plan import plan_of
    from jaccli.report.compute.planned import plan_json, plan_text

    if name not in ("table", "json"):
        raise UsageError(f"--explain-plan is written as table or json (got {name})")
    plans, title = plan_of(built, selection, route, order), built.spec.title or built.spec.name
    text = plan_text(title, plans)
    if output is not None:
        save(output, f"{plan_json(title, plans)}\n" if name == "json" else text.plain)
    elif name == "json":
        say(plan_json(title, plans))
    else:
        out.print(text)


@guarded
def compute(
    spec: Spec = None,
    expression: Expressions = None,
    at: At = None,
    shape: Annotated[
        list[str] | None,
        typer.Option(
            "--shape", metavar="NAME=SIZES", help="The shape of an input of -e without a value: W=2x3; repeatable."
        ),
    ] = None,
    of: Of = None,
    wrt: Wrt = None,
    order: Annotated[int, typer.Option("--order", help="1 for Jacobians, 2 for second derivatives.")] = 1,
    route: Annotated[
        str,
        typer.Option(
            "--route",
            metavar="ROUTE",
            help="How the numbers are computed: auto, symbolic, forward, reverse, difference or certified.",
            autocompletion=_routes,
        ),
    ] = "auto",
    engine: Annotated[
        str | None,
        option(
            "--engine",
            metavar="ENGINE",
            autocompletion=completing("static", "eager"),
            help="static (compiled, then run) or eager (a tape, and backward over it).",
        ),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--change",
            metavar="NAME=VALUE",
            help="Change an input and show what is computed again and what is reused; repeatable, in turn.",
        ),
    ] = None,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare-modes", help="Show what forward and reverse mode take instead: operations, time, memory."
        ),
    ] = False,
    tangent: Annotated[
        list[str] | None,
        typer.Option("--tangent", metavar="NAME=VALUE", help="Show J·dx (or H·dx) for this dx instead; repeatable."),
    ] = None,
    cotangent: Annotated[
        list[str] | None,
        typer.Option("--cotangent", metavar="NAME=VALUE", help="Show Jᵀ·ȳ for this ȳ instead; repeatable."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show every block, however many there are, instead of an overview.")
    ] = False,
    output_format: Annotated[
        str | None,
        option(
            *NAMES_OF_FORMAT,
            metavar="FORMAT",
            help="table, json, csv, npz, latex, python, html or markdown.  [default: by the suffix of -o, or table]",
            autocompletion=_formats,
        ),
    ] = None,
    output: Output = None,
    explain_plan: Annotated[
        bool,
        typer.Option("--explain-plan", help="Show which mode would be used, at what cost and why; compute nothing."),
    ] = False,
    max_operations: MaxOperations = None,
    max_memory: MaxMemory = None,
    color: Color = "auto",
) -> None:
    """Compute Jacobians, gradients and Hessians, in symbols and numbers."""
    from jaccli.compute.compute import compute as run
    from jaccli.graph.load import load, load_expressions
    from jaccli.graph.selection import Selection
    from jaccli.report.compute.formats import FORMATS, format_of
    from jaccli.spec.given import parse_at, parse_shapes

    out, err = consoles(color)
    name = format_of(output_format, output)
    row = FORMATS[name]
    if (spec is None) == (not expression):
        raise UsageError("give one spec file, or expressions with -e; for example: jac compute -e 'y = x**2' --at x=3")
    values, shapes = parse_at(at or []), parse_shapes(shape or [])
    if shapes and spec is not None:
        raise UsageError("--shape is for expressions; in a spec write inputs: {W: {shape: [2, 3]}}")
    built = load(spec) if spec is not None else load_expressions(expression or [], values, shapes)
    if spec is None and (unknown := next((name for name in shapes if name not in built.variables), None)):
        raise UsageError(f"--shape {unknown}: no expression uses `{unknown}`; they use {', '.join(built.variables)}")
    selection = Selection(tuple(of or ()), tuple(wrt or ()))
    if compare:
        _compare(built, selection, values, name, out)
        return
    if explain_plan:
        show_plan(built, selection, route, order, name, output, out)
        return
    vectors = parse_at(tangent or [], "--tangent"), parse_at(cotangent or [], "--cotangent")
    limits = limits_of(read_config(), max_operations, max_memory)
    with working(err, "computing", spec or "the expression"):
        result = run(
            built,
            selection=selection,
            at=values,
            order=order,
            route=route,
            texts=row.texts,
            numbers_alone=name == "json",
            full=full or not row.summary,
            most_bindings=row.bindings,
            tangents=vectors[0],
            cotangents=vectors[1],
            engine=engine,
            changes=[parse_at([text], "--change") for text in change or []],
            max_operations=limits[0],
            max_memory=limits[1],
        )
    if row.numbers and result.missing:
        missing = " ".join(f"--at {lacking}=…" for lacking in result.missing)
        raise UsageError(f"-f {name} needs a value for every input; give {missing}")
    if name != "table":  # which shows them itself
        for note in result.notes:
            err.print(note, style="yellow", markup=False, highlight=False)
    if output is not None:
        save(output, row.write(result))
    elif name == "table":
        from jaccli.report.compute.tables import computed_tables

        out.print(computed_tables(result, out))
    else:
        say(str(row.write(result)).removesuffix("\n"))


def _compare(built: Built, selection: Selection, at: Mapping[str, Any], form: str, out: Console) -> None:
    """Show forward and reverse mode side by side."""
    from jaccli.compute.modes import compare_modes
    from jaccli.report.compute.modes import modes_json, modes_tables

    if form not in ("table", "json"):
        raise UsageError(f"--compare-modes is written as table or json (got -f {form})")
    found = compare_modes(built, selection, at)
    if form == "json":
        say(modes_json(built.spec.title or built.spec.name, found))
    else:
        out.print(modes_tables(found))
