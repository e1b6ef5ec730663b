"""``jax.test_util.check_grads``, judged with error bars: every entry of the Jacobian instead of one random direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jaccli.adapters.framework import library
from jaccli.compat.judging import judged
from jaccli.report.text import report_text

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

    Errors: AssertionError with the terminal's text where one is wrong or nothing could be decided; TypeError where ``f`` does
            not have a mode that is asked for.
    """
    jax = library("jax", "JAX", "jax")
    args = tuple(args)
    wanted = [MODES[mode] for mode in MODES if mode in modes]
    report = judged(f, args, "jax", wanted, rtol=rtol, atol=atol or 0.0)
    for check in report.checks:
        if check.code == "JAC307":
            raise TypeError(check.message)
    if not report.ok:
        raise AssertionError(report_text(report))
    if order > 1:
        for mode, name in MODES.items():
            if mode in modes:
                check_grads(_derivative(jax, f, args, name), args, order - 1, modes, atol, rtol, eps)


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

    return forward if mode == "forward" else reverse


def _inexact(jax: Any, leaf: Any) -> bool:
    return bool(jax.numpy.issubdtype(jax.dtypes.result_type(leaf), jax.numpy.inexact))


def _random_like(jax: Any, tree: Any) -> Any:
    """Return random numbers in the shapes of a pytree; the same ones in every call."""
    leaves, structure = jax.tree_util.tree_flatten(tree)
    keys = jax.random.split(jax.random.key(0), max(len(leaves), 1))
    drawn = [_normal(jax, key, jax.numpy.asarray(leaf)) for key, leaf in zip(keys, leaves, strict=False)]
    return jax.tree_util.tree_unflatten(structure, drawn)


def _normal(jax: Any, key: Any, like: Any) -> Any:
    if jax.numpy.issubdtype(like.dtype, jax.numpy.inexact):
        return jax.random.normal(key, like.shape, "float32").astype(
            like.dtype
        )  # whatever the precision, the same numbers
    return jax.numpy.zeros(like.shape, jax.dtypes.float0)
