"""``jac graph``: the picture of forward values and backward gradients."""

from __future__ import annotations

from typing import Annotated

from jaccli.cli.console import consoles, guarded
from jaccli.cli.files import painted, written
from jaccli.cli.loading import one_spec, watch_text
from jaccli.cli.options import (
    At,
    Color,
    Depth,
    Expressions,
    OneOutput,
    Output,
    Spec,
    Unfold,
    format_option,
    option,
)
from jaccli.cli.runs.progress import working
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
        bool | None, option("--fold/--no-fold", help="Layers and named steps, or every operation.  [default: by size]")
    ] = None,
    depth: Depth = None,
    unfold: Unfold = None,
    output_format: Annotated[
        str | None,
        format_option(
            "text, svg, html, dot or mermaid.  [default: by the suffix of -o, or text]",
            "text",
            "svg",
            "html",
            "dot",
            "mermaid",
        ),
    ] = None,
    output: Output = None,
    color: Color = "auto",
) -> None:
    """Draw the computation graph: forward values in black, backward gradients in blue, shapes on the arrows."""
    from jaccli.compute.explain import drawing
    from jaccli.report.choice import format_of
    from jaccli.report.learn.drawn import DRAWERS, SUFFIXES, lines

    name = format_of(output_format, output, SUFFIXES)
    if fold is False and (depth is not None or unfold):
        raise UsageError("--no-fold shows every operation: leave out --depth and --unfold")
    out, err = consoles(color)
    width = out.width if output is None else 120
    with working(err, "drawing", spec or "the expression"):
        built, values = one_spec("graph", spec, expression, at)
        if name == "html":
            page = watch_text(built, of, values)
        else:
            found = drawing(
                built,
                of=of,
                at=values,
                folded=fold,
                depth=depth,
                unfold=tuple(unfold or ()),
                most=MOST if name == "svg" else None,
            )
            page = "" if name == "text" else DRAWERS[name](found, width)
    if name == "text":
        painted(lines(found, width), output, out)
    else:
        written(page, output)
