"""The options that several commands share, each described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "At", "Color", "Depth", "Expressions", "Format", "MaxMemory", "MaxOperations", "Of", "OneOutput", "Reports", "RunFormat",
    "Spec", "Specs", "Unfold", "Wrt", "complete_specs",
]  # fmt: skip


def complete_specs(incomplete: str) -> list[str]:
    """Return the folders and YAML files that begin with ``incomplete``, for the shell's completion."""
    folder, _, start = incomplete.rpartition("/")
    where = Path(folder or ("/" if incomplete.startswith("/") else "."))
    prefix = incomplete[: len(incomplete) - len(start)]
    try:
        found = sorted(
            path for path in where.iterdir() if path.name.startswith(start) and (start or path.name[0] != ".")
        )
    except OSError:
        return []
    return [
        f"{prefix}{path.name}{'/' * path.is_dir()}"
        for path in found
        if path.is_dir() or path.suffix in (".yaml", ".yml")
    ]


Spec = Annotated[
    str | None,
    typer.Argument(help="A spec file, or - for standard input.", show_default=False, autocompletion=complete_specs),
]
Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SPEC|DIR|FILE.py::FUNCTION|-",
        help="Specs, folders, Python functions; without any, specs/ and *.jac.yaml.",
        show_default=False,
        autocompletion=complete_specs,
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
OneOutput = Annotated[
    str | None,
    typer.Option("--of", metavar="OUTPUT", help="The output, or an entry such as 'y[0]'; the first without."),
]
Depth = Annotated[
    int | None,
    typer.Option("--depth", metavar="N", help="Fold to layers: 1 the outermost, 2 those inside them, and so on."),
]
Unfold = Annotated[
    list[str] | None,
    typer.Option("--unfold", metavar="NAME", help="Fold to layers and steps, but show the inside of this; repeatable."),
]
Wrt = Annotated[
    list[str] | None, typer.Option("--wrt", metavar="INPUT", help="Only with respect to this input; repeatable.")
]
Format = Annotated[str, typer.Option("-f", "--output-format", help="table or json.")]
RunFormat = Annotated[
    str,
    typer.Option(
        "-f",
        "--output-format",
        metavar="FORMAT",
        help="table, json, jsonl, junit, sarif, github, gitlab or markdown.",
    ),
]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FORMAT[=PATH]",
        help="Also write this, as in junit=junit.xml; formats are those of -f; repeatable.",
        show_default=False,
    ),
]
MaxOperations = Annotated[
    float | None,
    typer.Option(
        "--max-operations",
        metavar="N",
        help="Refuse a spec that takes more, counted.  [default: 1e11]",
        show_default=False,
    ),
]
MaxMemory = Annotated[
    float | None,
    typer.Option("--max-memory", metavar="GB", help="Likewise, in gigabytes.  [default: 8]", show_default=False),
]
Color = Annotated[str, typer.Option("--color", help="auto, always or never.")]
