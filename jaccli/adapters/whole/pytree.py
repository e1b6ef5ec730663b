"""A JAX function of pytrees with very many numbers as a whole: compiled once, its leaves in the order in which it uses them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.adapters.framework import Call, Framework
from jaccli.adapters.frameworks import jax as jax_adapter
from jaccli.adapters.frameworks.jaxpr import CALLS, equations
from jaccli.adapters.guess import framework_of
from jaccli.adapters.subject import TroubleError
from jaccli.adapters.whole.point import Whole
from jaccli.types import Array

__all__ = ["pytree_as_whole"]

RANDOM = "give the function the same key at every call"
Run = Callable[[Sequence[Any]], Any]


@dataclass(slots=True, kw_only=True)
class _Pytree(Whole):
    """A function of the floating-point leaves of its inputs.

    value  leaves → all floating-point outputs side by side, compiled
    pull   leaves and a cotangent of these → the cotangents of the leaves, compiled
    """

    framework: Framework
    value: Callable[..., Any]
    pull: Callable[..., Any]

    def values(self) -> Array:
        return np.array(self._called("a value", self.value, self._points()))

    def pulled(self, v: Array) -> list[Array]:
        found = self._called("reverse mode", self.pull, self._points(), v)
        return [np.asarray(one).reshape(-1) for one in found]

    def _points(self) -> tuple[Array, ...]:
        # copies: JAX may look at a NumPy array later than it is given it, and may keep what it has made of it
        return tuple(buffer.reshape(shape).copy() for buffer, shape in zip(self.buffers, self.shapes, strict=True))

    def _called(self, what: str, call: Callable[..., Any], *arguments: Any) -> Any:
        self.calls += 1
        try:
            return call(*arguments)
        except Exception as error:
            raise TroubleError(self.framework.trouble(what, error)) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold double precision switched on."""
        with self.framework.running(wide=True):
            yield


def pytree_as_whole(fn: Any, inputs: Any, large: int, framework: str) -> Whole | None:
    """Return a function of pytrees with ``large`` numbers or more in this form.

    None for arrays that are not nested, for what lies on an accelerator, and for a function that cannot be traced or computes
    with other numbers than doubles.
    """
    jax = sys.modules.get("jax")  # without it nothing is a function of JAX
    if jax is None or not callable(fn):
        return None
    adapter = jax_adapter.framework()
    leaves = _large(adapter, fn, inputs, large)
    if leaves is None or (framework == "auto" and framework_of(fn, inputs) != "jax"):
        return None
    call, floats = leaves
    names = list(floats)
    run = _of_leaves(jax, adapter, call, names)
    with adapter.running(wide=True):
        try:
            traced = jax.make_jaxpr(run)([jax.ShapeDtypeStruct(one.shape, np.float64) for one in floats.values()])
        except Exception:  # it looks at values, or has no output with a derivative: the other form says which
            return None
    if _leaves_doubles(jax, traced):
        return None
    order = _by_use(traced.jaxpr, len(names))
    names = [names[k] for k in order]
    run = _of_leaves(jax, adapter, call, names)
    return _Pytree(
        what="function", title=adapter.title_of(fn), file=adapter.file_of(fn), span=adapter.span_of(fn), random=RANDOM,
        names=tuple(names), shapes=tuple(tuple(floats[name].shape) for name in names),
        base=tuple(np.asarray(floats[name]).reshape(-1) for name in names),
        framework=adapter, value=jax.jit(run), pull=jax.jit(lambda points, v: jax.vjp(run, points)[1](v)[0]),
    )  # fmt: skip


def _large(adapter: Framework, fn: Any, inputs: Any, large: int) -> tuple[Call, Mapping[str, Any]] | None:
    """Return how a function is called, and its floating-point leaves by name; None where it is not for this form."""
    try:
        call = adapter.prepared(fn, inputs)
        leaves = list(adapter.leaves(call.values, ""))
    except Exception:  # the other form says what is wrong with the inputs
        return None
    floats = {name: leaf for name, leaf in leaves if adapter.kind(leaf) == "f"}
    if sum(leaf.size for leaf in floats.values()) < large or all(map(adapter.is_array, call.values.values())):
        return None
    several = len(dict(leaves)) < len(leaves)  # of one name
    if several or any(adapter.kind(leaf) == "c" or adapter.device_name(leaf) for _, leaf in leaves):
        return None
    return call, floats


def _of_leaves(jax: Any, adapter: Framework, call: Call, names: Sequence[str]) -> Run:
    """Return the function of these leaves that gives all floating-point outputs side by side, (m,)."""

    def run(points: Sequence[Any]) -> Any:
        found = call.run(adapter.replaced(call.values, "", dict(zip(names, points, strict=True))))
        outputs = [one for one in map(jax.numpy.asarray, jax.tree_util.tree_leaves(found)) if adapter.kind(one) != "i"]
        return jax.numpy.concatenate([one.reshape(-1) for one in outputs])

    return run


def _leaves_doubles(jax: Any, traced: Any) -> bool:
    """Return whether a program computes with anything but doubles and what has no derivative, or gives it out."""
    made = (out.aval.dtype for equation in equations(traced) for out in equation.outvars if hasattr(out.aval, "dtype"))
    inexact = {dtype for dtype in (*made, *(value.dtype for value in traced.out_avals)) if _is_inexact(jax, dtype)}
    return inexact != {np.dtype(np.float64)}


def _is_inexact(jax: Any, dtype: Any) -> bool:
    return bool(jax.numpy.issubdtype(dtype, jax.numpy.inexact))


def _by_use(program: Any, count: int) -> list[int]:
    """Return the inputs of a program in the order in which its operations use them, what none uses first."""
    found: dict[int, int] = {}

    def walk(program: Any, known: Mapping[Any, int]) -> None:
        for equation in program.eqns:
            used = [None if hasattr(v, "val") else known.get(v) for v in equation.invars]
            inner = equation.params.get(CALLS.get(equation.primitive.name, ""))
            if inner is None:
                for k in used:
                    if k is not None:
                        found.setdefault(k, len(found))
                continue
            inside = getattr(inner, "jaxpr", inner)
            walk(inside, {v: k for v, k in zip(inside.invars, used, strict=True) if k is not None})

    walk(program, dict(zip(program.invars, range(count), strict=True)))
    return sorted(range(count), key=lambda k: found.get(k, -1))
