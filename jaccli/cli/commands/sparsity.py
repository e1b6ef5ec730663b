"""``jac sparsity``: which entries of a Jacobian can be nonzero, and how few products give them."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import consoles, guarded, say
from jaccli.cli.files import save
from jaccli.cli.loading import one_spec
from jaccli.cli.options import At, Expressions, Of, Output, Spec, Wrt, format_option, option
from jaccli.cli.runs.progress import working

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
        option(
            "--declared", metavar="FILE", help="Check a pattern: .json as written by -f json, or a .csv of 0 and 1."
        ),
    ] = None,
    output_format: Annotated[
        str | None, format_option("text or json.  [default: by the suffix of -o, or text]", "text", "json")
    ] = None,
    output: Output = None,
) -> None:
    """Show which entries of the Jacobian can be nonzero, and how few products give them all."""
    from jaccli.compute.sparsity import declared_patterns, sparsities
    from jaccli.graph.selection import Selection, select
    from jaccli.report.choice import format_of
    from jaccli.report.compute.sparsity import sparsity_json, sparsity_text

    name = format_of(output_format, output, {"text": (".txt",), "json": (".json",)})
    out, err = consoles()
    with working(err, "finding the pattern of", spec or "the expression"):
        built, values = one_spec("sparsity", spec, expression, at)
        chosen = Selection(tuple(of or ()), tuple(wrt or ()))
        said = declared_patterns(declared, select(built, chosen)[0]) if declared is not None else None
        found = sparsities(built, chosen, said, values)
    width = out.width if output is None else 80
    document = sparsity_json(found) if name == "json" else sparsity_text(found, width)
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
