"""``jac graph``: the picture of forward values and backward gradients."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import guarded
from jaccli.cli.files import save
from jaccli.cli.options import At, Expressions, Spec
from jaccli.errors import UsageError

__all__ = ["graph"]


@guarded
def graph(
    spec: Spec = None,
    expression: Expressions = None,
    at: At = None,
    of: Annotated[
        str | None, typer.Option("--of", metavar="OUTPUT", help="The output, or an entry such as 'y[0]'.")
    ] = None,
    fold: Annotated[
        bool | None,
        typer.Option(
            "--fold/--no-fold", help="Only named steps, or every operation.  [default: by size]", show_default=False
        ),
    ] = None,
    output_format: Annotated[str, typer.Option("-f", "--format", help="text, svg, dot or mermaid.")] = "text",
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file.")] = None,
) -> None:
    """Draw the computation graph: forward values in black, backward gradients in blue, shapes on the arrows."""
    from jaccli.pipeline import load, load_expressions
    from jaccli.pipeline.explaining import drawing
    from jaccli.report.drawn import DRAWERS
    from jaccli.spec.load import parse_at

    if output_format not in DRAWERS:
        raise UsageError(f"--format must be one of {', '.join(DRAWERS)} (got {output_format})")
    if (spec is None) == (not expression):
        raise UsageError("give one spec file, or expressions with -e; for example: jac graph -e 'y = x**2' --at x=3")
    values = parse_at(at or [])
    built = load(spec) if spec is not None else load_expressions(expression or [], values)
    picture = DRAWERS[output_format](drawing(built, of=of, at=values, fold=fold))
    if output is None:
        print(picture, end="")
        return
    save(output, picture)
    print(f"wrote {output}")
