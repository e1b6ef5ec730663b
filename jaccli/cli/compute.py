"""``jac compute``: Jacobian, gradient and Hessian at a point, symbolic and numeric."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import consoles, guarded
from jaccli.cli.files import save
from jaccli.cli.options import At, Color, Expressions, Of, Spec, Wrt
from jaccli.errors import UsageError

__all__ = ["compute"]


@guarded
def compute(
    spec: Spec = None,
    expression: Expressions = None,
    at: At = None,
    of: Of = None,
    wrt: Wrt = None,
    order: Annotated[int, typer.Option("--order", help="1 for Jacobians, 2 for second derivatives.")] = 1,
    route: Annotated[
        str,
        typer.Option(
            "--route", help="How the numbers are made: auto, symbolic, forward, reverse, difference or certified."
        ),
    ] = "auto",
    tangent: Annotated[
        list[str] | None,
        typer.Option("--tangent", metavar="NAME=VALUE", help="Show J·dx (or H·dx) for this dx instead; repeatable."),
    ] = None,
    cotangent: Annotated[
        list[str] | None,
        typer.Option("--cotangent", metavar="NAME=VALUE", help="Show Jᵀ·ȳ for this ȳ instead; repeatable."),
    ] = None,
    output_format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--output-format",
            help="table, json, csv, npz, latex, python or markdown.  [default: by the suffix of -o, or table]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.", show_default=False)
    ] = None,
    color: Color = "auto",
) -> None:
    """Show the Jacobian of a spec: symbols and numbers side by side."""
    from jaccli.pipeline import Selection, load, load_expressions
    from jaccli.pipeline.computing import compute as run
    from jaccli.report.formats import FORMATS, format_of
    from jaccli.spec.load import parse_at

    out, _ = consoles(color)
    name = format_of(output_format, output)
    row = FORMATS[name]
    if (spec is None) == (not expression):
        raise UsageError("give one spec file, or expressions with -e; for example: jac compute -e 'y = x**2' --at x=3")
    values = parse_at(at or [])
    built = load(spec) if spec is not None else load_expressions(expression or [], values)
    selection = Selection(tuple(of or ()), tuple(wrt or ()))
    vectors = parse_at(tangent or [], "--tangent"), parse_at(cotangent or [], "--cotangent")
    result = run(
        built,
        selection=selection,
        at=values,
        order=order,
        route=route,
        texts=row.texts,
        tangents=vectors[0],
        cotangents=vectors[1],
    )
    if row.numbers and result.missing:
        missing = " ".join(f"--at {lacking}=…" for lacking in result.missing)
        raise UsageError(f"-f {name} needs a value for every input; give {missing}")
    if output is not None:
        save(output, row.write(result))
    elif name == "table":
        from jaccli.report.tables import computed_tables

        out.print(computed_tables(result, out))
    else:
        print(str(row.write(result)).removesuffix("\n"))
