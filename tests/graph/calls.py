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
NAMES = {name: getattr(module, name) for module in (special, np.linalg, np) for name in dir(module) if name[0] != "_"}
NAMES |= {
    "norm": np.linalg.norm, "logsumexp": special.logsumexp, "logdet": lambda a: np.linalg.slogdet(a)[1], "flatten": np.ravel,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "softplus": lambda a: np.log1p(np.exp(a)), "silu": lambda a: a / (1 + np.exp(-a)), "relu": lambda a: np.maximum(a, 0.0),
    "zeros": np.zeros, "ones": np.ones, "e": np.e, "pi": np.pi,
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
_KINKS = re.compile(
    r"abs|relu|maximum|minimum|max|min|norm|clip|where|sign|cbrt|hypot|arctan2|logsumexp|softmax|logdet|var|std|vdot"
)


def ours(call: str) -> jaccli.Model:
    return jaccli.parse({"inputs": POINT, "outputs": {"f": call}})


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
