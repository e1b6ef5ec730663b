"""What a learner is shown, as data → a document: forward table, backward table, paths, the Jacobian in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from jaccli.errors import short
from jaccli.report.learn.document import Document, Section
from jaccli.report.words.cells import MAX_FULL, MAX_LISTED, cell, hidden, listed
from jaccli.report.words.sentences import ENGLISH, Sentences
from jaccli.results import numbers
from jaccli.results.explained import Contribution, Explained, Passes, Path, Paths, Trail
from jaccli.types import Array

__all__ = ["BLANK", "Question", "explained_document", "questions"]

BLANK = "______"
LONG, FEW = 10, 5  # stops of a path that is shortened, and how many of those are written out


@dataclass(frozen=True)
class Question:
    """What a quiz asks, and the number it wants."""

    text: str
    answer: float


def explained_document(
    explained: Explained, hide: bool = False, names: int = 0, words: Sentences = ENGLISH
) -> Document:
    """Return the page; with ``hide``, blanks stand for the numbers of the backward pass.

    names: the most characters of a name, and short numbers, for narrow terminals.
    words: the sentences, in a language.
    """
    show = _Cells(explained.full, names)
    answer = _Cells(explained.full, names, hide)
    found = explained.passes
    sections = [_forward(found, show, words), _backward(explained, answer, words)]
    if explained.trail:
        sections.append(_paths(explained.trail, hide, words))
    if explained.slopes and not hide:
        moving = any(not slope.constant for slope in explained.slopes)
        sections.append(
            Section(words.words_near if moving else words.words, tuple(map(words.change, explained.slopes)))
        )
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


def _forward(found: Passes, show: _Cells, words: Sentences) -> Section:
    rows = tuple(
        (
            show.name(row.name),
            short(words.made(row.made), 30 if show.names else 60),
            show(row.value),
            show.line(row.line),
        )
        for row in found.values
    )
    note = [words.norm] if any("‖" in row[2] for row in rows) else []
    if any(hidden(row.value) for row in found.values):
        note.append(words.hidden)
    if found.folded:
        note.append(words.folded)
    header = tuple(map(words.column, ("node", "operation", "value", _where(show))))
    return Section(words.forward, tuple(note), header, rows, frozenset({2, 3}))


def _where(show: _Cells) -> str:
    return "" if show.names else "line"


def _backward(explained: Explained, answer: _Cells, words: Sentences) -> Section:
    found, of = explained.passes, explained.passes.of
    other = (words.others.format(of=of, count=explained.others + 1),) if explained.others else ()
    if not found.contributions:
        return Section(words.backward, (words.constant.format(of=of), *other))
    if not any(c.via for c in found.contributions):
        rows = tuple((answer.name(c.name), answer(c.product), answer.line(c.line)) for c in found.contributions)
        node = words.column("node")
        header: tuple[str, ...] = (node, f"∂{of}/∂{node}", words.column(_where(answer)))
        return Section(words.backward, other, header, rows, frozenset({1, 2}), frozenset({1}))
    columns = ("node", "used in", "local", "upstream", "product", "gradient", _where(answer))
    uses = tuple(_use(c, answer, words) for c in found.contributions)
    return Section(
        words.backward,
        (words.legend.format(of=of), *other),
        tuple(map(words.column, columns)),
        uses,
        frozenset({2, 3, 4, 5, 6}),
        frozenset({3, 4, 5}),
    )


def _use(c: Contribution, answer: _Cells, words: Sentences) -> tuple[str, ...]:
    total = answer(c.total) if c.total is not None else ""
    if not c.via:
        return (answer.name(c.name), "…", "", "", "", total, answer.line(c.line))
    local = answer.norm(c.local) if c.local is not None else words.matrix
    head = (answer.name(c.name), answer.name(c.via), local)
    return (*head, answer.norm(c.upstream), answer.norm(c.product), total, answer.line(c.line))


def _paths(trail: Trail, hide: bool, words: Sentences) -> Section:
    name = f"∂{trail.of}/∂{trail.wrt}"
    heading = words.paths.format(name=name)
    value = BLANK if hide else numbers.value(trail.entry)
    if trail.paths is None:
        return Section(heading, (words.not_listed.format(trouble=trail.trouble), f"{name} = {value}"))
    if not trail.paths.count:
        return Section(heading, (words.no_path.format(wrt=trail.wrt, of=trail.of, name=name),))
    found = trail.paths
    if brief := any(len(path.stops) > LONG for path in found.listed):
        found = replace(found, listed=tuple(map(_brief, found.listed if found.count <= FEW else found.listed[:FEW])))
    lines = [_trail_line(path, hide) for path in found.listed]
    summed = words.by_backward.format(summed=_summed(found, words), name=name, value=value)
    summary = _counted(found, words) if hide else summed
    note = (words.left_out,) if brief else ()
    return Section(heading, (*lines, summary, *note))


def _brief(path: Path) -> Path:
    """Return a path without the steps whose factor is 1, which only move or add."""
    last = len(path.factors) - 1
    kept = [k for k, factor in enumerate(path.factors) if factor != 1 or k == last]
    return Path((path.stops[0], *(path.stops[k + 1] for k in kept)), tuple(path.factors[k] for k in kept))


def _summed(found: Paths, words: Sentences) -> str:
    """Return what the listed paths add up to, and where they are not all, how much of it all that is."""
    total = numbers.value(math.fsum(path.product for path in found.listed))
    if found.count > len(found.listed):
        return words.sum_some.format(counted=_counted(found, words), total=total, share=100 * found.share)
    return (words.sum_all if found.count > 1 else words.sum_one).format(count=len(found.listed), total=total)


def _counted(found: Paths, words: Sentences) -> str:
    listed, count = len(found.listed), found.count
    every = f"{count:,.0f}" if count < 1e15 else f"{count:.0e}"
    if count > listed:
        return words.strongest.format(listed=listed, every=every)
    return (words.listed_one if listed == 1 else words.listed).format(listed=listed)


def _trail_line(path: Path, hide: bool) -> str:
    stops = " → ".join(path.stops)
    if hide:
        return f"{stops}: {BLANK}"
    factors = " × ".join(map(_factor, path.factors)) or "1"
    return f"{stops}: {factors} = {numbers.value(path.product)}"


def _factor(x: float) -> str:
    return f"({numbers.value(x)})" if x < 0 else numbers.value(x)


def questions(explained: Explained) -> list[Question]:
    """Return what a quiz asks: every gradient of the backward pass that is one finite number."""
    of = explained.passes.of
    totals = [(c.name, c.total) for c in explained.passes.contributions if c.total is not None and not c.total.shape]
    return [
        Question(f"∂{of}/∂{name if name.isidentifier() else f'({name})'}", float(t))
        for name, t in totals
        if np.isfinite(t)
    ]
