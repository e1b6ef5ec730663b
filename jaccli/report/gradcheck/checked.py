"""Reports → the table of ``jac gradcheck``: value, difference ± error bar, error, verdict; and the summary line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from jaccli.report.gradcheck.details import details
from jaccli.report.gradcheck.open_entries import open_entries
from jaccli.report.gradcheck.problems import WORDS, slopes_words
from jaccli.results import numbers
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import JudgedBy, Label, Outcome

__all__ = ["STYLES", "branch_notes", "counted", "report_table", "summary"]

MOST_BRANCHES = 8  # that no point took, in a terminal
ALIKE = 3  # blocks that are held against a reference, each with a sentence of its own
NARROW = 14  # letters of an entry's name that stay on one line however narrow the terminal is
HEADINGS = ("tested", "value", "reference", "error", "checks")
COMPUTED = [Label.FORWARD, Label.REVERSE, Label.SYMBOLIC]  # how the program itself gets a derivative of a spec
STYLES = {
    Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.INCONCLUSIVE: "yellow", Outcome.ERROR: "bold red",
    Outcome.SKIPPED: "dim",
}  # fmt: skip
WRITTEN = {Outcome.PASS: "passed", Outcome.FAIL: "FAILED", Outcome.ERROR: "ERROR"}  # where not as they are


def branch_notes(branches: Sequence[str]) -> Iterator[str]:
    """Yield a note for each of the first branches that no point took, and one for how many more there are."""
    yield from (f"{branch}; nothing is known of that branch" for branch in branches[:MOST_BRANCHES])
    if (more := len(branches) - MOST_BRANCHES) > 0:
        yield f"{more} more branch{'es' * (more > 1)} that no point took; -f json names {'them' if more > 1 else 'it'}"


def report_table(report: Report, *, verbose: bool = False, width: int = 80) -> Group:
    """Return the table of one file; checks of a block that agree, over routes and points, share a row unless ``verbose``.

    width: the columns that it may take, by which long names are parted.
    """
    rows = _rows(report.checks, verbose)
    cells = [_cells(checks) for checks in rows]
    widths = (
        [max(map(len, (heading, *column))) for heading, *column in zip(HEADINGS, *cells, strict=True)] if cells else []
    )
    left = max(NARROW, width - sum(widths) - 2 * len(widths) - 1)
    crowded = width - sum(widths) - 2 * len(widths) < NARROW + 1
    word = max((len(word) for row in cells for word in row[0].plain.split()), default=0)
    names = [_parted(_name_parts(checks), left) for checks in rows]
    longest = max((len(line) for name in names for line in name.splitlines()), default=0)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("entry", overflow="fold", min_width=min(longest, NARROW))
    table.add_column("tested", max_width=max(word, len("tested")) if crowded else None)
    for heading in HEADINGS[1:-1]:
        table.add_column(heading, justify="right", no_wrap=True)
    words = [part for row in cells for part in row[-1].plain.split("  ")]
    table.add_column("checks", min_width=max(map(len, ("checks", *words))))
    for name, row in zip(names, cells, strict=True):
        table.add_row(Text(name), *row)
    title = Text(", ".join(report.files), style="bold").append(f"  {report.duration:.2f} s", style="dim")
    points = len({check.point_index for check in report.checks})
    title.append(f"  {points} points" if points > 1 else "", style="dim")
    if report.expect == "fail":
        title.append("  a failing claim is expected here", style="dim")
    if report.rows:
        title.append(f"\n  checked on {report.rows}", style="yellow")
    for warning in report.warnings:
        title.append(f"\n  note: {warning}", style="yellow")
    for note in branch_notes(report.unvisited):
        title.append(f"\n  note: {note}", style="yellow")
    found = details(report.checks) if verbose else None
    more: list[Any] = [Text(), found] if found else []
    return Group(
        title,
        table,
        *_legend(rows),
        *more,
        *_kinks(report.checks),
        *_troubles(report.checks),
        *_guarantees(report.checks, verbose),
        "",
    )


def _legend(rows: Sequence[Sequence[Check]]) -> list[Text]:
    """Return what the words of the table mean that are not said by themselves."""
    tested = {_tested(list(dict.fromkeys(check.tested for check in checks))) for checks in rows}
    words = ["computed: forward, reverse, SymPy"] if tested & {"computed", "both"} else []
    words += ["both: with the claim"] if "both" in tested else []
    words += ["of N: the worst of N"] if any(_worst(checks).entries > 1 for checks in rows) else []
    return [Text("; ".join(words), style="dim")] if words else []


def _kinks(checks: Sequence[Check]) -> list[Text]:
    """Return a line for each block on or beside a kink, naming the choice that tips there."""
    lines = {f"  {c.of}/{c.wrt}: {c.kink}": None for c in checks if c.kink and c.outcome != Outcome.FAIL}
    return [Text(line, style="yellow") for line in lines]


def _troubles(checks: Sequence[Check]) -> list[Text]:
    """Return a line for each block that was skipped, or is undecided because its value is not finite, with the reason."""
    undefined = {f"  {_pair(c)}: {c.help}": None for c in checks if c.code == "JAC205" and c.help}
    blocks: dict[str, list[str]] = {}
    for c in checks:
        if c.outcome == Outcome.SKIPPED and c.message and c.tested == Label.HESSIAN:
            blocks.setdefault(c.message, []).append(_pair(c))
        if c.outcome == Outcome.SKIPPED and c.code in (
            "JAC201",
            "JAC304",
        ):  # skipped without being asked to: the user should know
            undefined[f"  note: {c.message}; {c.help}"] = None
    skipped = [
        f"  {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {why}" for why, names in blocks.items()
    ]
    return [Text(line, style="yellow") for line in undefined] + [Text(line, style="dim") for line in skipped]


def _pair(check: Check) -> str:
    return f"{check.of}/{check.wrt}" if check.wrt else check.of


def _guarantees(checks: Sequence[Check], verbose: bool) -> list[Text]:
    """Return what random directions have proved, one line for each block, and of what is like one for all unless ``verbose``."""
    along = [check for check in checks if check.reference_route == JudgedBy.SEGMENTS and check.guarantee]
    held = [check for check in checks if check.reference_route == JudgedBy.REFERENCE and check.guarantee]
    least = max(held, key=lambda check: check.detectable, default=None)
    others = (
        held if len(held) > ALIKE else []
    )  # of many that are held against a reference, the least sharp speaks for all
    said = [c for c in checks if c.guarantee and (verbose or c is least or c not in (*along, *others))]
    lines = [Text(line, style="dim") for line in dict.fromkeys(f"{_pair(c)}: {c.guarantee}" for c in said)]
    if others and not verbose:
        lines.append(Text(f"{len(held)} blocks are, the others at least as sharply (-v)", style="dim"))
    if along and not verbose:
        most = max(check.detectable for check in along)
        blocks = len({(check.of, check.wrt) for check in along})
        what = "1 block agrees" if blocks == 1 else f"{blocks} blocks agree"
        words = f"{what} with the values along segments; an error of {most:.0e} of any row or column would have been seen (-v)"
        lines.append(Text(words, style="dim"))
    return lines


def _rows(checks: Sequence[Check], verbose: bool) -> list[list[Check]]:
    blocks: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        blocks.setdefault((check.of, check.wrt), []).append(check)
    rows: list[list[Check]] = []
    for block in blocks.values():
        kept: dict[Any, list[Check]] = {}
        for position, check in enumerate(block):
            key = position if verbose or check.outcome == Outcome.FAIL else (check.outcome, check.message)
            kept.setdefault(key, []).append(check)
        rows += kept.values()
    return rows


def _cells(checks: Sequence[Check]) -> tuple[Text, ...]:
    """Return what stands in a row beside the entry."""
    check = _worst(checks)
    tested, verdict = Text(_tested(list(dict.fromkeys(c.tested for c in checks)))), _verdict(checks)
    if check.outcome in (Outcome.SKIPPED, Outcome.ERROR) or check.code == "JAC208" or check.tested == Label.FUNCTION:
        return tested, Text(), Text(), Text(), verdict
    reference = f"{numbers.value(check.reference)} ± {numbers.error(check.error_bar)}"
    if check.slopes:
        reference = f"slopes {slopes_words(check.slopes)}"
    elif check.outcome == Outcome.INCONCLUSIVE and not math.isfinite(check.error_bar):
        reference = "none"
    blank = (check.slopes and check.outcome == Outcome.PASS) or reference == "none"
    error = "" if blank else numbers.relative(check.rel_error)
    return tested, Text(numbers.value(check.value)), Text(reference), Text(error), verdict


def _count(entries: int) -> str:
    return str(entries) if entries < 100_000 else f"{entries:.1e}".replace("e+0", "e").replace(".0e", "e")


def _worst(checks: Sequence[Check]) -> Check:
    return max(checks, key=lambda c: c.abs_error / c.tolerance if c.tolerance > 0 else 0.0)


def _name_parts(checks: Sequence[Check]) -> list[str]:
    """Return the parts of the worst entry's name between which it may be broken: output, input, of how many."""
    check = _worst(checks)
    place = f" p{check.point_index}" if len(checks) == 1 and check.point_index else ""
    count = [f" of {_count(check.entries)}"] if check.entries > 1 else []
    of, variables = f"{check.of}{_index(check.of_index)}", _variables(check)
    first = [f"{of}/", f"{variables[1:]}{place}"] if variables else [f"{of}{place}"]
    return [*first, *count]


def _parted(parts: Sequence[str], most: int) -> str:
    """Return the parts, in lines of up to ``most`` letters where that can be; those after the first are indented."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) > most:
            lines.append(f"  {part.lstrip()}")
        else:
            lines[-1] += part
    return "\n".join(lines)


def _variables(check: Check) -> str:
    """Return the input and its entry: ``/W[0, 1]``, or both of a Hessian: ``/W[0, 1]/b[2]``."""
    first, slash, second = check.wrt.partition("/")
    if not slash:
        return f"/{check.wrt}{_index(check.wrt_index)}" if check.wrt else ""
    return (
        f"/{first}{_index(check.wrt_index[: check.first_rank])}/{second}{_index(check.wrt_index[check.first_rank :])}"
    )


def _tested(names: list[str]) -> str:
    """Return what shares a row: ``computed`` for forward, reverse and symbolic together, ``both`` with a claim."""
    if names[:3] != COMPUTED:
        return ", ".join(names)
    rest = [str(name) for name in names[3:]]
    return "both" if rest == [Label.CLAIM] else ", ".join(["computed", *rest])


def _index(index: Sequence[int]) -> str:
    """Return an index without blanks, at which a narrow terminal would break it."""
    return f"[{','.join(map(str, index))}]" if index else ""


def _verdict(checks: Sequence[Check]) -> Text:
    """Return how many checks share the row, how they ended, and why."""
    check = _worst(checks)
    outcome = Outcome(check.outcome)
    detail = WORDS.get(check.code or "", "") if check.outcome != Outcome.PASS else ""
    if check.outcome == Outcome.PASS and check.at_kink:
        detail = "kink"
    if check.outcome == Outcome.INCONCLUSIVE:
        share = f" ({_count(check.entries - check.decided)} of {_count(check.entries)})"
        detail += share if check.entries > 1 and check.code != "JAC208" else ""
    return Text(f"{len(checks)} {WRITTEN.get(outcome, outcome)}", style=STYLES[outcome]).append(
        f"  {detail}" if detail else "", style="default"
    )


def counted(reports: Sequence[Report], errors: int = 0) -> Text:
    """Return the number of checks with each outcome, the worst first."""
    counts = {outcome: sum(report.counts[outcome] for report in reports) for outcome in STYLES}
    expected = sum(report.counts[Outcome.FAIL] for report in reports if report.expect == Outcome.FAIL and report.ok)
    counts[Outcome.FAIL] -= expected
    counts[Outcome.ERROR] += errors
    names = {
        Outcome.FAIL: "failed",
        Outcome.ERROR: "error" if counts[Outcome.ERROR] == 1 else "errors",
        Outcome.INCONCLUSIVE: "inconclusive",
        Outcome.PASS: "passed",
        Outcome.SKIPPED: "skipped",
    }  # in this order
    parts = [(f"{counts[outcome]} {name}", STYLES[outcome]) for outcome, name in names.items() if counts[outcome]]
    if expected:
        parts.append((f"{expected} failed as expected", "green"))
    text = Text()
    for position, (words, style) in enumerate(parts or [("nothing was checked", "yellow")]):
        text.append(", " if position else "").append(words, style=style)
    return text


def summary(
    reports: Sequence[Report],
    errors: int,
    seed: int,
    broken: Sequence[str] = (),
    ways: str = "",
    duration: float | None = None,
) -> Text:
    """Return the last lines: the number of checks with each outcome, and everything that was not verified.

    broken:   the files of specs that could not be used, where they are known; several specs of one file are one file.
    ways:     what a user can do to accept what is open.
    duration: of the run, in seconds.
    """
    text = counted(reports, errors)
    named = [re.sub(r"#\d+\Z", "", name) for report in reports for name in report.files]
    files = len({*named, *broken}) + errors - len(broken) + sum(not report.files for report in reports)
    took = f", {duration:.2f} s" if duration is not None else ""
    text.append(f" in {files} file{'s' if files != 1 else ''}{took} (seed {seed})")
    return text.append(open_entries((check for report in reports for check in report.checks), ways))
