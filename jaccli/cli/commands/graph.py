"""``jac graph``: the picture of forward values and backward gradients."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import consoles, guarded
from jaccli.cli.files import written
from jaccli.cli.loading import one_spec, watch_text
from jaccli.cli.options import At, Depth, Expressions, OneOutput, Spec, Unfold
from jaccli.errors import UsageError

__all__ = ["graph"]

MOST = 400  # boxes of a picture: 10,000 pixels from top to bottom in a long network


@guarded
def graph(
    spec: Spec = None,
    expression: Expressions = None,
    at: At = None,
    of: OneOutput = None,
    fold: Annotated[
        bool | None,
        typer.Option(
            "--fold/--no-fold",
            help="Layers and named steps, or every operation.  [default: by size]",
            show_default=False,
        ),
    ] = None,
    depth: Depth = None,
    unfold: Unfold = None,
    output_format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            help="text, svg, html, dot or mermaid.  [default: by the suffix of -o, or text]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file.")] = None,
) -> None:
    """Draw the computation graph: forward values in black, backward gradients in blue, shapes on the arrows."""
    from jaccli.compute.explain import drawing
    from jaccli.report.learn.drawn import DRAWERS, format_of

    name = output_format or format_of(output)
    if name not in (*DRAWERS, "html"):
        raise UsageError(f"--format must be one of {', '.join((*DRAWERS, 'html'))} (got {name})")
    if fold is False and (depth is not None or unfold):
        raise UsageError("--no-fold shows every operation: leave out --depth and --unfold")
    built, values = one_spec("graph", spec, expression, at)
    if name == "html":
        written(watch_text(built, of, values), output)
        return
    found = drawing(
        built,
        of=of,
        at=values,
        folded=fold,
        depth=depth,
        unfold=tuple(unfold or ()),
        most=MOST if name == "svg" else None,
    )
    picture = DRAWERS[name](found, consoles()[0].width if output is None else 120)
    written(picture, output)
