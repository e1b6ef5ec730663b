"""A framework's function at a point → the same function from named arrays to named arrays, in its own dtype or in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.adapters.framework import Arrays, Call, Framework
from jaccli.adapters.parts import Part
from jaccli.adapters.subject import Note, TroubleError, nothing_to_check
from jaccli.adapters.trees import by_name

__all__ = ["Program", "answers", "program_of"]

RETURN = "return an array, or a tuple, list or dict of them"


@dataclass(frozen=True, slots=True)
class Program:
    """A function, what goes in, and which arrays of it are differentiated.

    arrays   every array that goes in, by name
    inputs   those that are differentiated; outputs those with a derivative
    """

    framework: Framework
    call: Call
    arrays: Mapping[str, Any]
    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...] = ()
    notes: tuple[Note, ...] = ()
    answer: str = "y"  # the name that outputs begin with

    @property
    def precision(self) -> float:
        """The machine epsilon of the coarsest array among what is differentiated."""
        return max(part.precision for part in (*self.inputs, *self.outputs))

    def moved(self, point: Mapping[str, Any]) -> Program:
        """Return the function at another point, which names some leaves of the inputs that are differentiated."""
        parts = [part for part in self.inputs if any(name in point for name in part.names)]
        values = ((part.name, part.joined(point, part.value)) for part in parts)
        arrays = {
            name: self.framework.array_like(self.arrays[name], value) for name, value in values if value is not None
        }
        return replace(self, arrays={**self.arrays, **arrays})

    def at_each(self, points: Mapping[str, Any], leaf: Callable[[Any], Any]) -> list[Arrays]:
        """Return the inputs to differentiate at many points, (k, *shape) by leaf; ``leaf`` makes those that stay where they are."""
        framework, count = self.framework, len(next(iter(points.values())))
        moved = {part.name: part.joined(points, part.value) for part in self.inputs}
        fresh = {
            name: [leaf(self.arrays[name]) for _ in range(count)]
            if value is None
            else framework.each_like(self.arrays[name], value)
            for name, value in moved.items()
        }
        return [{name: arrays[k] for name, arrays in fresh.items()} for k in range(count)]

    def fresh(self, wide: bool = False, names: Any = None) -> Arrays:
        """Return fresh copies of arrays that go in, in their own layout; ``wide`` in double precision."""
        chosen = self.arrays if names is None else names
        return {name: self.framework.copied(self.arrays[name], wide) for name in chosen}

    def differentiated(self, wide: bool = False) -> Arrays:
        """Return fresh copies of the inputs to differentiate."""
        return self.fresh(wide, [part.name for part in self.inputs])

    def held(self, moved: Iterable[Part], wide: bool = False) -> Arrays:
        """Return fresh copies of the inputs to differentiate that stay where they are while others move."""
        moving = {part.name for part in moved}
        return self.fresh(wide, [part.name for part in self.inputs if part.name not in moving])

    def leaves(self) -> Arrays:
        """Return the inputs to differentiate, as reverse mode takes them."""
        return {part.name: self.framework.leaf(self.arrays[part.name]) for part in self.inputs}

    def run(self, inputs: Arrays, wide: bool = False) -> Arrays:
        """Return the outputs with a derivative, by name.

        Errors: those of ``named``; whatever the function raises.
        """
        arrays = {**self.constants(wide), **inputs}
        return self.named(
            self.framework.doubled(self.raw, arrays) if wide and self.framework.forced else self.raw(arrays)
        )

    def named(self, answer: Any) -> Arrays:
        """Return the outputs with a derivative in an answer, by name.

        Errors: TroubleError where they are not those of the first call.
        """
        if len(self.outputs) == 1 and self.outputs[0].name == self.answer and self.framework.is_array(answer):
            return {self.answer: answer}
        found = dict(answers(self.framework, answer, self.answer))
        for part in self.outputs:
            if part.name not in found:
                message = f"output `{part.name}` is missing in another call of the function"
                raise TroubleError.of("JAC303", message, "return the same arrays at every point")
        return {part.name: found[part.name] for part in self.outputs}

    def evaluated(self, inputs: Arrays, wide: bool = False) -> Arrays:
        """Return the outputs, where no derivative is wanted; errors as for ``run``."""
        return self.framework.evaluated(lambda arrays: self.run(arrays, wide), inputs)

    def constants(self, wide: bool = False) -> Arrays:
        """Return fresh copies of what goes in but is not differentiated: the function may write into it."""
        if len(self.inputs) == len(self.arrays):
            return {}
        known = {part.name for part in self.inputs}
        return self.fresh(wide, [name for name in self.arrays if name not in known])

    def raw(self, arrays: Arrays) -> Any:
        """Return what the function answers for all its arrays, as it is."""
        whole = self.call.values
        plain = all(name in arrays for name in whole)  # no containers, and nothing that is no array
        values = {n: arrays[n] for n in whole} if plain else self.framework.replaced(whole, "", arrays)
        return self.call.run(values)


def answers(framework: Framework, answer: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of what a function answers: ``y``, or ``y0`` and ``y1`` of a tuple, or by the keys of a mapping."""
    answer = framework.opened(answer)
    if isinstance(answer, Mapping):
        parts = [(str(key), part) for key, part in answer.items()]
    else:
        several = isinstance(answer, (tuple, list)) and not hasattr(answer, "_fields")
        parts = [(f"{name}{k}", part) for k, part in enumerate(answer)] if several else [(name, answer)]
    for path, part in parts:
        yield from framework.leaves(part, path)


def program_of(framework: Framework, fn: Any, inputs: Any, empty: bool = False) -> Program:
    """Return the function with its inputs, before it is called.

    empty:  whether inputs without elements will do, where there are no others.
    Errors: TroubleError for inputs that cannot be used, or where none is left to differentiate.
    """
    call = framework.prepared(fn, _admitted(framework, inputs))
    arrays = by_name(framework.leaves(call.values, ""))
    smooth = {name: array for name, array in arrays.items() if framework.kind(array) in "fc"}
    usable = {name: array for name, array in smooth.items() if framework.numpy(array).size}
    names = framework.wanted(usable, call.brought)
    if empty and smooth and not usable:
        usable = smooth
        names = framework.wanted(usable, call.brought)
    if not names and smooth and not usable:
        raise TroubleError(nothing_to_check(_described(framework, arrays)))
    if not names:
        raise TroubleError.of(
            "JAC304",
            f"there is nothing to differentiate: {_described(framework, arrays)}",
            _remedy(smooth, usable, arrays),
        )
    parts = tuple(_part(framework, name, usable[name]) for name in names)
    for part in parts:
        if not np.all(np.isfinite(part.value)):
            raise TroubleError.of(
                "JAC304", f"input `{part.name}` holds NaN or infinity", "give a point with finite numbers"
            )
    return Program(framework, call, arrays, parts)


def _part(framework: Framework, name: str, array: Any) -> Part:
    return Part(name, np.array(framework.numpy(array)), framework.precision(array))


def _remedy(smooth: Arrays, usable: Arrays, arrays: Arrays) -> str:
    if smooth and not usable:
        return "give arrays with elements"
    if usable:
        return "set requires_grad on what is to be differentiated"
    eight = "floats of eight bits are held fixed: differentiate by what they are made of, or by another input"
    return eight if any("float8" in str(array.dtype) for array in arrays.values()) else "give floats, as 3.0 for 3"


def _admitted(framework: Framework, inputs: Any) -> Any:
    """Return the inputs, numbers and NumPy arrays made arrays of the framework where it has none among them."""
    if any(True for _ in framework.leaves(inputs, "")):
        return inputs
    if isinstance(inputs, Mapping):
        return {name: _made(framework, value) for name, value in inputs.items()}
    if isinstance(inputs, tuple):
        return tuple(_made(framework, value) for value in inputs)
    return _made(framework, inputs)


def _made(framework: Framework, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _made(framework, part) for name, part in value.items()}
    if isinstance(value, tuple):
        return tuple(_made(framework, part) for part in value)
    if isinstance(value, list):
        return (
            framework.from_numpy(np.asarray(value)) if _numbers(value) else [_made(framework, part) for part in value]
        )
    numeric = isinstance(value, (np.ndarray, np.generic, float, complex)) and np.asarray(value).dtype.kind in "fiubc"
    return framework.from_numpy(np.asarray(value)) if numeric else value


def _numbers(value: list[Any]) -> bool:
    try:
        return np.asarray(value).dtype.kind in "fc"
    except ValueError:
        return False


def _described(framework: Framework, arrays: Arrays) -> str:
    words = [
        f"`{name}` has dtype {framework.dtype_name(array)} and shape {tuple(array.shape)}"
        for name, array in arrays.items()
    ]
    return ", ".join(words) or f"no array of {framework.title} among the inputs"
