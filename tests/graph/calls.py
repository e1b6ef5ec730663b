"""Calls that jaccli and NumPy must read alike: expressions built from tables, arrays for their names, and how Python reads them."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
from scipy import special

import jaccli

POINT = {
    "k": np.array(1.5),
    "x": np.array([0.5, -1.25, 2.0, 0.75]),
    "y": np.array([1.5, 0.25, -0.5, 3.0]),
    "p": np.array([[0.125, 0.5, 0.75], [0.25, 0.875, 0.375]]),
    "A": np.array([[1.0, 2.0, 0.5, -1.5], [0.25, -3.0, 1.25, 2.5], [2.25, 0.625, 1.5, 0.75]]),
    "S": np.array([[4.0, 1.0, 0.5], [1.25, 3.0, -0.25], [0.25, 0.75, 2.0]]),
    "T": np.arange(24.0).reshape(2, 3, 4) ** 1.5 / 20 - 1.5 + np.cos(np.arange(24.0)).reshape(2, 3, 4),
}
CONSTANTS = {"t": np.array([0, 1, 1, 0]), "m": np.array([True, False, True, True]), "n": 2}
NAMES = {name: getattr(module, name) for module in (special, np.linalg, np) for name in dir(module) if name[0] != "_"}
NAMES |= {
    "norm": np.linalg.norm, "logsumexp": special.logsumexp, "logdet": lambda a: np.linalg.slogdet(a)[1], "flatten": np.ravel,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "softplus": lambda a: np.log1p(np.exp(a)), "silu": lambda a: a / (1 + np.exp(-a)), "relu": lambda a: np.maximum(a, 0.0),
    "zeros": np.zeros, "ones": np.ones, "e": np.e, "pi": np.pi, "log_sigmoid": special.log_expit, "logsigmoid": special.log_expit, "relu6": lambda a: np.clip(a, 0, 6),
    "softsign": lambda a: a / (1 + abs(a)), "tanhshrink": lambda a: a - np.tanh(a), "hardsigmoid": lambda a: np.clip(a / 6 + 0.5, 0, 1),
    "hardswish": lambda a: a * np.clip(a / 6 + 0.5, 0, 1), "softmin": lambda a: special.softmax(-a),
    "sort": np.sort, **CONSTANTS,
}  # fmt: skip

ANALYTIC = ["exp", "exp2", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsinh", "arctan", "square", "negative", "erf", "erfc",
            "sigmoid", "silu", "softplus", "sqrt", "log", "log2", "log10", "log1p", "arcsin", "arctanh"]  # fmt: skip
KINKED = ["abs", "absolute", "cbrt", "sign", "relu"]
REDUCTIONS = ["sum", "mean", "prod", "max", "min", "amax", "amin", "var", "std", "norm", "logsumexp"]
AXES = {"x": ["None", "0", "-1"], "A": ["None", "0", "-2", "(0, 1)"], "T": ["0", "2", "-2", "(0, 2)", "(1, -1)"]}

CALLS = [f"{name}({x})" for name in ANALYTIC for x in ("p", "p[0, 0]", "p[:, ::-1]", "p.T + 0.0625")]
CALLS += [f"{name}({x})" for name in KINKED for x in ("k", "x", "A", "T")]
CALLS += [
    f"{name}({x}, axis={axis}{keep})"
    for name, x in product(REDUCTIONS, AXES)
    for axis, keep in product(AXES[x], ("", ", keepdims=True"))
    if not (name == "norm" and x == "T" and axis == "None")
]
CALLS += [f"{name}({x}, {y})" for name in ("maximum", "minimum", "hypot", "arctan2") for x, y in (("x", "y"), ("A", "x"), ("T", "A"), ("k", "y"))]  # fmt: skip
CALLS += [f"{name}({x}, axis={axis})" for name in ("cumsum", "cumprod", "flip") for x in AXES for axis in AXES[x] if "(" not in axis]  # fmt: skip
CALLS += [f"{name}({x}, axis={axis})" for name in ("softmax", "log_softmax") for x in AXES for axis in AXES[x]]
CALLS += [f"norm({x}, {order}{axis})" for order in ("1", "2", "inf", "-inf") for x, axis in (("x", ""), ("A", ", axis=0"), ("T", ", axis=-1, keepdims=True"))]  # fmt: skip
CALLS += [f"norm({x}, {order}{axis})" for order in ("'fro'", "1", "-1", "inf", "-inf") for x, axis in (("A", ""), ("T", ", axis=(0, 2)"), ("T", ", axis=(2, 0), keepdims=True"))]  # fmt: skip
CALLS += [f"norm({x})" for x in ("A, 2", "A, -2", "A, 'nuc'", "S, 2", "S, ord='nuc', keepdims=True", "T, 2, axis=(0, 1)", "T, 'nuc', axis=(2, 0), keepdims=True", "x[:, None], 2")]  # fmt: skip
CALLS += [f"roll({x}, {turn})" for x, turn in product(("x", "A", "T"), ("1", "-2", "7", "2, axis=0", "1, axis=-1"))]
CALLS += [f"repeat({x}, {times})" for x, times in product(("x", "A", "T"), ("2", "0", "3, axis=0", "2, axis=-1"))]
CALLS += [f"tile({x}, {reps})" for x, reps in product(("k", "x", "A"), ("2", "(2, 1)", "(1, 2, 2)"))]
CALLS += [f"diff({x}{rest})" for x, rest in product(("x", "A", "T"), ("", ", 2", ", n=1, axis=0", ", 0", ", 3"))]
CALLS += [f"{name}({x})" for name in ("ravel", "flatten", "zeros_like", "ones_like", "transpose", "flip") for x in ("k", "x", "A", "T")]  # fmt: skip
CALLS += [f"{name}(S, {k})" for name in ("diag", "diagonal", "triu", "tril") for k in ("0", "1", "-1", "2")]
CALLS += [f"matrix_power(S, {n})" for n in (0, 1, 2, 3, 5, -1, -2)]
CALLS += [f"{name}(S)" for name in ("inv", "det", "logdet", "trace")] + [
    "solve(S, A)",
    "solve(S, A[:, 1])",
    "kron(S, A)",
]
CALLS += [f"swapaxes(T, {a}, {b})" for a, b in product((0, 1, -1), (0, -1))]
CALLS += [f"moveaxis(T, {where})" for where in ("0, -1", "2, 0", "(0, 1), (1, 2)", "(0, 2), (2, 0)", "1, 1")]
CALLS += ["squeeze(T[:1])", "squeeze(T[:1, :, :1], axis=0)", "squeeze(T[:1, :, :1])", "squeeze(A)", "squeeze(A[:1], 0)"]
CALLS += [f"expand_dims({x}, {axis})" for x, axis in product(("x", "A"), ("0", "-1", "(0, -1)"))]
CALLS += [
    "broadcast_to(x, (2, 4))",
    "broadcast_to(k, (3,))",
    "broadcast_to(A, (2, 3, 4))",
    "broadcast_to(A[:, :1], (3, 5))",
]
CALLS += [f"{name}({parts})" for name in ("hstack", "vstack") for parts in ("[x, y]", "[A, A]", "[T, T]", "[k, k]")]
CALLS += ["vstack([x, A])", "hstack([A, S])", "concatenate([A, S], axis=1)", "stack([x, y], axis=-1)", "hstack([x])"]
CALLS += ["full(3, k)", "full((2, 2), k)", "full((3, 4), x)", "full((2,), fill_value=x[0])"]
CALLS += [f"{name}({x}, {y})" for name in ("inner", "dot") for x, y in (("x", "y"), ("A", "x"), ("k", "A"), ("k", "k"))]
CALLS += [
    "inner(T, A)",
    "inner(A, A)",
    "inner(T, x)",
    "vdot(x, y)",
    "vdot(A, 2*A)",
    "vdot(k, k)",
    "outer(x, y)",
    "outer(A, y)",
]
CALLS += [f"tensordot({call})" for call in ("T, A", "T, A, axes=([1, 2], [0, 1])", "T, A, ([2], [1])", "x, y, 0", "x, y, axes=1", "A, T, axes=(0, 1)", "A, T, axes=([0, 1], [1, 2])")]  # fmt: skip
CALLS += [f"clip({x}, {bounds})" for x, bounds in product(("x", "A", "T"), ("-1, 1", "min=0", "None, 1", "0, k"))]
CALLS += [
    "reshape(A, (4, 3))",
    "reshape(T, -1)",
    "reshape(T, (4, -1))",
    "where(x > y, x, y)",
    "where(A > 0, A, -A)",
    "cross(S, S[0])",
]
CALLS += [f"{name}({x}, axis={axis}{keep})" for name in ("median", "ptp") for x in AXES for axis in AXES[x] for keep in ("", ", keepdims=True")]  # fmt: skip
CALLS += [f"sort({x})" for x in ("x", "A", "T", "A, axis=0", "A, None", "T, axis=1", "T, -3", "y[:1]")]
CALLS += [f"quantile({x})" for x in ("x, 0.3", "A, 0.25, axis=1", "T, 0.9, axis=(0, 2)", "A, 0", "A, 1, axis=0, keepdims=True")]  # fmt: skip
CALLS += ["percentile(x, 50)", "percentile(A, 99, axis=0)", "average(x)", "average(x, weights=p[0, :1] + x**2)", "average(A, axis=1, weights=y)", "average(A, 0, weights=A**2)"]  # fmt: skip
CALLS += [
    f"trapezoid({x})" for x in ("x", "x, y", "A, dx=0.5", "A, y, axis=1", "A, axis=0", "T, A[:, 0], axis=1", "A, 2*A")
]
CALLS += ["polyval([1, 2, 3], k)", "polyval(x, A)", "vecdot(x, y)", "vecdot(A, x)", "vecdot(A, S[:, :1], axis=0)", "append(x, k)", "append(A, A, axis=0)"]  # fmt: skip
CALLS += [
    f"convolve({x})"
    for x in ("x, y", "x, [1, k], 'same'", "x, [1, k], mode='valid'", "[1, k], x, mode='same'", "x, y, 'valid'")
]
CALLS += ["take(x, [0, 1])", "take(A, [0, 2], axis=0)", "take(A, [[0, 1], [1, 0]], axis=1)", "take(A, [5, -1])", "fliplr(A)", "flipud(T)"]  # fmt: skip
CALLS += [f"pad({x})" for x in ("x, 1", "A, ((1, 0), (0, 2))", "A, 1, constant_values=k", "x, (1, 2), mode='edge'", "A, 1, 'reflect'", "T, 1, mode='wrap'", "A, (2, 1), mode='symmetric'")]  # fmt: skip
CALLS += ["column_stack([x, y])", "column_stack([A, S])", "dstack([x, y])", "dstack([A, A])", "rot90(A)", "rot90(T, 3)", "diagflat(S)", "diagflat(x, -1)"]  # fmt: skip
CALLS += [
    "atleast_1d(k)",
    "atleast_2d(x)",
    "trace(S, 1)",
    "trace(S, offset=-1)",
    "trace(T)",
    "trace(T, 0, 1, 2)",
    "trace(A)",
]
CALLS += [f"x[0] * {made}" for made in ("eye(3, k=1)", "eye(2, 3, -1)", "tri(3)", "tri(2, 3, 1)", "identity(3)", "linspace(0, 1, 5, endpoint=False)", "array([1, k])", "array([[k, 2], [3, 4]])")]  # fmt: skip
CALLS += ["clip(x, a_min=0, a_max=1)", "clip(x, 0, a_max=k)", "dot(T, y)", "dot(T, ones((4, 2)))", "dot(S, T)", "multi_dot([S, A, x])"]  # fmt: skip
CALLS += [f"{name}({x}, {y})" for name in ("add", "subtract", "multiply", "divide", "true_divide", "logaddexp", "logaddexp2", "fmax", "fmin", "heaviside", "float_power") for x, y in (("p", "k"), ("p[:, :1]", "p[0]"))]  # fmt: skip
CALLS += [f"{name}(p)" for name in ("radians", "deg2rad", "degrees", "rad2deg", "reciprocal", "positive", "fabs", "ndtr", "logit", "log_sigmoid", "logsigmoid", "relu6", "softsign", "tanhshrink", "hardsigmoid", "hardswish", "softmin", "array", "asarray")]  # fmt: skip
CALLS += [f"{name}({x}, {y})" for name in ("xlogy", "xlog1py") for x, y in (("x", "k"), ("p", "p"), ("p[:, 0]", "k"))]
CALLS += [
    f"norm({x})"
    for x in ("x, 3", "x, 2.5", "x, 0", "x, -1", "x, -2", "A, 3, axis=1", "A, 3, axis=0, keepdims=True", "p, 0.5, 1")
]
CALLS += [f"einsum('{sub}', {x})" for sub, x in (("...j,j->...", "A, x"), ("...ij,...jk->...ik", "T, T[:, 0, :, None] * T[:1, :1]"), ("...ij->...ji", "T"), ("...", "A"), ("...i,...i", "A, A"), ("i...,i...", "A, S[:, :1] * y"), ("...,...->...", "T, T[:1]"), ("...i->...", "A"), ("a...b,b->a...", "T, x"), ("...j,...j->...", "A, x"), ("ij,j,k->ki", "A, x, y"), ("ii->i", "S"))]  # fmt: skip
CALLS += [f"x * {c}" for c in ("any(A > 0, axis=0)", "all(A > -1, axis=0)", "count_nonzero(A > 0, axis=0)", "(A > 0).any()", "len(A)", "A.shape[0]", "A.size", "T.ndim", "size(A, 1)", "ndim(T)", "shape(A)[1]",)]  # fmt: skip
CALLS += [f"where({c}, x, y)" for c in ("(x > 0) & (x < 1)", "(x > 0) | (y > 1)", "~(x > 0)", "logical_and(x > 0, y > 0)", "logical_or(x > 1, y > 1)", "logical_xor(x > 0, y > 0)", "logical_not(x > y)", "greater(x, y)", "greater_equal(x, 0.4)", "less(x, y)", "less_equal(x, 1.9)", "equal(t, 1)", "not_equal(t, 1)", "~(x > 0) & (y > 0) | (x > 1)")]  # fmt: skip
CALLS += ["zeros(A.shape) + A", "reshape(A, (A.shape[1], 3))", "A.reshape(A.shape[1], -1)", "T.mT", "sum(x) / len(x)"]
CALLS += [f"{x}" for x in ("x[t == 1]", "x[~m]", "x[m & (t == 1)]", "A[n - 1]", "A[:, m]", "T[t[0]]", "x[2 * t]", "where(m, x, y)", "eye(n + 2) @ x", "take(x, t)")]  # fmt: skip
_KINKS = re.compile(
    r"abs|relu|sort|median|quantile|percentile|ptp|any|all|count|heaviside|fmin|soft|logsigmoid|tanhshrink|hards|vecdot|logadd|radians|deg2rad|degrees|rad2deg|logit|log_sigmoid|maximum|minimum|max|min|norm|clip|where|sign|cbrt|hypot|arctan2|logsumexp|softmax|logdet|var|std|vdot"
)


def ours(call: str) -> jaccli.Model:
    return jaccli.parse({"inputs": POINT, "constants": CONSTANTS, "outputs": {"f": call}})


def theirs(call: str, at: Any = None) -> Any:
    """Return what NumPy and SciPy make of the same text."""
    return np.asarray(eval(call, {**NAMES, **(POINT if at is None else at)}))


def derivative(call: str, direction: dict[str, Any]) -> Any:
    """Return NumPy's directional derivative: by complex step where the call is analytic, else by central differences."""

    def f(step: complex) -> Any:
        return theirs(call, {name: POINT[name] + step * d for name, d in direction.items()})

    if not _KINKS.search(call):
        return f(1e-30j).imag / 1e-30
    coarse, fine = ((f(h) - f(-h)) / (2 * h) for h in (2e-4, 1e-4))
    return (4 * fine - coarse) / 3


def mismatch(call: str) -> str | None:
    """Return how the value or the reverse-mode derivative of ``call`` differs from NumPy's, or None."""
    model, expected = ours(call), theirs(call)
    found = model.evaluate()["f"]
    if found.shape != expected.shape:
        return f"shape {found.shape}, NumPy's {expected.shape}"
    size = np.max(np.abs(expected), initial=0)
    if not np.all(np.abs(found - expected) <= 16 * np.spacing(np.abs(expected)) + 4 * np.spacing(size)):
        return f"values {found}, NumPy's {expected}"
    rng = np.random.default_rng(len(call))
    y_bar = rng.standard_normal(expected.shape)
    direction = {name: rng.standard_normal(value.shape) for name, value in POINT.items()}
    x_bar = model.vjp({"f": y_bar})
    reverse = sum(float(np.sum(x_bar[name] * d)) for name, d in direction.items())
    difference = y_bar * derivative(call, direction)
    rtol, atol = (1e-7, 1e-11) if _KINKS.search(call) else (1e-12, 0.0)
    if abs(reverse - np.sum(difference)) > rtol * np.sum(np.abs(difference)) + atol:
        return f"derivative {reverse}, NumPy's {np.sum(difference)}"
    return None
