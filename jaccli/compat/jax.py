"""``jax.test_util.check_grads``, judged with error bars: every entry of the Jacobian instead of one random direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from jaccli.adapters.framework import library
from jaccli.adapters.source import title_of
from jaccli.compat.judging import judged, named
from jaccli.report.gradcheck.text import report_text

__all__ = ["check_grads"]

MODES = {"fwd": "forward", "rev": "reverse"}


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Return nothing where the derivatives of ``f`` up to ``order`` are right, by the arguments of ``jax.test_util.check_grads``.

    atol, rtol: where they are given they hold for every entry; else jaccli's own do. ``eps`` has no meaning here.
    Errors: AssertionError with the terminal's text where one is wrong or was not verified; TypeError where ``f`` does
            not have a mode that is asked for; what ``f`` raises.
    """
    jax = library("jax", "JAX", "jax")
    args = tuple(args)
    jax.eval_shape(f, *args)
    wanted = [mode for mode in MODES if mode in modes]
    sizes = [np.size(leaf) for leaf in jax.tree_util.tree_leaves(args) if _inexact(jax, leaf)]
    if not wanted or not any(sizes):
        return
    report = judged(f, args, "jax", [MODES[mode] for mode in wanted], rtol=rtol, atol=atol or 0.0)
    if of := getattr(f, "derivative_of", None):
        report = named(report, of, f"check_grads({title_of(of)}, args, order={order + getattr(f, 'depth', 0)})")
    for check in report.checks:
        if check.code == "JAC307":
            raise TypeError(check.message)
    if not report.ok:
        raise AssertionError(report_text(report))
    for mode in wanted if order > 1 else ():
        check_grads(_derivative(jax, f, args, MODES[mode]), args, order - 1, modes, atol, rtol, eps)


def _derivative(jax: Any, f: Callable[..., Any], args: tuple[Any, ...], mode: str) -> Callable[..., Any]:
    """Return one product of the derivative of ``f`` with a random direction, as a function of the same arguments."""
    smooth = [k for k, x in enumerate(args) if all(_inexact(jax, leaf) for leaf in jax.tree_util.tree_leaves(x))]

    def of_smooth(values: tuple[Any, ...], others: tuple[Any, ...]) -> Any:
        full = list(others)
        for k, value in zip(smooth, values, strict=True):
            full[k] = value
        return f(*full)

    def forward(*values: Any) -> Any:
        primals = tuple(values[k] for k in smooth)
        return jax.jvp(lambda *x: of_smooth(x, values), primals, _random_like(jax, primals))[1]

    def reverse(*values: Any) -> Any:
        primals = tuple(values[k] for k in smooth)
        outputs, pull = jax.vjp(lambda *x: of_smooth(x, values), *primals)
        return pull(_random_like(jax, outputs))

    product: Any = forward if mode == "forward" else reverse
    product.derivative_of, product.depth = getattr(f, "derivative_of", f), getattr(f, "depth", 0) + 1
    return cast(Callable[..., Any], product)


def _inexact(jax: Any, leaf: Any) -> bool:
    return bool(jax.numpy.issubdtype(jax.dtypes.result_type(leaf), jax.numpy.inexact))


def _random_like(jax: Any, tree: Any) -> Any:
    """Return random numbers in the shapes of a pytree; the same ones in every call, whatever the precision."""
    rng = np.random.default_rng(0)
    return jax.tree_util.tree_map(lambda leaf: _normal(jax, rng, leaf), tree)


def _normal(jax: Any, rng: np.random.Generator, like: Any) -> Any:
    dtype, shape = jax.dtypes.result_type(like), np.shape(like)
    if not _inexact(jax, like):
        return np.zeros(shape, jax.dtypes.float0)
    drawn = rng.standard_normal((2, *shape))
    return np.asarray(drawn[0] + 1j * drawn[1] if np.dtype(dtype).kind == "c" else drawn[0]).astype(dtype)
