"""The formats of ``jac compute`` by name: the writer of each, imported when it is used, and what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from jaccli.errors import UsageError
from jaccli.report.choice import format_of as chosen
from jaccli.results.computed import Computed

__all__ = ["FORMATS", "MAX_BINDINGS", "Format", "format_of"]


@dataclass(frozen=True, kw_only=True)
class Format:
    """One output format.

    writer    module and function: Computed → text, or bytes where ``binary``
    suffix    of the files that mean it
    texts     whether it shows symbolic entries, which take the longest to make
    numbers   whether every input needs a value
    summary   whether a great many blocks are summed up
    bindings  how many named intermediates of long entries it shows at most; None for all of them
    """

    writer: tuple[str, str]
    suffix: str
    texts: bool = True
    numbers: bool = False
    binary: bool = False
    summary: bool = False
    bindings: int | None = None

    def write(self, result: Computed) -> str | bytes:
        """Return the document."""
        module, function = self.writer
        write: Callable[[Computed], str | bytes] = getattr(import_module(module), function)
        return write(result)


MAX_BINDINGS = 16  # of a table

FORMATS = {
    "table": Format(
        writer=("jaccli.report.compute.tables", "computed_text"), suffix=".txt", summary=True, bindings=MAX_BINDINGS
    ),
    "json": Format(writer=("jaccli.report.json", "compute_json"), suffix=".json", bindings=0),
    "csv": Format(writer=("jaccli.report.compute.csv", "computed_csv"), suffix=".csv", texts=False, numbers=True),
    "npz": Format(
        writer=("jaccli.report.compute.npz", "computed_npz"), suffix=".npz", texts=False, numbers=True, binary=True
    ),
    "latex": Format(writer=("jaccli.report.compute.latex", "computed_latex"), suffix=".tex"),
    "python": Format(
        writer=("jaccli.report.compute.python", "computed_python"), suffix=".py", texts=False, numbers=True
    ),
    "html": Format(writer=("jaccli.report.pages.compute", "computed_page"), suffix=".html"),
    "markdown": Format(writer=("jaccli.report.compute.markdown", "computed_markdown"), suffix=".md"),
}


def format_of(name: str | None, output: str | None) -> str:
    """Return the name of the format: the one given, else that of the file's suffix, else table.

    Errors: UsageError for an unknown name or suffix, and for bytes without a file.
    """
    name = chosen(name, output, {known: (row.suffix,) for known, row in FORMATS.items()})
    if FORMATS[name].binary and not output:
        raise UsageError(f"-f {name} needs a file: -o FILE{FORMATS[name].suffix}")
    return name
