"""TensorFlow 2: functions, tf.function, custom_gradient, and Keras layers with their variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from jaccli.adapters import source
from jaccli.adapters.framework import Arrays, Call, Framework, Pullback, Run, Unsupported, library
from jaccli.adapters.subject import Subject, Task
from jaccli.adapters.tensors import subject_of

__all__ = ["adapt"]

Array = np.ndarray[Any, Any]
PRECISION = {
    "float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7,
    "complex64": 2.0**-23, "complex128": 2.0**-52,
}  # fmt: skip


def adapt(task: Task) -> Subject:
    """Return a function of TensorFlow's tensors, ready to be checked.

    Errors: MissingLibrary where TensorFlow is not installed; else those of ``subject_of``.
    """
    return subject_of(task, _TensorFlow(library("tensorflow", "TensorFlow", "tensorflow")))


class _TensorFlow(Framework):
    title = "TensorFlow"

    def __init__(self, tf: Any) -> None:
        self.tf = tf
        self.variables: dict[str, Any] = {}  # of a layer, by name
        self.kept: dict[str, Any] = {}  # their values, as the user left them

    # --- tensors

    def owns(self, value: Any) -> bool:
        return isinstance(value, (self.tf.Tensor, self.tf.Variable, self.tf.IndexedSlices)) or _is_keras_variable(value)

    def made(self, value: Array) -> Any:
        return self.tf.constant(value)

    def numpy(self, array: Any) -> Array:
        tensor = self.tf.convert_to_tensor(array)
        kind = self.kind(tensor)
        if kind == "i":
            return np.asarray(tensor.numpy()) if tensor.dtype != self.tf.string else np.zeros(tensor.shape)
        return np.asarray(self.tf.cast(tensor, self.tf.complex128 if kind == "c" else self.tf.float64).numpy())

    def like(self, array: Any, value: Array, wide: bool = False) -> Any:
        tf, kind = self.tf, self.kind(array)
        if kind == "i":
            return array
        return tf.cast(tf.constant(value), (tf.complex128 if kind == "c" else tf.float64) if wide else array.dtype)

    def kind(self, array: Any) -> str:
        dtype = self.tf.as_dtype(array.dtype)
        return "c" if dtype.is_complex else "f" if dtype.is_floating else "i"

    def precision(self, array: Any) -> float:
        return PRECISION[self.tf.as_dtype(array.dtype).name]

    def dtype_name(self, array: Any) -> str:
        return str(self.tf.as_dtype(array.dtype).name)

    def wanted(self, arrays: Arrays, own: frozenset[str]) -> list[str]:
        return [name for name in arrays if name not in own or self.variables[name].trainable]

    # --- functions

    def prepared(self, fn: Any, inputs: Any) -> Call:
        if not hasattr(fn, "trainable_variables"):
            return super().prepared(fn, inputs)
        call = super().prepared(fn, inputs)
        call.run(call.values)  # a layer makes its variables when it first sees an input
        found = {_variable_name(variable, k): variable for k, variable in enumerate(fn.variables)}
        self.variables = {f"self.{name}" if name in call.values else name: v for name, v in found.items()}
        self.kept = {name: self.tf.identity(self.tf.convert_to_tensor(v)) for name, v in self.variables.items()}

        def run(values: Mapping[str, Any]) -> Any:
            for name, variable in self.variables.items():
                variable.assign(values[name])
            return call.run({name: value for name, value in values.items() if name not in self.variables})

        return Call({**call.values, **self.kept}, run, frozenset(self.variables), call.text)

    def definition(self, fn: Any) -> Any:
        return (
            fn.call
            if hasattr(fn, "trainable_variables") and hasattr(fn, "call")
            else getattr(fn, "python_function", fn)
        )

    def title_of(self, fn: Any) -> str:
        return type(fn).__name__ if hasattr(fn, "trainable_variables") else source.title_of(self.definition(fn))

    @contextmanager
    def quiet(self) -> Iterator[None]:
        try:
            yield
        finally:
            for name, value in self.kept.items():
                self.variables[name].assign(value)

    # --- derivatives

    def _sources(self, inputs: Arrays) -> dict[str, Any]:
        """Return what a tape watches: a layer's variables themselves, since they are assigned to."""
        return {name: _raw(self.variables[name]) if name in self.variables else array for name, array in inputs.items()}

    def pulled(self, run: Run, inputs: Arrays) -> tuple[Arrays, Pullback]:
        sources = self._sources(inputs)
        with self.tf.GradientTape(persistent=True) as tape:
            for array in sources.values():
                tape.watch(array)
            outputs = run(inputs)

        def pullback(y_bar: Arrays) -> dict[str, Any]:
            try:
                found = tape.gradient([outputs[n] for n in y_bar], sources, output_gradients=list(y_bar.values()))
            except LookupError as error:
                raise Unsupported(source.first_line(error)) from error
            return dict(found)

        return outputs, pullback

    def pushed(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        for name in set(inputs) & set(self.variables):
            self.variables[name].assign(inputs[name])
        sources = self._sources(inputs)
        chosen = [(sources[name], tangent) for name, tangent in dx.items()]
        primals, tangents = [source for source, _ in chosen], [tangent for _, tangent in chosen]
        try:
            with self.tf.autodiff.ForwardAccumulator(primals, tangents) as accumulator:
                outputs = run(inputs)
                return {name: accumulator.jvp(output) for name, output in outputs.items()}
        except LookupError as error:
            raise Unsupported(source.first_line(error)) from error


def _is_keras_variable(value: Any) -> bool:
    return type(value).__module__.startswith("keras.") and hasattr(value, "assign")


def _raw(variable: Any) -> Any:
    """Return TensorFlow's variable inside one of Keras's."""
    return getattr(variable, "value", variable) if _is_keras_variable(variable) else variable


def _variable_name(variable: Any, k: int) -> str:
    path = getattr(variable, "path", None) or variable.name.split(":")[0]
    return str(path).replace("/", ".") or f"variable{k}"
