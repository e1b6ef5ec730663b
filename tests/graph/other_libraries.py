"""The language in the functions of a library like NumPy, and the Jacobians that JAX and HIPS autograd make of them.

What the two lack, or do otherwise than the language, is written here in functions that they have.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from jaccli.types import Array

UNARY = (
    "abs sqrt cbrt exp expm1 log log1p log2 log10 sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh erf erfc relu "
    "sigmoid softplus silu mish gelu elu selu leaky_relu hardtanh square exp2 gammaln digamma"
).split()
REDUCTIONS = "sum mean max min prod var std logsumexp norm".split()
#: What libraries like NumPy call as the language does.
PLAIN = (
    "maximum minimum arctan2 hypot logaddexp clip inner dot trace cumsum ravel reshape concatenate stack "
    "roll transpose triu eye"
).split()
LINALG = ("inv", "det", "solve", "cholesky")


def language(m: Any, special: Any) -> dict[str, Any]:
    """Return the functions of the language by name, written with the functions of a library like NumPy."""
    exp, s = m.exp, SimpleNamespace()

    def where(condition: Any, x: Any, y: Any) -> Any:  # autograd has no rule for operands of different shapes
        zeros = np.zeros(np.broadcast_shapes(*map(np.shape, (condition, x, y))))
        return m.where(condition, x + zeros, y + zeros)

    def sort(x: Any) -> Any:
        if x.ndim != 1:
            raise ValueError("autograd sorts vectors alone")
        return m.sort(x)

    s.sigmoid = lambda x: 1 / (1 + exp(-x))
    s.softplus = lambda x: m.logaddexp(x, 0.0)
    s.logsumexp = lambda x, axis=None, keepdims=False: special.logsumexp(x, axis=axis, keepdims=keepdims)
    s.elu = lambda x: where(x > 0, x, m.expm1(m.minimum(x, 0.0)))
    s.log_softmax = lambda x, axis=None: x - s.logsumexp(x, axis, True)
    s.softmax = lambda x, axis=None: exp(s.log_softmax(x, axis))
    s.norm = lambda x, axis=None, keepdims=False: m.sqrt(m.sum(x * x, axis=axis, keepdims=keepdims))
    s.where, s.sort, s.broadcast_to = where, sort, lambda x, shape: x + np.zeros(shape)
    s.linear = lambda x, W, b=0.0: m.matmul(x, W.T) + b
    s.layernorm = lambda x: (x - m.mean(x, axis=-1, keepdims=True)) / m.sqrt(m.var(x, axis=-1, keepdims=True) + 1e-5)

    def reduced(name: str) -> Any:
        plain = vars(s).get(name) or getattr(m, name)

        def reduction(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
            if axis is not None and not -x.ndim <= axis < x.ndim:
                raise ValueError("there is no such axis")  # NumPy takes 0 and -1 for a number
            return plain(x, axis=axis, keepdims=keepdims)

        return reduction

    def cross_entropy(x: Any, k: int) -> Any:
        if x.ndim != 1:
            raise ValueError("rows have a class each")
        return -s.log_softmax(x, -1)[k]

    def diag(x: Any) -> Any:  # autograd's is wrong for a matrix that is not square
        n = min(x.shape)
        return x[:, None] * np.eye(n) if x.ndim == 1 else x[np.arange(n), np.arange(n)]

    def einsum(subscripts: str, *operands: Any) -> Any:  # autograd has no rule for a diagonal
        return diag(*operands) if subscripts == "ii->i" else m.einsum(subscripts, *operands)

    def attention(q: Any, k: Any, v: Any) -> Any:
        return m.matmul(s.softmax(m.matmul(q, k.T) / np.sqrt(q.shape[-1]), -1), v)

    def huber(a: Any, b: Any) -> Any:
        d = m.abs(a - b)
        return m.mean(where(d <= 1, d * d / 2, d - 0.5))

    shared = {name for name in (*UNARY, *REDUCTIONS, *PLAIN) if hasattr(m, name)} - vars(s).keys()
    vars(s).update({name: getattr(m, name) for name in shared} | {name: getattr(m.linalg, name) for name in LINALG})
    return vars(s) | {name: reduced(name) for name in REDUCTIONS} | {
        "cbrt": lambda x: m.sign(x) * m.abs(x) ** (1 / 3), "square": lambda x: x * x, "exp2": lambda x: exp(np.log(2) * x),
        "erf": special.erf, "erfc": special.erfc, "gammaln": special.gammaln, "digamma": special.digamma,
        "relu": lambda x: where(x > 0, x, 0.0), "silu": lambda x: x * s.sigmoid(x), "mish": lambda x: x * m.tanh(s.softplus(x)),
        "gelu": lambda x: 0.5 * x * special.erfc(-x / np.sqrt(2)), "leaky_relu": lambda x: where(x > 0, x, 0.01 * x),
        "selu": lambda x: 1.0507009873554804934 * where(x > 0, x, 1.6732632423543772848 * m.expm1(m.minimum(x, 0.0))),
        "hardtanh": lambda x: m.clip(x, -1.0, 1.0), "rmsnorm": lambda x: x / m.sqrt(m.mean(x * x, axis=-1, keepdims=True) + 2.0**-52),
        "logdet": lambda a: m.linalg.slogdet(a)[1], "matrix_power": lambda a, n: m.matmul(a, a.reshape(a.shape[0], a.shape[0])), "diag": diag, "einsum": einsum,
        "tile": lambda x, times: m.concatenate([x] * times, axis=-1),  # autograd's fails where an axis has an odd size

        "attention": attention, "mse": lambda a, b: m.mean((a - b) ** 2), "mae": lambda a, b: m.mean(m.abs(a - b)), "huber": huber,
        "cross_entropy": cross_entropy, "outer": lambda a, b: m.ravel(a)[:, None] * m.ravel(b),
        "kron": lambda a, b: m.reshape(a[:, None, :, None] * b[None, :, None, :], (len(a) * len(b), -1)),
    }  # fmt: skip


@dataclass(frozen=True)
class Library:
    """Another library's functions, and its Jacobians: one list of blocks, one for each argument of a function, by every mode that it has."""

    names: dict[str, Any]
    jacobians: Callable[[Any, Sequence[Any]], list[list[Array]]]
    array: Callable[[Any], Any] = np.asarray


def library(name: str) -> Library:
    """Return JAX or HIPS autograd, in doubles."""
    if name == "jax":
        import jax
        from jax.scipy import special

        jax.config.update("jax_enable_x64", True)
        names = language(jax.numpy, special)

        def both(f: Any, xs: Sequence[Any]) -> list[list[Array]]:
            which = tuple(range(len(xs)))
            # one program for both: compiled one by one, its operations take five times as long
            blocks = jax.jit(lambda *xs: [make(f, which)(*xs) for make in (jax.jacfwd, jax.jacrev)])(*xs)
            return [[np.asarray(block) for block in mode] for mode in blocks]

        return Library(names, both, jax.numpy.asarray)
    import autograd
    import autograd.numpy as anp
    from autograd.scipy import special

    def reverse(f: Any, xs: Sequence[Any]) -> list[list[Array]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an output that does not depend on an input
            return [[np.asarray(autograd.jacobian(f, k)(*xs)) for k in range(len(xs))]]

    return Library(language(anp, special), reverse)
