"""A file, or expressions of the command line → built specs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jaccli.errors import SourceError
from jaccli.graph.build import Built, build
from jaccli.spec.load import spec_from_expressions, spec_from_file, specs_from_file

__all__ = ["load", "load_each", "load_expressions"]


def load(path: str) -> Built:
    """Return the built spec of a file, or of standard input for ``-``; ``path#2`` and ``path#NAME`` pick one of several.

    Errors: SourceError with every mistake of the spec.
    """
    problems: list[Any] = []
    return build(spec_from_file(path, problems), problems)


def load_each(path: str) -> Iterator[Built | SourceError]:
    """Yield for each YAML document of a file its built spec, or what is wrong with it.

    Errors: SourceError where the file cannot be read.
    """
    for read in specs_from_file(path):
        problems: list[Any] = []
        try:
            yield build(read(problems), problems)
        except SourceError as error:
            yield error


def load_expressions(
    expressions: Sequence[str], at: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]] | None = None
) -> Built:
    """Return the built spec of one-line expressions; free names are inputs with the shapes of ``at``, else ``shapes``."""
    problems: list[Any] = []
    return build(spec_from_expressions(expressions, problems, at, shapes), problems)
