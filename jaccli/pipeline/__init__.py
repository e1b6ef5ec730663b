"""The program: load → build → differentiate → check → report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jaccli.errors import SourceError, UsageError
from jaccli.graph.build import Built, build
from jaccli.pipeline.checking import Options, Selection, check, exact_constants, select
from jaccli.pipeline.find import find_specs
from jaccli.pipeline.rows import few_rows
from jaccli.spec.load import spec_from_expressions, spec_from_file
from jaccli.verdict import Report

__all__ = [
    "Options",
    "Selection",
    "check",
    "exact_constants",
    "find_specs",
    "load",
    "load_expressions",
    "run_checks",
    "select",
]


def load(path: str) -> Built:
    """Return the built spec of a file, or of standard input for ``-``.

    Errors: SourceError with every mistake of the spec.
    """
    problems: list[Any] = []
    return build(spec_from_file(path, problems), problems)


def load_expressions(expressions: Sequence[str], at: Mapping[str, Any]) -> Built:
    """Return the built spec of one-line expressions; free names are inputs with the shapes of ``at``."""
    problems: list[Any] = []
    return build(spec_from_expressions(expressions, problems, at), problems)


def run_checks(
    paths: Sequence[str], expressions: Sequence[str], options: Options
) -> Iterator[Report | SourceError | UsageError]:
    """Yield for each spec its report, or what is wrong with it; one that cannot be used does not stop the others."""
    for path in paths or ([""] if expressions else []):
        try:
            built = load(path) if path else load_expressions(expressions, options.at or {})
            yield check(few_rows(built), options)
        except (SourceError, UsageError) as error:
            yield error
