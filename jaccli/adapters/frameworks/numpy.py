"""A NumPy function and derivatives written by hand → a Subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from jaccli.adapters.claims import derivatives
from jaccli.adapters.conventions import in_two_arguments
from jaccli.adapters.inputs import Given, input_form, read_inputs
from jaccli.adapters.nested import flattened, is_nested
from jaccli.adapters.outputs import check_outputs, float_array, free_name, read_outputs
from jaccli.adapters.overflows import calm
from jaccli.adapters.source import file_of, raised, span_of, title_of
from jaccli.adapters.structure import Form, form_of
from jaccli.adapters.subject import Batch, Leaf, Subject, Task, TroubleError, mutated
from jaccli.errors import UsageError
from jaccli.types import Array

__all__ = ["adapt"]

BATCH = 33  # places of a batch that are compared at one point
MOST = 10_000_000  # numbers in them
CHUNK = 4096  # points of one batch of a vectorized function, at most
BATCH_CAP = 8 * 2**20  # bytes of all its inputs: what a cache holds is several times faster


def adapt(task: Task) -> Subject:
    """Return the function, its inputs and outputs at the point, and its derivatives, ready to be checked.

    Cost:   two calls of the function, to see its outputs and whether it repeats itself.
    Errors: UsageError where nothing can be checked; TroubleError where the function cannot be used at this point.
    """
    if not callable(task.fn):
        raise UsageError(f"'fn' must be callable (got a {type(task.fn).__name__})")
    if task.order == 2:
        raise UsageError(
            "order 2 of a NumPy function judges what is given: 'hessian' or 'hvp', beside 'jacobian' or 'vjp'"
        )
    if task.checked and task.jacobian is None and task.vjp is None and task.jvp is None:
        raise UsageError(
            "there is no derivative to check: give 'jacobian', 'vjp' or 'jvp'; "
            "jaccli.jacobian(fn, inputs) computes one, with error bars; where it is no NumPy function, give 'framework'"
        )
    call = _call_text(task)
    task, given, first, changed = _read(in_two_arguments(task))
    second, _ = _call(task, given)
    form, leaves, notes = read_outputs(first, given.names)
    runner = _Runner(task, given, form, leaves)
    with np.errstate(invalid="ignore"):  # infinity less itself
        noise = np.abs(runner.flat(second) - runner.flat(first))
    title = title_of(task.fn)
    return Subject(
        title=title,
        file=file_of(task.fn),
        inputs=given.leaves,
        outputs=leaves,
        values=runner.values,
        derivatives=derivatives(task, given, form, first, leaves),
        noise=noise,
        spread=partial(_spread, runner, given.leaves[0], runner.flat(first)) if task.vectorized else None,
        span=span_of(task.fn),
        notes=(*given.notes, *notes, *map(mutated, changed)),
        call=call,
        cheap_batches=task.vectorized,
    )


def _read(task: Task) -> tuple[Task, Given, Any, list[str]]:
    """Return the task, its inputs, the answer at the point, and the inputs that the call changed; nested ones are taken apart."""
    plain = flattened(task) if is_nested(task.inputs) else task
    given = read_inputs(plain.inputs, plain.fn, task.wrt)
    answer, changed = _call(plain, given)
    if is_nested(answer) or (plain is not task and isinstance(answer, (tuple, Mapping))):
        plain = flattened(task, form_of(answer, free_name(given.names)), answer)
        given = read_inputs(plain.inputs, plain.fn, task.wrt)
        answer, changed = _call(plain, given)
    return plain, given, answer, changed


def _spread(runner: _Runner, x: Leaf, value: Array) -> Array:
    """Return by how much the places of a batch differ at one and the same point: sums are rounded by blocks of rows."""
    places = int(min(BATCH, max(2, MOST // x.value.size)))
    batch = runner.values({x.name: np.repeat(x.value[None], places, axis=0)}).values
    with np.errstate(all="ignore"):
        apart = np.max(np.abs(batch - value), axis=0)
    return np.where(np.isfinite(apart), apart, 0.0)


def _call(task: Task, given: Given) -> tuple[Any, list[str]]:
    """Return what the function answers at the point, and the inputs that it changed in place."""
    parts = given.copies(1 if task.vectorized else None)
    try:
        with np.errstate(all="ignore"):
            answer = given.form.call(task.fn, parts)
    except TroubleError:
        raise
    except (Exception, SystemExit) as error:
        raise TroubleError(raised(f"`{title_of(task.fn)}`", error)) from error
    changed = given.changed(parts, 1 if task.vectorized else None)
    if task.vectorized:
        answer = _first_of_batch(answer)
    return _kept(answer), changed


def _kept(answer: Any) -> Any:
    """Return the answer with arrays of its own: a function may hand out the same buffer twice."""
    if isinstance(answer, Mapping):
        return {key: _kept(value) for key, value in answer.items()}
    if isinstance(answer, tuple):
        return tuple(_kept(value) for value in answer)
    return answer.copy() if isinstance(answer, np.ndarray) else answer


def _first_of_batch(answer: Any) -> Any:
    if isinstance(answer, Mapping):
        return {key: _first_of_batch(value) for key, value in answer.items()}
    if isinstance(answer, tuple):
        return tuple(_first_of_batch(value) for value in answer)
    array = np.asarray(answer)
    if array.ndim == 0 or len(array) != 1:
        message = f"with vectorized=True an input with a leading axis of 1 gave an output of shape {array.shape}"
        raise TroubleError.of(
            "JAC303", message, "outputs need the same leading axis as the inputs; or leave vectorized out"
        )
    return array[0]


def _call_text(task: Task) -> str:
    form = input_form(task.inputs, task.fn)
    names = ", ".join(form.names)
    inputs = {"one": names, "tuple": f"({names}{',' * (len(form.names) == 1)})"}.get(form.kind)
    inputs = inputs or "{" + ", ".join(f"{name!r}: {name}" for name in form.names) + "}"
    claims = {key: getattr(task, key) for key in ("jacobian", "vjp", "jvp")}
    parts = [f"{key}={title_of(claim)}" for key, claim in claims.items() if claim is not None]
    return ", ".join([title_of(task.fn), inputs, *parts]) + (", vectorized=True" if task.vectorized else "")


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs the function at points near the given one."""

    task: Task
    given: Given
    form: Form
    leaves: tuple[Leaf, ...]

    def values(self, points: Mapping[str, Array]) -> Batch:
        """Return all outputs, (points, m), with some inputs running through points, each of its own dtype."""
        cast = {name: part.astype(self.given.dtype(name), copy=False) for name, part in points.items()}
        return self._together(cast) if self.task.vectorized else self._one_by_one(cast)

    def flat(self, answer: Any) -> Array:
        """Return the outputs that are differentiated, side by side, (m,).

        Errors: TroubleError where they are not those of the first call.
        """
        parts = check_outputs(answer, self.form, self.leaves)
        return np.concatenate([part.reshape(-1) for part in parts]) if parts else np.zeros(0)

    def _one_by_one(self, points: Mapping[str, Array]) -> Batch:
        count = len(next(iter(points.values())))
        rows = np.full((count, sum(leaf.value.size for leaf in self.leaves)), np.nan)
        trouble = None
        for k, row in enumerate(rows):
            parts = self.given.copies(without=points)
            parts |= {name: self.given.like(name, part[k]) for name, part in points.items()}
            try:
                with calm():
                    answer = self.given.form.call(self.task.fn, parts)
            except (Exception, SystemExit) as error:
                trouble = trouble or raised(f"beside the point, `{title_of(self.task.fn)}`", error)
                continue
            row[:] = self.flat(answer)
        return Batch(rows, trouble)

    def _together(self, points: Mapping[str, Array]) -> Batch:
        count = len(next(iter(points.values())))
        size = max(1, min(CHUNK, BATCH_CAP // sum(8 * leaf.value.size for leaf in self.given.leaves)))
        chunks = [{name: part[k : k + size] for name, part in points.items()} for k in range(0, count, size)]
        parts = [self._batch(chunk, len(next(iter(chunk.values())))) for chunk in chunks]
        trouble = next((part.trouble for part in parts if part.trouble), None)
        return Batch(np.concatenate([part.values for part in parts]), trouble)

    def _batch(self, points: Mapping[str, Array], count: int) -> Batch:
        parts = self.given.copies(count, without=points)
        parts |= {name: part.copy() for name, part in points.items()}
        m = sum(leaf.value.size for leaf in self.leaves)
        try:
            with calm():
                answer = self.given.form.call(self.task.fn, parts)
        except (Exception, SystemExit) as error:
            trouble = raised(f"beside the point, `{title_of(self.task.fn)}`", error)
            return Batch(np.full((count, m), np.nan), trouble)
        named = self.form.unpack(answer, "the function's answer")
        shapes = [(count, *leaf.value.shape) for leaf in self.leaves]
        found = [float_array(named[leaf.name]) for leaf in self.leaves]
        for leaf, array, shape in zip(self.leaves, found, shapes, strict=True):
            if array.shape != shape:
                message = f"output `{leaf.name}` has shape {array.shape} for {count} points, expected {shape}"
                raise TroubleError.of("JAC303", message, "vectorized=True needs a leading batch axis everywhere")
        return Batch(np.concatenate([array.reshape(count, -1) for array in found], axis=1))
