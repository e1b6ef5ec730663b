"""JAX: functions of pytrees, with or without jit, custom_jvp and custom_vjp; float32 is judged in float64 by a local switch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from jaccli.adapters import source
from jaccli.adapters.framework import Arrays, Framework, Mapped, Pullback, Run, Together, Unsupported, library
from jaccli.adapters.frameworks import jax_terms
from jaccli.adapters.frameworks.jax_batches import at_once, pulled, pushed, valued
from jaccli.adapters.frameworks.jaxpr import equations, in_doubles
from jaccli.adapters.subject import Subject, Task, Trouble
from jaccli.adapters.tensors import subject_of
from jaccli.errors import Span, words_of
from jaccli.types import Array

__all__ = ["adapt", "framework"]

#: JAX's own words about a mode that a function was not made for.
NO_FORWARD = re.compile(r"can't apply forward-mode .* to a custom_vjp function")
NO_REVERSE = re.compile(r"Reverse-mode differentiation does not work for lax.while_loop")
SHAPE = re.compile(r"(Custom (VJP|JVP)|bwd|custom_vjp|custom_jvp|JVP rule|rule).*must (produce|return)", re.DOTALL)
SIZES = 4  # batches are padded to powers of it, since every new size is compiled anew


def adapt(task: Task) -> Subject:
    """Return a function of JAX arrays, ready to be checked.

    Errors: MissingLibrary where JAX is not installed; else those of ``subject_of``.
    """
    return subject_of(task, framework())


def framework() -> Framework:
    """Return how JAX is asked.

    Errors: MissingLibrary where it is not installed.
    """
    return _Jax(library("jax", "JAX", "jax"))


class _Jax(Framework):
    title = "JAX"
    batches = True
    products_at_once = True
    casts = True
    conjugate = True
    mutable = False

    def __init__(self, jax: Any) -> None:
        self.jax, self.jnp = jax, jax.numpy
        self.known_terms: dict[tuple[str, ...], Any] = {}  # what makes the terms by the outputs that have cotangents
        self.on_accelerator = jax.default_backend() != "cpu"

    # --- arrays and pytrees

    def is_array(self, value: Any) -> bool:
        return isinstance(value, (self.jax.Array, np.ndarray))

    def from_numpy(self, value: Array) -> Any:
        return self.jnp.asarray(value)

    def numpy(self, array: Any) -> Array:
        kind = self.kind(array)
        if kind == "i":
            return np.zeros(array.shape)  # never looked at
        numbers = (
            self.jax.device_get(array) if isinstance(array, self.jax.Array) else array
        )  # said, where a guard forbids the rest
        return np.asarray(numbers).astype(np.complex128 if kind == "c" else np.float64)

    def array_like(self, array: Any, value: Array, wide: bool = False) -> Any:
        made = np.asarray(value).astype(self._dtype(array, wide))
        return self._placed(made, array, wide)

    def _placed(self, made: Any, array: Any, wide: bool) -> Any:
        """Return numbers on the device of an array, or on the host where doubles are wanted that it has not."""
        if not isinstance(array, self.jax.Array) or isinstance(array, self.jax.core.Tracer):
            return self.jnp.asarray(made)
        if wide and not self.has_doubles(self.device_name(array)):
            return self.jax.device_put(made, self.jax.devices("cpu")[0])
        if not array.committed:  # what runs where the others do
            return self.jnp.asarray(made)
        return self.jax.device_put(made, array.sharding)

    def device_name(self, array: Any) -> str:
        if not isinstance(array, self.jax.Array) or isinstance(array, self.jax.core.Tracer):
            return ""
        host = self.jax.devices("cpu")[0]
        names = sorted(str(device) for device in array.devices() if device != host)
        return ", ".join(names)

    def has_doubles(self, device: str) -> bool:
        return "metal" not in device.lower()

    def coarse_settings(self) -> tuple[str, ...]:
        said = self.jax.config.jax_default_matmul_precision
        fine = (None, "highest", "float32", "F32_F32_F32", "F64_F64_F64")
        if said is None and self.on_accelerator:  # what JAX takes by default: TF32, or bfloat16 on a TPU
            return ("jax_default_matmul_precision is None",)
        return () if said in fine else (f"jax_default_matmul_precision = {said!r}",)

    def finely(self) -> AbstractContextManager[None]:
        held: AbstractContextManager[None] = self.jax.default_matmul_precision("highest")
        return held

    def copied(self, array: Any, wide: bool = False) -> Any:
        """Return a copy: a function under jit may donate its arguments, which are lost then."""
        if (
            self.kind(array) == "i"
        ):  # JAX keeps what it made of a NumPy array, whatever the width of integers is by then
            return np.array(array, dtype=self._dtype(array, False)) if isinstance(array, np.ndarray) else array
        if wide and not self.has_doubles(self.device_name(array)):
            return self.array_like(array, self.numpy(array), wide)
        return self.jnp.array(array, dtype=self._dtype(array, wide), copy=True)  # it stays where it is

    def _dtype(self, array: Any, wide: bool) -> Any:
        if self.narrow and array.dtype == np.float64:
            return np.dtype(np.float32)
        if wide:
            return np.dtype(np.complex128 if self.kind(array) == "c" else np.float64)
        return self.jax.dtypes.canonicalize_dtype(array.dtype)

    def kind(self, array: Any) -> str:
        jnp = self.jnp
        return (
            "c"
            if jnp.issubdtype(array.dtype, jnp.complexfloating)
            else "f"
            if jnp.issubdtype(array.dtype, jnp.floating) and array.dtype.itemsize > 1
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
        return at_once(self.jax, valued(self.jax, run))

    def together(self, run: Run, mode: str) -> Together:
        return at_once(self.jax, (pulled if mode == "reverse" else pushed)(self.jax, run))

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
        dtypes = {value.dtype for value in results if hasattr(value, "dtype") and value.dtype.itemsize > 1}
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

    def gradients(self, run: Run, inputs: Arrays, y_bar: Mapping[str, Array]) -> Arrays:
        outputs, pull = self.jax.vjp(run, inputs)
        zeros = {name: self.jnp.zeros_like(output) for name, output in outputs.items()}
        seeds = {name: self.jnp.asarray(bar, outputs[name].dtype) for name, bar in y_bar.items()}
        (found,) = pull({**zeros, **seeds})
        return dict(found)

    def jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        tangents = {name: dx[name] if name in dx else self.jnp.zeros_like(array) for name, array in inputs.items()}
        try:
            return dict(self.jax.jvp(run, (inputs,), (tangents,))[1])
        except TypeError as error:
            if NO_FORWARD.search(words_of(error)):
                raise Unsupported("a custom_vjp function has reverse mode only") from error
            raise

    def terms(self, run: Run, inputs: Arrays, y_bar: Arrays) -> dict[str, dict[str, Any]]:
        """Return what each operation where values meet adds to the cotangents.

        Cost: one compilation for all points, and a batch of reverse passes for at most ``jax_terms.MOST`` operations.
        """
        key = tuple(y_bar)
        if key not in self.known_terms:
            self.known_terms[key] = jax_terms.terms_of(self.jax, run, inputs, key)
        found = self.known_terms[key]
        if found is None:
            return {}
        names, all_terms = found
        terms = {name: np.asarray(part) for name, part in all_terms(inputs, y_bar).items()}
        several = ((called, {name: part[k] for name, part in terms.items()}) for k, called in enumerate(names))
        return {called: term for called, term in several if any(np.any(part) for part in term.values())}

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
