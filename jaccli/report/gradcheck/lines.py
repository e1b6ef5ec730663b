"""A run of many files → a line for each, a line for each finding, and the commands that come next."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from rich.text import Text

from jaccli.errors import Problem
from jaccli.report.gradcheck.checked import STYLES, branch_notes, counted
from jaccli.report.gradcheck.problems import WORDS, entry_name
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome

__all__ = ["broken_line", "file_line", "finding_lines", "next_lines"]

MOST = 20  # findings that are listed after a run
SECONDS = 10  # columns
TITLES = {Outcome.FAIL: "FAILED", Outcome.ERROR: "ERROR", Outcome.INCONCLUSIVE: "INCONCLUSIVE"}


def file_line(report: Report, width: int, columns: int) -> Text:
    """Return what became of a file: its name in ``width`` columns, counts, and seconds that end at ``columns``.

    Notes on what was not looked at follow.
    """
    text = Text(f"{', '.join(report.files):<{width}}  ")
    counts = counted([report])
    text.append(counts).append(" " * max(1, columns - SECONDS - len(text))).append(
        f"{report.duration:{SECONDS - 2}.2f} s", style="dim"
    )
    if report.expect == Outcome.FAIL and not report.ok and not report.counts[Outcome.FAIL]:
        text.append("\n  a failing claim is expected here, and none fails", style=STYLES[Outcome.FAIL])
    if report.rows:
        text.append(f"\n  checked on {report.rows}", style="yellow")
    for warning in report.warnings:
        text.append(f"\n  note: {warning}", style="yellow")
    for note in branch_notes(report.unvisited):
        text.append(f"\n  note: {note}", style="yellow")
    return text


def broken_line(name: str, problems: int, width: int) -> Text:
    """Return the line of a file that could not be used."""
    return Text(f"{name:<{width}}  ").append(f"{problems} problem{'s' * (problems != 1)}", style=STYLES[Outcome.ERROR])


def finding_lines(checks: Iterable[Check], problems: Sequence[Problem]) -> Text:
    """Return a line for each finding: how it ended, its place, code and entry; those that failed first.

    checks: those that failed or could not be made, and those that leave open what matters.
    """
    order = list(TITLES)
    blocks: dict[object, list[Check]] = {}
    for check in checks:
        blocks.setdefault((check.target, check.of, check.wrt, check.code, check.outcome, check.span), []).append(check)
    found = sorted(blocks.values(), key=lambda block: order.index(Outcome(block[0].outcome)))
    rows = [(Outcome(block[0].outcome), _place(block[0]), _words(block)) for block in found]
    rows += [(Outcome.ERROR, f"{p.span or ''}", f"{p.code} {p.message}") for p in problems]
    text = Text()
    for outcome, place, words in rows[:MOST]:
        text.append("\n" if text else "").append(TITLES[outcome], style=STYLES[outcome])
        text.append(f" {place}" if place else "", style="bold").append(f" {words}")
    if len(rows) > MOST:
        text.append(f"\n… and {len(rows) - MOST} more; -f concise lists all of them", style="dim")
    return text


def _place(check: Check) -> str:
    return str(check.span) if check.span else check.file


def _words(block: Sequence[Check]) -> str:
    code = block[0].code or "JAC100"
    tested = ", ".join(dict.fromkeys(str(one.tested) for one in block))
    return f"{code} {WORDS[code]}: {entry_name(block[0])} ({tested})"


def next_lines(failed: Sequence[Check], specs: bool) -> Text:
    """Return the commands that show more of what failed; nothing where nothing failed.

    specs: whether what failed are spec files, which a record may name by itself; else the record's code is named again.
    """
    if not failed:
        return Text()
    names = [] if specs else list(dict.fromkeys(check.target for check in failed if "::" in check.target))
    rows = [(shlex.join(["jac", "gradcheck", "--lf", *names]), "only what failed")]
    first = failed[0]
    if specs and first.wrt and "/" not in first.wrt:
        entry = f"{first.of}{_index(first.of_index)}/{first.wrt}{_index(first.wrt_index)}"
        rows.append((shlex.join(["jac", "explain", first.target, "--entry", entry]), "how that entry comes about"))
    width = max(len(command) for command, _ in rows)
    text = Text()
    for command, about in rows:
        text.append("\n      " if text else "next: ").append(f"{command:<{width}}").append(f"  {about}", style="dim")
    return text


def _index(index: Sequence[int]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""
