"""A drawing → text, DOT or Mermaid: values in black, gradients in blue, shapes on the arrows; the user's words escaped."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from jaccli.errors import short
from jaccli.learn.drawing import Box, Drawing
from jaccli.report.learn.svg import BLUE, FILLS, picture
from jaccli.report.words.cells import MAX_LISTED, cell, columns, padded, shape_text
from jaccli.report.words.painted import FAINT, GRADIENT, HEADING, PLAIN, Line, plain, widest
from jaccli.report.words.plain import dot_text, html_text, mermaid_text

__all__ = ["DRAWERS", "SUFFIXES", "lines"]

MOST = 28  # characters of a name
SUFFIXES = {
    "text": (".txt",),
    "svg": (".svg",),
    "dot": (".dot", ".gv"),
    "mermaid": (".mmd", ".mermaid"),
    "html": (".html", ".htm"),
}  # of the files that mean each format; the last is a page, drawn elsewhere


def text(drawing: Drawing, width: int) -> str:
    """Return the layers one below the other: each node with what it does, its value and gradient, and what it is made of."""
    return plain(lines(drawing, width))


def lines(drawing: Drawing, width: int) -> list[Line]:
    """Return the lines of ``text`` in their colours: gradients in blue."""
    for most, listed, digits in ((MOST, MAX_LISTED, 6), (20, MAX_LISTED, 6), (20, 0, 3), (12, 0, 3)):
        found = list(_lines(drawing, width, most, listed, digits))
        if widest(found) <= width:
            break
    return found


def _lines(drawing: Drawing, width: int, most: int, listed: int, digits: int) -> Iterator[Line]:
    """Yield the lines with names of ``most`` characters, vectors of ``listed`` elements and numbers of ``digits``."""
    boxes = sorted(drawing.boxes, key=lambda box: (drawing.layout.layers[box.index], box.index))
    names = {box.index: _name(box, most) for box in boxes}
    values = {box.index: "" if box.value is None else cell(box.value, listed, digits) for box in boxes}
    bars = {box.index: "" if box.gradient is None else f"← {cell(box.gradient, listed, digits)}" for box in boxes}
    made_of = dict[int, list[str]]()
    for arrow in drawing.arrows:
        made_of.setdefault(arrow.target, []).append(names[arrow.source])
    wide, broad, long = (max(map(columns, column.values())) for column in (names, values, bars))
    yield ((short(drawing.title, width), HEADING),)
    yield ((short(f"value, then ∂{drawing.of}/∂node after ←", width), FAINT),)
    layer = None
    for box in boxes:
        k, above, layer = box.index, layer, drawing.layout.layers[box.index]
        if layer != above:
            yield ()
        lead = "  " if above in (None, layer) else "↓ "
        row = ((lead, FAINT), (padded(names[k], wide), HEADING), (f"  {padded(values[k], broad)}  ", PLAIN))
        yield from _row((*row, (padded(bars[k], long), GRADIENT)), box, made_of.get(k, []), width)


def _row(start: Line, box: Box, made_of: list[str], width: int) -> list[Line]:
    """Return a line, and below it what a box does and is made of where that would not fit beside it."""
    words = f"= {box.does}" if box.does else ""
    if not all(name in box.does for name in made_of):
        words = f"{words} of {', '.join(made_of)}".strip()
    words += f"{', ' if words else ''}{box.holds}" if box.holds else ""
    if sum(columns(text) for text, _ in start) + 2 + columns(words) <= width:
        return [(*start, (f"  {words}", PLAIN))]
    broken = textwrap.wrap(words, max(width - 8, 20), initial_indent=" " * 6, subsequent_indent=" " * 8)
    return [start, *(((line, PLAIN),) for line in broken)]


def _name(box: Box, most: int = MOST) -> str:
    times = f" ×{box.times}" if box.times > 1 else ""
    return short(box.name, most) + times


def _value(box: Box) -> str:
    return "" if box.value is None else cell(box.value)


def dot(drawing: Drawing, width: int) -> str:
    """Return the graph for Graphviz."""
    lines = [
        "digraph {",
        '  rankdir=LR; node [shape=box, style="rounded,filled", fontname=sans]; edge [fontname=sans, fontsize=10];',
        f"  label={dot_text(drawing.title)};",
    ]
    for box in drawing.boxes:
        rows = [
            f"<b>{html_text(_name(box))}</b>",
            html_text(short(box.does, 40)),
            html_text(box.holds),
            html_text(_value(box)),
        ]
        if box.gradient is not None:
            rows.append(f'<font color="{BLUE}">{html_text(cell(box.gradient))}</font>')
        label = "<br/>".join(row for row in rows if row)
        lines.append(f'  n{box.index} [fillcolor="{FILLS[box.role]}", label=<{label}>];')
    lines += [f"  n{a.source} -> n{a.target} [label={dot_text(shape_text(a.shape))}];" for a in drawing.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(drawing: Drawing, width: int) -> str:
    """Return the graph for Mermaid, as in Markdown on GitHub."""
    lines = ["flowchart LR"]
    for box in drawing.boxes:
        rows = [
            f"<b>{mermaid_text(_name(box))}</b>",
            mermaid_text(short(box.does, 40)),
            mermaid_text(box.holds),
            mermaid_text(_value(box)),
        ]
        if box.gradient is not None:
            rows.append(f"<font color='{BLUE}'>{mermaid_text(cell(box.gradient))}</font>")
        lines.append(f'  n{box.index}["{"<br/>".join(row for row in rows if row)}"]')
        lines.append(f"  style n{box.index} fill:{FILLS[box.role]},stroke:#444,color:#000")
    for arrow in drawing.arrows:
        label = f'|"{shape_text(arrow.shape)}"|' if arrow.shape else ""
        lines.append(f"  n{arrow.source} -->{label} n{arrow.target}")
    return "\n".join(lines) + "\n"


DRAWERS: dict[str, Callable[[Drawing, int], str]] = {"text": text, "svg": picture, "dot": dot, "mermaid": mermaid}
