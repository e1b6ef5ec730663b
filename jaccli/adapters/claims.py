"""``jacobian``, ``vjp`` and ``jvp`` as the user wrote them → derivatives in the form the checker takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.adapters.inputs import Given
from jaccli.adapters.source import raised, span_of, title_of
from jaccli.adapters.structure import Form
from jaccli.adapters.subject import Blocks, Derivative, Leaf, Task, Trouble, TroubleError
from jaccli.results.kinds import Label
from jaccli.types import Array

__all__ = ["derivatives"]

#: The derivative → what it is called with, where several inputs are one argument.
TAKES = {
    "vjp": "it is called as vjp(x, y_bar), for inputs x and b as vjp(x, b, y_bar) or vjp((x, b), y_bar)",
    "jvp": "it is called as jvp(x, dx), for inputs x and b as jvp(x, b, dx, db) or jvp((x, b), (dx, db))",
    "jacobian": "it is called like the function itself",
}
RETURNS = {
    "vjp": "return one cotangent per input, zeros for one that has no influence; several as a tuple, list or dict by name",
    "jvp": "return one tangent per output, zeros for one that does not depend on the inputs",
    "jacobian": "return an array of shape out.shape + in.shape, zeros where there is no influence",
}


def derivatives(task: Task, given: Given, form: Form, answer: Any, outputs: Sequence[Leaf]) -> tuple[Derivative, ...]:
    """Return the derivatives that were given, in the order jacobian, vjp, jvp."""
    claims = _Claims(task, given, form, form.unpack(answer, "the function's answer"), tuple(outputs))
    return tuple(claims.derivative(form) for form in ("jacobian", "vjp", "jvp") if getattr(task, form) is not None)


@dataclass(frozen=True, slots=True)
class _Claims:
    task: Task
    given: Given
    form: Form
    answer: Mapping[str, Any]  # every output at the point
    outputs: tuple[Leaf, ...]

    def derivative(self, form: str) -> Derivative:
        """Return what was claimed in one of the forms: jacobian, vjp, jvp."""
        span = span_of(getattr(self.task, form))
        return Derivative(
            Label(form), span, **{form: getattr(self, form)}, at=lambda point: self._moved(point).derivative(form)
        )

    def _moved(self, point: Mapping[str, Array]) -> _Claims:
        return replace(self, given=self.given.moved(point))

    def jacobian(self) -> Blocks:
        """Return the claimed blocks; a block that does not fit is replaced by its trouble."""
        self._go_to_the_point()
        parts = self.given.copies()
        value = _returned("jacobian", _run("jacobian", self.task.jacobian, lambda fn: self.given.form.call(fn, parts)))
        names = [leaf.name for leaf in self.outputs]
        unwanted = [name for name in self.form.names if name not in names]
        rows = {names[0]: value}
        if len(self.form.names) > 1 or (self.form.kind != "one" and self._by_output(value)):
            rows = self.form.unpack(value, "`jacobian`", unwanted)
        return {(leaf.name, x.name): block for leaf in self.outputs for x, block in self._row(leaf, rows[leaf.name])}

    def _by_output(self, value: Any) -> bool:
        """Return whether a Jacobian of one output in a tuple or dict is itself wrapped like that."""
        if isinstance(value, Mapping):
            return set(value) == set(self.form.names)
        return isinstance(value, tuple) and len(value) == 1

    def _row(self, of: Leaf, value: Any) -> list[tuple[Leaf, Array | Trouble]]:
        what = f"`jacobian` of `{of.name}`"
        try:
            with self._by_one_alone(value, of.value.shape):
                parts = self.given.form.unpack(value, what, self.given.constants)
        except TroubleError as error:
            return [(x, error.trouble) for x in self.given.leaves]
        return [(x, _block(what, of, x, parts[x.name])) for x in self.given.leaves]

    def vjp(self, y_bar: Mapping[str, Array]) -> dict[str, Array]:
        """Return one cotangent per input."""
        seeds = {name: self._seed(y_bar.get(name), value) for name, value in self.answer.items()}
        self._go_to_the_point()
        inputs = self.given.form.pack(self.given.copies())
        value = _returned("vjp", _run("vjp", self.task.vjp, lambda fn: fn(inputs, self.form.pack(seeds))))
        with self._by_one_alone(value, ()):
            parts = self.given.form.unpack(value, "what `vjp` returns", self.given.constants)
        return {x.name: _fitting("vjp", x, parts[x.name], self.given.form) for x in self.given.leaves}

    def jvp(self, dx: Mapping[str, Array]) -> dict[str, Array]:
        """Return one tangent per output."""
        self._go_to_the_point()
        parts = self.given.copies()
        seeds = {name: self._seed(dx.get(name), value) for name, value in parts.items()}
        value = _run("jvp", self.task.jvp, lambda fn: fn(self.given.form.pack(parts), self.given.form.pack(seeds)))
        value = _returned("jvp", value)
        known = {leaf.name for leaf in self.outputs}
        unwanted = [name for name in self.form.names if name not in known]
        found = self.form.unpack(value, "what `jvp` returns", unwanted)
        return {y.name: _fitting("jvp", y, found[y.name], self.given.form) for y in self.outputs}

    @contextmanager
    def _by_one_alone(self, value: Any, before: tuple[int, ...]) -> Iterator[None]:
        """Say how the other inputs are held, where an answer for all of them has the shape of that for one alone."""
        try:
            yield
        except TroubleError as error:
            fits = [x.name for x in self.given.leaves if before + x.value.shape == getattr(value, "shape", None)]
            if len(fits) != 1:
                raise
            name, trouble = fits[0], error.trouble
            alone = f"if it is that by `{name}` alone, hold the others: --wrt {name}, in Python a function of `{name}`"
            help_ = f"{alone}; else {trouble.help}"
            raise TroubleError(replace(trouble, help=help_)) from error

    def _go_to_the_point(self) -> None:
        """Call the function at the point once more: backward reads what forward has left, which differences leave elsewhere."""
        if not self.task.vectorized:
            _run(title_of(self.task.fn), self.task.fn, lambda fn: self.given.form.call(fn, self.given.copies()))

    def _seed(self, seed: Array | None, like: Any) -> Any:
        """Return a tangent or cotangent with the shape and dtype of its array; zero where none is given."""
        array = np.asarray(like)
        dtype = array.dtype if array.dtype.kind == "f" else np.dtype(np.float64)
        filled = np.zeros(array.shape, dtype) if seed is None else seed.reshape(array.shape).astype(dtype)
        return filled if isinstance(like, np.ndarray) else filled[()]


def _run(name: str, fn: Any, call: Callable[[Any], Any]) -> Any:
    if not callable(fn):
        message = f"`{name}` must be callable (got a {type(fn).__name__})"
        raise TroubleError.of("JAC302", message, f"give a function: {name}=lambda …: …")
    try:
        with np.errstate(all="ignore"):
            return call(fn)
    except TroubleError:
        raise
    except (Exception, SystemExit) as error:
        found = raised(f"`{name}`", error)
        if isinstance(error, TypeError) and f"{title_of(fn)}()" in str(error) and "positional argument" in str(error):
            raise TroubleError.of(found.code, found.message, TAKES.get(name, found.help)) from error
        raise TroubleError(found) from error


def _returned(name: str, value: Any) -> Any:
    """Return what a derivative gave.

    Errors: TroubleError for None, which is what a function without a ``return`` gives.
    """
    if value is None:
        raise TroubleError.of("JAC303", f"`{name}` returned None (forgotten return?)", RETURNS[name])
    return value


def _array(what: str, value: Any) -> Array:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise ValueError(f"dtype {array.dtype}")
    except (TypeError, ValueError) as error:
        raise TroubleError.of("JAC303", f"{what} is not a real array: {error}", "return arrays of floats") from None
    return array.astype(np.float64)


def _block(what: str, of: Leaf, x: Leaf, value: Any) -> Array | Trouble:
    """Return a claimed block of shape out.shape + in.shape; None is a claim of zero."""
    expected = of.value.shape + x.value.shape
    if value is None:
        return np.zeros(expected)
    try:
        array = _array(f"{what} w.r.t. `{x.name}`", value)
    except TroubleError as error:
        return error.trouble
    if array.shape == expected:
        return array
    swapped = x.value.shape + of.value.shape
    hint = "it looks transposed: outputs come first, then inputs" if array.shape == swapped else "J[out…, in…]"
    parts = f"`{of.name}` has shape {of.value.shape}, `{x.name}` {x.value.shape}"
    return Trouble("JAC305", f"{what} w.r.t. `{x.name}` has shape {array.shape}, expected {expected} ({parts})", hint)


def _fitting(name: str, like: Leaf, value: Any, inputs: Form) -> Array:
    """Return a cotangent or tangent of the shape of its input or output; None stands for zero."""
    if value is None:
        return np.zeros(like.value.shape)
    array = _array(f"what `{name}` returns for `{like.name}`", value)
    if array.shape != like.value.shape:
        message = f"`{name}` returns shape {array.shape} for `{like.name}`, expected {like.value.shape}"
        if inputs.kind == "tuple" and len(inputs.names) == 1 and array.shape == (1, *like.value.shape):
            x = inputs.names[0]
            raise TroubleError.of("JAC305", message, f"a tuple of inputs comes as a tuple: give {x} itself, not ({x},)")
        raise TroubleError.of(
            "JAC305", message, "one cotangent per input" if name == "vjp" else "one tangent per output"
        )
    return array
