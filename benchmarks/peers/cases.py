"""Functions of NumPy arrays at points, each with its true Jacobian, and the ways in which a claimed one can be wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from benchmarks.differences import FIRST_ARGUMENTS, FUNCTIONS, INPUT_SCALES, OUTPUT_SCALES, POINTS

Array = Any
MISTAKES = (0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-5)


@dataclass(frozen=True)
class Case:
    """A function (points, n) → (points, m), a point, and the Jacobian (m, n) there.

    wrong   claims that are not it, by the size of their relative error
    """

    name: str
    fn: Callable[[Array], Array]
    x: Array
    truth: Array
    wrong: dict[float, Array]


def scalar_case(name: str, formula: Any, t: tuple[float, ...], out_scale: float = 1.0, in_scale: float = 1.0) -> Case:
    """Return out_scale · formula(x / in_scale) at x = in_scale · t, its gradient found by mpmath at 50 digits."""
    x = np.array(t) * in_scale

    def fn(points: Array) -> Array:
        return (out_scale * formula(np, *(points / in_scale).T))[:, None]

    def exact(*arguments: Any) -> Any:
        return out_scale * formula(mpmath, *(mpmath.mpf(a) / in_scale for a in arguments))

    at = tuple(mpmath.mpf(float(value)) for value in x)
    truth = np.array([[float(mpmath.diff(exact, at, tuple(map(int, unit)))) for unit in np.eye(x.size)]])
    return Case(name, fn, x, truth, {size: truth * (1 + size) for size in MISTAKES})


def smooth() -> Iterator[Case]:
    """Yield ordinary functions at all scales of input and output."""
    for (name, formula), point in itertools.product(FUNCTIONS.items(), POINTS):
        t = (*FIRST_ARGUMENTS, point)[-(formula.__code__.co_argcount - 1) :]
        for out_scale, in_scale in itertools.product(OUTPUT_SCALES, INPUT_SCALES):
            yield scalar_case(f"{out_scale:g} {name} at {t} * {in_scale:g}", formula, t, out_scale, in_scale)


def narrow() -> Iterator[Case]:
    """Yield functions with features narrower than the steps of differences, at the feature."""
    for level, x in itertools.product(range(17), (0.3, 1.0)):
        yield scalar_case(f"sin(2^{level} pi x) at {x}", lambda m, x, k=level: m.sin(2**k * m.pi * x), (x,))
    for power, place in itertools.product(range(1, 8), (0.2, 0.7)):
        w = 10.0**-power
        bump = lambda m, x, w=w: x + w * m.exp(-(((x - 1) / w) ** 2))  # noqa: E731
        yield scalar_case(f"x + bump of width {w:g}", bump, (1 + place * w,))
    for power, place in itertools.product(range(1, 9), (0.0, 0.5)):
        k = 10.0**power
        yield scalar_case(f"sigmoid({k:g} (x - 1))", lambda m, x, k=k: 1 / (1 + m.exp(-k * (x - 1))), (1 + place / k,))


def noisy() -> Iterator[Case]:
    """Yield functions whose values carry noise: float32 inside, and relative noise that is the same in every call."""
    for (name, formula), point in itertools.product(FUNCTIONS.items(), POINTS):
        t = (*FIRST_ARGUMENTS, point)[-(formula.__code__.co_argcount - 1) :]
        clean = scalar_case(name, formula, t)
        for label, spoil in NOISE.items():
            yield Case(f"{name} {label}", lambda p, c=clean, s=spoil: s(p, c.fn(p)), clean.x, clean.truth, clean.wrong)


def _relative(level: float) -> Callable[[Array, Array], Array]:
    def spoil(points: Array, values: Array) -> Array:
        seeds = np.ascontiguousarray(points.sum(axis=1)).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return values * (1 + level * ((seeds >> np.uint64(11)).astype(float) * 2.0**-53 - 0.5)[:, None])

    return spoil


NOISE: dict[str, Callable[[Array, Array], Array]] = {
    "float32": lambda points, values: values.astype(np.float32).astype(float),
    "1e-12": _relative(1e-12),
    "1e-08": _relative(1e-8),
    "1e-05": _relative(1e-5),
}


def vector() -> Iterator[Case]:
    """Yield functions of several outputs: networks, ill-scaled and sparse Jacobians, right zeros."""
    rng = np.random.default_rng(0)
    for k in range(20):
        W, V, x = rng.standard_normal((6, 4)), rng.standard_normal((3, 6)), rng.standard_normal(4)
        yield _vector(
            f"tanh network {k}",
            lambda p, W=W, V=V: np.tanh(p @ W.T) @ V.T,
            x,
            V @ ((1 - np.tanh(W @ x) ** 2)[:, None] * W),
        )
        yield _vector(
            f"relu network {k}", lambda p, W=W, V=V: np.maximum(p @ W.T, 0) @ V.T, x, V @ ((W @ x > 0)[:, None] * W)
        )
        r, c, A = 10 ** rng.uniform(-6, 6, 5), 10 ** rng.uniform(-6, 6, 5), rng.standard_normal((5, 5))
        x = rng.standard_normal(5) / c
        inner = np.cos(A @ (c * x))[:, None] * A
        yield _vector(f"ill-scaled {k}", lambda p, A=A, r=r, c=c: r * np.sin((p * c) @ A.T), x, r[:, None] * inner * c)
        x = rng.standard_normal(20)
        yield _vector(f"elementwise {k}", lambda p: np.exp(-p * p), x, np.diag(-2 * x * np.exp(-x * x)))
        band = np.eye(12, 13, k=1) * rng.standard_normal((12, 1)) - np.eye(12, 13)
        yield _vector(f"banded {k}", lambda p, B=band: p @ B.T, rng.standard_normal(13), band)
    yield Case("relu(x) at -1.5", lambda p: np.maximum(p, 0), np.array([-1.5]), np.zeros((1, 1)), {})
    yield Case("eye(3) x", lambda p: p @ np.eye(3), np.array([0.3, -1.0, 2.0]), np.eye(3), {})
    for k in range(5):
        yield _key_bias(rng, k)


def _vector(name: str, fn: Callable[[Array], Array], x: Array, truth: Array) -> Case:
    """Return a case whose mistakes are in its largest entry alone."""
    place = np.unravel_index(np.argmax(np.abs(truth)), truth.shape)
    wrong = {size: np.where(_at(truth, place), truth * (1 + size), truth) for size in MISTAKES}
    return Case(name, fn, x, truth, wrong)


def _at(like: Array, place: Any) -> Array:
    mask = np.zeros(like.shape, dtype=bool)
    mask[place] = True
    return mask


def _key_bias(rng: np.random.Generator, k: int) -> Case:
    """Return attention by its key bias, which adds the same to every score: its gradient cancels to zero."""
    q, keys, values = rng.standard_normal(4), rng.standard_normal((5, 4)), rng.standard_normal((5, 3))

    def fn(points: Array) -> Array:
        scores = (keys + points[:, None, :]) @ q
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (weights / weights.sum(axis=1, keepdims=True)) @ values

    return Case(f"attention key bias {k}", fn, rng.standard_normal(4), np.zeros((3, 4)), {})


def kinked() -> Iterator[Case]:
    """Yield relu beside its kink at 1: the slope of the other side, and half of the two, are wrong."""
    for power, side in itertools.product(range(1, 13), (1.0, -1.0)):
        x = np.array([1 + side * 10.0**-power])
        truth = np.array([[float(x[0] > 1)]])
        wrong = {1.0: 1 - truth, 0.5: np.full((1, 1), 0.5)}
        yield Case(f"relu(x - 1) at 1 {side * 10.0**-power:+g}", lambda p: np.maximum(p - 1, 0), x, truth, wrong)


SUITES: dict[str, Callable[[], Iterator[Case]]] = {
    "smooth functions at all scales": smooth,
    "features narrower than the steps": narrow,
    "noise in the values": noisy,
    "vector functions": vector,
    "relu beside its kink": kinked,
}
