"""Boxes and what they are made of → where they stand: layers, places in them, and the ways of the lines between.

Source: layers, dummy nodes on long lines and the barycentre ordering are those of Sugiyama, Tagawa & Toda, Methods for
        visual understanding of hierarchical system structures, IEEE Trans. SMC 11 (1981). All lines from one box share
        their dummy nodes, so that a value used in many layers is one line with branches.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jaccli.learn.isotonic import isotonic

__all__ = ["Layout", "Spot", "arrange"]

SWEEPS = 12  # of the ordering; on the shipped specs no crossing less was found after the ninth
#: Where the neighbours are that a sweep looks at; the last two straighten chains.
SETTLING = ("above", "below", "above", "below", *["both"] * 8, "below", "above")
FIRM = 100  # how much the place of a box matters, beside that of a line that passes its layer
BESIDE = 0.5  # the width of a line that passes a layer, in boxes

Spot = tuple[int, int]  # a box, and the layer in which it, or the line that leaves it, is met


@dataclass(frozen=True)
class Layout:
    """The layer of each box, the place of each spot across its layer, counted in boxes, and the lines between spots."""

    layers: Mapping[int, int]
    across: Mapping[Spot, float]
    lines: Sequence[tuple[Spot, Spot]]


def arrange(sources: Mapping[int, Sequence[int]]) -> Layout:
    """Return the places of boxes, given for each, in topological order, the boxes it is made of."""
    layers = _layers(sources)
    lines = _lines(sources, layers)
    rows = _ordered(layers, lines)
    return Layout(layers, _settled(rows, lines, layers), lines)


def _layers(sources: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Return each box's layer: one before its first use, so that what is made early stands where it is needed."""
    before = dict.fromkeys(sources, 0)  # layers from a box to the end
    for index in reversed(list(sources)):
        for source in sources[index]:
            before[source] = max(before[source], before[index] + 1)
    most = max(before.values(), default=0)
    return {index: most - count for index, count in before.items()}


def _lines(sources: Mapping[int, Sequence[int]], layers: Mapping[int, int]) -> list[tuple[Spot, Spot]]:
    """Return the lines from layer to layer; those that leave one box are one until they part."""
    found = dict[tuple[Spot, Spot], None]()
    for index, made_of in sources.items():
        for s in made_of:
            ways = [(s, layer) for layer in range(layers[s], layers[index])]
            for one, other in zip(ways, [*ways[1:], (index, layers[index])], strict=True):
                found[one, other] = None
    return list(found)


def _ordered(layers: Mapping[int, int], lines: Sequence[tuple[Spot, Spot]]) -> list[list[Spot]]:
    """Return the spots of each layer in the order with the fewest crossings that sweeps down and up have met."""
    rows = [list[Spot]() for _ in range(max(layers.values(), default=0) + 1)]
    spots = {spot: None for line in lines for spot in line} | dict.fromkeys(layers.items())
    for spot in sorted(spots):
        rows[spot[1]].append(spot)
    above, below = _neighbours(lines)
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    for sweep in range(SWEEPS):
        near, order = (above, rows[1:]) if sweep % 2 == 0 else (below, rows[-2::-1])
        place = {spot: k / max(len(row) - 1, 1) for row in rows for k, spot in enumerate(row)}
        for row in order:
            mean = {spot: _mean(place[n] for n in near.get(spot, ())) for spot in row}
            row.sort(key=lambda spot, m=mean, p=place: p[spot] if m[spot] is None else m[spot])  # type: ignore[misc]
            place.update({spot: float(k) for k, spot in enumerate(row)})
        if (count := _crossings(rows, below)) < fewest:
            best, fewest = [list(row) for row in rows], count
    return best


def _neighbours(lines: Iterable[tuple[Spot, Spot]]) -> tuple[dict[Spot, list[Spot]], dict[Spot, list[Spot]]]:
    above, below = dict[Spot, list[Spot]](), dict[Spot, list[Spot]]()
    for one, other in lines:
        above.setdefault(other, []).append(one)
        below.setdefault(one, []).append(other)
    return above, below


def _mean(places: Iterable[float]) -> float | None:
    found = list(places)
    return sum(found) / len(found) if found else None


def _crossings(rows: Sequence[Sequence[Spot]], below: Mapping[Spot, Sequence[Spot]]) -> int:
    """Return how many pairs of lines cross: the inversions of the lower ends, with the upper ends in order."""
    count = 0
    for row, following in pairwise(rows):
        place = {spot: k for k, spot in enumerate(following)}
        seen = list[int]()
        for spot in row:
            ends = sorted(place[end] for end in below.get(spot, ()))
            for end in ends:
                count += len(seen) - bisect_left(seen, end + 1)
            for end in ends:
                insort(seen, end)
    return count


def _settled(
    rows: Sequence[Sequence[Spot]], lines: Sequence[tuple[Spot, Spot]], layers: Mapping[int, int]
) -> dict[Spot, float]:
    """Return places in the order of ``rows``, each as near to the mean of its neighbours' as the others let it be.

    The places of a layer solve a least-squares problem with gaps for bounds, which is an isotonic regression once the
    gaps are taken off.
    """
    above, below = _neighbours(lines)
    both = {spot: above.get(spot, []) + below.get(spot, []) for spot in {*above, *below}}
    gaps = [_gaps(row, layers) for row in rows]
    at = dict[Spot, float]()
    for row, gap in zip(rows, gaps, strict=True):
        at.update({spot: g - gap[-1] / 2 for spot, g in zip(row, gap, strict=True)})
    for side in SETTLING:
        near = {"above": above, "below": below, "both": both}[side]
        for k in range(len(rows)) if side != "below" else reversed(range(len(rows))):
            wishes = [_wish(spot, near.get(spot, ()), at, layers) for spot in rows[k]]
            free = isotonic([w - g for (w, _), g in zip(wishes, gaps[k], strict=True)], [n for _, n in wishes])
            at.update({spot: x + g for spot, x, g in zip(rows[k], free, gaps[k], strict=True)})
    least = min(at.values(), default=0.0)
    return {spot: x - least for spot, x in at.items()}


def _wish(spot: Spot, near: Sequence[Spot], at: Mapping[Spot, float], layers: Mapping[int, int]) -> tuple[float, float]:
    """Return where a spot would best be, and how much it matters.

    Boxes look at boxes, if there are any: a long line that follows a chain of boxes would else pull it aside from layer to
    layer. Lines give way to boxes.
    """
    passing = layers[spot[0]] != spot[1]
    boxes = [other for other in near if layers[other[0]] == other[1]]
    place = _mean(at[other] for other in (near if passing else boxes or near))
    return (at[spot] if place is None else place, 1 if passing else FIRM)


def _gaps(row: Sequence[Spot], layers: Mapping[int, int]) -> list[float]:
    """Return how far each spot of a layer stands from the first at least."""
    sizes = [1.0 if layers[index] == layer else BESIDE for index, layer in row]
    total, found = 0.0, list[float]()
    for k, size in enumerate(sizes):
        total += (sizes[k - 1] + size) / 2 if k else 0.0
        found.append(total)
    return found
