"""``jac schema``: the JSON Schema of specs for editors, and of outputs for the programs that read them."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import guarded
from jaccli.errors import UsageError, suggestion

__all__ = ["schema"]

DOCUMENTS = ("spec", "compute", "gradcheck")
DRAFTS = ("2020-12", "07")


@guarded
def schema(
    of: Annotated[
        str,
        typer.Option(
            "--of",
            metavar="DOCUMENT",
            help="spec, or what -f json writes: compute, gradcheck.",
            autocompletion=lambda: list(DOCUMENTS),
        ),
    ] = "spec",
    draft: Annotated[
        str,
        typer.Option(
            "--draft",
            metavar="DRAFT",
            help="2020-12, or 07 for editors that know only that.",
            autocompletion=lambda: list(DRAFTS),
        ),
    ] = "2020-12",
) -> None:
    """Print the JSON Schema of specs, or of what compute and gradcheck write with -f json."""
    import json

    from jaccli.spec.jsonschema import draft07

    if of not in DOCUMENTS:
        help_ = suggestion(of, DOCUMENTS) or f"one of: {', '.join(DOCUMENTS)}"
        raise UsageError(f"--of must be spec, compute or gradcheck (got {of}); {help_}")
    if draft not in DRAFTS:
        raise UsageError(f"--draft must be {' or '.join(DRAFTS)} (got {draft})")
    found = _schema(of)
    print(json.dumps(found if draft == "2020-12" else draft07(found), indent=2, ensure_ascii=False))


def _schema(of: str) -> object:
    if of == "spec":
        from jaccli.graph.jsonschema import spec_schema

        return spec_schema()
    from jaccli.report.schema import compute_schema, gradcheck_schema

    return compute_schema() if of == "compute" else gradcheck_schema()
