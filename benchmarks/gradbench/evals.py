"""The functions of each eval: how an input is read, what is run, and how its result is written.

Reading and writing are not timed. What is run is timed whole: a spec of sizes that are new is parsed, built, differentiated and
compiled by the first run that meets them, and later runs find it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import scipy.sparse
import scipy.special  # noqa: F401  what a spec may need is loaded with the module, not by the first run

import jaccli
from benchmarks.gradbench import specs

Input = Mapping[str, Any]
Arrays = dict[str, np.ndarray]
Compiled = Callable[[Arrays], Any]


@dataclass(frozen=True)
class Function:
    """``read`` gives a function of no arguments, to be timed; ``write`` makes JSON of what it returns."""

    read: Callable[[Input], Callable[[], Any]]
    write: Callable[[Any], Any]


@cache
def value(build: Callable[..., specs.Spec], of: str, *sizes: Any) -> Compiled:
    """Return the compiled function of arrays by name that gives an output."""
    return jaccli.parse(build(*sizes)).compile_values(of)


@cache
def gradient(build: Callable[..., specs.Spec], of: str, wrt: tuple[str, ...], *sizes: Any) -> Compiled:
    """Return the compiled function that gives the gradient of a number, by the names of its variables."""
    found = jaccli.parse(build(*sizes)).compile(of, wrt)
    return lambda at: found(at)[1]


def arrays(input: Input, *names: str) -> Arrays:
    return {name: np.array(input[name], dtype=np.float64) for name in names}


def listed(found: Any) -> Any:
    return found.tolist()


# --- lse, llsq, ode, det: one array in


def _one(name: str, sizes: Callable[[np.ndarray, Input], tuple[int, ...]]) -> Callable[[Input], tuple[Any, Arrays]]:
    """Return what reads the sizes of a spec, and its only array in the shape of an eval's definition."""

    def read(input: Input) -> tuple[Any, Arrays]:
        array = np.array(input[name], dtype=np.float64)
        side = input.get("ell")
        return sizes(array, input), {name: array.reshape(side, side) if side else array}

    return read


ONE = {
    "lse": (specs.lse, "y", "x", _one("x", lambda x, _: x.shape)),
    "llsq": (specs.llsq, "y", "x", _one("x", lambda x, given: (len(x), given["n"]))),
    "ode": (specs.ode, "last", "x", _one("x", lambda x, given: (len(x), given["s"]))),
    "det": (specs.det, "y", "A", _one("A", lambda _, given: (given["ell"],))),
}


def primal(module: str) -> Function:
    build, of, _, read_one = ONE[module]

    def read(input: Input) -> Callable[[], Any]:
        sizes, at = read_one(input)
        return lambda: value(build, "y" if of == "last" else of, *sizes)(at)

    return Function(read, listed)


def slope(module: str) -> Function:
    build, of, name, read_one = ONE[module]

    def read(input: Input) -> Callable[[], Any]:
        sizes, at = read_one(input)
        return lambda: gradient(build, of, (name,), *sizes)(at)[name]

    return Function(read, lambda found: found.ravel().tolist())


def hello_read(run: Callable[[Arrays], Any]) -> Callable[[Input], Callable[[], Any]]:
    return lambda x: lambda: run({"x": np.array(x, dtype=np.float64)})


# --- gmm


def _gmm(input: Input) -> tuple[tuple[Any, ...], Arrays]:
    return tuple(input[name] for name in ("d", "k", "n", "m", "gamma")), arrays(input, "alpha", "mu", "q", "l", "x")


def gmm_objective(input: Input) -> Callable[[], Any]:
    sizes, at = _gmm(input)
    return lambda: value(specs.gmm, "y", *sizes)(at)


def gmm_jacobian(input: Input) -> Callable[[], Any]:
    sizes, at = _gmm(input)
    return lambda: gradient(specs.gmm, "y", ("alpha", "mu", "q", "l"), *sizes)(at)


# --- kmeans


def _kmeans(input: Input) -> tuple[tuple[int, ...], Arrays]:
    at = {"P": np.array(input["points"], dtype=np.float64), "C": np.array(input["centroids"], dtype=np.float64)}
    return (len(at["P"]), *at["C"].shape), at


def kmeans_cost(input: Input) -> Callable[[], Any]:
    sizes, at = _kmeans(input)
    return lambda: value(specs.kmeans, "y", *sizes)(at)


@cache
def newton(*sizes: int) -> Compiled:
    """Return the function that gives the gradient by C and the product of the Hessian with ones, its diagonal."""
    along = jaccli.parse(specs.kmeans(*sizes)).compile_hvp("y", ["C"])

    def run(at: Arrays) -> tuple[np.ndarray, np.ndarray]:
        gradient, product = along({"C": np.ones(sizes[1:])}, at)
        return gradient["C"], product["C"]

    return run


def kmeans_dir(input: Input) -> Callable[[], Any]:
    sizes, at = _kmeans(input)

    def run() -> Any:
        slope, bend = newton(*sizes)(at)
        return slope / bend

    return run


# --- ba


def _ba(input: Input) -> tuple[tuple[int, ...], Arrays]:
    n, m, p = sizes = input["n"], input["m"], input["p"]
    at = {"cams": np.tile(input["cam"], (n, 1)), "X": np.tile(input["x"], (m, 1))}
    return sizes, at | {"w": np.full(p, float(input["w"])), "feats": np.tile(input["feat"], (p, 1))}


def ba_objective(input: Input) -> Callable[[], Any]:
    sizes, at = _ba(input)
    return lambda: (value(specs.ba, "reprojection", *sizes)(at), value(specs.ba, "weight", *sizes)(at))


def ba_errors(found: tuple[np.ndarray, np.ndarray]) -> Any:
    error, weight = found
    return {
        "reproj_error": {"elements": error[0].tolist(), "repeated": len(error)},
        "w_err": {"element": float(weight[0]), "repeated": len(weight)},
    }


@cache
def ba_model(*sizes: int) -> Any:
    return jaccli.parse(specs.ba(*sizes))


@cache
def ba_layout(n: int, m: int, p: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the starts of the rows, and the columns of their entries: 11 of a camera, 3 of a point and a weight, or a weight."""
    i = np.arange(p)
    camera, point = 11 * (i % n)[:, None] + np.arange(11), 11 * n + 3 * (i % m)[:, None] + np.arange(3)
    each = np.concatenate([camera, point, 11 * n + 3 * m + i[:, None]], axis=1)
    columns = np.concatenate([np.repeat(each, 2, axis=0).ravel(), each[:, -1]])
    return np.concatenate([15 * np.arange(2 * p + 1), 30 * p + 1 + np.arange(p)]), columns


PLACES: dict[tuple[int, ...], np.ndarray] = {}


def ba_places(found: Any, *sizes: int) -> np.ndarray:
    """Return where the entries that can be nonzero stand among those that are asked for."""
    if sizes not in PLACES:
        starts, columns = ba_layout(*sizes)
        rows = np.repeat(np.arange(found.shape[0]), np.diff(starts))
        own = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
        width = found.shape[1]
        PLACES[sizes] = np.searchsorted(rows * width + columns, own * width + found.indices)
    return PLACES[sizes]


def ba_jacobian(input: Input) -> Callable[[], Any]:
    sizes, at = _ba(input)

    def run() -> Any:
        found = ba_model(*sizes).sparse_jacobian("both", ("cams", "X", "w"), at)
        starts, columns = ba_layout(*sizes)
        values = np.zeros(len(columns))
        values[ba_places(found, *sizes)] = found.data
        return starts, columns, values

    return run


def ba_matrix(found: tuple[np.ndarray, ...]) -> Any:
    """Return the first 30 numbers of each list, and the last one."""
    return {
        name: [*part[:30].tolist(), part[-1].item()] for name, part in zip(("rows", "cols", "vals"), found, strict=True)
    }


# --- ht


def _ht(input: Input) -> tuple[Any, Arrays]:
    data, us = input["data"], input["us"]
    at = {"theta": np.array(input["theta"], dtype=np.float64)}
    vertices = np.array(data["correspondences"])
    if len(us):
        at["us"] = np.array(us, dtype=np.float64).reshape(-1, 2)
        vertices = np.array(data["model"]["triangles"])[vertices]
    points = np.array(data["points"], dtype=np.float64)
    made: list[Any] = []

    def model() -> Any:
        if not made:
            made.append(jaccli.parse(specs.ht(data["model"], points, vertices, bool(len(us)))))
        return made[0]

    return model, at


def ht_objective(input: Input) -> Callable[[], Any]:
    model, at = _ht(input)
    kept = cache(lambda: model().compile_values("e"))
    return lambda: kept()(at)


def ht_jacobian(input: Input) -> Callable[[], Any]:
    """Return what gives a row for each number: by its own point's two coordinates, then by theta."""
    model, at = _ht(input)
    names = [name for name in ("us", "theta") if name in at]
    places: list[np.ndarray] = []

    def run() -> Any:
        found = model().sparse_jacobian("e", names, at)
        rows, columns = found.shape
        apart = columns - 26
        if not places:
            column = np.where(found.indices < apart, found.indices % 2, found.indices - apart + (2 if apart else 0))
            places.append(np.repeat(np.arange(rows), np.diff(found.indptr)) * (28 if apart else 26) + column)
        whole = np.zeros((rows, 28 if apart else 26))
        whole.ravel()[places[0]] = found.data
        return whole

    return run


EVALS: dict[str, dict[str, Function]] = {
    "hello": {
        "square": Function(hello_read(lambda at: value(specs.hello, "y")(at)), float),
        "double": Function(hello_read(lambda at: gradient(specs.hello, "y", ("x",))(at)["x"]), float),
    },
    **{module: {"primal": primal(module), "gradient": slope(module)} for module in ONE},
    "gmm": {
        "objective": Function(gmm_objective, float),
        "jacobian": Function(gmm_jacobian, lambda found: {name: array.tolist() for name, array in found.items()}),
    },
    "kmeans": {"cost": Function(kmeans_cost, float), "dir": Function(kmeans_dir, listed)},
    "ba": {"objective": Function(ba_objective, ba_errors), "jacobian": Function(ba_jacobian, ba_matrix)},
    "ht": {
        "objective": Function(ht_objective, lambda found: found.ravel().tolist()),
        "jacobian": Function(ht_jacobian, listed),
    },
}
