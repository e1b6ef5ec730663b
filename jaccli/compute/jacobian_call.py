"""A model's output and variables → a function that gives their Jacobians again and again, without a look at anything but shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.jacobian_function import jacobian_function
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["JacobianCall"]

FLOAT64 = np.dtype(np.float64)


class JacobianCall:
    """The Jacobians of output ``of`` by ``wrt``: ``jac(W, b)`` in the order of ``wrt``, or ``jac({"W": W})``, or ``jac()``.

    What is not given keeps the spec's value. Arrays are held to their shapes; to be finite and in their domains, unlike everywhere
    else, only where a value or a slope is not finite.
    """

    def __init__(
        self, built: Built, of: str, wrt: Sequence[str], single: bool, complete: Callable[[Point], list[Array]]
    ) -> None:
        self.built, self.of, self.wrt, self.single = built, of, tuple(wrt), single
        self._complete = complete  # the Jacobians at a point, whatever there is
        self._own = built.point()
        self._function = None
        if not built.graph.demands:
            self._function = jacobian_function(built.outputs[of], [built.variables[name] for name in wrt])
        leaves = self._function.leaves if self._function else ()
        self._values: list[Any] = [self._own.get(name) for name in leaves]
        self._places = {name: k for k, name in enumerate(leaves)}
        self._open = {name for name in built.variables if name not in self._own}
        self._order = [(self._places.get(name), built.variables[name].shape, name) for name in wrt]

    def __call__(self, *given: Any) -> Any:
        """Return the Jacobian, or a tuple of one for each of ``wrt`` where that was a list; arrays that nobody else holds.

        Shapes: of.shape + wrt.shape.
        Errors: UsageError for an unknown name, a wrong shape, or a variable without a value.
        """
        if len(given) == 1 and isinstance(given[0], Mapping):
            return self._by_name(given[0])
        if len(given) > len(self.wrt):
            raise UsageError(f"at most {len(self.wrt)} arrays are taken, for {', '.join(self.wrt)} (got {len(given)})")
        values = self._values.copy()
        for (place, shape, name), array in zip(self._order, given, strict=False):
            if type(array) is not np.ndarray or array.dtype is not FLOAT64 or array.shape != shape:
                array = self._array(name, shape, array)
            if place is not None:
                values[place] = array
        if self._function is not None and not (self._open and self._open - set(self.wrt[: len(given)])):
            found = self._function(values)
            if found:
                return found[0] if self.single else found
        return self._slow(dict(zip(self.wrt, given, strict=False)))

    def _by_name(self, given: Mapping[str, Any]) -> Any:
        if self._function is None or self._open - given.keys():
            return self._slow(given)
        values = self._values.copy()
        for name, array in given.items():
            x = self.built.variables.get(name)
            if x is None or self.built.graph.leaves[name] in self.built.graph.fixed:
                return self._slow(given)  # which says what is wrong with the name
            if type(array) is not np.ndarray or array.dtype is not FLOAT64 or array.shape != x.shape:
                array = self._array(name, x.shape, array)
            if name in self._places:
                values[self._places[name]] = array
        found = self._function(values)
        if not found:
            return self._slow(given)
        return found[0] if self.single else found

    def _array(self, name: str, shape: tuple[int, ...], value: Any) -> Array:
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise UsageError(f"the value of `{name}` must be numbers (got {type(value).__name__})") from None
        if array.shape != shape:
            raise UsageError(f"`{name}` has shape {shape}, but the given value has shape {array.shape}")
        return array

    def _slow(self, given: Mapping[str, Any]) -> Any:
        """Return the Jacobians at a point that is looked at in full."""
        point = self.built.point(given)
        for name in self._open - point.keys():
            raise UsageError(f"`{name}` has no value: give `value:` in the spec, or at={{'{name}': …}}")
        found = tuple(self._complete(point))
        return found[0] if self.single else found
