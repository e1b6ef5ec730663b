"""The options that several commands share, each described once."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["At", "Color", "Expressions", "Format", "Of", "Specs", "Wrt"]

Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SPEC|DIR|-", help="Spec files or folders; without any, specs/ and *.jac.yaml.", show_default=False
    ),
]
Expressions = Annotated[
    list[str] | None,
    typer.Option("-e", "--expression", metavar="'y = EXPR'", help="An output, instead of a file; repeatable."),
]
At = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="NAME=VALUE", help="The value of an input, such as x=1.5 or 'x=[1, 2]'; repeatable."),
]
Of = Annotated[list[str] | None, typer.Option("--of", metavar="OUTPUT", help="Only this output; repeatable.")]
Wrt = Annotated[
    list[str] | None, typer.Option("--wrt", metavar="INPUT", help="Only with respect to this input; repeatable.")
]
Format = Annotated[str, typer.Option("-f", "--output-format", help="table or json.")]
Color = Annotated[str, typer.Option("--color", help="auto, always or never.")]
