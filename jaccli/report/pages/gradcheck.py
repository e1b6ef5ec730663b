"""A run → the page of ``--report html=…``: totals, each finding with its picture, what is open and why, and every check."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jaccli.errors import Problem, Span
from jaccli.report.gradcheck.problems import (
    ROUTES,
    WORDS,
    clipped,
    entry_name,
    judged_by,
    point_text,
    slopes_words,
    told_once,
)
from jaccli.report.json import head, result_json
from jaccli.report.pages.heat import error_map
from jaccli.report.pages.plots import curves
from jaccli.report.pages.render import page
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.results.run import Run
from jaccli.verdict import RULES

__all__ = ["html"]

SIDE, CELLS = 32, 4_000  # cells of one heat map, along an edge, and of all: what a page of half a megabyte can hold
EXPECTED = "expected"  # the outcome of a failure that its spec or a baseline allows
OUTCOMES = {
    Outcome.FAIL: "wrong", Outcome.ERROR: "could not run", Outcome.INCONCLUSIVE: "inconclusive", Outcome.PASS: "right",
    Outcome.SKIPPED: "skipped", EXPECTED: "wrong, as expected",
}  # fmt: skip
COLUMNS = (
    "of",
    "of_index",
    "wrt",
    "wrt_index",
    "tested",
    "point",
    "outcome",
    "code",
    "value",
    "reference",
    "error_bar",
    "entries",
)


@dataclass(frozen=True)
class Source:
    """A line of a file, cut in three: what is wrong stands in the middle."""

    place: str
    line: int
    before: str
    wrong: str
    after: str


@dataclass(frozen=True)
class Finding:
    """What one article of the page says; facts are pairs of words."""

    outcome: str
    badge: str
    code: str
    words: str
    title: str
    file: str
    source: Source | None
    facts: tuple[tuple[str, str], ...]
    claimed: str
    expected: str
    hints: tuple[str, ...]
    rerun: str
    picture: int | None  # of the data's heat maps
    meaning: str


def html(run: Run) -> str:
    """Return the page."""
    maps: list[dict[str, Any]] = []
    found = [*map(_problem, run.problems), *_findings(run, maps)]
    scans = [(report.scan, curves(report.scan)) for report in run.reports if report.scan is not None]
    data = {
        **head(run),
        "heat": maps,
        "checks": {"columns": COLUMNS, "files": _tables(run)},
        "findings": _documents(run),
    }
    files = {", ".join(report.files) for report in run.reports} | {p.span.file for p in run.problems if p.span}
    return page(
        "gradcheck.html.j2",
        title=f"Gradient check: {_verdict(run)}",
        scripts=("page_common.js", "page_heat.js", "page_report.js"),
        data=data,
        run=run,
        checked=len(files),
        counts=_counts(run),
        words=OUTCOMES,
        findings=found,
        codes=sorted({f.code for f in found if f.code}),
        files=list(dict.fromkeys(f.file for f in found if f.file)),
        scans=scans,
        notes=[
            (", ".join(r.files), note) for r in run.reports for note in (*r.unvisited, *([r.rows] if r.rows else []))
        ],
        rules={code: RULES[code] for code in sorted({f.code for f in found}) if code in RULES},
        summary=[
            (", ".join(r.files), {k: v for k, v in r.counts.items() if v}, f"{r.duration:.2f} s") for r in run.reports
        ],
    )


def _counts(run: Run) -> dict[str, int]:
    """Return how many checks there are of each outcome; what is wrong as expected is counted by itself."""
    allowed = sum(c.outcome == Outcome.FAIL and run.allowed(r, c) for r, c in run.checks)
    counts = {str(outcome): run.counts[outcome] for outcome in Outcome}
    counts[Outcome.FAIL] -= allowed
    return {**{outcome: counts[outcome] for outcome in OUTCOMES if outcome != EXPECTED}, EXPECTED: allowed}


def _verdict(run: Run) -> str:
    wrong = sum(c.outcome == Outcome.FAIL and not run.allowed(r, c) for r, c in run.checks)
    parts = [f"{wrong} wrong derivative{'s' * (wrong != 1)}"] if wrong else []
    if any(r.expect == "fail" and not r.ok and not r.counts[Outcome.FAIL] for r in run.reports):
        parts.append("a claim should be wrong, and none is")
    if broken := run.counts[Outcome.ERROR]:
        parts.append(f"{broken} could not run")
    if any(c.unverified and c.id not in run.accepted for _, c in run.checks):
        parts.append("not all that matters was verified")
    return ", ".join(parts) or ("all right" if run.counts[Outcome.PASS] else "nothing was checked")


def _findings(run: Run, maps: list[dict[str, Any]]) -> Iterator[Finding]:
    """Yield what did not pass, the wrong ones first; ``maps`` takes the heat maps."""
    order = [Outcome.ERROR, Outcome.FAIL, Outcome.INCONCLUSIVE]
    rows = [(report, check) for report, check in run.checks if check.outcome in order]
    reports = {id(check): report for report, check in rows}
    told = told_once(check for _, check in rows)
    told.sort(key=lambda pair: (run.allowed(reports[id(pair[0])], pair[0]), order.index(Outcome(pair[0].outcome))))
    for check, also in told:
        expected = check.outcome == Outcome.FAIL and run.allowed(reports[id(check)], check)
        yield _finding(check, also, expected, maps)


def _finding(check: Check, also: Sequence[Check], expected: bool, maps: list[dict[str, Any]]) -> Finding:
    code = check.code or "JAC100"
    rule = RULES.get(code)
    told = [] if check.is_bare else [check.help]
    if check.outcome == Outcome.INCONCLUSIVE and check.is_bare and rule:
        told = [rule.mend]
    outcome = EXPECTED if expected else str(check.outcome)
    return Finding(
        outcome=outcome,
        badge=OUTCOMES[outcome],
        code=code,
        words=WORDS.get(code, code),
        title=entry_name(check),
        file=check.span.file if check.span else check.file,
        source=_source(check.span),
        facts=tuple(_facts(check, also)),
        claimed=numbers.value(check.value) if math.isfinite(check.value) or check.outcome == Outcome.FAIL else "",
        expected=_expected(check),
        hints=tuple(part for text in told or [check.help] if text for part in text.split("; ")),
        rerun=check.rerun,
        picture=_picture(check, maps),
        meaning=rule.meaning if rule else "",
    )


def _expected(check: Check) -> str:
    if check.slopes:
        return f"a slope of the kink, {slopes_words(check.slopes)}"
    if not math.isfinite(check.reference):
        return "" if check.outcome != Outcome.FAIL else numbers.value(check.reference)
    return f"{numbers.value(check.reference)} ± {numbers.error(check.error_bar)}"


def _facts(check: Check, also: Sequence[Check]) -> Iterator[tuple[str, str]]:
    yield "Tested", ROUTES.get(check.tested, check.tested)
    if also:
        yield "Also", ", ".join(dict.fromkeys(ROUTES.get(one.tested, one.tested) for one in also))
    if (point := point_text(check)) != "":
        yield "At", point
    if check.outcome != Outcome.ERROR and math.isfinite(check.abs_error) and not check.slopes:
        bars = f", {numbers.error(check.abs_error / check.error_bar)} error bars" if check.error_bar > 0 else ""
        yield (
            "Error",
            f"absolute {check.abs_error:.2e}, relative {check.rel_error:.2e}{bars}; allowed {numbers.error(check.rtol)}",
        )
    if check.entries > 1:
        wrong = (
            f"{check.failed} wrong of {check.entries}"
            if check.failed
            else f"{check.decided} decided of {check.entries}"
        )
        yield "Entries", wrong
    if check.message and not check.is_bare and check.outcome != Outcome.FAIL:
        yield "Reason", check.message
    if check.kink:
        yield "Kink", check.kink
    if check.outcome != Outcome.ERROR:
        yield "Judged by", judged_by(check)
    if check.guarantee:
        yield "Shown", check.guarantee


def _picture(check: Check, maps: list[dict[str, Any]]) -> int | None:
    if check.grid is None:
        return None
    left = CELLS - sum(len(one["cells"]) for one in maps)
    side = min(SIDE, math.isqrt(max(left, 0)))
    if side < 4:
        return None
    maps.append(error_map(check.grid, check.of, check.wrt, side))
    place = check.grid.place(check.of_index, check.wrt_index)
    maps[-1]["here"] = next((k for k, cell in enumerate(maps[-1]["cells"]) if tuple(cell[:2]) == place), 0)
    return len(maps) - 1


def _problem(problem: Problem) -> Finding:
    rule = RULES.get(problem.code)
    file = problem.span.file if problem.span else ""
    return Finding(
        str(Outcome.ERROR), "could not run", problem.code, "", problem.message, file,
        _source(problem.span), (), "", "", (problem.help,) if problem.help else (), "", None, rule.meaning if rule else "",
    )  # fmt: skip


def _source(span: Span | None) -> Source | None:
    if span is None or not span.text:
        return None
    line, start, end = clipped(span)
    return Source(str(span), span.line, line[:start], line[start:end], line[end:])


def _documents(run: Run) -> list[dict[str, Any]]:
    """Return the results that did not pass, as ``-f json`` has them, without what is empty."""
    rows = [result_json(c, r) for r, c in run.checks if c.outcome not in (Outcome.PASS, Outcome.SKIPPED)]
    return [{name: value for name, value in row.items() if value not in (None, [], "", {})} for row in rows]


def _tables(run: Run) -> list[dict[str, Any]]:
    """Return every check as a row of COLUMNS, by file: short enough for a thousand of them."""
    return [{"file": ", ".join(r.files), "rows": [_row(check) for check in r.checks]} for r in run.reports]


def _row(check: Check) -> list[Any]:
    return [
        check.of, "".join(f"[{k}]" for k in check.of_index), check.wrt, "".join(f"[{k}]" for k in check.wrt_index),
        check.tested, check.point_index, str(check.outcome), check.code or "", *map(_digits, (check.value, check.reference)),
        numbers.error(check.error_bar), check.entries,
    ]  # fmt: skip


def _digits(x: float) -> float | str:
    return numbers.json_number(float(f"{x:.9g}"))
