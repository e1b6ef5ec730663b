"""Checks → the second table of ``-v``: each worst entry's error in ulps and error bars, and the smallest visible one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome

__all__ = ["details"]


def details(checks: Sequence[Check]) -> Table | None:
    """Return a row for each judged check; None where there is none.

    detects: the smallest relative error that would have been seen in every entry of the block, (τ + e)/|D|; where the right
             derivative is zero everywhere, the smallest absolute one.
    """
    judged = [
        check
        for check in checks
        if check.reference == check.reference and check.outcome not in (Outcome.SKIPPED, Outcome.ERROR)
    ]
    if not judged:
        return None
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("entry", overflow="fold", min_width=min(max(len(_name(check)) for check in judged), 14))
    table.add_column("tested", no_wrap=True)
    for heading in ("ulps", "error bars", "detects"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("judged by", overflow="fold")
    table.add_column("evals", justify="right")
    for check in judged:
        table.add_row(*map(Text, _cells(check)))
    return table


def _cells(check: Check) -> Iterator[str]:
    yield _name(check)
    yield check.tested
    yield _count(check.ulps)
    yield _count(check.abs_error / check.error_bar) if check.error_bar > 0 else "0" if check.abs_error == 0 else "-"
    relative = math.isfinite(check.detectable)
    yield numbers.relative(check.detectable) if relative else f"{numbers.error(check.tolerance + check.error_bar)} abs"
    digits = f", {check.digits} digits" if check.digits else ""
    yield f"{check.reference_route}{digits}"
    yield str(check.evaluations)


def _count(x: float) -> str:
    return "-" if not math.isfinite(x) else f"{x:.2g}" if x < 100 else numbers.error(x)


def _name(check: Check) -> str:
    of, wrt = (f"[{', '.join(map(str, index))}]" if index else "" for index in (check.of_index, check.wrt_index))
    return f"{check.of}{of}/{check.wrt}{wrt}{f' p{check.point_index}' if check.point_index else ''}"
