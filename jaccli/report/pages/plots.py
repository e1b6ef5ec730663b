"""A scan → two curves as data for an SVG picture: the Taylor remainder over the step, and the function along the line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jaccli.results import numbers
from jaccli.results.scan import Scan

__all__ = ["Curve", "Mark", "curves"]

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 420, 240, 72, 36, 34, 12  # pixels


@dataclass(frozen=True)
class Mark:
    """A tick of an axis: where it stands, and its words."""

    at: float
    words: str


@dataclass(frozen=True)
class Curve:
    """A picture: its lines as SVG paths with their kinds, ticks, and what it shows in words."""

    title: str
    across: str
    lines: tuple[tuple[str, str, str], ...]  # (class, path, name)
    x: tuple[Mark, ...]
    y: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    top: int = TOP


def curves(scan: Scan) -> tuple[Curve, ...]:
    """Return the remainder with and without the derivative, both axes logarithmic, and the function itself."""
    steps = [float(h) for h in scan.steps]
    first, second = [float(v) for v in scan.first], [float(v) for v in scan.second]
    taylor = _curve(
        f"Taylor remainder of {scan.entry}", "step h", steps,
        {"first": ("|f(x+h) - f(x)|", first), "second": ("|f(x+h) - f(x) - h·a|", second)}, logarithmic=True,
    )  # fmt: skip
    profile = _curve(
        "f along the input", "input", [float(v) for v in scan.at], {"second": ("f", [float(v) for v in scan.values])}
    )
    return taylor, profile


def _curve(
    title: str,
    across: str,
    xs: Sequence[float],
    found: dict[str, tuple[str, Sequence[float]]],
    logarithmic: bool = False,
) -> Curve:
    place = _log if logarithmic else float
    all_y = [v for _, ys in found.values() for v in map(place, ys) if math.isfinite(v)]
    all_x = [v for v in map(place, xs) if math.isfinite(v)]
    if not all_x or not all_y:
        return Curve(title, across, (), (), ())
    x_at, x_marks = _axis(all_x, LEFT, WIDTH - RIGHT, logarithmic)
    y_at, y_marks = _axis(all_y, HEIGHT - BOTTOM, TOP, logarithmic)
    lines = []
    for kind, (name, ys) in found.items():
        pairs = [(place(x), place(y)) for x, y in zip(xs, ys, strict=True)]
        points = [f"{x_at(x):.1f} {y_at(y):.1f}" for x, y in pairs if math.isfinite(x) and math.isfinite(y)]
        lines.append((kind, f"M{'L'.join(points)}" if points else "", name))
    return Curve(title, across, tuple(lines), x_marks, y_marks)


def _log(x: float) -> float:
    return math.log10(x) if x > 0 else math.nan


def _axis(
    values: Sequence[float], start: float, stop: float, logarithmic: bool
) -> tuple[Callable[[float], float], tuple[Mark, ...]]:
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def at(v: float) -> float:
        return start + (stop - start) * (v - low) / span

    if logarithmic:
        first, last = math.ceil(low), math.floor(high)
        every = max(1, (last - first) // 4)
        marks = tuple(Mark(at(k), f"1e{k}") for k in range(first, last + 1, every))
    else:
        marks = tuple(Mark(at(low + span * k / 4), numbers.value(low + span * k / 4)) for k in range(0, 5, 2))
    return at, marks
