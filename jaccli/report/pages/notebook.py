"""Results → what a notebook shows of them: short HTML with failures open and the rest folded; every text of the user's escaped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jaccli.report.compute.latex import computed_latex
from jaccli.report.compute.tables import computed_text
from jaccli.report.documents.findings import text_of
from jaccli.report.gradcheck.problems import WORDS, entry_name, told_once
from jaccli.report.gradcheck.text import report_text
from jaccli.report.pages.compute import computed_page, parts
from jaccli.report.pages.gradcheck import OUTCOMES, html
from jaccli.report.pages.render import fragment
from jaccli.results import numbers
from jaccli.results.checks import Report
from jaccli.results.computed import Computed
from jaccli.results.kinds import Outcome
from jaccli.results.run import Run

__all__ = ["Page", "computed_html", "computed_math", "computed_shown", "report_html", "report_page"]

ROWS = 200  # checks of a report that are listed; a page written by ``save`` has them all
BLOCKS = 24  # derivatives of a result that are shown


@dataclass(frozen=True)
class Page:
    """A page or a picture: a notebook shows it, ``save`` writes it, and elsewhere it is its text.

    document  makes the whole page, or an SVG picture where ``picture``
    """

    text: str
    document: Callable[[], str]
    picture: bool = False
    height: int = 720

    def save(self, path: str | Path) -> None:
        """Write the page to a file."""
        Path(path).write_text(self.document(), encoding="utf-8")

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        if self.picture:
            return self.document()
        # A frame of its own: its style, and its scripts, act on nothing outside of it.
        return fragment("frame.html.j2", document=self.document(), height=self.height)


def report_page(report: Report) -> Page:
    """Return the page of ``--report html`` for one report."""
    return Page(report_text(report), lambda: html(Run(reports=(report,), seed=report.seed, duration=report.duration)))


def report_html(report: Report) -> str:
    """Return the summary, each failure open, what is inconclusive folded, and a folded table of all checks."""
    order = (Outcome.ERROR, Outcome.FAIL, Outcome.INCONCLUSIVE)
    told = [check for check, _ in told_once(c for c in report.checks if c.outcome in order)]
    found = [
        (
            f"{c.code or ''} {WORDS.get(c.code or '', '')}: {entry_name(c)}",
            text_of(c),
            c.outcome != Outcome.INCONCLUSIVE,
        )
        for c in sorted(told, key=lambda c: order.index(Outcome(c.outcome)))
    ]
    rows = [
        (f"{c.of}/{c.wrt}" if c.wrt else c.of, c.tested, numbers.value(c.value), numbers.value(c.reference),
         numbers.error(c.error_bar), OUTCOMES[Outcome(c.outcome)])
        for c in report.checks[:ROWS]
    ]  # fmt: skip
    counts = [(count, OUTCOMES[outcome]) for outcome in OUTCOMES if (count := report.counts[outcome])]
    left = max(0, len(report.checks) - ROWS)
    return fragment("notebook_report.html.j2", counts=counts, found=found, rows=rows, left=left, seed=report.seed)


def computed_shown(result: Computed) -> Page:
    """Return the page of ``jac compute -o page.html``."""
    return Page(computed_text(result), lambda: computed_page(result))


def computed_html(result: Computed) -> str:
    """Return each derivative with the names of its rows and columns."""
    shown = [part for part, _ in zip(parts(result, []), range(BLOCKS), strict=False)]
    return fragment("notebook_compute.html.j2", result=result, parts=shown, left=max(0, len(result.blocks) - BLOCKS))


def computed_math(result: Computed) -> str:
    """Return the derivatives as mathematics for a notebook."""
    text = computed_latex(result)
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    return body.replace("\\[", "$$").replace("\\]", "$$").strip()
