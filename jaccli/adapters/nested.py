"""A NumPy function of nested dicts, lists and tuples of arrays → the same function of named arrays, with its derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.adapters.inputs import input_form
from jaccli.adapters.structure import Form
from jaccli.adapters.subject import Task, TroubleError
from jaccli.adapters.trees import by_name, leaves_of, replaced

__all__ = ["flattened", "is_nested"]

Flat = dict[str, Any]


def is_nested(parts: Any) -> bool:
    """Return whether a tuple or mapping of inputs or outputs, or a bare one, holds containers of arrays, and not arrays alone."""
    values = parts.values() if isinstance(parts, Mapping) else parts if isinstance(parts, tuple) else ()
    return any(_is_container(value) for value in values)


def flattened(task: Task, answers: Form | None = None, answer: Any = None) -> Task:
    """Return the task for a function of arrays called ``p.W`` and ``p.b.0``, passed by name.

    answer: what the function answers, a tuple or a mapping, where it is to be taken apart too; answers says how it is written.
    """
    form = input_form(task.inputs, task.fn)
    values = form.unpack(task.inputs, "the input")
    nest = _Nest(form, values, answers, answers.unpack(answer, "the answer") if answers else {})
    return replace(
        task,
        fn=_like(task.fn, lambda **flat: nest.outputs(nest.called(task.fn, flat))),
        inputs=by_name(leaves_of(values, "", _is_array)),
        jacobian=_like(task.jacobian, lambda **flat: nest.blocks(nest.called(task.jacobian, flat))),
        vjp=_like(task.vjp, lambda flat, y_bar: nest.cotangents(task.vjp(nest.packed(flat), nest.answered(y_bar)))),
        jvp=_like(task.jvp, lambda flat, dx: nest.outputs(task.jvp(nest.packed(flat), nest.packed(dx)))),
    )


@dataclass(frozen=True, slots=True)
class _Nest:
    """How the inputs and the answer of a function are nested.

    form    how the inputs are written, and their names; values are the inputs, as nested
    answers likewise of the answer, None where that is one array; answer are its parts
    """

    form: Form
    values: Mapping[str, Any]
    answers: Form | None
    answer: Mapping[str, Any]

    def called(self, fn: Any, flat: Flat) -> Any:
        """Return what a function of the nested inputs gives."""
        return self.form.call(fn, replaced(self.values, "", flat))

    def packed(self, flat: Flat) -> Any:
        """Return inputs, or tangents of them, as one argument."""
        return self.form.pack(replaced(self.values, "", flat))

    def answered(self, y_bar: Any) -> Any:
        """Return cotangents nested like the answer."""
        return self.answers.pack(replaced(self.answer, "", y_bar)) if self.answers else y_bar

    def outputs(self, value: Any) -> Any:
        """Return an answer, or tangents of it, by name."""
        if self.answers is None or value is None:
            return value
        what = "what is returned for the outputs"
        return _picked(self.answer, self.answers.unpack(value, what), what)

    def cotangents(self, value: Any) -> Any:
        """Return what belongs to each input, by name."""
        if value is None:
            return None
        what = "what is returned for the inputs"
        named = {self.form.names[0]: value} if self.form.kind == "one" else self.form.unpack(value, what)
        return _picked(self.values, named, what)

    def blocks(self, value: Any) -> Any:
        """Return the blocks of a Jacobian by output and input."""
        if self.answers is None or value is None:
            return self.cotangents(value)
        rows = _picked(self.answer, self.answers.unpack(value, "`jacobian`"), "`jacobian`")
        return {name: self.cotangents(row) for name, row in rows.items()}


def _picked(like: Mapping[str, Any], value: Any, what: str) -> Flat:
    """Return from ``value`` what stands where ``like`` has its arrays, by name."""
    return {name: _at(value, like, name, what) for name in by_name(leaves_of(like, "", _is_array))}


def _at(value: Any, like: Any, name: str, what: str) -> Any:
    """Return the part of ``value`` at the place that ``name`` has in ``like``; None for a whole part stands for all in it.

    Errors: TroubleError where there is no such part.
    """
    rest = name
    while rest and value is not None:
        keys = _keys(like)
        key = max((k for k in keys if rest == str(k) or rest.startswith(f"{k}.")), key=lambda k: len(str(k)))
        try:
            value, like = _entry(value, key), _entry(like, key)
        except (KeyError, IndexError, TypeError, AttributeError):
            message = f"{what} has nothing at `{name}` (got a {type(value).__name__} where `{key}` is looked up)"
            raise TroubleError.of(
                "JAC303", message, "return what is nested like the inputs, or like the answer"
            ) from None
        rest = rest[len(str(key)) + 1 :]
    return value


def _keys(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value)
    return list(value._fields) if hasattr(value, "_fields") else list(range(len(value)))


def _entry(value: Any, key: Any) -> Any:
    return getattr(value, key) if isinstance(key, str) and hasattr(value, "_fields") else value[key]


def _like(fn: Any, call: Callable[..., Any]) -> Any:
    """Return ``call`` with the name and place of ``fn``; None and what cannot be called as they are."""
    return functools.wraps(fn, assigned=("__module__", "__name__", "__doc__"), updated=())(call) if callable(fn) else fn


def _is_container(value: Any) -> bool:
    """Return whether a value holds arrays or further containers; a list of numbers is an array."""
    if isinstance(value, Mapping):
        return True
    inner = (np.ndarray, Mapping, tuple, list)
    return isinstance(value, (tuple, list)) and any(isinstance(part, inner) and not _is_plain(part) for part in value)


def _is_plain(value: Any) -> bool:
    """Return whether a list or tuple holds numbers only."""
    return isinstance(value, (tuple, list)) and not _is_container(value)


def _is_array(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic, float)) or _is_plain(value)
