"""What a learner is shown, as data → a document: forward table, backward table, paths, the Jacobian in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from jaccli.errors import short
from jaccli.report.learn.document import Document, Section
from jaccli.report.words.cells import MAX_FULL, MAX_LISTED, cell, hidden, listed
from jaccli.results import numbers
from jaccli.results.explained import Contribution, Explained, Passes, Path, Paths, Slope, Trail
from jaccli.types import Array

__all__ = ["BLANK", "Question", "explained_document", "questions"]

BLANK = "______"
LONG, FEW = 10, 5  # stops of a path that is shortened, and how many of those are written out


@dataclass(frozen=True)
class Question:
    """What a quiz asks, and the number it wants."""

    text: str
    answer: float


def explained_document(explained: Explained, hide: bool = False, names: int = 0) -> Document:
    """Return the page; with ``hide``, blanks stand for the numbers of the backward pass.

    names: the most characters of a name, and short numbers, for narrow terminals.
    """
    show = _Cells(explained.full, names)
    answer = _Cells(explained.full, names, hide)
    found = explained.passes
    sections = [_forward(found, show), _backward(explained, answer)]
    if explained.trail:
        sections.append(_paths(explained.trail, hide))
    if explained.slopes and not hide:
        moving = any(not slope.constant for slope in explained.slopes)
        heading = "In words, at this point and for small changes" if moving else "In words"
        sections.append(Section(heading, tuple(map(_sentence, explained.slopes))))
    return Document(explained.name, tuple(sections))


@dataclass(frozen=True)
class _Cells:
    """How names and values are written in tables; ``names``: the most characters of a name, 0 for any number."""

    full: bool
    names: int
    hide: bool = False

    def name(self, text: str) -> str:
        """Return a name, without its middle where it is too long: what stands last tells the steps of a layer apart."""
        most = self.names
        if not most or len(text) <= most:
            return text
        return f"{text[: most // 4]}…{text[most // 4 + 1 - most :]}"

    def line(self, line: int | None) -> str:
        """Return the line of the spec; ``L12`` where a heading would take too much room."""
        return "" if line is None else f"L{line}" if self.names else str(line)

    def norm(self, value: Array) -> str:
        """Return a value, in a narrow table without its shape, which stands in another column."""
        text = self(value)
        return text[text.index("‖") :] if self.names and "‖" in text else text

    def __call__(self, value: Array) -> str:
        if self.hide:
            return BLANK
        array = np.asarray(value)
        if self.full and array.shape and array.size <= MAX_FULL:
            return listed(array.astype(float))
        return cell(array, 0 if self.names else MAX_LISTED, 3 if self.names else 6)


def _forward(found: Passes, show: _Cells) -> Section:
    rows = tuple(
        (show.name(row.name), short(row.made, 30 if show.names else 60), show(row.value), show.line(row.line))
        for row in found.values
    )
    note = ["‖·‖ is the norm of an array, after its shape"] if any("‖" in row[2] for row in rows) else []
    if any(hidden(row.value) for row in found.values):
        note.append("scores that a mask hides are left out of it")
    if found.folded:
        note.append("folded to layers and named steps; --unfold NAME shows the inside of one, --full every operation")
    return Section(
        "Forward pass: values, from the inputs to the output",
        tuple(note),
        ("node", "operation", "value", _where(show)),
        rows,
        frozenset({2, 3}),
    )


def _where(show: _Cells) -> str:
    return "" if show.names else "line"


def _backward(explained: Explained, answer: _Cells) -> Section:
    found, of = explained.passes, explained.passes.of
    heading = "Backward pass: gradients, from the output to the inputs"
    other = (f"{of} is one of {explained.others + 1} entries; --of chooses another",) if explained.others else ()
    if not found.contributions:
        return Section(heading, (f"{of} depends on no input: every gradient is 0", *other))
    if not any(c.via for c in found.contributions):
        rows = tuple((answer.name(c.name), answer(c.product), answer.line(c.line)) for c in found.contributions)
        return Section(heading, other, ("node", f"∂{of}/∂node", _where(answer)), rows, frozenset({1, 2}))
    legend = (
        f"local = ∂(used in)/∂node, upstream = ∂{of}/∂(used in), product = what comes back through this use. "
        f"gradient = ∂{of}/∂node, the sum of its products, on the row of its last use. It all begins with ∂{of}/∂{of} = 1.",
    )
    header = ("node", "used in", "local", "upstream", "product", "gradient", _where(answer))
    uses = tuple(_use(c, answer) for c in found.contributions)
    return Section(heading, (*legend, *other), header, uses, frozenset({2, 3, 4, 5, 6}))


def _use(c: Contribution, answer: _Cells) -> tuple[str, ...]:
    total = answer(c.total) if c.total is not None else ""
    if not c.via:
        return (answer.name(c.name), "…", "", "", "", total, answer.line(c.line))
    local = answer.norm(c.local) if c.local is not None else "matrix"
    head = (answer.name(c.name), answer.name(c.via), local)
    return (*head, answer.norm(c.upstream), answer.norm(c.product), total, answer.line(c.line))


def _paths(trail: Trail, hide: bool) -> Section:
    name = f"∂{trail.of}/∂{trail.wrt}"
    heading = f"Paths of the chain rule: {name}"
    value = BLANK if hide else numbers.value(trail.entry)
    if trail.paths is None:
        return Section(heading, (f"{trail.trouble}: the paths are not listed", f"{name} = {value}"))
    if not trail.paths.count:
        return Section(
            heading, (f"no path with factors other than 0 leads from {trail.wrt} to {trail.of}: {name} = 0",)
        )
    found = trail.paths
    if brief := any(len(path.stops) > LONG for path in found.listed):
        found = replace(found, listed=tuple(map(_brief, found.listed if found.count <= FEW else found.listed[:FEW])))
    lines = [_trail_line(path, hide) for path in found.listed]
    summary = _counted(found) if hide else f"{_summed(found)}; {name} by the backward pass: {value}"
    note = ("steps whose factor is 1 are left out",) if brief else ()
    return Section(heading, (*lines, summary, *note))


def _brief(path: Path) -> Path:
    """Return a path without the steps whose factor is 1, which only move or add."""
    last = len(path.factors) - 1
    kept = [k for k, factor in enumerate(path.factors) if factor != 1 or k == last]
    return Path((path.stops[0], *(path.stops[k + 1] for k in kept)), tuple(path.factors[k] for k in kept))


def _summed(found: Paths) -> str:
    """Return what the listed paths add up to, and where they are not all, how much of it all that is."""
    total = numbers.value(math.fsum(path.product for path in found.listed))
    if found.count > len(found.listed):
        return (
            f"{_counted(found)}; together they give {total}, and {100 * found.share:.3g} % of Σ|product| over all paths"
        )
    return f"sum of {f'all {len(found.listed)} paths' if found.count > 1 else 'the only path'}: {total}"


def _counted(found: Paths) -> str:
    listed, count = len(found.listed), found.count
    every = f"{count:,.0f}" if count < 1e15 else f"{count:.0e}"
    return f"the {listed} strongest of {every} paths" if count > listed else f"{listed} path{'s' * (listed != 1)}"


def _trail_line(path: Path, hide: bool) -> str:
    stops = " → ".join(path.stops)
    if hide:
        return f"{stops}: {BLANK}"
    factors = " × ".join(map(_factor, path.factors)) or "1"
    return f"{stops}: {factors} = {numbers.value(path.product)}"


def _factor(x: float) -> str:
    return f"({numbers.value(x)})" if x < 0 else numbers.value(x)


def _sentence(slope: Slope) -> str:
    """Return an entry in words: "One unit of milk (x2) more: 3 units of latte (y2) more"."""
    size = numbers.value(abs(slope.value)).removesuffix(".0")
    if not math.isfinite(slope.value):
        change = f"{slope.of} has no finite slope"
    elif slope.value == 0:
        change = f"no change in {slope.of}"
    else:
        change = f"{size} unit{'s' * (size != '1')} of {slope.of} {'more' if slope.value > 0 else 'less'}"
    return f"{'One' if slope.constant else 'Per'} unit of {slope.wrt} more: {change}"


def questions(explained: Explained) -> list[Question]:
    """Return what a quiz asks: every gradient of the backward pass that is one finite number."""
    of = explained.passes.of
    totals = [(c.name, c.total) for c in explained.passes.contributions if c.total is not None and not c.total.shape]
    return [
        Question(f"∂{of}/∂{name if name.isidentifier() else f'({name})'}", float(t))
        for name, t in totals
        if np.isfinite(t)
    ]
