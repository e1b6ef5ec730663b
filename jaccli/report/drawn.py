"""A drawing → text, SVG, DOT or Mermaid: values in black, gradients in blue, shapes on the arrows; the user's words escaped."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from jaccli.errors import short
from jaccli.learn.drawing import Arrow, Box, Drawing
from jaccli.report import numbers

__all__ = ["DRAWERS"]

Array = np.ndarray[Any, Any]
WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 150, 58, 70, 26, 30  # of boxes, and between them, in pixels
BAND = 12  # layers side by side; deeper graphs go on in a band below
BLUE = "#1450c8"


def _shown(value: Array | None) -> str:
    if value is None:
        return ""
    array = np.asarray(value)
    array = array.astype(float) if array.dtype == bool else array
    if not array.shape:
        return numbers.value(float(array))
    return f"{_shape(array.shape)} ‖{math.hypot(*map(float, array.ravel())):.4g}‖"


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _title(box: Box) -> str:
    return short(box.name, 18)


def text(drawing: Drawing) -> str:
    """Return the layers one below the other: each node with what it is made of, its value and its gradient."""
    names = {box.index: _title(box) for box in drawing.boxes}
    sources = {box.index: [names[a.source] for a in drawing.arrows if a.target == box.index] for box in drawing.boxes}
    boxes = sorted(drawing.boxes, key=lambda box: (box.layer, box.row))
    wide = max(len(names[box.index]) for box in boxes)
    broad = max(len(_shown(box.value)) for box in boxes)
    lines, layer = [drawing.title, f"value, then ∂{drawing.of}/∂node after ←"], None
    for box in boxes:
        lead = "  " if box.layer == layer else ("\n↓ " if layer is not None else "\n  ")
        layer = box.layer
        back = f"  ← {_shown(box.gradient)}" if box.gradient is not None else ""
        made = f"   of {', '.join(sources[box.index])}" if sources[box.index] else ""
        lines.append(f"{lead}{names[box.index]:<{wide}}  {_shown(box.value):<{broad}}{back}{made}".rstrip())
    return "\n".join(lines) + "\n"


def svg(drawing: Drawing) -> str:
    """Return a picture that needs nothing else: layers from left to right."""
    at, width, height = _places(drawing.boxes)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="DejaVu Sans, Helvetica, sans-serif" font-size="12">',
        f"<title>{html.escape(drawing.title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{MARGIN}" y="22" font-size="14">{html.escape(short(drawing.title, 60))}'
        f'<tspan fill="{BLUE}" dx="16">∂{html.escape(drawing.of)}/∂node</tspan></text>',
    ]
    parts += [_svg_arrow(arrow, at) for arrow in drawing.arrows]
    parts += [_svg_box(box, *at[box.index]) for box in drawing.boxes]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _places(boxes: Sequence[Box]) -> tuple[dict[int, tuple[int, int]], int, int]:
    """Return each box's upper left corner, and the picture's size; short layers stand in the middle of their band."""
    counts = Counter(box.layer for box in boxes)
    most = [max(counts.get(k, 0) for k in range(b, b + BAND)) for b in range(0, max(counts) + 1, BAND)]
    tops = [MARGIN + 20 + (HEIGHT + DOWN) * total + 2 * DOWN * b for b, total in enumerate(accumulate(most, initial=0))]
    at = {}
    for box in boxes:
        band, column = divmod(box.layer, BAND)
        down = (most[band] - counts[box.layer]) * (HEIGHT + DOWN) // 2
        at[box.index] = (MARGIN + column * (WIDTH + ACROSS), tops[band] + down + box.row * (HEIGHT + DOWN))
    across = min(max(counts) + 1, BAND)
    return at, 2 * MARGIN + across * (WIDTH + ACROSS) - ACROSS, tops[-1]


def _svg_arrow(arrow: Arrow, at: dict[int, tuple[int, int]]) -> str:
    (x, y), (u, v) = at[arrow.source], at[arrow.target]
    x, y, v = x + WIDTH, y + HEIGHT // 2, v + HEIGHT // 2
    bend = max((u - x) // 2, 20)
    line = (
        f'<path d="M{x} {y}C{x + bend} {y} {u - bend} {v} {u} {v}" fill="none" stroke="#888" marker-end="url(#tip)"/>'
    )
    if not arrow.shape:
        return line
    return f'{line}<text x="{x + 4}" y="{y - 4}" fill="#555" font-size="10">{_shape(arrow.shape)}</text>'


def _svg_box(box: Box, x: int, y: int) -> str:
    middle = x + WIDTH // 2
    fill = "#eef6ee" if box.layer == 0 or box.op == "leaf" else "#fafafa"
    lines = [
        (_title(box), "#000", "bold"),
        (_shown(box.value), "#000", "normal"),
        (_shown(box.gradient), BLUE, "normal"),
    ]
    words = "".join(
        f'<text x="{middle}" y="{y + 17 + 16 * k}" text-anchor="middle" fill="{colour}" font-weight="{weight}">'
        f"{html.escape(line)}</text>"
        for k, (line, colour, weight) in enumerate(lines)
        if line
    )
    return (
        f'<g><title>{html.escape(box.name)}</title><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" '
        f'fill="{fill}" stroke="#444"/>{words}</g>'
    )


def dot(drawing: Drawing) -> str:
    """Return the graph for Graphviz."""
    lines = [
        "digraph {",
        "  rankdir=LR; node [shape=box, style=rounded, fontname=sans];",
        f"  label={_quoted(drawing.title)};",
    ]
    for box in drawing.boxes:
        rows = [html.escape(_title(box)), html.escape(_shown(box.value))]
        if box.gradient is not None:
            rows.append(f'<font color="{BLUE}">{html.escape(_shown(box.gradient))}</font>')
        lines.append(f"  n{box.index} [label=<{'<br/>'.join(rows)}>];")
    lines += [f"  n{a.source} -> n{a.target} [label={_quoted(_shape(a.shape))}];" for a in drawing.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def mermaid(drawing: Drawing) -> str:
    """Return the graph for Mermaid, as in Markdown on GitHub."""
    lines = ["flowchart LR"]
    for box in drawing.boxes:
        rows = [_entity(_title(box)), _entity(_shown(box.value))]
        if box.gradient is not None:
            rows.append(f"<font color='{BLUE}'>{_entity(_shown(box.gradient))}</font>")
        lines.append(f'  n{box.index}["{"<br/>".join(rows)}"]')
    for arrow in drawing.arrows:
        label = f'|"{_shape(arrow.shape)}"|' if arrow.shape else ""
        lines.append(f"  n{arrow.source} -->{label} n{arrow.target}")
    return "\n".join(lines) + "\n"


def _entity(words: str) -> str:
    """Return text in which only letters, digits and spaces stand for themselves; Mermaid writes the others as #N;"""
    return "".join(c if c.isalnum() or c in " .,-" else f"#{ord(c)};" for c in words)


DRAWERS: dict[str, Callable[[Drawing], str]] = {"text": text, "svg": svg, "dot": dot, "mermaid": mermaid}
