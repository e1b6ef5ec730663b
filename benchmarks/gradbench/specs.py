"""Sizes and data of an eval → its spec, as a mapping that jaccli reads.

Formulas are those of the evals' definitions, written over whole arrays. What is differentiated stands under ``inputs``, together
with the data of a call, so that a compiled function takes both; what follows from the sizes alone stands under ``constants``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Spec = dict[str, Any]
Shapes = Mapping[str, Sequence[int]]


def _spec(shapes: Shapes, constants: Mapping[str, Any], let: Mapping[str, str], outputs: Mapping[str, str]) -> Spec:
    return {
        "inputs": {name: {"shape": list(shape)} for name, shape in shapes.items()},
        "constants": dict(constants),
        "let": dict(let),
        "outputs": dict(outputs),
    }


def hello() -> Spec:
    return _spec({"x": ()}, {}, {}, {"y": "x * x"})


def lse(n: int) -> Spec:
    return _spec({"x": (n,)}, {}, {"a": "max(x)"}, {"y": "a + log(sum(exp(x - a)))"})


def llsq(m: int, n: int) -> Spec:
    """Return the squares of what a polynomial of degree m - 1 leaves of the sign at n even places."""
    let = {"t": "linspace(-1, 1, n)", "V": "t[:, None] ** arange(m)", "r": "sign(t) - V @ x"}
    return {"dims": {"m": m, "n": n}, **_spec({"x": (m,)}, {}, let, {"y": "sum(r * r) / 2"})}


def gmm(d: int, k: int, n: int, m: int, gamma: float) -> Spec:
    """Return the log posterior of a Gaussian mixture with a Wishart prior; Q is lower triangular with diagonal exp(q)."""
    place = np.full((d, d), d * (d - 1) // 2)  # where an entry of Q stands in l, column by column; its end is a 0
    columns, rows = np.triu_indices(d, 1)
    place[rows, columns] = np.arange(len(rows))
    shapes = {"alpha": (k,), "mu": (k, d), "q": (k, d), "l": (k, d * (d - 1) // 2), "x": (n, d)}
    let = {
        "s": "sum(q, axis=1)",
        "diagonal": "exp(q)",
        "lower": "concatenate([l, zeros((k, 1))], axis=1)[:, place]",
        "Q": "lower + diagonal[:, :, None] * eye(d)",
        "z": "einsum('nj,kij->nki', x, Q) - einsum('kij,kj->ki', Q, mu)",
        "beta": "alpha + s - sum(z * z, axis=2) / 2",
        "likelihood": "sum(logsumexp(beta, axis=1)) - n * (d * log(2 * pi) / 2 + logsumexp(alpha))",
        "g": "d * (d - 1) / 4 * log(pi) + sum(gammaln((d + m + 1 - arange(d)) / 2))",  # of d dimensions (Anderson 1958)
        "each": "(d + m + 1) * d * log(width / sqrt(2)) - g",
        "prior": "k * each - width**2 / 2 * (sum(diagonal**2) + sum(l**2)) + m * sum(s)",
    }
    constants = {"place": place, "m": float(m), "width": gamma}
    return {"dims": {"d": d, "k": k, "n": n}, **_spec(shapes, constants, let, {"y": "likelihood + prior"})}


def kmeans(n: int, k: int, d: int) -> Spec:
    let = {"D": "sum(P**2, axis=1)[:, None] + sum(C**2, axis=1) - 2 * P @ C.T"}
    return _spec({"P": (n, d), "C": (k, d)}, {}, let, {"y": "sum(min(D, axis=1))"})


def ode(n: int, s: int) -> Spec:
    """Return s steps of Runge and Kutta's method from 0 to 2, each a few lines."""
    let = {"one": "ones(1)", "y0": "zeros(n)"}
    for i in range(s):
        y = f"y{i}"
        stages = {
            "a": y,
            "b": f"{y} + {1 / s!r} * a{i}",
            "c": f"{y} + {1 / s!r} * b{i}",
            "d": f"{y} + {2 / s!r} * c{i}",
        }
        for name, at in stages.items():
            let[f"{name}{i}"] = f"x * concatenate([one, ({at})[:-1]])"
        let[f"y{i + 1}"] = f"{y} + {1 / (3 * s)!r} * (a{i} + 2 * (b{i} + c{i}) + d{i})"
    return {"dims": {"n": n}, **_spec({"x": (n,)}, {}, let, {"y": f"y{s}", "last": f"y{s}[-1]"})}


def det(n: int) -> Spec:
    """Return a determinant by expansion along the first row, every minor of the last rows written once.

    The vector ``d…`` of row r holds the minors of the rows from r on, one for each choice of as many columns.
    """
    constants: Spec = {}
    let = {f"d{n - 1}": f"A[{n - 1}]"}
    known = {(j,): j for j in range(n)}
    for row in range(n - 2, -1, -1):
        chosen = list(itertools.combinations(range(n), n - row))
        constants[f"own{row}"] = np.array(chosen)
        constants[f"rest{row}"] = np.array([[known[c[:i] + c[i + 1 :]] for i in range(len(c))] for c in chosen])
        constants[f"sign{row}"] = (-1.0) ** np.arange(n - row)
        let[f"d{row}"] = f"sum(sign{row} * A[{row}][own{row}] * d{row + 1}[rest{row}], axis=1)"
        known = {columns: place for place, columns in enumerate(chosen)}
    return _spec({"A": (n, n)}, constants, let, {"y": "d0[0]"})


def ba(n: int, m: int, p: int) -> Spec:
    """Return the weighted errors of p points seen by cameras, and what keeps the weights near 1.

    Observation i is of camera i mod n and point i mod m.
    """
    shapes = {"cams": (n, 11), "X": (m, 3), "w": (p,), "feats": (p, 2)}
    let = {
        "c": "cams[camera]",
        "r": "c[:, 0:3]",
        "theta": "sqrt(sum(r * r, axis=1, keepdims=True))",
        "u": "r / theta",
        "v": "X[point] - c[:, 3:6]",
        "around": "sum(u * v, axis=1, keepdims=True) * (1 - cos(theta))",
        "seen": "v * cos(theta) + cross(u, v) * sin(theta) + u * around",
        "plane": "seen[:, 0:2] / seen[:, 2:3]",
        "square": "sum(plane * plane, axis=1, keepdims=True)",
        "bent": "plane * (1 + c[:, 9:10] * square + c[:, 10:11] * square**2)",
        "error": "w[:, None] * (bent * c[:, 6:7] + c[:, 7:9] - feats)",
    }
    constants = {"camera": np.arange(p) % n, "point": np.arange(p) % m}
    outputs = {"reprojection": "error", "weight": "1 - w * w", "both": "concatenate([ravel(error), 1 - w * w])"}
    return _spec(shapes, constants, let, outputs)


#: For each finger, the columns of its three bones in theta: bend and, for the first one, spread.
FINGERS = [((6 + 4 * f, 7 + 4 * f), (8 + 4 * f, 26), (9 + 4 * f, 26)) for f in range(5)]


def ht(model: Mapping[str, Any], points: np.ndarray, at: np.ndarray, complicated: bool) -> Spec:
    """Return how far the points of a hand's skin are from those measured, three numbers each.

    at: the vertices of each point's triangle where ``complicated``, its vertex where not.
    """
    parents, count = list(model["parents"]), len(model["parents"])
    pose = np.full((count, 3), 26)  # of a bone the angles around x, z and y; 26 is a 0
    for finger, bones in enumerate(FINGERS):
        for joint, (bend, spread) in enumerate(bones):
            pose[4 * finger + 2 + joint, 0:2] = bend, spread
    weights, vertices = np.asarray(model["weights"]), np.asarray(model["base_positions"])
    mirror = np.array([-1.0, 1.0, 1.0]) if model["is_mirrored"] else np.ones(3)
    constants = {
        "pose": pose,
        "base": np.asarray(model["base_relatives"]),
        "back": np.asarray(model["inverse_base_absolutes"]),
        "skin": (weights[:, :, None] * vertices[:, None, :]).reshape(len(weights), -1),
        "mirror": mirror,
        "points": points,
        "at": at,
    }
    let = {
        "angle": "concatenate([theta, zeros(1)])[pose]",
        "cx": "cos(angle[:, 0])", "sx": "sin(angle[:, 0])",
        "cz": "cos(angle[:, 1])", "sz": "sin(angle[:, 1])",
        "cy": "cos(angle[:, 2])", "sy": "sin(angle[:, 2])",
        "turn": (
            "stack([stack([cz*cy, cz*sy*sx - sz*cx, cz*sy*cx + sz*sx], axis=1),"
            " stack([sz*cy, sz*sy*sx + cz*cx, sz*sy*cx - cz*sx], axis=1), stack([-sy, cy*sx, cy*cx], axis=1)], axis=1)"
        ),
        "relative": "concatenate([base[:, :, 0:3] @ turn, base[:, :, 3:4]], axis=2)",
    }  # fmt: skip
    for bone, parent in enumerate(parents):
        let[f"b{bone}"] = f"relative[{bone}]" if parent < 0 else f"b{parent} @ relative[{bone}]"
    let |= {
        "T": f"stack([{', '.join(f'b{bone}' for bone in range(count))}]) @ back",
        "posed": "mirror * (skin @ reshape(swapaxes(T[:, 0:3], 1, 2), (-1, 3)))",
        "r": "theta[0:3]",
        "norm": "sqrt(sum(r * r))",
        "u": "r / norm",
        "K": "stack([stack([0*u[0], -u[2], u[1]]), stack([u[2], 0*u[0], -u[0]]), stack([-u[1], u[0], 0*u[0]])])",
        "R": "cos(norm) * eye(3) + sin(norm) * K + (1 - cos(norm)) * outer(u, u)",
        "skinned": "posed @ R.T + theta[3:6]",
    }
    shapes: dict[str, Sequence[int]] = {"us": (len(at), 2)} if complicated else {}
    if complicated:
        let["last"] = "1 - us[:, 0:1] - us[:, 1:2]"
        let["hand"] = "us[:, 0:1] * skinned[at[:, 0]] + us[:, 1:2] * skinned[at[:, 1]] + last * skinned[at[:, 2]]"
    else:
        let["hand"] = "skinned[at]"
    return _spec(shapes | {"theta": (26,)}, constants, let, {"e": "points - hand"})
