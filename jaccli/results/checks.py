"""The outcome of a check, and of a whole run, as frozen values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jaccli.errors import Span
from jaccli.results.grid import Grid
from jaccli.results.ids import check_id, check_name
from jaccli.results.kinds import JudgedBy, Label, Outcome, Reason
from jaccli.results.scan import Scan
from jaccli.results.shown import display, written

__all__ = ["Check", "Report"]

SHOWN = 12  # failures that the repr of a report names


@dataclass(frozen=True, kw_only=True)
class Check:
    """One judged block: an output, an input, what was tested, at one point; the numbers are those of its worst entry."""

    target: str  # what is checked: ``specs/ner.yaml``, ``ops.py::gelu``
    outcome: Outcome
    of: str
    wrt: str
    tested: Label
    point: Mapping[str, Any]
    file: str
    code: str | None = None
    span: Span | None = None
    of_index: tuple[int, ...] = ()
    wrt_index: tuple[int, ...] = ()
    first_rank: int = 0  # of a Hessian's block x/y: how many of wrt_index belong to x
    value: float = float("nan")
    reference: float = float("nan")
    error_bar: float = float("nan")
    abs_error: float = float("nan")
    tolerance: float = float("nan")
    detectable: float = float("nan")
    rtol: float = 1e-6
    slopes: tuple[float, float] | None = None  # one-sided, where the point is itself a kink
    ulps: float = float("nan")
    reference_route: JudgedBy = JudgedBy.DIFFERENCE
    digits: int | None = None  # of the reference's arithmetic, where that is not doubles
    witnesses: tuple[str, ...] = ()  # other references that agree with the one that judged
    evaluations: int = 0
    entries: int = 0
    decided: int = 0
    open_share: float = (
        1.0  # of an inconclusive check: how far off undecided entries may be, as a share of a row or a column
    )
    open_allowed: float | None = None  # the share that does not matter; None for rtol
    failed: int = 0
    reason: Reason = Reason.NONE  # why the worst entry is open, or accepted at a kink
    said: str = ""  # what is known beyond the reason
    kink: str = ""  # which choice is nearest to tipping, and how near, where that matters
    help: str = ""
    rerun: str = ""
    point_index: int = 0
    about: str | None = None  # what the id names where that is not an output by an input; "" for the target as a whole
    guarantee: str | None = None  # what random directions have shown, in a sentence with its numbers
    grid: Grid | None = field(default=None, repr=False, compare=False)  # every entry, of a block that did not pass

    @property
    def id(self) -> str:
        """What identifies the check in every run; example: ``specs/ner.yaml::s/b[reverse-p0]``."""
        return self.target if self.about == "" else check_id(self.target, *self._named)

    @property
    def name(self) -> str:
        """What identifies the check among those of its target; example: ``s/b[reverse-p0]``."""
        return self.of if self.about == "" else check_name(*self._named)

    @property
    def _named(self) -> tuple[str, str, str, int]:
        of, wrt = (self.of, self.wrt) if self.about is None else (self.about, "")
        return of, wrt, self.tested, self.point_index

    @property
    def unverified(self) -> bool:
        """Whether something that matters is open: undecided entries may be off by more than ``rtol`` of a row or a column.

        Where differences of doubles judge, ten times that does not matter, as in an entry that they pass.
        """
        allowed = self.rtol if self.open_allowed is None else self.open_allowed
        return self.outcome == Outcome.INCONCLUSIVE and not self.open_share <= allowed

    @property
    def at_kink(self) -> bool:
        """Whether the worst entry was accepted between the two slopes of a kink."""
        return self.reason == Reason.SUBGRADIENT

    @property
    def message(self) -> str:
        """What there is to say: what is known, or the reason alone where that is all."""
        return self.said or str(self.reason)

    @property
    def is_bare(self) -> bool:
        """Whether there is no more to say of an open check than what its rule says."""
        return not self.said

    @property
    def rel_error(self) -> float:
        """The worst entry's error relative to the larger of the two values."""
        size = max(abs(self.value), abs(self.reference))
        return self.abs_error / size if size > 0 else 0.0 if self.abs_error == 0 else float("nan")


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """All checks of a run. A report is not a truth value: ask ``ok`` or ``outcome``."""

    checks: tuple[Check, ...]
    seed: int = 0
    duration: float = 0.0
    expect: str = Outcome.PASS
    files: tuple[str, ...] = field(default=())
    smallest: str = ""  # spec or program that fails as the first failure does, where that was asked for
    unvisited: tuple[str, ...] = ()  # branches of choices that no point took, in sentences
    warnings: tuple[str, ...] = ()  # what is probably not meant, in sentences
    rows: str = ""  # which rows of the data were looked at, where not all were
    scan: Scan | None = None  # how one derivative fits the function along a line, where that was asked for

    @property
    def ok(self) -> bool:
        """Whether everything that matters was verified, or it failed as the spec expects."""
        return self.outcome == Outcome.PASS

    @property
    def outcome(self) -> Outcome:
        """``pass``, ``fail``, ``inconclusive``, ``error`` or ``skipped`` for the run as a whole."""
        found = self.counts
        if self.expect == Outcome.FAIL:  # only a claim is expected to be wrong, never a route
            wrong = {check.tested for check in self.checks if check.outcome == Outcome.FAIL}
            return Outcome.PASS if wrong == {Label.CLAIM} and not found[Outcome.ERROR] else Outcome.FAIL
        for outcome in (Outcome.ERROR, Outcome.FAIL):
            if found[outcome]:
                return outcome
        if any(check.unverified for check in self.checks):
            return Outcome.INCONCLUSIVE
        return Outcome.PASS if found[Outcome.PASS] or found[Outcome.INCONCLUSIVE] else Outcome.SKIPPED

    @property
    def counts(self) -> Counter[str]:
        """How many checks have each outcome."""
        return Counter(check.outcome for check in self.checks)

    def show(self) -> None:
        """Show the page of the report in a notebook, with a heat map of each failure; print its text elsewhere."""
        display(written("report_page", self))

    def save(self, path: str) -> None:
        """Write the page of the report, as ``jac gradcheck --report html=PATH`` does."""
        written("report_page", self).save(path)

    def __repr__(self) -> str:
        found = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())
        lines = [f"<Report {self.outcome}: {found or 'no checks'} (seed {self.seed})"]
        rows = [check for check in self.checks if check.outcome not in (Outcome.PASS, Outcome.SKIPPED)]
        lines += [f"  {check.outcome} {check.code or ''} {check.name}" for check in rows[:SHOWN]]
        if len(rows) > SHOWN:
            lines.append(f"  and {len(rows) - SHOWN} more")
        return "\n".join(lines) + ("\n  .show() says more>" if rows else ">")

    def _repr_html_(self) -> str:
        return str(written("report_html", self))

    def __bool__(self) -> bool:
        raise TypeError("a Report is not a truth value: use report.ok or report.outcome")
