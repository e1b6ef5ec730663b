"""Every function of the language against NumPy itself, called with the same arguments on the same arrays."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from calls import CALLS
from scipy import special

import jaccli
from jaccli.graph.functions import CONSTANTS as CONSTANT_FUNCTIONS
from jaccli.graph.functions import FUNCTIONS
from jaccli.spec.expressions.methods import METHODS

X = np.array([0.5, -1.25, 2.0, 0.75])
Y = np.array([1.5, 0.25, -0.5, 3.0])
A = np.array([[1.0, 2.0, 0.5, -1.0], [0.25, -3.0, 1.0, 2.0], [2.0, 0.5, 1.5, 0.75]])
S = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.25, 0.5, 2.0]])
T = np.arange(24.0).reshape(2, 3, 4) / 7 - 1
POINT = {"x": X, "y": Y, "A": A, "S": S, "T": T, "k": np.float64(1.5)}
CONSTANTS = {"labels": [2, 0]}
SIGMOID = special.expit

TABLE: dict[str, Callable[[], Any]] = {
    "neg(x)": lambda: -X, "x + y": lambda: X + Y, "x - 2*y": lambda: X - 2 * Y, "A*x": lambda: A * X, "A/y": lambda: A / Y, "x**2": lambda: X**2,
    "abs(y)**x": lambda: np.abs(Y) ** X, "-x": lambda: -X, "+x": lambda: X, "x[:, None]*y": lambda: X[:, None] * Y, "k*A": lambda: 1.5 * A,
    "(x > 0)*y": lambda: (X > 0) * Y, "where(x >= y, x, y)": lambda: np.where(X >= Y, X, Y), "where(x, 1, 2)": lambda: np.where(X, 1.0, 2.0),
    "where(x == 2, 1, 0)": lambda: np.where(X == 2, 1.0, 0), "where(x != 2, x, 0)": lambda: np.where(X != 2, X, 0),
    "A @ x": lambda: A @ X, "x @ y": lambda: X @ Y, "A @ A.T": lambda: A @ A.T, "x @ A.T": lambda: X @ A.T, "T @ x": lambda: T @ X,
    "T @ A.T": lambda: T @ A.T, "S @ T": lambda: S @ T, "T[0] @ T[1].T": lambda: T[0] @ T[1].T, "matmul(A, x)": lambda: A @ X,
    "dot(x, y)": lambda: np.dot(X, Y), "dot(A, x)": lambda: np.dot(A, X), "dot(2, x)": lambda: 2 * X, "outer(x, y)": lambda: np.outer(X, Y),
    "outer(A, x)": lambda: np.outer(A, X), "einsum('ij,j->i', A, x)": lambda: A @ X, "einsum('ii', S)": lambda: np.trace(S),
    "einsum('ii->i', S)": lambda: np.diag(S), "einsum('ij->ji', A)": lambda: A.T, "einsum('ij->', A)": lambda: A.sum(),
    "einsum('ij,kj->ik', A, A)": lambda: A @ A.T, "einsum('i,i->i', x, y)": lambda: X * Y, "einsum('i,j,i->j', x, y, x)": lambda: (X * X).sum() * Y,
    "einsum('tij,j->ti', T, x)": lambda: T @ X, "einsum('ij,jk', A, A.T)": lambda: A @ A.T,
    "sum(A)": lambda: A.sum(), "sum(A, axis=0)": lambda: A.sum(0), "sum(A, 1)": lambda: A.sum(1), "sum(A, axis=-1)": lambda: A.sum(-1),
    "sum(T, axis=(0, 2))": lambda: T.sum((0, 2)), "sum(A, axis=0, keepdims=True)": lambda: A.sum(0, keepdims=True),
    "mean(A)": lambda: A.mean(), "mean(T, axis=1)": lambda: T.mean(1), "var(A, axis=0)": lambda: A.var(0), "std(A)": lambda: A.std(),
    "max(A)": lambda: A.max(), "max(A, axis=1)": lambda: A.max(1), "min(T, axis=(0, 1))": lambda: T.min((0, 1)), "amax(x)": lambda: X.max(),
    "max(A, axis=0, keepdims=True)": lambda: A.max(0, keepdims=True), "norm(x)": lambda: np.linalg.norm(X), "norm(A)": lambda: np.linalg.norm(A),
    "norm(A, axis=1)": lambda: np.linalg.norm(A, axis=1), "logsumexp(x)": lambda: special.logsumexp(X),
    "logsumexp(A, axis=0)": lambda: special.logsumexp(A, axis=0), "softmax(x)": lambda: special.softmax(X),
    "softmax(A, axis=1)": lambda: special.softmax(A, axis=1), "softmax(A)": lambda: special.softmax(A),
    "log_softmax(A, axis=-1)": lambda: special.log_softmax(A, axis=-1), "reshape(A, (4, 3))": lambda: A.reshape(4, 3),
    "reshape(T, (6, -1))": lambda: T.reshape(6, -1), "reshape(k, (1, 1))": lambda: np.full((1, 1), 1.5), "A.T": lambda: A.T, "T.T": lambda: T.T,
    "transpose(T, (1, 0, 2))": lambda: T.transpose(1, 0, 2), "transpose(T, axes=(2, -3, 1))": lambda: T.transpose(2, 0, 1),
    "A[[True, False, True]]": lambda: A[[True, False, True]], "A[:, [False, True, True, False]]": lambda: A[:, [False, True, True, False]],
    "concatenate([A, x], axis=None)": lambda: np.concatenate([A, X], None),
    "concatenate([x, y])": lambda: np.concatenate([X, Y]), "concatenate([A, A], axis=1)": lambda: np.concatenate([A, A], 1),
    "concatenate([A, S], axis=-1)": lambda: np.concatenate([A, S], -1), "stack([x, y])": lambda: np.stack([X, Y]),
    "stack([x, y], axis=1)": lambda: np.stack([X, Y], 1), "stack([k, 2, k])": lambda: np.array([1.5, 2, 1.5]), "[x[0], 2*k]": lambda: np.array([0.5, 3.0]),
    "[[k, 1], [2, k]]": lambda: np.array([[1.5, 1], [2, 1.5]]), "diag(x)": lambda: np.diag(X), "diag(S)": lambda: np.diag(S),
    "diag(A, 1)": lambda: np.diag(A, 1), "diag(x, k=-1)": lambda: np.diag(X, -1), "trace(S)": lambda: np.trace(S), "inv(S)": lambda: np.linalg.inv(S),
    "det(S)": lambda: np.linalg.det(S), "solve(S, A)": lambda: np.linalg.solve(S, A), "solve(S, A[:, 0])": lambda: np.linalg.solve(S, A[:, 0]),
    "zeros(3) + k": lambda: np.zeros(3) + 1.5, "ones((2, 2))*k": lambda: np.ones((2, 2)) * 1.5, "eye(3) @ S": lambda: S, "eye(2, 3)": lambda: np.eye(2, 3),
    "arange(4)*x": lambda: np.arange(4) * X, "arange(1, 5)": lambda: np.arange(1.0, 5), "arange(0, 1, 0.25)": lambda: np.arange(0, 1, 0.25),
    "linspace(0, 1, 4)": lambda: np.linspace(0, 1, 4), "pi*k + e": lambda: np.pi * 1.5 + np.e, "x[0]": lambda: X[0], "x[-1]": lambda: X[-1],
    "x[1:3]": lambda: X[1:3], "x[::-1]": lambda: X[::-1], "x[::2]": lambda: X[::2], "A[1]": lambda: A[1], "A[:, 2]": lambda: A[:, 2],
    "A[1, -1]": lambda: A[1, -1], "A[[0, 2]]": lambda: A[[0, 2]], "A[[0, 2], [1, 3]]": lambda: A[[0, 2], [1, 3]], "T[..., 0]": lambda: T[..., 0],
    "T[:, None, 1]": lambda: T[:, None, 1], "x[3:1]": lambda: X[3:1], "maximum(x, y)": lambda: np.maximum(X, Y), "minimum(x, 0)": lambda: np.minimum(X, 0),
    "clip(x, -1, 1)": lambda: np.clip(X, -1, 1), "clip(x, min=0, max=y)": lambda: np.clip(X, 0, Y), "arctan2(x, y)": lambda: np.arctan2(X, Y),
    "hypot(x, A)": lambda: np.hypot(X, A), "power(abs(x), y)": lambda: np.abs(X) ** Y, "relu(A)": lambda: np.maximum(A, 0),
    "leaky_relu(x)": lambda: np.where(X > 0, X, 0.01 * X), "leaky_relu(x, negative_slope=0.2)": lambda: np.where(X > 0, X, 0.2 * X),
    "elu(x)": lambda: np.where(X > 0, X, np.expm1(X)), "elu(x, 0.5)": lambda: np.where(X > 0, X, 0.5 * np.expm1(X)), "square(x)": lambda: X**2,
    "sigmoid(x)": lambda: SIGMOID(X), "softplus(x)": lambda: np.logaddexp(0, X), "silu(x)": lambda: X * SIGMOID(X),
    "gelu(x, approximate='tanh')": lambda: 0.5 * X * (1 + np.tanh(np.sqrt(2 / np.pi) * (X + 0.044715 * X**3))), "gelu(x)": lambda: X * special.ndtr(X), "mish(x)": lambda: X * np.tanh(np.logaddexp(0, X)), "erf(x)": lambda: special.erf(X),
}  # fmt: skip
TABLE |= {
    "norm(x, 1)": lambda: np.linalg.norm(X, 1), "norm(A, 2, axis=0)": lambda: np.linalg.norm(A, 2, axis=0),
    "norm(A, ord=1, axis=1, keepdims=True)": lambda: np.linalg.norm(A, 1, 1, True), "norm(T)": lambda: np.linalg.norm(T),
    "var(A, axis=1, ddof=1)": lambda: A.var(1, ddof=1), "std(x, ddof=1)": lambda: X.std(ddof=1), "var(T, axis=(0, 2), keepdims=True)": lambda: T.var((0, 2), keepdims=True),
    "clip(x, 0, None)": lambda: np.clip(X, 0, None), "clip(x, None, 1)": lambda: np.clip(X, None, 1), "linspace(0, 3, 3)*k": lambda: np.linspace(0, 3, 3) * 1.5,
    "linspace(0, 1)": lambda: np.linspace(0, 1), "arange(20000)*k": lambda: np.arange(20000) * 1.5, "elu(x, alpha=A)": lambda: np.where(X > 0, X, A * np.expm1(X)),
    "A[[[0, 2], [1, 1]]]": lambda: A[[[0, 2], [1, 1]]], "A[arange(3), [1, 0, 3]]": lambda: A[np.arange(3), [1, 0, 3]], "A[1:, [0, 0]]": lambda: A[1:, [0, 0]],
    "T[0, :, [1, 2]]": lambda: T[0, :, [1, 2]], "A[labels]": lambda: A[[2, 0]], "A[arange(2), labels]": lambda: A[np.arange(2), [2, 0]], "A[-1, ::-2]": lambda: A[-1, ::-2],
    "x[None, ..., None]": lambda: X[None, ..., None], "A[()]": lambda: A, "T @ T[0].T": lambda: T @ T[0].T, "T[:, :, :3] @ T": lambda: T[:, :, :3] @ T, "x @ T[0].T": lambda: X @ T[0].T,
    "A[0] @ x": lambda: A[0] @ X, "y @ T[..., None]": lambda: Y @ T[..., None], "2**0.5*k": lambda: 2**0.5 * 1.5, "k**-2": lambda: 1.5**-2.0,
    "sum(3*k, axis=())": lambda: np.sum(4.5, axis=()), "softmax(T, axis=(0, 2))": lambda: special.softmax(T, axis=(0, 2)), "x == y": lambda: X == Y, "x <= y": lambda: X <= Y,
    "max(x, 0)": lambda: np.max(X, 0), "einsum('ij,jk,kl->il', S, S, S)": lambda: S @ S @ S, "einsum('i,j', x, y)": lambda: np.outer(X, Y), "dot(A, A.T)": lambda: A @ A.T,
    "selu(x)": lambda: 1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * np.expm1(X)), "hardtanh(x)": lambda: np.clip(X, -1, 1),
    "hardtanh(x, -2, k)": lambda: np.clip(X, -2, 1.5), "prod(x)": lambda: X.prod(), "prod(A, axis=0)": lambda: A.prod(0),
    "prod(T, axis=(0, 2))": lambda: T.prod((0, 2)), "prod(A, axis=1, keepdims=True)": lambda: A.prod(1, keepdims=True),
    "prod(x*(x > 0))": lambda: 0.0, "cumsum(x)": lambda: X.cumsum(), "cumsum(A)": lambda: A.cumsum(), "cumsum(A, axis=0)": lambda: A.cumsum(0),
    "cumsum(T, axis=-1)": lambda: T.cumsum(-1), "cumprod(x)": lambda: X.cumprod(), "cumprod(A, axis=1)": lambda: A.cumprod(1),
    "cumprod(T, axis=0)": lambda: T.cumprod(0), "kron(S, A)": lambda: np.kron(S, A), "kron(x, y)": lambda: np.kron(X, Y),
    "cross(x[:3], y[1:])": lambda: np.cross(X[:3], Y[1:]), "cross(S, x[:3])": lambda: np.cross(S, X[:3]), "triu(A)": lambda: np.triu(A),
    "tril(A, -1)": lambda: np.tril(A, -1), "triu(S, k=1)": lambda: np.triu(S, 1), "logdet(S)": lambda: np.linalg.slogdet(S)[1],
    "logdet(-S)": lambda: np.linalg.slogdet(-S)[1], "cholesky(S)": lambda: np.linalg.cholesky(S), "erfc(x)": lambda: special.erfc(X),
    "gamma(x)": lambda: special.gamma(X), "gammaln(x)": lambda: special.gammaln(X), "digamma(x)": lambda: special.psi(X),
    "exprel(y)": lambda: special.exprel(Y), "sinc(A)": lambda: np.sinc(A), "polygamma(2, y)": lambda: special.polygamma(2, Y), "beta(x**2, 1)": lambda: special.beta(X**2, 1),
}  # fmt: skip
for _name in ("abs", "sign", "cbrt", "exp", "expm1", "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "arcsinh"):
    TABLE[f"{_name}(A)"] = partial(getattr(np, _name), A)
for _name in ("sqrt", "log", "log1p", "log2", "log10"):
    TABLE[f"{_name}(abs(A))"] = partial(getattr(np, _name), np.abs(A))
for _name in ("arcsin", "arccos", "arctanh", "asin", "acos", "atanh"):
    TABLE[f"{_name}(x/3)"] = partial(getattr(np, _name), X / 3)
TABLE["arccosh(1 + abs(x))"] = lambda: np.arccosh(1 + np.abs(X))


ALIASES = {
    "absolute": "abs", "acosh": "arccosh", "amin": "min", "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2", "expit": "sigmoid",
    "ln": "log", "negative": "neg", "pow": "power", "swish": "silu", "lgamma": "gammaln", "loggamma": "gammaln", "psi": "digamma",
}  # fmt: skip


LAYERS = {
    name for table in (FUNCTIONS, CONSTANT_FUNCTIONS) for name, macro in table.items() if ".layers." in macro.__module__
}


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *CONSTANT_FUNCTIONS} - {*ALIASES} - LAYERS))
def test_table_has_every_function(name: str) -> None:
    assert any(re.search(rf"\b{name}\(", expression) for expression in [*TABLE, *CALLS])


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_alias_is_the_same_function(alias: str, name: str) -> None:
    assert FUNCTIONS[alias] is FUNCTIONS[name]


@pytest.mark.parametrize("expression", TABLE)
def test_expression_means_what_numpy_means(expression: str) -> None:
    model = jaccli.parse({"inputs": POINT, "constants": CONSTANTS, "outputs": {"f": expression}})
    expected = np.asarray(TABLE[expression](), dtype=float)
    found = model.evaluate()["f"]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("expression", TABLE)
def test_expression_has_the_same_derivative_by_both_modes_and_by_differences(expression: str) -> None:
    model = jaccli.parse({"inputs": POINT, "constants": CONSTANTS, "outputs": {"f": expression}})
    assert not [
        check.id for check in model.gradcheck().checks if check.outcome == "fail" and check.tested != "symbolic"
    ]


DOCS = Path(__file__).parents[2] / "docs" / "spec.md"


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *CONSTANT_FUNCTIONS}))
def test_documentation_lists_every_function(name: str) -> None:
    table = DOCS.read_text(encoding="utf-8").partition("| | functions")[2].partition("\n\n")[0]
    assert name in re.findall(r"\w+", table)


METHOD_CALLS = {
    "A.sum(axis=0)": A.sum(axis=0), "A.mean()": A.mean(), "A.reshape(2, 6)": A.reshape(2, 6), "A.reshape((4, 3))": A.reshape(4, 3), "A.reshape(-1)": A.ravel(),
    "T.transpose(2, 0, 1)": T.transpose(2, 0, 1), "A.transpose()": A.T, "x.dot(y)": X @ Y, "A.T.dot(S).sum()": (A.T @ S).sum(), "x.max()": X.max(),
    "(x + y).prod()": (X + Y).prod(), "A[0].sum() * x": A[0].sum() * X, "sin(x).std(ddof=1)": np.sin(X).std(ddof=1), "T.max(axis=(0, 2), keepdims=True)": T.max((0, 2), keepdims=True),
    "A.clip(-1, 1)": A.clip(-1, 1), "T.swapaxes(0, 1).ravel()": T.swapaxes(0, 1).ravel(), "x.cumsum()[-1]": X.sum(),
    "[x.sum(), x.min()]": np.array([X.sum(), X.min()]), "x + x.tanh().exp()": X + np.exp(np.tanh(X)),
}  # fmt: skip


@pytest.mark.parametrize("expression", METHOD_CALLS)
def test_method_is_the_function_with_its_owner_first(expression: str) -> None:
    found = jaccli.parse({"inputs": POINT, "outputs": {"f": expression}}).evaluate()["f"]
    assert found.shape == np.shape(METHOD_CALLS[expression])
    np.testing.assert_allclose(found, METHOD_CALLS[expression], rtol=1e-13)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_method_names_a_function(name: str) -> None:
    assert name in FUNCTIONS
