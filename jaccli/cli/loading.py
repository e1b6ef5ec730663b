"""One spec file or the expressions of a command line → a built spec and the values given for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jaccli.errors import UsageError

if TYPE_CHECKING:
    from jaccli.graph.build import Built

__all__ = ["one_spec", "watch_text"]


def one_spec(
    command: str, spec: str | None, expressions: Sequence[str] | None, at: Sequence[str] | None
) -> tuple[Built, Mapping[str, Any]]:
    """Return what ``command`` works on.

    Errors: UsageError for neither or both, or a value that cannot be read; SourceError for a spec with mistakes.
    """
    from jaccli.graph.load import load, load_expressions
    from jaccli.spec.given import parse_at

    if (spec is None) == (not expressions):
        example = f"jac {command} -e 'y = x**2' --at x=3"
        raise UsageError(f"give one spec file, or expressions with -e; for example: {example}")
    values = parse_at(list(at or ()))
    return (load(spec) if spec is not None else load_expressions(list(expressions or ()), values)), values


def watch_text(built: Built, of: str | None, at: Mapping[str, Any] | None, language: str = "en") -> str:
    """Return the page that walks through both passes of a spec."""
    from jaccli.compute.watch import watched
    from jaccli.report.pages.watch import watch_page

    return watch_page(watched(built, of=of, at=at), language)
