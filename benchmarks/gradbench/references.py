"""Small seeded inputs of each eval, with the values that are right: plain loops, and complex steps in place of derivatives.

Nothing of jaccli is used. A derivative is Im f(x + ih)/h with h = 1e-30, which has no truncation to speak of and no cancellation
(Squire & Trapp 1998); the direction of k-means is that of the literature, centroid minus mean of its points (Bottou & Bengio 1994).
"""

from __future__ import annotations

import cmath
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

STEP = 1e-30
Vector = list[Any]


def slopes(f: Callable[[Vector], Vector], x: Sequence[float]) -> list[list[float]]:
    """Return the Jacobian of ``f`` at x, a row for each result."""
    columns = [
        [y.imag / STEP for y in f([v + (STEP * 1j if k == moved else 0) for k, v in enumerate(x)])]
        for moved in range(len(x))
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def lse(x: Vector) -> Vector:
    top = max(v.real for v in map(complex, x))
    return [top + cmath.log(sum(cmath.exp(v - top) for v in x))]


def llsq(x: Vector, n: int) -> Vector:
    total = 0j
    for i in range(n):
        t = -1 + 2 * i / (n - 1)
        left = complex((t > 0) - (t < 0))
        for j, v in enumerate(x):
            left -= v * t**j
        total += left * left
    return [total / 2]


def ode(x: Vector, s: int) -> Vector:
    def slope(y: Vector) -> Vector:
        return [x[0]] + [x[i] * y[i - 1] for i in range(1, len(x))]

    def moved(y: Vector, k: Vector, by: float) -> Vector:
        return [a + by * b for a, b in zip(y, k, strict=True)]

    h, y = 2 / s, [0j] * len(x)
    for _ in range(s):
        a = slope(y)
        b = slope(moved(y, a, h / 2))
        c = slope(moved(y, b, h / 2))
        d = slope(moved(y, c, h))
        y = [v + h / 6 * (p + 2 * q + 2 * r + t) for v, p, q, r, t in zip(y, a, b, c, d, strict=True)]
    return y


def det(x: Vector) -> Vector:
    """Return the sum over all permutations (Leibniz)."""
    n = math.isqrt(len(x))
    total = 0j
    for order in itertools.permutations(range(n)):
        sign = (-1) ** sum(a > b for a, b in itertools.combinations(order, 2))
        total += sign * math.prod((x[row * n + column] for row, column in enumerate(order)), start=1 + 0j)
    return [total]


def gmm(x: Vector, given: Mapping[str, Any]) -> Vector:
    """Return the log posterior by densities: of the normal distributions of each point, and of the Wishart distribution."""
    d, k, m, gamma = given["d"], given["k"], given["m"], given["gamma"]
    alpha, mu, q, low = np.split(np.array(x, dtype=complex), np.cumsum([k, k * d, k * d]))
    weights = np.exp(alpha) / np.exp(alpha).sum()
    total, freedom = 0j, d + m + 1
    factors = []
    for j in range(k):
        Q = np.diag(np.exp(q[j * d : (j + 1) * d]))
        own = iter(low[j * d * (d - 1) // 2 :])
        for column in range(d):
            for row in range(column + 1, d):
                Q[row, column] = next(own)
        factors.append(Q)
        size = d * (d - 1) / 4 * math.log(math.pi) + sum(math.lgamma((freedom - i) / 2) for i in range(d))
        total += m / 2 * np.log(np.linalg.det(Q.T @ Q)) - gamma**2 / 2 * np.trace(Q.T @ Q)
        total -= freedom * d / 2 * math.log(2) - freedom * d * math.log(gamma) + size
    for point in np.array(given["x"]):
        density = 0j
        for j, Q in enumerate(factors):
            z = Q @ (point - mu[j * d : (j + 1) * d])
            density += weights[j] * np.exp(-(z @ z) / 2) * np.linalg.det(Q) / (2 * math.pi) ** (d / 2)
        total += np.log(density)
    return [total]


def turned(r: Vector, x: Vector) -> Vector:
    """Return x turned around r by its length (Rodrigues)."""
    angle = cmath.sqrt(sum(v * v for v in r))
    u = [v / angle for v in r]
    along = sum(a * b for a, b in zip(u, x, strict=True)) * (1 - cmath.cos(angle))
    across = [u[1] * x[2] - u[2] * x[1], u[2] * x[0] - u[0] * x[2], u[0] * x[1] - u[1] * x[0]]
    return [v * cmath.cos(angle) + a * cmath.sin(angle) + b * along for v, a, b in zip(x, across, u, strict=True)]


def reprojection(x: Vector, feat: Sequence[float]) -> Vector:
    """Return the two errors of one observation, by 11 numbers of a camera, 3 of a point and a weight."""
    cam, point, w = x[:11], x[11:14], x[14]
    seen = turned(cam[:3], [a - b for a, b in zip(point, cam[3:6], strict=True)])
    plane = [seen[0] / seen[2], seen[1] / seen[2]]
    square = plane[0] ** 2 + plane[1] ** 2
    bent = 1 + cam[9] * square + cam[10] * square**2
    return [w * (p * bent * cam[6] + at - f) for p, at, f in zip(plane, cam[7:9], feat, strict=True)]


def hand(x: Vector, given: Mapping[str, Any], us: Sequence[Sequence[Any]]) -> Vector:
    """Return the errors of all points, three numbers each."""
    data, model = given["data"], given["data"]["model"]
    bones = []
    for bone, parent in enumerate(model["parents"]):
        finger, joint = divmod(bone - 1, 4)
        first = 6 + 4 * finger
        angles = [
            0,
            0,
        ]  # around x and z: each finger has a bone that does not turn, and three that bend, the first sideways too
        if bone >= 2 and 1 <= joint <= 3 and finger < 5:
            angles = [x[[first, first + 2, first + 3][joint - 1]], x[first + 1] if joint == 1 else 0]
        (cx, sx), (cz, sz) = ((cmath.cos(a), cmath.sin(a)) for a in angles)
        turn = np.eye(4, dtype=complex)
        turn[:3, :3] = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]]) @ np.array(
            [[1, 0, 0], [0, cx, -sx], [0, sx, cx]]
        )
        own = np.array(model["base_relatives"][bone]) @ turn
        bones.append(own if parent < 0 else bones[parent] @ own)
    vertices = []
    for place, weights in zip(model["base_positions"], model["weights"], strict=True):
        moved = sum(w * (bone @ np.array(back) @ np.array(place))[:3]
                    for w, bone, back in zip(weights, bones, model["inverse_base_absolutes"], strict=True))  # fmt: skip
        vertices.append([a + b for a, b in zip(turned(x[:3], list(moved)), x[3:6], strict=True)])
    errors = []
    for k, (at, point) in enumerate(zip(data["correspondences"], data["points"], strict=True)):
        corners = [(1, at)]
        if us:
            u, v = us[k]
            corners = list(zip((u, v, 1 - u - v), model["triangles"][at], strict=True))
        errors += [point[axis] - sum(share * vertices[vertex][axis] for share, vertex in corners) for axis in range(3)]
    return errors


# --- inputs and what is expected of them


def cases() -> Iterator[tuple[str, str, Any, Any]]:
    """Yield evals, functions, inputs and outputs."""
    rng = np.random.default_rng(0)
    yield "hello", "square", 3.0, 9.0
    yield "hello", "double", 9.0, 18.0
    x = rng.random(7).tolist()
    yield "lse", "primal", {"x": x}, lse(x)[0].real
    yield "lse", "gradient", {"x": x}, slopes(lse, x)[0]
    yield "llsq", "primal", {"x": x, "n": 12}, llsq(x, 12)[0].real
    yield "llsq", "gradient", {"x": x, "n": 12}, slopes(lambda v: llsq(v, 12), x)[0]
    fast = [v + 3 for v in x]
    yield "ode", "primal", {"x": fast, "s": 3}, [v.real for v in ode(fast, 3)]
    yield "ode", "gradient", {"x": fast, "s": 3}, slopes(lambda v: ode(v, 3), fast)[-1]
    A = rng.random(16).tolist()
    yield "det", "primal", {"A": A, "ell": 4}, det(A)[0].real
    yield "det", "gradient", {"A": A, "ell": 4}, slopes(det, A)[0]
    yield from _gmm(rng)
    yield from _kmeans(rng)
    yield from _ba(rng)
    yield from _ht(rng)


def _gmm(rng: np.random.Generator) -> Iterator[tuple[str, str, Any, Any]]:
    d, k, n = 3, 2, 4
    parts = {"alpha": (k,), "mu": (k, d), "q": (k, d), "l": (k, d * (d - 1) // 2)}
    values = {name: rng.normal(size=shape) for name, shape in parts.items()}
    x = np.concatenate([v.ravel() for v in values.values()]).tolist()
    given = {"d": d, "k": k, "n": n, "x": rng.normal(size=(n, d)).tolist(), "m": 2, "gamma": 1.5}
    input = given | {name: value.tolist() for name, value in values.items()}
    yield "gmm", "objective", input, gmm(x, given)[0].real
    found = np.split(np.array(slopes(lambda v: gmm(v, given), x)[0]), np.cumsum([v.size for v in values.values()])[:-1])
    yield "gmm", "jacobian", input, {n: g.reshape(s).tolist() for (n, s), g in zip(parts.items(), found, strict=True)}


def _kmeans(rng: np.random.Generator) -> Iterator[tuple[str, str, Any, Any]]:
    points = rng.random((9, 2))
    centroids = points[-3:]
    apart = ((points[:, None] - centroids) ** 2).sum(axis=2)
    nearest = apart.argmin(axis=1)
    means = np.array([points[nearest == j].mean(axis=0) for j in range(3)])
    input = {"points": points.tolist(), "centroids": centroids.tolist()}
    yield "kmeans", "cost", input, float(apart.min(axis=1).sum())
    yield "kmeans", "dir", input, (centroids - means).tolist()


def _ba(rng: np.random.Generator) -> Iterator[tuple[str, str, Any, Any]]:
    n, m, p = 2, 3, 5
    cam, x, w = rng.normal(size=11).tolist(), (rng.normal(size=3) + 5).tolist(), float(rng.random())
    feat = rng.normal(size=2).tolist()
    input = {"n": n, "m": m, "p": p, "cam": cam, "x": x, "w": w, "feat": feat}
    errors = [v.real for v in reprojection([*cam, *x, w], feat)]
    each = slopes(lambda v: reprojection(v, feat), [*cam, *x, w])
    yield "ba", "objective", input, {
        "reproj_error": {"elements": errors, "repeated": p}, "w_err": {"element": 1 - w * w, "repeated": p},
    }  # fmt: skip
    rows, columns, values = [0], [], []
    for i in range(p):
        for row in each:
            columns += [11 * (i % n) + k for k in range(11)] + [11 * n + 3 * (i % m) + k for k in range(3)]
            columns.append(11 * n + 3 * m + i)
            values += row
            rows.append(len(columns))
    for i in range(p):
        columns.append(11 * n + 3 * m + i)
        values.append(-2 * w)
        rows.append(len(columns))
    yield "ba", "jacobian", input, {
        name: [*part[:30], part[-1]] for name, part in (("rows", rows), ("cols", columns), ("vals", values))
    }  # fmt: skip


def _ht(rng: np.random.Generator) -> Iterator[tuple[str, str, Any, Any]]:
    count, vertices = 22, 5
    placed = np.tile(np.eye(4), (count, 1, 1))
    placed[:, :3] += 0.3 * rng.normal(size=(count, 3, 4))
    back = np.tile(np.eye(4), (count, 1, 1))
    back[:, :3] += 0.3 * rng.normal(size=(count, 3, 4))
    model = {
        "bone_count": count, "bone_names": [f"bone {k}" for k in range(count)],
        "parents": [-1, *(0 if k % 4 == 1 else k - 1 for k in range(1, count))],
        "base_relatives": placed.tolist(), "inverse_base_absolutes": back.tolist(),
        "base_positions": np.column_stack([rng.normal(size=(vertices, 3)), np.ones(vertices)]).tolist(),
        "weights": rng.dirichlet(np.ones(count), size=vertices).tolist(),
        "triangles": [[0, 1, 2], [2, 3, 4], [1, 3, 4]], "is_mirrored": False,
    }  # fmt: skip
    theta = rng.normal(size=26).tolist()
    data = {"model": model, "correspondences": [0, 2], "points": rng.normal(size=(2, 3)).tolist()}
    simple = {"theta": theta, "data": data, "us": []}
    yield "ht", "objective", simple, [complex(v).real for v in hand(theta, simple, [])]
    yield "ht", "jacobian", simple, slopes(lambda v: [complex(y) for y in hand(v, simple, [])], theta)
    us = rng.random((2, 2)).tolist()
    whole = {"theta": theta, "data": data, "us": us}
    yield "ht", "objective", whole, [complex(v).real for v in hand(theta, whole, us)]

    def both(v: Vector) -> Vector:
        moved = [
            [a + b for a, b in zip(own, v[:2], strict=True)] for own in us
        ]  # a point's coordinates move its own rows alone
        return [complex(y) for y in hand(v[2:], whole, moved)]

    yield "ht", "jacobian", whole, slopes(both, [0.0, 0.0, *theta])
