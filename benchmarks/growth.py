"""How the time of each step grows with a spec: 10 … 100,000 `let` lines, and 10 … 1,000 outputs, with fitted exponents.

Measured: processor time of one round (the faster of two below a second) per step and size, in one process: reading,
building, differentiating (reverse mode, the derived graph), compiling a value and a gradient, folding, `compute` with symbols and
numbers, `gradcheck`. A step that would take longer than --seconds at the next size, were it linear, is left out there and beyond.
The exponent p of time ~ size^p is the slope of a straight line through the logarithms of the three largest sizes; 1 is linear.
Run: python benchmarks/growth.py [--svg docs/pictures/growth.svg]
"""

from __future__ import annotations

import argparse
import gc
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scaling import chain, fan

from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.compute.compute import compute
from jaccli.compute.explain import drawing
from jaccli.derive.compiled import value_and_gradient
from jaccli.derive.reverse import vjp
from jaccli.graph.build import Built, build
from jaccli.spec.points import given_point
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

FITTED = 3  # sizes through which the line goes
COLOURS = ("#4053d3", "#ddb310", "#b51d14", "#00beff", "#fb49b0", "#00b25d", "#555555")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 380, 62, 170, 34, 46


def fresh(text: str) -> Built:
    """Return a spec read and built, so that nothing of an earlier step is kept."""
    problems: list[Any] = []
    return build(read_spec(Source("spec.yaml", text), None, problems), problems)


def read(text: str) -> Callable[[], object]:
    return lambda: read_spec(Source("spec.yaml", text), None, [])


def building(text: str) -> Callable[[], object]:
    spec = read_spec(Source("spec.yaml", text), None, [])
    return lambda: build(spec, [])


def differentiate(text: str) -> Callable[[], object]:
    built = fresh(text)
    xs = [built.variables[name] for name in built.differentiable]

    def run() -> None:
        for y in built.outputs.values():
            vjp(built.graph, {y.index: built.graph.leaf(f"{y.index}_bar", y.shape)}, xs)

    return run


def compiled(text: str) -> Callable[[], object]:
    built = fresh(text)
    xs = {name: built.variables[name] for name in built.differentiable}
    point = given_point(built.spec)
    return lambda: [value_and_gradient(y, xs)(point) for y in built.outputs.values()]


def folded(text: str) -> Callable[[], object]:
    built = fresh(text)
    return lambda: drawing(built)


def computed(text: str) -> Callable[[], object]:
    built = fresh(text)
    return lambda: compute(built, full=False, most_bindings=16)


def checked(text: str) -> Callable[[], object]:
    built = fresh(text)
    return lambda: check(built, CheckOptions(points=1))


#: Step → what prepares it, untimed, and returns what is timed.
STEPS: Mapping[str, Callable[[str], Callable[[], object]]] = {
    "read": read,
    "build": building,
    "differentiate": differentiate,
    "compile": compiled,
    "fold": folded,
    "compute": computed,
    "gradcheck": checked,
}
Found = dict[str, dict[int, float]]


def seconds(prepare: Callable[[str], Callable[[], object]], text: str) -> float:
    """Return the processor time of a step: the faster of two rounds below a second."""
    best = math.inf
    for _ in range(2):
        run = prepare(text)
        gc.collect()
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
        if best > 1:
            break
    return best


def measure(write: Callable[[int], str], sizes: Sequence[int], most: float, steps: Sequence[str]) -> Found:
    """Return the times of each step by size, as far as they are expected to stay below ``most`` seconds."""
    found: Found = {step: {} for step in steps}
    for before, size in zip([None, *sizes], sizes, strict=False):
        for step, times in found.items():
            if before is None or (before in times and times[before] * size / before <= most):
                times[size] = seconds(STEPS[step], write(size))
    return found


def exponent(times: Mapping[int, float]) -> float:
    """Return the slope of the least-squares line through the logarithms of the largest sizes."""
    last = sorted(times)[-FITTED:]
    if len(last) < 2:
        return math.nan
    xs, ys = [math.log(size) for size in last], [math.log(times[size]) for size in last]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def table(title: str, found: Found, sizes: Sequence[int]) -> None:
    """Print a table in Markdown: a row for each size, and the exponents."""
    print(f"| {title} | " + " | ".join(found) + " |\n|" + "---|" * (len(found) + 1))
    for size in sizes:
        cells = [f"{times[size]:.4f}" if size in times else "" for times in found.values()]
        print(f"| {size:,} | " + " | ".join(cells) + " |")
    print("| exponent | " + " | ".join(f"{exponent(times):.2f}" for times in found.values()) + " |\n", flush=True)


def picture(title: str, found: Found) -> str:
    """Return the times against the sizes as an SVG, both axes logarithmic."""
    sizes = sorted({size for times in found.values() for size in times})
    values = [t for times in found.values() for t in times.values()]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def across(size: float) -> float:
        return LEFT + (math.log10(size) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text x="{LEFT}" y="20" font-weight="bold">{title}</text>']
    for k in range(low, high + 1):
        y = up(10.0**k)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**k:g} s</text>')
    parts += [
        f'<text x="{across(size):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{size:,}</text>'
        for size in sizes
    ]
    for k, (step, times) in enumerate(found.items()):
        places = [(across(size), up(value)) for size, value in sorted(times.items())]
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        y = TOP + 20 * k + 12
        parts.append(f'<path d="M{line}" fill="none" stroke="{COLOURS[k]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[k]}"/>' for x, y in places]
        parts.append(f'<path d="M{WIDTH - RIGHT + 14} {y - 4}h18" stroke="{COLOURS[k]}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 38}" y="{y}">{step}: {exponent(times):.2f}</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" '
        f'role="img" aria-label="{title}">\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=100_000, help="let lines of the largest spec")
    parser.add_argument("--seconds", type=float, default=20.0, help="the most that a step is expected to take")
    parser.add_argument("--svg", type=Path, help="a file for the picture of the first table")
    options = parser.parse_args()
    sizes = [10**k for k in range(1, 6) if 10**k <= options.largest]
    found = measure(chain, sizes, options.seconds, [*STEPS])
    table("`let` lines", found, sizes)
    if options.svg is not None:
        options.svg.write_text(picture("Seconds against the `let` lines of a spec", found), encoding="utf-8")
    sizes = [10, 100, 1_000]
    table("outputs of 10 inputs", measure(fan, sizes, options.seconds, [*STEPS]), sizes)


if __name__ == "__main__":
    main()
