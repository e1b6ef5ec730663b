"""A check that can be made at any size → its report over many sizes, and the smallest at which it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from jaccli.checker.functions.sizes import combinations, smaller
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome

__all__ = ["swept", "words"]


def swept(
    check: Callable[[Mapping[str, int]], Report],
    sizes: Mapping[str, Sequence[int]],
    seed: int,
    checks: Callable[[Sequence[Mapping[str, int]]], Sequence[Report]] | None = None,
    example: Callable[[Mapping[str, int]], str] | None = None,
) -> Report:
    """Return the rows of a check at each combination of sizes, under names that hold the sizes.

    checks: ``check`` at many sizes, where that is done elsewhere; example: what shows a failure at some sizes, where that is asked.
    Law: where one fails, smaller ones are tried, one name at a time, until no block of them fails that did: that is ``smallest``.
    """
    chosen = combinations(sizes, seed)
    found_all = checks(chosen) if checks is not None else [check(one) for one in chosen]
    reports = {words(one): found for one, found in zip(chosen, found_all, strict=True)}
    failing = [one for one in chosen if reports[words(one)].outcome == Outcome.FAIL]
    if failing:
        least, found = _least(check, failing[0], reports[words(failing[0])], sizes)
        reports.setdefault(words(least), found)
    rows = tuple(_at(row, name) for name, report in reports.items() for row in report.checks)
    files = tuple(dict.fromkeys(file for report in reports.values() for file in report.files))
    smallest = f"# the smallest sizes at which it fails: {words(least)}\n" if failing else ""
    smallest += example(least) if failing and example else ""
    seconds = sum(report.duration for report in reports.values())
    return Report(checks=rows, seed=seed, duration=seconds, files=files, smallest=smallest)


def _least(
    check: Callable[[Mapping[str, int]], Report],
    failing: Mapping[str, int],
    report: Report,
    sizes: Mapping[str, Sequence[int]],
) -> tuple[Mapping[str, int], Report]:
    blocks, found = _failing(report), report
    while True:
        for one in smaller(failing, sizes):
            other = check(one)
            if blocks & _failing(other):
                failing, found = one, other
                break
        else:
            return failing, found


def _failing(report: Report) -> set[tuple[str, str]]:
    return {(check.of, check.wrt) for check in report.checks if check.outcome == Outcome.FAIL}


def _at(check: Check, name: str) -> Check:
    help_ = f"at {name}; {check.help}" if check.outcome == Outcome.FAIL and check.help else check.help
    return replace(check, target=f"{check.target} ({name})", help=help_)


def words(sizes: Mapping[str, int]) -> str:
    """Return sizes as text, such as ``seq=3, d=64``."""
    return ", ".join(f"{name}={size}" for name, size in sizes.items())
