"""TensorFlow 2: functions, tf.function, custom_gradient, and Keras layers with their variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from jaccli.adapters import source
from jaccli.adapters.framework import Arrays, Call, Framework, Pullback, Run, Unsupported, library
from jaccli.adapters.frameworks.keras import Layer, is_layer, raw
from jaccli.adapters.subject import Subject, Task, TroubleError
from jaccli.adapters.tensors import subject_of
from jaccli.adapters.trees import leaves_of
from jaccli.errors import words_of
from jaccli.types import Array

__all__ = ["adapt"]

PRECISION = {
    "float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7,
    "complex64": 2.0**-23, "complex128": 2.0**-52,
}  # fmt: skip
#: TensorFlow's words about a rule that cannot be turned round, as that of tf.recompute_grad.
NO_FORWARD = re.compile(r"forward.?mode", re.IGNORECASE)
#: A tensor that is made of several → how its values become an input.
COMPOSITE = {
    "RaggedTensor": "take its values as input: lambda v: fn(tf.RaggedTensor.from_row_lengths(v, lengths)), and return .flat_values",
    "SparseTensor": "take its values as input: lambda v: fn(tf.SparseTensor(indices, v, shape)), and return .values",
}


def adapt(task: Task) -> Subject:
    """Return a function of TensorFlow's tensors, ready to be checked.

    Errors: MissingLibrary where TensorFlow is not installed; else those of ``subject_of``.
    """
    return subject_of(task, _TensorFlow(library("tensorflow", "TensorFlow", "tensorflow")))


class _TensorFlow(Framework):
    title = "TensorFlow"
    registered = "as an attribute of a tf.Module or a Keras layer that is checked"

    def __init__(self, tf: Any) -> None:
        self.tf = tf
        self.layer: Layer | None = None
        self.met: list[Any] = []  # the variables that the last tape watched, inputs and a layer's own apart

    @property
    def variables(self) -> Mapping[str, Any]:
        """Those of a layer, by name."""
        return self.layer.variables if self.layer else {}

    # --- tensors

    def is_array(self, value: Any) -> bool:
        return isinstance(value, (self.tf.Tensor, self.tf.Variable, self.tf.IndexedSlices)) or _is_keras_variable(value)

    def from_numpy(self, value: Array) -> Any:
        return self.tf.constant(value)

    def numpy(self, array: Any) -> Array:
        tensor = self.tf.convert_to_tensor(array)
        kind = self.kind(tensor)
        if kind == "i":
            return np.asarray(tensor.numpy()) if tensor.dtype != self.tf.string else np.zeros(tensor.shape)
        return np.asarray(self.tf.cast(tensor, self.tf.complex128 if kind == "c" else self.tf.float64).numpy())

    def array_like(self, array: Any, value: Array, wide: bool = False) -> Any:
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

    def _is_composite(self, value: Any) -> bool:
        return isinstance(value, (self.tf.RaggedTensor, self.tf.SparseTensor))

    def wanted(self, arrays: Arrays, brought: frozenset[str]) -> list[str]:
        return [name for name in arrays if name not in brought or self.variables[name].trainable]

    # --- functions

    def prepared(self, fn: Any, inputs: Any) -> Call:
        for name, value in leaves_of(inputs, "", self._is_composite):
            raise TroubleError.of(
                "JAC304",
                f"input {f'`{name}` ' if name else ''}is a {type(value).__name__}",
                COMPOSITE[type(value).__name__],
            )
        if not is_layer(fn):
            return super().prepared(fn, inputs)
        self.layer = Layer(self.tf, fn, lambda layer: super(_TensorFlow, self).prepared(layer, inputs))
        return self.layer.call()

    def definition(self, fn: Any) -> Any:
        return fn.call if is_layer(fn) and hasattr(fn, "call") else getattr(fn, "python_function", fn)

    def title_of(self, fn: Any) -> str:
        return type(fn).__name__ if is_layer(fn) else source.title_of(self.definition(fn))

    @contextmanager
    def quiet(self) -> Iterator[None]:
        try:
            yield
        finally:
            if self.layer:
                self.layer.restore()

    def widened(self) -> AbstractContextManager[None]:
        return self.layer.doubles() if self.layer else nullcontext()

    # --- derivatives

    def coarsest(self, run: Run, inputs: Arrays) -> float:
        program = self.tf.function(lambda: run(inputs)).get_concrete_function().graph.as_graph_def()
        nodes = [*program.node, *(node for inner in program.library.function for node in inner.node_def)]
        used = {value.type for node in nodes for value in node.attr.values() if value.type}
        return max((PRECISION.get(self.tf.as_dtype(dtype).name, 0.0) for dtype in used), default=0.0)

    def _sources(self, inputs: Arrays) -> dict[str, Any]:
        """Return what a tape watches: a layer's variables themselves, since they are assigned to."""
        return {name: raw(self.variables[name]) if name in self.variables else array for name, array in inputs.items()}

    def vjp(self, run: Run, inputs: Arrays) -> tuple[Arrays, Pullback]:
        sources = self._sources(inputs)
        with self.tf.GradientTape(persistent=True) as tape:
            for array in sources.values():
                tape.watch(array)
            outputs = run(inputs)
        known = {id(raw(array)) for array in (*sources.values(), *self.variables.values())}
        self.met = [variable for variable in tape.watched_variables() if id(variable) not in known]

        def pullback(y_bar: Arrays) -> dict[str, Any]:
            try:
                found = tape.gradient([outputs[n] for n in y_bar], sources, output_gradients=list(y_bar.values()))
            except LookupError as error:
                raise Unsupported(source.first_line(error)) from error
            return dict(found)

        return outputs, pullback

    def gradients(self, run: Run, inputs: Arrays, y_bar: Mapping[str, Array]) -> Arrays:
        sources = self._sources(inputs)
        with self.tf.GradientTape() as tape:
            for array in sources.values():
                tape.watch(array)
            outputs = run(inputs)
        seeds = [self.seed(outputs[name], bar) for name, bar in y_bar.items()]
        try:
            found = tape.gradient([outputs[name] for name in y_bar], sources, output_gradients=seeds)
        except LookupError as error:
            raise Unsupported(source.first_line(error)) from error
        # a gradient that is constant stays connected to its input: its derivative is zero, and not missing
        return {
            name: 0 * array if found[name] is None else self.tf.convert_to_tensor(found[name]) + 0 * array
            for name, array in sources.items()
        }

    def untracked_tensors(self) -> list[str]:
        return [f"the tf.Variable {variable.name} of shape {tuple(variable.shape)}" for variable in self.met]

    def jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        for name in set(inputs) & set(self.variables):
            self.variables[name].assign(inputs[name])
        sources = self._sources(inputs)
        chosen = [(sources[name], tangent) for name, tangent in dx.items()]
        primals, tangents = [source for source, _ in chosen], [tangent for _, tangent in chosen]
        try:
            with self.tf.autodiff.ForwardAccumulator(primals, tangents) as accumulator:
                outputs = run(inputs)
                return {name: accumulator.jvp(output) for name, output in outputs.items()}
        except (LookupError, NotImplementedError) as error:
            if isinstance(error, NotImplementedError) and not NO_FORWARD.search(words_of(error)):
                raise
            raise Unsupported(source.first_line(error)) from error


def _is_keras_variable(value: Any) -> bool:
    return type(value).__module__.startswith("keras.") and hasattr(value, "assign")
