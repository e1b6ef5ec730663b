"""``jac schema``: the JSON Schema of specs for editors, and of outputs for the programs that read them."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import guarded
from jaccli.errors import UsageError, suggestion

__all__ = ["schema"]

DOCUMENTS = ("spec", "compute", "gradcheck")


@guarded
def schema(
    of: Annotated[
        str, typer.Option("--of", metavar="DOCUMENT", help="spec, or what -f json writes: compute, gradcheck.")
    ] = "spec",
) -> None:
    """Print a JSON Schema (draft 2020-12): of specs, or of what compute and gradcheck write with -f json."""
    import json

    if of not in DOCUMENTS:
        help_ = suggestion(of, DOCUMENTS) or f"one of: {', '.join(DOCUMENTS)}"
        raise UsageError(f"--of must be spec, compute or gradcheck (got {of}); {help_}")
    print(json.dumps(_schema(of), indent=2, ensure_ascii=False))


def _schema(of: str) -> object:
    if of == "spec":
        from jaccli.graph.jsonschema import spec_schema

        return spec_schema()
    from jaccli.report.schema import compute_schema, gradcheck_schema

    return compute_schema() if of == "compute" else gradcheck_schema()
