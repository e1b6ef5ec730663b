"""A drawing → an SVG picture that needs nothing else: boxes on layers, and lines that pass no box on their way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from jaccli.errors import short
from jaccli.learn.drawing import Box, Drawing
from jaccli.learn.layout import Layout, Spot
from jaccli.report.words.cells import cell, columns, shape_text
from jaccli.report.words.plain import html_text

__all__ = ["BLUE", "FILLS", "picture"]

BLUE = "#1450c8"
FILLS = {"input": "#e3f1e3", "param": "#fdf1d8", "constant": "#ececec", "step": "#fafafa", "output": "#e2ecfb"}
SHALLOW = 6  # layers that stand side by side; more go from top to bottom, as pages do
MARGIN, HEADER, PAD = 24, 62, 12  # in pixels, as all that follows
LETTER, LINE = 7.0, 16  # of the font: DejaVu Sans of 12 pixels, whose letters are 7.2 wide at most but m, w and @
NARROW, WIDE = 90, 250  # of boxes
KEY = 98  # of an entry of the legend
AHEAD, BESIDE = 48, 22  # between layers, and between boxes in one


def picture(drawing: Drawing, width: int = 0) -> str:
    """Return the picture; values are black, gradients blue, and the shape of a value stands where its lines begin."""
    labels = {box.index: _label(box) for box in drawing.boxes}
    page = _page(drawing.layout, labels)
    title = short(drawing.title, 80)
    legend = f"value · ∂{drawing.of}/∂node"
    roles = [role for role in FILLS if any(box.role == role for box in drawing.boxes)]
    across = max(
        page.width, round(LETTER * max(len(title) * 14 / 12, len(legend)) + 2 * MARGIN), KEY * len(roles) + MARGIN
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{page.height}" '
        f'viewBox="0 0 {across} {page.height}" style="max-width:100%;height:auto" '
        'font-family="DejaVu Sans, Verdana, sans-serif" font-size="12">',
        f"<title>{html_text(drawing.title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>',
        f'<rect width="{across}" height="{page.height}" fill="white"/>',
        f'<text x="{MARGIN}" y="20" font-size="14">{html_text(title)}</text>',
        f'<text x="{MARGIN}" y="38">value<tspan fill="{BLUE}" dx="8">∂{html_text(drawing.of)}/∂node</tspan></text>',
        *(_key(k, role) for k, role in enumerate(roles)),
    ]
    ends = {arrow.target for arrow in drawing.arrows}
    parts += [_line(page, one, other, other[0] in ends and other in page.boxes) for one, other in drawing.layout.lines]
    parts += [
        _shape(page, source, shape) for source, shape in {a.source: a.shape for a in drawing.arrows}.items() if shape
    ]
    parts += [_slope(page, a.source, a.target, a.local) for a in drawing.arrows if a.local is not None]
    parts += [_box(page, box, labels[box.index]) for box in drawing.boxes]
    return "\n".join([*parts, "</svg>"]) + "\n"


Label = tuple[tuple[str, str, str], ...]  # lines of a box: words, colour, further attributes


def _label(box: Box) -> Label:
    times = f" ×{box.times}" if box.times > 1 else ""
    lines = [(short(box.name, 30 - len(times)) + times, "#000", ' font-weight="bold"')]
    lines += [(short(words, 36), "#666", ' font-size="11"') for words in (box.does, box.holds) if words]
    if box.value is not None:
        lines.append((cell(box.value), "#000", ""))
    if box.gradient is not None:
        lines.append((cell(box.gradient), BLUE, ""))
    return tuple(lines)


Point = tuple[float, float]


@dataclass(frozen=True)
class _Page:
    """The size of the picture, the rectangle of each spot that is a box, and the stretch of each that is a line."""

    down: bool  # whether layers follow from top to bottom
    width: int
    height: int
    widths: Mapping[int, int]  # of the boxes, by layer
    tall: int  # each box
    boxes: Mapping[Spot, Point]  # upper left corners
    passing: Mapping[Spot, tuple[Point, Point]]

    def size(self, spot: Spot) -> tuple[int, int]:
        """Return the width and the height of a box."""
        return self.widths[spot[1]], self.tall

    def leaves(self, spot: Spot) -> Point:
        """Return where lines begin."""
        if spot not in self.boxes:
            return self.passing[spot][1]
        (x, y), (w, h) = self.boxes[spot], self.size(spot)
        return (x + w / 2, y + h) if self.down else (x + w, y + h / 2)

    def enters(self, spot: Spot) -> Point:
        """Return where lines end."""
        if spot not in self.boxes:
            return self.passing[spot][0]
        (x, y), (w, h) = self.boxes[spot], self.size(spot)
        return (x + w / 2, y) if self.down else (x, y + h / 2)


def _page(layout: Layout, labels: Mapping[int, Label]) -> _Page:
    down = max(layout.layers.values(), default=0) >= SHALLOW
    widths = dict.fromkeys(range(max(layout.layers.values(), default=0) + 1), NARROW)
    for index, label in labels.items():
        longest = max(columns(words) * (1.1 if "bold" in more else 1) for words, _, more in label)
        layer = layout.layers[index]
        widths[layer] = max(widths[layer], round(min(longest * LETTER + 2 * PAD, WIDE)))
    if down:  # boxes of one column are as wide as each other
        widths = dict.fromkeys(widths, max(widths.values()))
    h = LINE * max((len(label) for label in labels.values()), default=1) + PAD
    pitch = (max(widths.values()) if down else h) + BESIDE
    starts = [(h + AHEAD) * layer if down else sum(widths[k] + AHEAD for k in range(layer)) for layer in widths]
    boxes, passing = dict[Spot, Point](), dict[Spot, tuple[Point, Point]]()
    for spot, place in layout.across.items():
        index, layer = spot
        side, ahead, w = round(place * pitch), starts[layer], widths[layer]
        x, y = (side, ahead) if down else (ahead, side)
        x, y = MARGIN + x, HEADER + MARGIN // 2 + y
        if layout.layers[index] == layer:
            boxes[spot] = (x, y)
        elif down:
            passing[spot] = ((x + w / 2, y), (x + w / 2, y + h))
        else:
            passing[spot] = ((x, y + h / 2), (x + w, y + h / 2))
    corners = [(x + widths[spot[1]], y + h) for spot, (x, y) in boxes.items()] + [end for _, end in passing.values()]
    right, bottom = (max(place[axis] for place in corners) for axis in (0, 1))
    return _Page(down, round(right + MARGIN), round(bottom + MARGIN), widths, h, boxes, passing)


def _line(page: _Page, one: Spot, other: Spot, tip: bool) -> str:
    """Return the line between two spots, and through the layer of the second where it only passes there."""
    (x, y), (u, v) = page.leaves(one), page.enters(other)
    half = (0, (v - y) / 2) if page.down else ((u - x) / 2, 0)
    way = f"M{x:g} {y:g}C{x + half[0]:g} {y + half[1]:g} {u - half[0]:g} {v - half[1]:g} {u:g} {v:g}"
    if other not in page.boxes:
        u, v = page.leaves(other)
        way += f"L{u:g} {v:g}"
    end = ' marker-end="url(#tip)"' if tip else ""
    return f'<path d="{way}" fill="none" stroke="#888"{end}/>'


def _shape(page: _Page, source: int, shape: tuple[int, ...]) -> str:
    """Return the shape of a value, where its lines begin, on a white ground."""
    spot = next(spot for spot in page.boxes if spot[0] == source)
    x, y = page.leaves(spot)
    x, y = (x + 5, y + 13) if page.down else (x + 4, y - 5)
    return (
        f'<text x="{x:g}" y="{y:g}" fill="#555" font-size="10" stroke="white" stroke-width="3" paint-order="stroke">'
        f"{shape_text(shape)}</text>"
    )


def _slope(page: _Page, source: int, target: int, local: float) -> str:
    """Return the derivative of a node by one operand, beside the end of the line that comes from there."""
    spots = {spot[0]: spot for spot in page.boxes}
    (x, y), (u, _), end = page.enters(spots[target]), page.leaves(spots[source]), "start"
    if page.down:
        x, y, end = (x - 6, y - 7, "end") if u < x else (x + 6, y - 7, "start")
    else:
        x, y, end = x - 8, y + (14 if page.leaves(spots[source])[1] > y else -5), "end"
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{BLUE}" font-size="10" text-anchor="{end}" stroke="white" stroke-width="3" '
        f'paint-order="stroke">×{cell(np.asarray(local))}</text>'
    )


def _key(place: int, role: str) -> str:
    """Return an entry of the legend: the colour of a role and its name."""
    x = MARGIN + KEY * place
    words = "parameter" if role == "param" else role
    return (
        f'<rect x="{x}" y="45" width="12" height="12" rx="2" fill="{FILLS[role]}" stroke="#444"/>'
        f'<text x="{x + 17}" y="55" font-size="11">{words}</text>'
    )


def _box(page: _Page, box: Box, label: Label) -> str:
    spot = next(spot for spot in page.boxes if spot[0] == box.index)
    (x, y), (w, h) = page.boxes[spot], page.size(spot)
    fill = FILLS[box.role]
    behind = (
        f'<rect x="{x + 5:g}" y="{y + 5:g}" width="{w}" height="{h}" rx="6" fill="{fill}" stroke="#999"/>'
        if box.times > 1
        else ""
    )
    return (
        f"<g><title>{html_text(f'{box.name}: {box.does}' if box.does else box.name)}</title>{behind}"
        f'<rect class="box" x="{x:g}" y="{y:g}" width="{w}" height="{h}" rx="6" fill="{fill}" stroke="#444"/>'
        f"{''.join(_words(label, x + w / 2, y + (h - LINE * len(label)) / 2, w))}</g>"
    )


def _words(label: Label, middle: float, top: float, width: int) -> Iterator[str]:
    for k, (words, colour, more) in enumerate(label):
        tight = (
            f' textLength="{width - 8}" lengthAdjust="spacingAndGlyphs"' if columns(words) * LETTER > width - 8 else ""
        )
        yield (
            f'<text x="{middle:g}" y="{top + LINE * k + 12:g}" text-anchor="middle" fill="{colour}"{more}{tight}>'
            f"{html_text(words)}</text>"
        )
