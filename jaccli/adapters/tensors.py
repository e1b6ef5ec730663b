"""A function of a framework that differentiates by itself → a Subject: its values, its reverse mode, its forward mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from jaccli.adapters.framework import Framework
from jaccli.adapters.gradients import gradient_program
from jaccli.adapters.modes import derivatives, disconnected, fixed_input
from jaccli.adapters.nearby import Nearby
from jaccli.adapters.observed import called, connected
from jaccli.adapters.parts import Part
from jaccli.adapters.products import Products
from jaccli.adapters.program import Program, program_of
from jaccli.adapters.subject import Leaf, Note, Subject, Task, TroubleError
from jaccli.adapters.widened import runs_in_doubles
from jaccli.errors import UsageError
from jaccli.results.kinds import Outcome
from jaccli.types import Array

__all__ = ["subject_of"]

DOUBLE = 2.0**-52
SINGLE = 2.0**-23
BESIDE = (0.0, 0.3, 0.7, 1.0, 1.6, 2.0)  # machine epsilons: a cast gives 0, 0 or 1, 1, 1, 1 or 2, 2
NAMES = {2.0**-23: "float32", 2.0**-10: "float16", 2.0**-7: "bfloat16"}


def subject_of(task: Task, framework: Framework) -> Subject:
    """Return the function, its inputs and outputs at the point, and the framework's derivatives of it.

    Cost:   three calls of the function, to see its outputs and whether it repeats itself; one derivative of each mode.
    Errors: UsageError where nothing can be checked; TroubleError where the function cannot be used at this point.
    """
    if not callable(task.fn):
        raise UsageError(f"'fn' must be callable (got a {type(task.fn).__name__})")
    for claim in ("jacobian", "vjp", "jvp"):
        if getattr(task, claim) is not None:
            raise UsageError(
                f"'{claim}' is for NumPy functions: {framework.title} brings its own derivatives; leave it out"
            )
    framework.narrow = task.held_to == "single"
    framework.forced, framework.exact = framework.casts and task.held_to == "double", task.exact
    with framework.running(wide=task.held_to == "double"):
        program = _called(framework, task)
        products = Products(program)
        if (part := fixed_input(products)) is not None and len(program.inputs) > 1:
            program = _holding(program, part)
            products = Products(program)
        products.program = connected(program, disconnected(products))
        if task.order == 2:
            products = Products(gradient_program(products.program, framework.title_of(task.fn)))
        if task.held_to:
            products.program = _as_coarse_as_inside(products.program) if task.held_to == "own" else products.program
            return _subject(task, products, wide=False)
        return _subject(task, products, runs_in_doubles(products.program) or _forced(products.program))


def _called(framework: Framework, task: Task) -> Program:
    """Return the program of a task after one call; a list that the function does not take as one input is several."""
    try:
        program = _held(program_of(framework, task.fn, task.inputs, empty=task.held_to == "own"), task.held_to)
        return called(program, task.fn, derived=task.held_to == "own")
    except TroubleError as error:
        if not isinstance(task.inputs, list) or not any(map(framework.is_array, task.inputs)):
            raise
        try:
            return called(_held(program_of(framework, task.fn, tuple(task.inputs)), task.held_to), task.fn)
        except TroubleError:
            raise error from None


def _held(program: Program, precision: str) -> Program:
    """Return a program whose arrays are of double precision, or of single instead of that, where it is to be held to either."""
    if precision == "single":
        inputs = tuple(replace(part, precision=max(part.precision, SINGLE)) for part in program.inputs)
        return replace(program, arrays=program.fresh(), inputs=inputs)
    if precision != "double":
        return program
    inputs = tuple(replace(part, precision=min(part.precision, DOUBLE)) for part in program.inputs)
    return replace(program, arrays=program.fresh(wide=True), inputs=inputs)


def _as_coarse_as_inside(program: Program) -> Program:
    """Return a program whose inputs and outputs have the precision that it computes with, where that is lower than theirs."""
    try:
        inside = program.framework.coarsest(program.run, program.differentiated())
    except Exception:  # a function may not like to be watched
        return program
    inputs, outputs = (
        tuple(replace(part, precision=max(part.precision, inside)) for part in parts)
        for parts in (program.inputs, program.outputs)
    )
    return replace(program, inputs=inputs, outputs=outputs)


def _holding(program: Program, fixed: Part) -> Program:
    """Return the program with an input held fixed that it has no derivative by, and a note on it."""
    message = f"{program.framework.title} has no derivative by `{fixed.name}` here: it is held fixed, and not checked"
    note = Note("JAC304", message, "", Outcome.SKIPPED, fixed.name)
    inputs = tuple(part for part in program.inputs if part is not fixed)
    return replace(program, inputs=inputs, notes=(*program.notes, note))


def _subject(task: Task, products: Products, wide: bool) -> Subject:
    """Return a program and its derivatives as a Subject; the framework is held."""
    program, framework = products.program, products.program.framework
    nearby = Nearby(program, wide)
    modes, notes = derivatives(products, task.fn) if task.checked else ((), [])
    return Subject(
        title=framework.title_of(task.fn),
        file=framework.file_of(task.fn),
        inputs=tuple(leaf for part in program.inputs for leaf in _shared(program, part)),
        outputs=tuple(leaf for part in program.outputs for leaf in part.leaves),
        values=nearby.values,
        values_one_by_one=nearby.one_by_one,
        took_shortcut=lambda: nearby.took_batches,
        derivatives=modes,
        noise=nearby.noise,
        rounding=np.fmax(_complex_rounding(program), _own_rounding(program, nearby))
        if wide
        else _complex_rounding(program),
        spread=nearby.spread,
        span=framework.span_of(task.fn),
        notes=(*program.notes, *notes),
        call=f"{framework.title_of(task.fn)}, {program.call.text}{', order=2' * (task.order == 2)}",
        in_float64=wide,
        context=partial(framework.running, wide=task.held_to == "double"),
        cheap_batches=framework.batches and nearby.batched,
        products_at_once=framework.products_at_once,
        may_not_terminate=nearby.may_not_terminate,
        devices=_devices(program),
        settings=framework.coarse_settings(),
        at_native_precision=lambda: _coarser(task, products),
    )


def _devices(program: Program) -> dict[str, str]:
    """Return the devices of the arrays that go in, by name, without those on the host."""
    names = ((name, program.framework.device_name(array)) for name, array in program.arrays.items())
    return {name: device for name, device in names if device}


def _shared(program: Program, part: Part) -> Iterator[Leaf]:
    """Yield the leaves of an input, with the axes along which it is expanded from fewer elements."""
    strides = getattr(program.arrays[part.name], "stride", None)
    of = strides() if callable(strides) else ()
    axes = tuple(k for k, step in enumerate(of) if not step and part.value.shape[k] > 1)
    yield from (replace(leaf, shared=axes) for leaf in part.leaves)


def _forced(program: Program) -> bool:
    """Return whether a function runs in doubles where its own casts, and what it closes over, are held to them too."""
    program.framework.forced = program.framework.casts
    program.framework.forced = program.framework.forced and runs_in_doubles(program)
    return program.framework.forced


def _coarser(task: Task, products: Products) -> Subject | None:
    """Return the subject at the precision that its function has inside; None where that is its own, or not known."""
    program, framework = products.program, products.program.framework
    with framework.running():
        try:
            inside = framework.coarsest(program.run, program.differentiated())
        except Exception:
            return None
        if inside <= program.precision or _harmless(program, inside):
            return None
        outputs = tuple(replace(part, precision=inside) for part in program.outputs)
        note = _computes_in(inside, blocks=program.precision <= DOUBLE)
        program = replace(program, outputs=outputs, notes=(*program.notes, note))
        wide = _forced(program) or (runs_in_doubles(program) and _in_doubles_only(program))
        return _subject(task, replace(products, program=program), wide)


def _harmless(program: Program, inside: float) -> bool:
    """Return whether a function moves with its inputs as it does with its casts held to doubles: what it rounds are constants."""
    points = {leaf.name: _beside(leaf.value, inside) for part in program.inputs for leaf in part.leaves}
    try:
        native = Nearby(program, wide=False).one_by_one(points).values
        exact = _forced_values(program, points)
        if exact is None:  # so near the point it should move in a straight line
            exact = native[0] + np.outer(np.divide(BESIDE, BESIDE[-1]), native[-1] - native[0])
        apart = np.nan_to_num(native - exact - (native - exact)[0], nan=0.0)
        return bool(np.all(np.abs(apart) <= np.sqrt(program.precision * inside) * np.nanmax(np.abs(native))))
    except Exception:
        return False


def _forced_values(program: Program, points: Mapping[str, Array]) -> Array | None:
    """Return the outputs with all casts held to doubles, None where that cannot be done."""
    framework, held = program.framework, program.framework.forced
    framework.forced = framework.casts
    try:
        return Nearby(program, wide=True).one_by_one(points).values if framework.casts else None
    except Exception:
        return None
    finally:
        framework.forced = held


def _beside(value: Array, inside: float) -> Array:
    """Return a point and others beside it, at parts of a machine epsilon of the precision that is in question, (points, …)."""
    return np.stack([value * (1 + part * inside) for part in BESIDE])


def _in_doubles_only(program: Program) -> bool:
    """Return whether a function that is given doubles computes with nothing else."""
    framework = program.framework
    try:
        with framework.running(wide=True):
            return (
                framework.coarsest(lambda arrays: program.run(arrays, wide=True), program.differentiated(True))
                <= DOUBLE
            )
    except Exception:
        return False


def _computes_in(eps: float, blocks: bool) -> Note:
    """Return the note on a function whose inner precision is lower than that of its inputs and outputs."""
    name = NAMES.get(eps, f"floats with a machine epsilon of {eps:g}")
    message = f"the function computes in {name} inside: its derivatives are judged at that precision"
    help_ = "switch autocast off, or use doubles throughout, to have them judged more sharply"
    return Note(
        "JAC201", message, help_, Outcome.INCONCLUSIVE if blocks else Outcome.SKIPPED, name="function", blocks=blocks
    )


def _own_rounding(program: Program, nearby: Nearby) -> Array:
    """Return how far each output in its own precision is off what it is in doubles, in units of that precision, times 2^-52.

    A row that cancels, as 1 - sigmoid(x) does at 20 in float32, has derivatives that are rounded like what cancelled.
    """
    values = np.concatenate([leaf.value.reshape(-1) for part in program.outputs for leaf in part.leaves])
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.abs(values - nearby.centre), nan=0.0, posinf=0.0) * 2.0**-52 / program.precision


def _complex_rounding(program: Program) -> Array:
    """Return eps·|y| for both halves of a complex output, however small one of them is; 0 for real ones."""
    sizes = [(part, np.abs(part.value).reshape(-1)) for part in program.outputs]
    return np.concatenate(
        [np.tile(2.0**-52 * size, 2) if part.is_complex else np.zeros(size.size) for part, size in sizes]
    )
