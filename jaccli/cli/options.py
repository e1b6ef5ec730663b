"""The options that several commands share, each described once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from jaccli.cli.runs.reports import FORMATS

__all__ = [
    "NAMES_OF_FORMAT", "At", "Color", "Depth", "Expressions", "Format", "MaxMemory", "MaxOperations", "Of", "OneOutput", "Output",
    "Reports",
    "RunFormat", "Spec", "Specs", "Unfold", "Wrt", "complete_outputs", "complete_specs", "completing", "format_option", "option",
]  # fmt: skip

NAMES_OF_FORMAT = ("-f", "--format", "--output-format")  # the last is its name of earlier versions, which no help shows


def completing(*words: str) -> Callable[[str], list[str]]:
    """Return a function that completes one of the words."""
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


def option(*names: str, help: str, **more: Any) -> Any:
    """Return an option whose help says all there is to say of its default."""
    return typer.Option(*names, help=help, show_default=False, **more)


def format_option(help: str, *words: str, show_default: bool = False) -> Any:
    """Return the option by which a format is chosen, one of the words."""
    return typer.Option(
        *NAMES_OF_FORMAT, metavar="FORMAT", help=help, autocompletion=completing(*words), show_default=show_default
    )


def complete_outputs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the outputs of the spec that stands on the command line and begin with ``incomplete``."""
    named = ctx.params.get("spec") or ctx.params.get("specs") or []
    words = [
        *([named] if isinstance(named, str) else named),
        *ctx.args,
    ]  # while words are completed, they are left over
    try:
        from jaccli.graph.load import load_each

        files = [word for word in words if word.endswith((".yaml", ".yml", ".json"))]
        found = [one for file in files for one in load_each(file)]
        names = [name for one in found if not isinstance(one, Exception) for name in one.outputs]
    except Exception:  # of a spec with mistakes there is nothing to complete
        return []
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


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
    typer.Argument(
        metavar="SPEC", help="A spec file, or - for standard input.", show_default=False, autocompletion=complete_specs
    ),
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
    typer.Option(
        "--at",
        metavar="NAME=VALUE",
        help="The value of an input, such as x=1.5, 'x=[1, 2]' or 'W=normal(2, 3)'; repeatable.",
    ),
]
Of = Annotated[
    list[str] | None,
    typer.Option("--of", metavar="OUTPUT", help="Only this output; repeatable.", autocompletion=complete_outputs),
]
OneOutput = Annotated[
    str | None,
    typer.Option(
        "--of",
        metavar="OUTPUT",
        help="The output, or an entry such as 'y[0]'; the first without.",
        autocompletion=complete_outputs,
    ),
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
Format = Annotated[str, format_option("table or json.", "table", "json", show_default=True)]
RunFormat = Annotated[
    str, format_option(f"table, {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.", "table", *FORMATS, show_default=True)
]
Reports = Annotated[
    list[str] | None,
    option(
        "--report",
        metavar="FORMAT[=PATH]",
        help="Also write a report, as in junit=junit.xml; formats are those of -f; repeatable.",
        autocompletion=completing(*(f"{name}=" for name in FORMATS)),
    ),
]
MaxOperations = Annotated[
    float | None,
    option("--max-operations", metavar="N", help="Refuse a spec that takes more operations.  [default: 1e11]"),
]
MaxMemory = Annotated[
    float | None,
    option("--max-memory", metavar="GB", help="Refuse a spec that takes more memory, in gigabytes.  [default: 8]"),
]
Output = Annotated[str | None, option("-o", "--output", metavar="FILE", help="Write to a file.")]
Color = Annotated[
    str,
    typer.Option(
        "--color", metavar="WHEN", help="auto, always or never.", autocompletion=completing("auto", "always", "never")
    ),
]
