"""Sparse Jacobians: colours of standard matrices against the orderings of the literature, and problems against dense forward mode.

The first table has ten matrices that formulas give, with the colours of columns by first fit in natural order, largest first and
smallest last (Gebremedhin, Manne, Pothen 2005), and the products that jaccli takes. The second has problems: the products, the
seconds of the processor for pattern, colours and first Jacobian, for another Jacobian, and for dense forward mode (measured on a
share of its columns). The third grows a heat equation; its exponent p is that of the seconds ~ unknowns^p (1 is linear).
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import jaccli
from jaccli.derive import colouring
from jaccli.derive.jacobian import plan
from jaccli.graph.evaluate import FLOAT64, evaluate
from jaccli.graph.pattern import Pattern

SHARE = 8  # columns of dense forward mode that are computed, to be multiplied


def pattern(matrix: np.ndarray) -> Pattern:
    return Pattern.of_entries(*np.nonzero(matrix), matrix.shape)


def banded(n: int, width: int) -> np.ndarray:
    i, j = np.indices((n, n))
    return np.abs(i - j) <= width


def grid(k: int, box: bool) -> np.ndarray:
    x, y = np.divmod(np.arange(k * k), k)
    dx, dy = np.abs(x[:, None] - x), np.abs(y[:, None] - y)
    return np.maximum(dx, dy) <= 1 if box else dx + dy <= 1


def arrow(n: int) -> np.ndarray:
    return banded(n, 0) | (np.indices((n, n)) == 0).any(axis=0)


def cameras(count: int, points: int, seen: int) -> np.ndarray:
    matrix = np.zeros((2 * points * seen, 9 * count + 3 * points), dtype=bool)
    for k in range(points * seen):
        camera, point = (k // seen + k) % count, k // seen
        matrix[2 * k : 2 * k + 2, 9 * camera : 9 * camera + 9] = True
        matrix[2 * k : 2 * k + 2, 9 * count + 3 * point : 9 * count + 3 * point + 3] = True
    return matrix


MATRICES = {
    "tridiagonal, 1000": banded(1000, 1),
    "band of 11, 1000": banded(1000, 5),
    "arrow, 200": arrow(200),
    "tridiagonal, 2 dense rows": banded(400, 1) | (np.arange(400) < 2)[:, None],
    "tridiagonal, 2 dense columns": banded(400, 1) | (np.arange(400) < 2),
    "5-point grid, 30 × 30": grid(30, box=False),
    "9-point grid, 30 × 30": grid(30, box=True),
    "blocks of 6": np.kron(np.eye(50), np.ones((6, 6))) > 0,
    "bundle, 8 cameras": cameras(8, 60, 4),
    "random, 5 in a row": np.random.default_rng(0).permuted(np.arange(300) < np.full((300, 1), 5), axis=1),
}


def orders(found: Pattern) -> list[int]:
    """Return the colours of columns by first fit in natural order, largest first and smallest last."""
    rows_of = [
        found.transposed.columns[a:b].tolist()
        for a, b in zip(found.transposed.starts, found.transposed.starts[1:], strict=False)
    ]
    counts = []
    for order in (list(range(found.shape[1])), colouring.largest_first(found), colouring.smallest_last(found)):
        assert order is not None
        taken: list[set[int]] = [set() for _ in range(found.shape[0])]
        most = 0
        for column in order:
            barred = set().union(*(taken[row] for row in rows_of[column]))
            colour = next(c for c in range(len(barred) + 1) if c not in barred)
            for row in rows_of[column]:
                taken[row].add(colour)
            most = max(most, colour + 1)
        counts.append(most)
    return counts


def colours() -> bool:
    print(f"{'matrix':30} {'natural':>8} {'largest first':>14} {'smallest last':>14} {'jaccli':>8}")
    kept = True
    for name, matrix in MATRICES.items():
        found = pattern(matrix)
        published, own = orders(found), colouring.coloured(found).products
        kept = kept and own <= min(published)
        print(f"{name:30} {published[0]:8} {published[1]:14} {published[2]:14} {own:8}")
    print(f"never more than the literature's orderings: {'kept' if kept else 'BROKEN'}\n")
    return kept


def heat(k: int) -> dict[str, Any]:
    """Return the residual of an implicit step of a nonlinear heat equation on a k × k grid."""
    inner = "u[1:-1, 1:-1]"
    laplace = f"u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4*{inner}"
    u = np.random.default_rng(0).random((k, k))
    return {"inputs": {"u": u}, "outputs": {"r": f"{inner} - 0.1*({laplace}) - 0.05*exp({inner})"}}


def bundle(count: int, points: int, seen: int) -> dict[str, Any]:
    """Return the residuals of a bundle adjustment: rotation, translation, focus and distortion of each camera."""
    rng = np.random.default_rng(0)
    k = np.arange(points * seen)
    camera, point = (k // seen + k) % count, k // seen
    return {
        "inputs": {
            "C": {
                "shape": [count, 9],
                "value": rng.normal(size=(count, 9)) * 0.1 + np.array([0, 0, 0, 0, 0, 5, 1, 0, 0]),
            },
            "X": {"shape": [points, 3], "value": rng.normal(size=(points, 3))},
        },
        "constants": {"c": camera, "p": point, "seen": rng.normal(size=(points * seen, 2))},
        "let": {
            "cam": "C[c]",
            "r": "cam[:, :3]",
            "V": "X[p]",
            "angle": "sqrt(sum(r**2, axis=1, keepdims=True) + 1e-12)",
            "k": "r / angle",
            "across": "k[:, [1, 2, 0]]*V[:, [2, 0, 1]] - k[:, [2, 0, 1]]*V[:, [1, 2, 0]]",
            "turned": "V*cos(angle) + across*sin(angle) + k*sum(k*V, axis=1, keepdims=True)*(1 - cos(angle))",
            "P": "turned + cam[:, 3:6]",
            "flat": "P[:, :2] / P[:, 2:]",
            "n": "sum(flat**2, axis=1, keepdims=True)",
        },
        "outputs": {"e": "cam[:, 6:7] * (1 + cam[:, 7:8]*n + cam[:, 8:9]*n**2) * flat - seen"},
    }


def arrow_spec(n: int) -> dict[str, Any]:
    return {
        "inputs": {"x": np.linspace(0.5, 2, n)},
        "outputs": {"y": "concatenate([[sum(x**2)], x[1:]*x[0] + sin(x[1:])])"},
    }


def seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def problem(name: str, spec: dict[str, Any]) -> None:
    model = jaccli.parse(spec)
    (of,) = model.outputs
    first = seconds(lambda: model.sparse_jacobian(of))
    again = min(seconds(lambda: model.sparse_jacobian(of)) for _ in range(3))
    found = model.sparsity(of)
    graph, output, point = model.built.graph, model.built.outputs[of], model.point()
    columns = 0.0
    for one in plan(graph, output, [model.built.variables[x] for x in model.inputs], route="forward"):
        share = min(SHARE, one.seeds)
        shape = one.seed.shape
        seeds = np.eye(share, one.seeds).reshape(share, *shape)
        given = {**point, str(dict(one.seed.node.params)["name"]): seeds}
        wanted = [result for result in one.results if result is not None]
        columns += seconds(lambda g=given, w=wanted: evaluate(graph, w, g, FLOAT64)) * one.seeds / share
    print(
        f"{name:28} {found.shape[0]:8,} {found.shape[1]:8,} {found.count:10,} {found.forward + found.reverse:9} "
        f"{first:9.3f} {again:9.3f} {columns:11.2f} {columns / again:9.0f}"
    )


def problems() -> None:
    heads = f"{'products':>9} {'first s':>9} {'again s':>9} {'forward s':>11} {'ratio':>9}"
    print(f"{'problem':28} {'rows':>8} {'columns':>8} {'nonzeros':>10} {heads}")
    problem("arrow, 200", arrow_spec(200))
    problem("bundle adjustment", bundle(20, 3750, 4))
    problem("heat, 100 × 100", heat(100))
    problem("heat, 316 × 316", heat(316))
    print()


def growth() -> None:
    sides, took = [40, 80, 160, 320], []
    for k in sides:
        model = jaccli.parse(heat(k))
        took.append(
            min(seconds(lambda model=model: (model._compressed.clear(), model.sparse_jacobian("r"))) for _ in range(3))
        )
    p = math.log(took[-1] / took[0]) / math.log((sides[-1] / sides[0]) ** 2)
    print(
        "heat, unknowns and seconds: "
        + ", ".join(f"{k * k:,} {s:.3f}" for k, s in zip(sides, took, strict=True))
        + f"; exponent {p:.2f}"
    )


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    kept = colours()
    problems()
    growth()
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
