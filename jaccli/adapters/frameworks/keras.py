"""A Keras layer → a function of its inputs and variables, in its own precision or, by a copy of the layer, in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jaccli.adapters.framework import Call, library

__all__ = ["Layer", "is_layer", "raw"]

DOUBLE = "float64"
Prepared = Callable[[Any], Call]  # a layer → how it is called with the user's inputs


def is_layer(fn: Any) -> bool:
    """Return whether a function brings variables of its own."""
    return hasattr(fn, "trainable_variables")


class Layer:
    """One layer, its variables by name, and their values as the user left them."""

    def __init__(self, tf: Any, layer: Any, prepared: Prepared) -> None:
        self.tf, self.layer, self.prepared = tf, layer, prepared
        call = prepared(layer)
        call.run(call.values)  # a layer makes its variables when it first sees an input
        found = {_name(variable, k): variable for k, variable in enumerate(layer.variables)}
        self.variables = {f"self.{name}" if name in call.values else name: v for name, v in found.items()}
        self.kept = {name: tf.identity(tf.convert_to_tensor(v)) for name, v in self.variables.items()}
        self.twin: tuple[Mapping[str, Any], Call] | None = None
        self.given_call, self.wide = call, False

    def call(self) -> Call:
        """Return the layer as a function of its inputs and variables."""
        return Call({**self.given_call.values, **self.kept}, self.run, frozenset(self.variables), self.given_call.text)

    def run(self, values: Mapping[str, Any]) -> Any:
        """Return what the layer gives for its inputs and variables, or its copy where these are doubles."""
        variables, call = self._twin(values) if self.wide else (self.variables, self.given_call)
        self._assign(variables, values)
        return call.run({name: value for name, value in values.items() if name not in self.variables})

    def restore(self) -> None:
        """Set all variables back."""
        self._assign(self.variables, self.kept)

    @contextmanager
    def doubles(self) -> Iterator[None]:
        """Hold float64 as the precision of the layer, and of what Keras makes that says none."""
        config = library("keras", "Keras", "tensorflow").config
        floatx, policy = config.floatx(), config.dtype_policy()
        try:
            self.wide = True
            config.set_floatx(DOUBLE)
            config.set_dtype_policy(DOUBLE)
            yield
        finally:
            self.wide = False
            config.set_floatx(floatx)
            config.set_dtype_policy(policy)

    def _assign(self, variables: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        for name, variable in variables.items():
            variable.assign(values[name])

    def _twin(self, values: Mapping[str, Any]) -> tuple[Mapping[str, Any], Call]:
        """Return a copy of the layer in float64, its variables by the names of the layer's.

        Errors: whatever Keras raises for a layer that its configuration does not make again.
        """
        if self.twin is None:
            layer = type(self.layer).from_config(_widened(self.layer.get_config()))
            call = self.prepared(layer)
            call.run({name: value for name, value in values.items() if name not in self.variables})
            self.twin = dict(zip(self.variables, layer.variables, strict=True)), call
        return self.twin


def _widened(config: Any) -> Any:
    """Return a layer's configuration with float64 for every precision in it, those of layers inside included."""
    if isinstance(config, Mapping):
        return {key: DOUBLE if key == "dtype" else _widened(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(_widened(part) for part in config)
    return config


def raw(variable: Any) -> Any:
    """Return TensorFlow's variable inside one of Keras's."""
    return variable.value if type(variable).__module__.startswith("keras.") else variable


def _name(variable: Any, k: int) -> str:
    path = getattr(variable, "path", None) or variable.name.split(":")[0]
    return str(path).replace("/", ".") or f"variable{k}"
