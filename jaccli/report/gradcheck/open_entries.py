"""Inconclusive checks → the lines below the summary: what was not verified, why, and how to go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from jaccli.report.gradcheck.problems import WORDS, smallest_seen
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.verdict import RULES

__all__ = ["IN_A_RUN", "open_entries"]

SHOWN = 5  # blocks that are named
#: The ways out of exit code 4 that do not need another derivative or another point.
IN_A_RUN = "to accept what is inconclusive: --fail-on never, or a baseline (--write-baseline FILE)"


def open_entries(checks: Iterable[Check], ways: str = "") -> Text:
    """Return the undecided entries of a run, those that matter first; an empty text where all are decided.

    ways: what a user can do to accept it.
    """
    blocks: dict[tuple[str, str, str, int], Check] = {}
    for check in checks:
        if check.outcome == Outcome.INCONCLUSIVE:
            key = (check.file, check.of, check.wrt, check.point_index)
            blocks[key] = max(blocks.get(key, check), check, key=lambda c: (c.unverified, c.entries - c.decided))
    grave = [check for check in blocks.values() if check.unverified]
    text = Text()
    if grave:
        text.append(f"\nNOT VERIFIED: {_entries(grave)} inconclusive", style="bold yellow")
        text.append("; `-v` shows each block" if ways else "", style="yellow")
        for line in _reasons(grave):
            text.append(f"\n  {line}", style="yellow")
        text.append(f"\n{ways}" if ways else "", style="dim")
    slight = [check for check in blocks.values() if not check.unverified]
    if slight:
        words = f"\n{_entries(slight)} inconclusive, which cannot be off by more than {_share(slight)} of their rows and columns"
        text.append(words, style="dim")
    return text


def _entries(checks: Sequence[Check]) -> str:
    count = sum(max(check.entries - check.decided, 1) for check in checks)
    return f"{count:,} entr{'y' if count == 1 else 'ies'}"


def _share(checks: Sequence[Check]) -> str:
    return numbers.error(max(check.open_share for check in checks))


def _reasons(checks: Sequence[Check]) -> list[str]:
    """Return a line for each reason: the blocks, its name, what is known, and what to do."""
    found: dict[tuple[str, str], list[str]] = {}
    hidden: dict[tuple[str, str], float] = {}
    for check in checks:
        code = check.code or "JAC207"
        known = check.help or RULES[code].mend
        sentence = known if check.is_bare else "; ".join(part for part in (check.message, check.help) if part)
        sentence = sentence[:1].upper() + sentence[1:]
        found.setdefault((code, sentence), []).append(f"{check.of}/{check.wrt}" if check.wrt else check.of)
        if (least := smallest_seen(check)) is not None:
            hidden[code, sentence] = max(least, hidden.get((code, sentence), 0.0))
    lines = []
    for (code, sentence), blocks in found.items():
        names = list(dict.fromkeys(blocks))
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        least = hidden.get((code, sentence))
        size = "" if least is None else f" An error of up to {numbers.error(least)} would not have been seen here."
        lines.append(f"{', '.join(names[:SHOWN])}{more}: {WORDS[code]} ({code}).{size} {sentence}")
    return lines
