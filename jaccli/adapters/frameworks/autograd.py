"""HIPS autograd: functions written with ``autograd.numpy``, and primitives with rules of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jaccli.adapters import source
from jaccli.adapters.framework import Arrays, Framework, Pullback, Run, Unsupported, library
from jaccli.adapters.subject import Subject, Task
from jaccli.adapters.tensors import subject_of
from jaccli.types import Array

__all__ = ["adapt"]


def adapt(task: Task) -> Subject:
    """Return a function of NumPy arrays that autograd differentiates, ready to be checked.

    Errors: MissingLibrary where autograd is not installed; else those of ``subject_of``.
    """
    return subject_of(task, _Autograd(library("autograd", "HIPS autograd", "autograd")))


class _Autograd(Framework):
    title = "HIPS autograd"
    conjugate = True

    def __init__(self, autograd: Any) -> None:
        self.builtins = library("autograd.builtins", "HIPS autograd", "autograd")
        self.core = library("autograd.core", "HIPS autograd", "autograd")
        self.box = library("autograd.extend", "HIPS autograd", "autograd").Box

    def is_array(self, value: Any) -> bool:
        return isinstance(value, (np.ndarray, np.inexact)) or (isinstance(value, self.box) and hasattr(value, "dtype"))

    def opened(self, answer: Any) -> Any:
        """Return what is in autograd's sequences and dicts, which it follows as a whole, in tuples, lists and dicts."""
        held = answer
        while isinstance(held, self.box):
            held = held._value
        if isinstance(held, Mapping):
            return {key: self.opened(answer[key]) for key in held}
        if not isinstance(held, (tuple, list)):
            return answer
        parts = [self.opened(answer[k]) for k in range(len(held))]
        return type(held)(*parts) if hasattr(held, "_fields") else type(held)(parts)

    def replaced(self, value: Any, name: str, new: Mapping[str, Any]) -> Any:
        """Return the arguments of a call with other arrays in them; what holds one that is followed is followed as a whole.

        So autograd's own ``grad`` hands a tuple, list or dict on: an operation that takes one, as odeint its ``args``, sees it.
        """
        found = super().replaced(value, name, new)
        if name or not isinstance(found, dict | tuple | list):
            return found
        return self._like(found, {key: self._followed(part) for key, part in _items(found)})

    def _followed(self, value: Any) -> Any:
        """Return a container of autograd's own in the place of one that holds boxes."""
        if type(value) not in (tuple, list, dict):
            return value
        parts = {key: self._followed(part) for key, part in _items(value)}
        if not any(isinstance(part, self.box) for part in parts.values()):
            return value
        return getattr(self.builtins, type(value).__name__)(self._like(value, parts))

    @staticmethod
    def _like(value: Any, parts: dict[Any, Any]) -> Any:
        return dict(parts) if isinstance(value, dict) else type(value)(parts.values())

    def from_numpy(self, value: Array) -> Any:
        return np.array(value)[()]

    def numpy(self, array: Any) -> Array:
        value = np.asarray(array)
        return value.astype(np.complex128) if value.dtype.kind == "c" else value.astype(np.float64)

    def array_like(self, array: Any, value: Array, wide: bool = False) -> Any:
        wanted = np.complex128 if array.dtype.kind == "c" else np.float64
        fresh = np.array(value, dtype=wanted if wide and array.dtype.kind in "fc" else array.dtype, order="C")
        return fresh if isinstance(array, np.ndarray) else fresh[()]

    def kind(self, array: Any) -> str:
        return array.dtype.kind if array.dtype.kind in "fc" else "i"

    def precision(self, array: Any) -> float:
        return float(np.finfo(np.asarray(array).dtype).eps)  # np.imag answers with a float of Python

    def vjp(self, run: Run, inputs: Arrays) -> tuple[Arrays, Pullback]:
        outputs = run(inputs)
        pulls = {
            (of, wrt): self.core.make_vjp(self._path(run, inputs, of, wrt), inputs[wrt])[0]
            for of in outputs
            for wrt in inputs
        }  # reverse mode itself leaves out what does not depend on the input, and answers None

        def pullback(y_bar: Arrays) -> dict[str, Any]:
            try:
                return {wrt: _total([pulls[of, wrt](bar) for of, bar in y_bar.items()]) for wrt in inputs}
            except NotImplementedError as error:
                raise Unsupported(source.first_line(error)) from error

        return outputs, pullback

    def gradients(self, run: Run, inputs: Arrays, y_bar: Mapping[str, Array]) -> Arrays:
        return {wrt: _total([self._gradient(run, inputs, of, wrt, bar) for of, bar in y_bar.items()]) for wrt in inputs}

    def _gradient(self, run: Run, inputs: Arrays, of: str, wrt: str, y_bar: Array) -> Any:
        pull, value = self.core.make_vjp(self._path(run, inputs, of, wrt), inputs[wrt])
        return pull(np.asarray(y_bar, dtype=value.dtype)[()])

    def jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        outputs = run(inputs)
        try:
            return {
                of: _total([self._tangent(run, inputs, of, wrt, seed) for wrt, seed in dx.items()]) for of in outputs
            }
        except NotImplementedError as error:
            raise Unsupported(source.first_line(error)) from error

    def _tangent(self, run: Run, inputs: Arrays, of: str, wrt: str, seed: Any) -> Any:
        return self.core.make_jvp(self._path(run, inputs, of, wrt), inputs[wrt])(seed)[1]

    def _path(self, run: Run, inputs: Arrays, of: str, wrt: str) -> Callable[[Any], Any]:
        return lambda x: run({**inputs, wrt: x})[of]


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else list(enumerate(value))


def _total(parts: list[Any]) -> Any:
    known = [part for part in parts if part is not None]
    return sum(known[1:], known[0]) if known else None
