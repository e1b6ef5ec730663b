"""Runs for the tests of every writer: of a spec with all outcomes, and of hostile text in every place a user can write to."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import jaccli
from jaccli.errors import Problem, Span
from jaccli.results.checks import Check, Report
from jaccli.results.run import Run

SPEC = """\
inputs: {x: 2, t: 0}
outputs:
  f: x**3
  g: sqrt(t)
  h: cos(x)
jacobian:
  f:
    x: 3*x + 1
  h:
    x: sin(x)
"""


def small(folder) -> Run:
    """Return a run with right, wrong and undecided checks, and a spec that cannot be used."""
    (folder / "a.yaml").write_text(SPEC)
    (folder / "b.yaml").write_text("inputs: {x: 2}\noutputs:\n  y: 2x\n")
    try:
        jaccli.load("b.yaml")
    except jaccli.SourceError as error:
        problems = error.problems
    return Run(reports=(jaccli.load("a.yaml").gradcheck(),), problems=problems, version="0.1.0", duration=0.5)


#: Text that means something to a writer's reader, beside whatever Hypothesis makes up.
TRAPS = st.sampled_from([
    "::error::", "%0A::add-mask::x", "a%3Ab", "]]>", "<script>alert(1)</script>", "&amp;", "|", "`" * 5, "\x1b[31m", "\x00", "\x0c",
    "\u202eevil\u2066", "\ud800", "\udcff", "\ufffe", "\r\n", "\u2028", "{0} {{", "[x](http://a)", "</details>", "<!--", "a,b:c", "~~~", "\t", "$x$",
])  # fmt: skip
TEXTS = st.lists(TRAPS | st.text(st.characters(), max_size=5), min_size=1, max_size=5).map("".join)
NUMBERS = st.floats() | st.just(-0.0)


@st.composite
def spans(draw: st.DrawFn, file: str) -> Span:
    line, column = draw(st.integers(1, 99)), draw(st.integers(1, 9))
    end = draw(st.integers(line, line + 1))
    return Span(file, line, column, end, draw(st.integers(column + 1, 20)), draw(TEXTS))


@st.composite
def checks(draw: st.DrawFn, file: str, number: int) -> Check:
    span = draw(st.none() | spans(file))
    outcome = draw(st.sampled_from(["pass", "fail", "inconclusive", "error", "skipped"]))
    return Check(
        target=f"{file}::{draw(TEXTS)}", point_index=number, outcome=outcome, of=draw(TEXTS), wrt=draw(TEXTS | st.just("")),
        tested=draw(TEXTS), point={draw(TEXTS): np.ones(2)}, file=file, span=span, said=draw(TEXTS), help=draw(TEXTS),
        code=None if outcome == "pass" else draw(st.sampled_from(["JAC101", "JAC205", "JAC302"])), rerun=draw(TEXTS),
        value=draw(NUMBERS), reference=draw(NUMBERS), error_bar=draw(NUMBERS), abs_error=draw(NUMBERS), tolerance=draw(NUMBERS),
        decided=draw(st.integers(0, 1)), entries=1,
    )  # fmt: skip


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Return a run whose every text is hostile."""
    files = draw(st.lists(TEXTS, min_size=1, max_size=2))
    reports = []
    for file in files:
        found = tuple(draw(checks(file, number)) for number in range(draw(st.integers(0, 3))))
        reports.append(Report(checks=found, files=(file,), expect=draw(st.sampled_from(["pass", "fail"]))))
    problems = tuple(Problem("JAC001", draw(TEXTS), draw(st.none() | spans(file)), draw(TEXTS)) for file in files[:1])
    return Run(reports=tuple(reports), problems=problems, version="0.1.0")
