"""``jac sparsity``: which entries of a Jacobian can be nonzero, and how few products give them."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import consoles, guarded, say
from jaccli.cli.files import save
from jaccli.cli.loading import one_spec
from jaccli.cli.options import At, Expressions, Of, Spec, Wrt
from jaccli.errors import UsageError

__all__ = ["sparsity"]

FAILED, UNDECIDED = 1, 4


@guarded
def sparsity(
    spec: Spec = None,
    expression: Expressions = None,
    at: At = None,
    of: Of = None,
    wrt: Wrt = None,
    declared: Annotated[
        str | None,
        typer.Option(
            "--declared",
            metavar="FILE",
            help="Check a pattern: .json as written by -f json, or a .csv of 0 and 1.",
            show_default=False,
        ),
    ] = None,
    output_format: Annotated[str, typer.Option("-f", "--format", help="text or json.")] = "text",
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file.")] = None,
) -> None:
    """Show which entries of the Jacobian can be nonzero, and how few products give them all."""
    from jaccli.compute.sparsity import declared_patterns, sparsities
    from jaccli.graph.selection import Selection, select
    from jaccli.report.compute.sparsity import sparsity_json, sparsity_text

    if output_format not in ("text", "json"):
        raise UsageError(f"--format must be one of text, json (got {output_format})")
    built, values = one_spec("sparsity", spec, expression, at)
    chosen = Selection(tuple(of or ()), tuple(wrt or ()))
    said = declared_patterns(declared, select(built, chosen)[0]) if declared is not None else None
    found = sparsities(built, chosen, said, values)
    width = consoles()[0].width if output is None else 80
    document = sparsity_json(found) if output_format == "json" else sparsity_text(found, width)
    if output is None:
        say(document)
    else:
        save(output, f"{document}\n")
        say(f"wrote {output}")
    held = [one.declared for one in found if one.declared is not None]
    if any(one.wrong for one in held):
        raise typer.Exit(FAILED)
    if any(one.unseen for one in held):
        raise typer.Exit(UNDECIDED)
