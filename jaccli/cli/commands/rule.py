"""``jac rule``: what a code such as JAC101 means."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import consoles, guarded
from jaccli.errors import UsageError, suggestion

__all__ = ["rule"]


def _codes(incomplete: str) -> list[str]:
    from jaccli.verdict.rules import RULES

    return [code for code in RULES if code.startswith(incomplete.upper())]


@guarded
def rule(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE",
            help="A code such as JAC101; without one, all are listed.",
            show_default=False,
            autocompletion=_codes,
        ),
    ] = None,
) -> None:
    """Explain a code such as JAC101: what it means, and what to do."""
    from jaccli.report.info.rules import rule_text, rules_list
    from jaccli.verdict.rules import RULES

    out, _ = consoles()
    if code is None:
        out.print(rules_list(out.width), soft_wrap=True)
        return
    if code.upper() not in RULES:
        raise UsageError(f"there is no rule {code}; {suggestion(code.upper(), RULES) or 'jac rule lists them'}")
    out.print(rule_text(code.upper(), out.width), soft_wrap=True)
