"""A reference that a derivative disagrees with → the same, with what is known of the staircases that the function may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from jaccli.difference.stairs import FINEST, Line, Stairs, leaves_parabola, stairs
from jaccli.difference.stencil import FACTOR
from jaccli.reference import Reference, input_scale
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["on_stairs", "perhaps_broken", "some_of"]

MOST, FEW = 64, 8  # entries looked at, and of a short input
LEAST, SHARE = (
    2048,
    2,
)  # evaluations, of all entries together, after which no other is begun: so many, or times the reference's
AWAY = (2.91715729, 3.13090171, 3.37684813)  # scales, at which a number of the size of the point is four times as large
ROUNDINGS = 64.0  # of one, or of x: edges so near to each other are those of rounding
EVENLY = 1e-2  # of a spacing, by which another one differs at most that is the same
OFF, LONGER = 6, 5  # the octave up to which a tread beside an edge is followed; and octaves that it is long at least
GOLDEN = 0.6180339887498949
LOST = 2.0**-23  # of a value: steps so low are lost digits: values are not rounded to seven digits on purpose
MEANT = 2.0**-20  # of a value, or of one: steps as high as that are meant
BINARY = 2.0**-10  # the same for steps that are a power of two, as those of 1e12 + x are
WIDE = 2.0**-5  # of x, and of one: wider treads, as wide as a power of two, are not the spacing of doubles
ADDED = 64.0  # steps per scale: the slope that a term hides in which numbers of size one cancel
EXACT, ULPS = 1e-9, 4.0  # of a step, and roundings of the value: how near it must be to a round number to be one
FAR_OFF = (
    1 / 37
)  # scales: where an exponential saturates in doubles, at x = 37, the edges of digits that are lost are nearer
BOUNDED, AS_LARGE = (
    64.0,
    2.0**-4,
)  # leaps, within which a function stays that turns its sign, and as large as which it is
LOOSE = 1e-5  # of a step: where it is known no better than that, it does not count as round
#: Scales away from the point at which a function may be smooth; not round, for half of a number of six digits lies on an edge.
WITHIN = (-0.871, -0.513, -0.237, 0.237, 0.513, 0.871)
BEYOND = (-15.71, -3.917, -2.073, -1.131, 1.131, 2.073, 3.917, 15.71)  # likewise, where it may be evaluated so far off
SHORT = 2.0**-20 * np.array([1.0, -1.0])  # steps, in scales, that move whatever is smooth


@np.errstate(all="ignore")
def on_stairs(
    fn: Callable[[Array], Array], x: Array, reference: Reference, entries: Array, eps: float, far: bool = True
) -> Reference:
    """Return the reference with the slopes of treads and trends at those ``entries`` at which the function is a staircase.

    A last look before a derivative is called wrong, or left open; without it the slope of one tread of a product passes
    (tests/checker/references/test_staircases.py).

    Shapes: x (n,); fn (points, n) → (points, m); entries (m, n).
    Law:    the steps of lost digits have a trend, whose error they are. Those that are meant, as of a quantiser, have treads: their
            slope is right almost everywhere. Where the height does not tell, or the function is smooth a few scales away, as
            what digits are lost in is and a quantiser is not, the trend judges, and what lies between it and a
            tread is left open, as is the trend of what is meant: ``low`` and ``high`` are the two, ``leap`` the height.
            Steps that are lower than a narrow format's digits, or of no telling height, whose edges keep their distance however
            large x is, may be meant or be digits that a constant has cost: nothing between the two slopes is decided.
            Where f moves by more than its steps, they are those of a term, and a slope of that size is no failure.
    Cost:   250 to 600 evaluations, as a rule, for each of 64 entries, of 8 if x is short, and until twice as many are spent as
            the reference has taken, or LEAST. Of more entries an even choice is looked at, and if most that have a slope are on
            stairs, all are left open.
    """
    places, scale, spent = np.argwhere(entries), input_scale(x), 0

    def counted(points: Array) -> Array:
        nonlocal spent
        spent += len(points)
        return fn(points)

    lines: dict[tuple[int, int], Line] = {}
    found: dict[tuple[int, int], Stairs | None] = {}
    edges: set[tuple[int, int]] = set()
    for i, j in _scattered(some_of(places, x.size)):
        if spent > max(LEAST, SHARE * reference.evaluations):
            break
        lines[i, j] = _line(counted, x, float(scale[j]), i, j)
        found[i, j] = stairs(lines[i, j], float(scale[j]), eps, 0.0, far)
        if found[i, j] is None and (beside := _beside(lines[i, j], float(scale[j]), eps, far)):
            found[i, j] = beside
            edges |= {(i, j)}
    known = {place: one for place, one in found.items() if one is not None}
    if not known:
        return reference
    turning = {
        place
        for place, one in known.items()
        if far and place not in edges and _turns(lines[place], one, _size(fn, x, place[0]))
    }
    value, bar, reason = reference.value.copy(), reference.error_bar.copy(), reference.reason.copy()
    low, high, leap, between = reference.low.copy(), reference.high.copy(), np.zeros_like(value), np.zeros_like(value)
    moving = sum(reference.value[place] != 0 for place in found)
    steps = sum(np.isfinite(one.trend[0]) for place, one in known.items() if place not in turning)
    if len(found) < len(places) and 2 * steps > moving:
        bar, reason = np.where(entries, np.inf, bar), np.where(entries, Reason.STEP_WINDOW, reason)
        low, high = np.where(entries, np.nan, low), np.where(entries, np.nan, high)
    rounding = np.zeros_like(value) if reference.rounding is None else reference.rounding.copy()
    for place, one in known.items():
        if place in turning:
            leap[place], between[place] = one.leap, one.tread[0] / scale[place[1]]
            continue
        if np.isnan(one.trend[0]):
            rounding[place] = max(rounding[place], ADDED * one.leap / scale[place[1]])
            continue
        tread, trend = (np.array(slope) / scale[place[1]] for slope in (one.tread, one.trend))
        width, at = one.spacing * float(scale[place[1]]), abs(float(x[place[1]]))
        kind = _kind(one.leap, _size(fn, x, place[0]), tread[0] == 0, width, at)
        if kind == "meant" and not one.spacing and _smooth_elsewhere(lines[place], float(scale[place[1]]), eps, far):
            kind = "either"
        apart = width > ROUNDINGS * eps * max(1.0, at) and not _binary(width, LOOSE) and far
        if (
            kind in ("lost", "either")
            and apart
            and _keeps_spacing(lines[place], one.spacing, float(scale[place[1]]), eps)
        ):
            kind = "unknown"
        if place in edges and kind != "lost":
            bar[place], reason[place], low[place], high[place] = np.inf, Reason.JUMP, np.nan, np.nan
            continue
        reason[place], leap[place] = (
            Reason.NONE if kind == "meant" or np.isfinite(trend[1]) else Reason.STEP_WINDOW,
            one.leap,
        )
        between[place] = tread[0]
        if kind == "meant":
            value[place], bar[place] = tread
        elif not _follows(value[place], bar[place], tread, trend):
            value[place], bar[place] = trend
        if kind == "unknown":
            bar[place] += abs(value[place] - tread[0]) + tread[1]
        sides = np.array([tread[0] - tread[1], tread[0] + tread[1], trend[0] - trend[1], trend[0] + trend[1]])
        lost = kind == "lost"
        low[place], high[place] = (np.nan, np.nan) if lost else (np.fmin.reduce(sides), np.fmax.reduce(sides))
    more = {"low": low, "high": high, "leap": leap, "tread": between, "rounding": rounding}
    return replace(reference, value=value, error_bar=bar, reason=reason, **more)  # type: ignore[arg-type]


@np.errstate(all="ignore")
def perhaps_broken(fn: Callable[[Array], Array], x: Array, entries: Array, far: bool = True) -> Array:
    """Return the entries that steps or teeth may spoil, (m, n), all or none of a row: a line through all of them tells.

    Shapes: x (n,); fn (points, n) → (points, m); entries (m, n).
    Law:    all columns that are asked about move: an entry of a diagonal block moves with its own column alone.
    Cost:   103 evaluations, which ``on_stairs`` needs again where a single column is looked at.
    """
    columns = np.flatnonzero(np.any(entries, axis=0))
    if not columns.size:
        return np.zeros_like(entries)
    broken = leaves_parabola(fn, x, input_scale(x), columns, 2.0**-52, far)
    return np.asarray(entries & broken[:, None])


def some_of(places: Array, n: int) -> Array:
    """Return an even choice of places, so many as a last look at them may cost."""
    most = min(MOST, max(FEW, n // 16))
    return places[np.unique(np.linspace(0, len(places) - 1, most).astype(int))] if len(places) else places


def _scattered(places: Array) -> list[tuple[int, int]]:
    """Return the places in an order whose beginning is spread over all of them."""
    order = np.argsort(np.arange(len(places)) * GOLDEN % 1.0)
    return [(int(i), int(j)) for i, j in places[order]]


def _line(fn: Callable[[Array], Array], x: Array, scale: float, i: int, j: int) -> Line:
    """Return output i along column j, in units of its scale."""

    def line(t: Array) -> Array:
        points = np.repeat(x[None, :], len(t), axis=0)
        points[:, j] += t * scale
        return fn(points)[:, i]

    return line


def _smooth_elsewhere(line: Line, scale: float, eps: float, far: bool) -> bool:
    """Return whether a function with steps around 0 has none a few scales away, though it moves there.

    1 - sigmoid(x) at 30 counts roundings of one, however steep a logarithm makes those; at -100 it is smooth. A quantiser has steps
    everywhere, or ends in a constant. Without it a zero between lost digits passes (tests/checker/references/test_lost_digits.py).
    """
    for away in (*WITHIN, *BEYOND) if far else WITHIN:
        change = line(away + SHORT) - line(np.array([away]))
        moves = np.all(np.isfinite(change)) and np.all(change != 0)
        if moves and stairs(lambda t, away=away: line(away + t), scale, eps, 0.0, far) is None:  # type: ignore[misc]
            return True
    return False


def _turns(line: Line, one: Stairs, size: float) -> bool:
    """Return whether leaps are turns of the function itself, as where an eigenvector changes its sign, and no staircase.

    Law:  where digits are lost, they are so beside numbers that are far larger than a step, and which f becomes as large as some
          scales away, or it is far smaller near the point. f that is as large as its leaps near the point and stays within some
          of them everywhere, and leaps at no even distance, far from the point, has treads that are all there is of it.
    Cost: 14 evaluations.
    """
    irregular = not one.spacing and np.isfinite(one.trend[0]) and one.tread[0] != 0
    if not (irregular and one.nearest >= FAR_OFF and one.leap >= MEANT * max(1.0, size)):
        return False
    values = np.abs(line(np.array([*WITHIN, *BEYOND])))
    return bool(np.all(values <= BOUNDED * one.leap) and np.max(values[: len(WITHIN)]) >= AS_LARGE * one.leap)


def _beside(line: Line, scale: float, eps: float, far: bool) -> Stairs | None:
    """Return the staircase around a point on an edge, as it is in the middle of the tread to a side; None without one."""
    steps = FACTOR * 2.0 ** -np.arange(FINEST, OFF - 1.0, -1)
    values = line(np.concatenate([[0.0], steps, -steps]))
    with np.errstate(all="ignore"):
        changes = values[1:].reshape(2, -1) - values[0]
        leap = np.max(np.abs(changes[:, 0]))
        holds = np.abs(changes - changes[:, :1]) <= 0.25 * leap
    for side, held in zip((1.0, -1.0), holds, strict=True):
        length = int(np.argmin(held)) if not np.all(held) else len(steps)  # how many steps stay on the tread
        if leap and length > LONGER:
            at = side * 0.5 * float(steps[length - 1])
            if found := stairs(lambda t, at=at: line(at + t), scale, eps, 0.0, far):  # type: ignore[misc]
                return found
    return None


def _keeps_spacing(line: Line, spacing: float, scale: float, eps: float) -> bool:
    """Return whether the edges that are evenly spaced around 0 are so three scales away too, as where a digit is fixed.

    The edges of what a narrower format has lost, as a cast to float32, are twice as far apart where the number is twice as large.
    """
    for at in AWAY:
        away = stairs(lambda t, at=at: line(at + at * t), at * scale, eps)  # type: ignore[misc]
        if away is not None and away.spacing:
            return abs(at * away.spacing - spacing) <= EVENLY * spacing
    return False


def _size(fn: Callable[[Array], Array], x: Array, i: int) -> float:
    return abs(float(fn(x[None, :])[0, i]))


def _follows(value: float, bar: float, tread: Array, trend: Array) -> bool:
    """Return whether a derivative is that of the trend already, with the steps as its noise."""
    apart = abs(value - tread[0]) > bar + tread[1]
    return bool(np.isfinite(bar) and apart and abs(value - trend[0]) <= bar + trend[1])


def _kind(leap: float, size: float, flat: bool, width: float = 0.0, at: float = 0.0) -> str:
    """Return whether steps are digits that were "lost", are "meant", or may be "either".

    width: the distance of two edges where it is one, else 0; at: the size of the element that moves.
    Law: steps of no round height between which the function moves may be those of digits lost in one factor, however high: what
         1 − tanh(x) has lost at 14.4 is as high as the other factor makes it. So are treads of the width of a power of two:
         10^12 ((10^8 + x) - 10^8) has the spacing of the doubles near 10^8, whatever the height. Evenly spaced treads that are
         wide and have a slope are those of a remainder, as the angle x mod 2π.
    """
    exact = EXACT + ULPS * 2.0**-52 * size / leap
    mantissa = leap / 10.0 ** np.floor(np.log10(leap) + exact)
    if exact < LOOSE and min(abs(mantissa - round_) for round_ in (1, 2, 5)) <= 5 * exact:
        return "meant"
    if leap <= LOST * size:
        return "lost"
    least = WIDE if width and _binary(width, LOOSE) else BINARY
    if not flat and width >= least * max(1.0, at) and leap >= MEANT * max(1.0, size):
        return "meant"
    if not flat or (width and _binary(width, LOOSE) and width < BINARY * max(1.0, at)):
        return "either"
    return "meant" if leap >= (BINARY if _binary(leap, exact) else MEANT) * max(1.0, size) else "either"


def _binary(number: float, exact: float) -> bool:
    """Return whether a number is a power of two, but for a relative error."""
    return bool(abs(2.0 * np.frexp(number * (1 + exact))[0] - 1) <= 2 * exact)
