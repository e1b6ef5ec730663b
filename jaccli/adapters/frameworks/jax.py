"""JAX: functions of pytrees, with or without jit, custom_jvp and custom_vjp; float32 is judged in float64 by a local switch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from jaccli.adapters import source
from jaccli.adapters.framework import Arrays, Framework, Mapped, Pullback, Run, Unsupported, library
from jaccli.adapters.frameworks.jaxpr import equations, in_doubles
from jaccli.adapters.subject import Subject, Task, Trouble
from jaccli.adapters.tensors import subject_of
from jaccli.errors import Span, words_of
from jaccli.types import Array

__all__ = ["adapt"]

#: JAX's own words about a mode that a function was not made for.
NO_FORWARD = re.compile(r"can't apply forward-mode .* to a custom_vjp function")
NO_REVERSE = re.compile(r"Reverse-mode differentiation does not work for lax.while_loop")
SHAPE = re.compile(r"(Custom (VJP|JVP)|bwd|custom_vjp|custom_jvp|JVP rule|rule).*must (produce|return)", re.DOTALL)
OFTEN = 2  # times that a batch of one size is evaluated before it is compiled
SIZES = 4  # batches are padded to powers of it, since every new size is compiled anew


def adapt(task: Task) -> Subject:
    """Return a function of JAX arrays, ready to be checked.

    Errors: MissingLibrary where JAX is not installed; else those of ``subject_of``.
    """
    return subject_of(task, _Jax(library("jax", "JAX", "jax")))


class _Jax(Framework):
    title = "JAX"
    traces = True
    batches = True
    casts = True
    conjugate = True
    mutable = False

    def __init__(self, jax: Any) -> None:
        self.jax, self.jnp = jax, jax.numpy

    # --- arrays and pytrees

    def is_array(self, value: Any) -> bool:
        return isinstance(value, (self.jax.Array, np.ndarray))

    def from_numpy(self, value: Array) -> Any:
        return self.jnp.asarray(value)

    def numpy(self, array: Any) -> Array:
        kind = self.kind(array)
        if kind == "i":
            return np.zeros(array.shape)  # never looked at
        return np.asarray(array).astype(np.complex128 if kind == "c" else np.float64)

    def array_like(self, array: Any, value: Array, wide: bool = False) -> Any:
        return self.jnp.asarray(value, dtype=self._dtype(array, wide))

    def copied(self, array: Any, wide: bool = False) -> Any:
        """Return a copy: a function under jit may donate its arguments, which are lost then."""
        if (
            self.kind(array) == "i"
        ):  # JAX keeps what it made of a NumPy array, whatever the width of integers is by then
            return np.array(array, dtype=self._dtype(array, False)) if isinstance(array, np.ndarray) else array
        return self.jnp.array(array, dtype=self._dtype(array, wide), copy=True)

    def _dtype(self, array: Any, wide: bool) -> Any:
        if wide:
            return np.dtype(np.complex128 if self.kind(array) == "c" else np.float64)
        return self.jax.dtypes.canonicalize_dtype(array.dtype)

    def kind(self, array: Any) -> str:
        jnp = self.jnp
        return (
            "c"
            if jnp.issubdtype(array.dtype, jnp.complexfloating)
            else "f"
            if jnp.issubdtype(array.dtype, jnp.floating)
            else "i"
        )

    def precision(self, array: Any) -> float:
        return float(self.jnp.finfo(self.jax.dtypes.canonicalize_dtype(array.dtype)).eps)

    def leaves(self, value: Any, name: str) -> Iterator[tuple[str, Any]]:
        if not name:  # the inputs by name, whose order a pytree would change
            for key, part in value.items() if isinstance(value, Mapping) else enumerate(_listed(value)):
                yield from self.leaves(part, str(key))
            return
        for path, leaf in self.jax.tree_util.tree_flatten_with_path(value)[0]:
            if self.is_array(leaf):
                yield _named(name, path), leaf

    def replaced(self, value: Any, name: str, new: Mapping[str, Any]) -> Any:
        if not name:
            return {key: self.replaced(part, str(key), new) for key, part in value.items()}
        leaves, tree = self.jax.tree_util.tree_flatten_with_path(value)
        return self.jax.tree_util.tree_unflatten(tree, [new.get(_named(name, path), leaf) for path, leaf in leaves])

    # --- functions

    def rule_span(self, fn: Any, mode: str) -> Span | None:
        inner = source.unwrapped(fn)
        rule = getattr(fn, "bwd", None) if mode == "reverse" else getattr(fn, "jvp", None)
        place = source.span_of(rule) if rule is not None and inner is not rule else None
        return source.span_of(inner) if place and "site-packages" in place.file else place  # of jax.custom_gradient

    def widened(self) -> AbstractContextManager[None]:
        switch = getattr(self.jax, "enable_x64", None)  # of late; before, among what was experimental
        held: AbstractContextManager[None]
        held = switch(True) if switch is not None else library("jax.experimental", "JAX", "jax").enable_x64()
        return held

    # --- derivatives

    def vmap(self, run: Run) -> Mapped:
        """Return the batched function, compiled for a size that it is asked for a third time.

        A compilation takes as long as dozens of batches do operation by operation; but a bare loop is compiled at every call.
        """

        def at_all(inputs: Arrays, points: Arrays) -> Arrays:
            return dict(self.jax.vmap(lambda moved: run({**inputs, **moved}))(points))

        compiled, met = self.jax.jit(at_all), Counter[tuple[tuple[str, int], ...]]()

        def at_once(inputs: Arrays, points: Arrays) -> Arrays:
            nonlocal compiled
            size = tuple((name, len(part)) for name, part in points.items())
            try:
                found = (compiled if met[size] >= OFTEN else at_all)(inputs, points)
            except self.jax.errors.JAXTypeError:  # it looks at inputs that are held
                found, compiled = at_all(inputs, points), at_all
            met[size] += 1
            return {key: np.asarray(value) for key, value in found.items()}

        return at_once

    def has_data_dependent_loop(self, run: Run, inputs: Arrays) -> bool:
        try:
            jaxpr = self.jax.make_jaxpr(run)(inputs)
        except Exception:  # it looks at values, and so cannot be compiled
            return False
        return any(equation.primitive.name == "while" for equation in equations(jaxpr))

    def doubled(self, run: Callable[[Arrays], Any], inputs: Arrays) -> Any:
        closed, shape = self.jax.make_jaxpr(run, return_shape=True)(inputs)
        tree = self.jax.tree_util
        return tree.tree_unflatten(tree.tree_structure(shape), in_doubles(self.jax, closed, tree.tree_leaves(inputs)))

    def coarsest(self, run: Run, inputs: Arrays) -> float:
        results = (out.aval for equation in equations(self.jax.make_jaxpr(run)(inputs)) for out in equation.outvars)
        dtypes = {value.dtype for value in results if hasattr(value, "dtype")}
        return max(
            (float(self.jnp.finfo(d).eps) for d in dtypes if self.jnp.issubdtype(d, self.jnp.floating)), default=0.0
        )

    def compiled(self, run: Run) -> Run:
        found: Run = self.jax.jit(run)
        return found

    def padded(self, count: int) -> int:
        size = SIZES
        while size < count:
            size *= SIZES
        return size

    def batched(self, array: Any, values: Array, wide: bool) -> Any:
        return np.asarray(values, dtype=self._dtype(array, wide))  # what is mapped over needs no device of its own

    def vjp(self, run: Run, inputs: Arrays) -> tuple[Arrays, Pullback]:
        outputs, pull = self.jax.vjp(run, inputs)
        zeros = {name: self.jnp.zeros_like(output) for name, output in outputs.items()}

        def pullback(y_bar: Arrays) -> dict[str, Any]:
            try:
                (found,) = pull({**zeros, **y_bar})
            except ValueError as error:
                if NO_REVERSE.search(words_of(error)):
                    raise Unsupported(source.first_line(error)) from error
                raise
            return dict(found)

        return outputs, pullback

    def jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        tangents = {name: dx[name] if name in dx else self.jnp.zeros_like(array) for name, array in inputs.items()}
        try:
            return dict(self.jax.jvp(run, (inputs,), (tangents,))[1])
        except TypeError as error:
            if NO_FORWARD.search(words_of(error)):
                raise Unsupported("a custom_vjp function has reverse mode only") from error
            raise

    def rows(self, pullback: Pullback, seeds: Arrays) -> dict[str, Any] | None:
        return dict(self.jax.vmap(pullback)(seeds))

    def columns(self, run: Run, inputs: Arrays, seeds: Arrays) -> dict[str, Any] | None:
        return dict(self.jax.vmap(lambda dx: self.jvp(run, inputs, dx))(seeds))

    def trouble(self, what: str, error: BaseException) -> Trouble:
        found = source.raised(what, error)
        if isinstance(error, (TypeError, ValueError)) and SHAPE.search(words_of(error)):
            return Trouble("JAC305", found.message, "a rule returns arrays of the shapes and dtypes of its inputs")
        return found


def _listed(value: Any) -> Any:
    return value if isinstance(value, (tuple, list)) else (value,)


def _named(name: str, path: Any) -> str:
    keys = [getattr(part, "key", getattr(part, "idx", getattr(part, "name", part))) for part in path]
    return ".".join([name, *map(str, keys)])
