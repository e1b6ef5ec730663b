"""``jac compute``: Jacobian, gradient and Hessian at a point, symbolic and numeric."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import consoles, guarded
from jaccli.cli.options import At, Color, Expressions, Format, Of, Wrt
from jaccli.errors import UsageError

__all__ = ["compute"]


@guarded
def compute(
    spec: Annotated[
        str | None, typer.Argument(help="A spec file, or - for standard input.", show_default=False)
    ] = None,
    expression: Expressions = None,
    at: At = None,
    of: Of = None,
    wrt: Wrt = None,
    order: Annotated[int, typer.Option("--order", help="1 for Jacobians, 2 for second derivatives.")] = 1,
    route: Annotated[
        str, typer.Option("--route", help="How the numbers are made: auto, symbolic, forward, reverse or difference.")
    ] = "auto",
    output_format: Format = "table",
    color: Color = "auto",
) -> None:
    """Show the Jacobian of a spec: symbols and numbers side by side."""
    from jaccli.pipeline import Selection, load, load_expressions
    from jaccli.pipeline.computing import compute as run
    from jaccli.spec.load import parse_at

    out, _ = consoles(color)
    if output_format not in ("table", "json"):
        raise UsageError(f"--output-format must be table or json (got {output_format})")
    if (spec is None) == (not expression):
        raise UsageError("give one spec file, or expressions with -e; for example: jac compute -e 'y = x**2' --at x=3")
    values = parse_at(at or [])
    built = load(spec) if spec is not None else load_expressions(expression or [], values)
    selection = Selection(tuple(of or ()), tuple(wrt or ()))
    result = run(built, selection=selection, at=values, order=order, route=route)
    if output_format == "json":
        from jaccli.report.json import compute_json

        print(compute_json(result))
    else:
        from jaccli.report.tables import computed_tables

        out.print(computed_tables(result, out))
