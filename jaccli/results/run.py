"""All that a run of ``jac gradcheck`` has found, as the writers take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from jaccli.errors import Problem
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome

__all__ = ["Run", "Shard"]


@dataclass(frozen=True, slots=True)
class Shard:
    """Which part of the work a run has done.

    digest  of the names and costs that all parts were chosen by: it is the same for parts that belong together
    names   the specs and functions of this part
    """

    number: int
    count: int
    digest: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Run:
    """The reports of a run, and the problems of what could not be checked at all.

    known     ids of failures that a baseline allows
    accepted  ids of checks that may stay open by it
    """

    reports: tuple[Report, ...]
    problems: tuple[Problem, ...] = ()
    seed: int = 0
    duration: float = 0.0
    version: str = ""
    known: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    shard: Shard | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many checks have each outcome; a problem is an error."""
        found: Counter[str] = Counter()
        for report in self.reports:
            found += report.counts
        return {name: found[name] + (len(self.problems) if name == Outcome.ERROR else 0) for name in Outcome}

    @property
    def checks(self) -> Iterator[tuple[Report, Check]]:
        """Every check, with its report."""
        return ((report, check) for report in self.reports for check in report.checks)

    def allowed(self, report: Report, check: Check) -> bool:
        """Return whether a failure is one that its spec expects, or the baseline knows."""
        return check.id in self.known or (report.expect == Outcome.FAIL and report.ok)
