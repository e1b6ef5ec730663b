"""The program: load → build → differentiate → check → report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jaccli.errors import SourceError, UsageError, note
from jaccli.graph.build import Built, build
from jaccli.pipeline.find import find_specs
from jaccli.pipeline.rows import few_rows, rows_text
from jaccli.pipeline.selecting import Options, Selection, exact_constants, select
from jaccli.spec.load import spec_from_expressions, spec_from_file, specs_from_file

if TYPE_CHECKING:
    from jaccli.pipeline.checking import Interrupted, check
    from jaccli.verdict import Report

__all__ = [
    "Interrupted",
    "Options",
    "Selection",
    "check",
    "exact_constants",
    "find_specs",
    "load",
    "load_all",
    "load_each",
    "load_expressions",
    "run_checks",
    "select",
]


def __getattr__(name: str) -> Any:
    """Return what judges derivatives, which takes a while to import and is not needed to compute them."""
    if name not in ("Interrupted", "check"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from jaccli.pipeline import checking

    return getattr(checking, name)


def load(path: str) -> Built:
    """Return the built spec of a file, or of standard input for ``-``; ``path#2`` and ``path#NAME`` pick one of several.

    Errors: SourceError with every mistake of the spec.
    """
    problems: list[Any] = []
    return build(spec_from_file(path, problems), problems)


def load_all(path: str) -> list[Built]:
    """Return every built spec of a file, one for each of its YAML documents.

    Errors: SourceError with the mistakes of all of them.
    """
    problems: list[Any] = []
    found = list(load_each(path))
    for one in found:
        if isinstance(one, SourceError):
            note(problems, *one.problems)
    if problems:
        raise SourceError(problems)
    return [one for one in found if isinstance(one, Built)]


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


def load_expressions(expressions: Sequence[str], at: Mapping[str, Any]) -> Built:
    """Return the built spec of one-line expressions; free names are inputs with the shapes of ``at``."""
    problems: list[Any] = []
    return build(spec_from_expressions(expressions, problems, at), problems)


def run_checks(
    paths: Sequence[str], expressions: Sequence[str], options: Options
) -> Iterator[Report | SourceError | UsageError]:
    """Yield for each spec its report, or what is wrong with it; one that cannot be used does not stop the others.

    An exception that nobody foresaw is the report of its spec, with a row that asks for it to be reported (JAC399).
    """
    for path in paths or ([""] if expressions else []):
        try:
            found = load_each(path) if path else iter([load_expressions(expressions, options.at or {})])
            for built in found:
                yield _checked(built, options)
        except (SourceError, UsageError) as error:
            yield error
        except Exception:
            yield _crashed(path, options)


def _checked(built: Built | SourceError, options: Options) -> Report | SourceError | UsageError:
    from jaccli.pipeline.checking import check

    if isinstance(built, SourceError):
        return built
    try:
        return replace(check(few_rows(built), options), rows=rows_text(built))
    except (SourceError, UsageError) as error:
        return error
    except Exception:
        return _crashed(built.spec.target, options)


def _crashed(name: str, options: Options) -> Report:
    from jaccli.pipeline.crashed import crash_report

    return crash_report(name or "<expression>", seed=options.seed or 0)
