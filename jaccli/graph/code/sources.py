"""Op → NumPy source of one application, by one table; a ufunc's own name needs no row.

Which operands carry a batch axis is known when the source is written, so it is written out only where there is one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaccli.graph.code.contraction import contraction
from jaccli.graph.ir import Node

__all__ = ["SOURCES", "Site", "source"]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Site:
    """One node whose source is wanted.

    xs        source of each operand: a name or a number
    shapes    core shape of each operand
    batched   whether each operand carries a batch axis
    constant  array → the name under which the source can use it
    helpers   names of HELPERS that the source calls; rows add to it
    """

    node: Node
    xs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    batched: tuple[bool, ...]
    constant: Callable[[Any], str]
    helpers: set[str] = field(default_factory=set)

    @property
    def params(self) -> dict[str, Any]:
        """The node's parameters by name."""
        return dict(self.node.params)

    @property
    def batch(self) -> bool:
        """Whether the value carries a batch axis."""
        return any(self.batched)

    def call(self, helper: str, *arguments: str) -> str:
        """Return a call of a helper."""
        self.helpers.add(helper)
        return f"{helper}({', '.join(arguments)})"

    def shaped(self, shape: Shape) -> str:
        """Return the source of a full shape: the batch of the first operand that has one, then the core."""
        if not self.batch:
            return f"{shape}"
        first = self.xs[self.batched.index(True)]
        return f"({', '.join([f'len({first})', *map(str, shape)])}{',' if not shape else ''})"


def source(site: Site) -> str:
    """Return the expression that computes one node.

    Errors: KeyError for an op without a row whose kernel is no ufunc, a mistake that a test over the op table finds.
    """
    row = SOURCES.get(site.node.op)
    if row is None:
        kernel = site.node.row.kernel
        if not isinstance(kernel, np.ufunc):
            raise KeyError(f"op '{site.node.op}' has no row in jaccli/graph/code/sources.py")
        return f"np.{kernel.__name__}({', '.join(site.xs)})"
    return row.format(*site.xs) if isinstance(row, str) else row(site)


def _axis(site: Site) -> str:
    axes = site.params["axes"]
    return str(axes[0]) if len(axes) == 1 else str(tuple(axes))


def _over_axes(function: str) -> Callable[[Site], str]:
    return lambda site: f"{function}({site.xs[0]}, axis={_axis(site)})"


def _helper(name: str) -> Callable[[Site], str]:
    return lambda site: site.call(name, *site.xs)


def _helper_over_axes(name: str) -> Callable[[Site], str]:
    return lambda site: site.call(name, site.xs[0], _axis(site))


def _reshape(site: Site) -> str:
    return f"np.reshape({site.xs[0]}, {site.shaped(site.params['shape'])})"


def _broadcast(site: Site) -> str:
    x, shape = site.xs[0], site.params["shape"]
    rank = len(site.shapes[0])
    if site.batch and rank < len(shape):
        x = f"np.reshape({x}, {site.shaped((1,) * (len(shape) - rank) + site.shapes[0])})"
    return f"np.broadcast_to({x}, {site.shaped(shape)})"


def _transpose(site: Site) -> str:
    order = site.params["order"]
    if site.batch:
        return f"np.transpose({site.xs[0]}, {(0, *(k + 1 for k in order))})"
    return f"{site.xs[0]}.T" if tuple(order) == (1, 0) else f"np.transpose({site.xs[0]}, {tuple(order)})"


def _take(site: Site) -> str:
    x, index, shape = site.xs[0], site.params["index"].array, site.shapes[0]
    left = ["..."] if site.batch else []
    if index.ndim == 0 and shape:
        return f"{x}[{', '.join([*left, *map(str, np.unravel_index(int(index), shape))])}]"
    if len(shape) != 1:
        x = f"np.reshape({x}, {site.shaped((math.prod(shape),))})"
    return f"{x}[{', '.join([*left, _picked(index, site)])}]"


def _picked(index: Any, site: Site) -> str:
    """Return a slice where the indices count up one by one, else a list or the name of a constant."""
    flat = index.ravel()
    if index.ndim == 1 and len(flat) > 1 and np.all(np.diff(flat) == 1):
        return f"{flat[0]}:{flat[-1] + 1}"
    return site.constant(index)


def _scatter(site: Site) -> str:
    shape = site.params["shape"]
    flat = site.call("_scatter", site.xs[0], site.constant(site.params["index"].array), str(math.prod(shape)))
    return flat if len(shape) == 1 else f"np.reshape({flat}, {site.shaped(shape)})"


def _concatenate(site: Site) -> str:
    parts = [
        x if here == site.batch else f"np.broadcast_to({x}, {site.shaped(shape)})"
        for x, here, shape in zip(site.xs, site.batched, site.shapes, strict=True)
    ]
    return f"np.concatenate([{', '.join(parts)}], axis={site.params['axis']})"


def _solve(site: Site) -> str:
    a, b = site.xs
    if site.params["rank"] == 2:
        return site.call("_solve", a, b)
    return f"{site.call('_solve', a, f'{b}[..., None]')}[..., 0]"


def _contract(site: Site) -> str:
    return contraction(site.params["spec"], site.xs, site.batched)


#: A format of the operands, or a rule on the whole site.
SOURCES: dict[str, str | Callable[[Site], str]] = {
    # values that the source holds; a leaf has a name instead
    "literal": lambda site: site.constant(site.params["value"].array), "pi": "np.pi", "euler": "np.e",
    # arithmetic
    "neg": "-{0}", "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "div": "{0} / {1}", "pow": "{0} ** {1}",
    "greater": "{0} > {1}", "greater_equal": "{0} >= {1}", "less": "{0} < {1}", "less_equal": "{0} <= {1}",
    "equal": "{0} == {1}", "not_equal": "{0} != {1}", "where": "np.where({0}, {1}, {2})", "cast": "np.where({0}, 1.0, 0.0)",
    # functions that NumPy has under another name, or not at all
    "relu": "np.maximum({0}, 0.0)", "erf": "special.erf({0})", "gelu": "{0} * special.ndtr({0})",
    "erfc": "special.erfc({0})", "gamma": "special.gamma({0})", "lgamma": "special.gammaln({0})",
    "polygamma": "special.polygamma({0}, {1})", "beta": "special.beta({0}, {1})",
    "exprel": _helper("_exprel"), "sinc": _helper("_sinc"),
    "softsign": "{0} / (1 + np.abs({0}))", "logit": "special.logit({0})",
    "sigmoid": _helper("_sigmoid"), "softplus": _helper("_softplus"),
    "silu": lambda site: f"{site.xs[0]} * {site.call('_sigmoid', site.xs[0])}",
    "mish": lambda site: f"{site.xs[0]} * np.tanh({site.call('_softplus', site.xs[0])})",
    "binary_cross_entropy": (
        "-({1} * np.maximum(np.log({0}), -100.0) + (1 - {1}) * np.maximum(np.log1p(-{0}), -100.0))"
    ),
    # shapes, selection
    "reshape": _reshape, "broadcast": _broadcast, "transpose": _transpose, "take": _take, "scatter": _scatter,
    "concatenate": _concatenate,
    # along axes
    "sum": _over_axes("np.sum"), "max": _over_axes("np.max"), "min": _over_axes("np.min"),
    "norm": lambda site: f"np.sqrt(np.sum({site.xs[0]} * {site.xs[0]}, axis={_axis(site)}))",
    "softmax": _helper_over_axes("_softmax"), "logsumexp": _helper_over_axes("_logsumexp"),
    # linear algebra
    "contract": _contract, "inv": _helper("_inv"), "det": "np.linalg.det({0})", "logdet": "np.linalg.slogdet({0})[1]",
    "cofactor": _helper("_cofactor"), "solve": _solve, "cholesky": _helper("_cholesky"),
    "svdvals": "np.linalg.svd({0}, compute_uv=False)", "svd_dyads": _helper("_svd_dyads"),
}  # fmt: skip
