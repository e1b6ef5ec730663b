"""``jac rule``: what a code such as JAC101 means."""

from __future__ import annotations

from typing import Annotated

import typer

from jaccli.cli.console import consoles, guarded
from jaccli.errors import UsageError, suggestion

__all__ = ["rule"]


@guarded
def rule(
    code: Annotated[
        str | None, typer.Argument(help="A code such as JAC101; without one, all are listed.", show_default=False)
    ] = None,
) -> None:
    """Explain a rule code: what it means and how to mend it."""
    from jaccli.report.info.rules import rule_text, rules_list
    from jaccli.verdict.rules import RULES

    out, _ = consoles()
    if code is None:
        out.print(rules_list(out.width), soft_wrap=True)
        return
    if code.upper() not in RULES:
        raise UsageError(f"there is no rule {code}; {suggestion(code.upper(), RULES) or 'jac rule lists them'}")
    out.print(rule_text(code.upper(), out.width), soft_wrap=True)
