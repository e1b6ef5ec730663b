"""A function of a framework that differentiates by itself → a Subject: its values, its reverse mode, its forward mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from jaccli.adapters.framework import Arrays, Framework, Pullback, Unsupported
from jaccli.adapters.parts import Part
from jaccli.adapters.program import RETURN, Program, answers, program_of
from jaccli.adapters.subject import Batch, Derivative, Note, Subject, Task, Trouble
from jaccli.errors import UsageError

__all__ = ["subject_of"]

Array = np.ndarray[Any, Any]
BATCH = 13  # points, as many as the first batch of differences has
DOUBLE = 2.0**-52
NAMES = ("y", "out", "answer", "result_")


def subject_of(task: Task, framework: Framework) -> Subject:
    """Return the function, its inputs and outputs at the point, and the framework's derivatives of it.

    Cost:   three calls of the function, to see its outputs and whether it repeats itself; one derivative of each mode.
    Errors: UsageError where nothing can be checked; Trouble where the function cannot be used at this point.
    """
    if not callable(task.fn):
        raise UsageError(f"'fn' must be callable (got a {type(task.fn).__name__})")
    for claim in ("jacobian", "vjp", "jvp"):
        if getattr(task, claim) is not None:
            raise UsageError(
                f"'{claim}' is for NumPy functions: {framework.title} brings its own derivatives; leave it out"
            )
    with framework.running():
        program = _connected(_called(program_of(framework, task.fn, task.inputs), task.fn))
        wide = _wide(program)
        runner = _Runner(program, wide)
        derivatives, notes = _Modes(program).derivatives(task.fn)
    return Subject(
        title=framework.title_of(task.fn),
        file=framework.file_of(task.fn),
        inputs=tuple(leaf for part in program.inputs for leaf in part.leaves),
        outputs=tuple(leaf for part in program.outputs for leaf in part.leaves),
        values=runner.values,
        plain=runner.plain,
        derivatives=derivatives,
        noise=runner.noise,
        rounding=np.maximum(_complex_rounding(program), runner.rounding),
        span=framework.span_of(task.fn),
        notes=(*program.notes, *notes),
        call=f"{framework.title_of(task.fn)}, {program.call.text}",
        wide=wide,
        hold=framework.running,
    )


def _called(program: Program, fn: Any) -> Program:
    """Return the program with its outputs, after one call; what it changed in place is noted."""
    framework = program.framework
    arrays = program.fresh()
    inputs = [part.name for part in program.inputs if framework.mutable and part.name not in program.call.own]
    before = {name: np.array(framework.numpy(arrays[name])) for name in inputs}
    try:
        answer = framework.evaluated(program.raw, arrays)
    except (Exception, SystemExit) as error:
        raise framework.trouble(f"`{framework.title_of(fn)}`", error) from error
    name = next(n for n in NAMES if not any(part.name.startswith(n) for part in program.inputs))
    found = dict(answers(framework, answer, name))
    smooth = {n: a for n, a in found.items() if framework.kind(a) in "fc" and framework.numpy(a).size}
    if not smooth:
        raise Trouble("JAC303", f"there is no output with a derivative: {_nothing(framework, answer, found)}", RETURN)
    outputs = tuple(Part(n, np.array(framework.numpy(a)), framework.precision(a)) for n, a in smooth.items())
    whole = [n for n, a in found.items() if framework.kind(a) == "i"]
    notes = [_whole(n, framework.dtype_name(found[n])) for n in whole]
    changed = [n for n in inputs if not np.array_equal(framework.numpy(arrays[n]), before[n], equal_nan=True)]
    return replace(program, outputs=outputs, notes=(*notes, *map(_mutated, changed)), answer=name)


def _connected(program: Program) -> Program:
    """Return the program without outputs that are cut off while others are not: they are noted, since some are declared so."""
    try:
        cut = program.framework.cut(program.framework.pulled(program.run, program.differentiated())[0])
    except Exception:  # it will be met again, and reported in its rows
        return program
    kept = tuple(part for part in program.outputs if part.name not in cut)
    return replace(program, outputs=kept, notes=(*program.notes, *map(_cut, sorted(cut)))) if cut and kept else program


def _cut(name: str) -> Note:
    message = f"output `{name}` has no gradient: it is detached, or declared as not differentiable"
    return Note("JAC112", message, "if it should have one, look for detach(), .data or no_grad", name=name)


def _nothing(framework: Framework, answer: Any, found: Arrays) -> str:
    if not found:
        return f"the function returns {'None' if answer is None else f'a {type(answer).__name__}'}"
    return ", ".join(
        f"`{name}` has dtype {framework.dtype_name(array)} and shape {tuple(array.shape)}"
        for name, array in found.items()
    )


def _whole(name: str, dtype: str) -> Note:
    return Note("JAC303", f"output `{name}` is of {dtype}: no derivative", "", "skipped", name)


def _mutated(name: str) -> Note:
    return Note(
        "JAC306",
        f"the function changes its input `{name}` in place",
        "it was given copies, so the other checks hold; copy inside, or write out of place",
        name=name,
    )


def _wide(program: Program) -> bool:
    """Return whether a function of low precision can be evaluated in float64, with nearly the same values."""
    coarsest = _coarsest(program)
    if coarsest <= DOUBLE:
        return False
    try:
        with program.framework.running(wide=True):
            found = program.evaluated(program.differentiated(wide=True), wide=True)
            return all(_same(program.framework, found[part.name], part, coarsest) for part in program.outputs)
    except Exception:
        return False


def _complex_rounding(program: Program) -> Array:
    """Return eps·|y| for both halves of a complex output, however small one of them is; 0 for real ones."""
    sizes = [(part, np.abs(part.value).reshape(-1)) for part in program.outputs]
    return np.concatenate([np.tile(2.0**-52 * size, 2) if part.is_complex else 0 * size for part, size in sizes])


def _coarsest(program: Program) -> float:
    return max(part.precision for part in (*program.inputs, *program.outputs))


def _same(framework: Framework, array: Any, part: Part, eps: float) -> bool:
    """Return whether an output came in double precision, with the values it has in its own, which ends at ``eps``."""
    wide, own = framework.numpy(array), part.value
    if framework.precision(array) > DOUBLE or wide.shape != own.shape:
        return False
    with np.errstate(all="ignore"):
        size = float(np.max(np.abs(np.nan_to_num(own)))) + 1.0
        return bool(np.all((np.abs(wide - own) <= 64 * eps * size) | ~np.isfinite(own)))


@dataclass(slots=True)
class _Runner:
    """Runs the function at points near the given one."""

    program: Program
    wide: bool
    batched: bool = field(init=False)  # until the framework's shortcut has failed once
    centre: Array = field(init=False)  # all outputs at the point, (m,)
    noise: Array = field(init=False)  # by how much a second call at the point differs
    rounding: Array = field(init=False)  # by how much the same point in a batch differs

    def __post_init__(self) -> None:
        self.batched = self.wide or _coarsest(self.program) <= DOUBLE  # a batch of floats may be rounded differently
        with self.program.framework.running(self.wide):
            self.centre, again = (self._at_the_point() for _ in range(2))
        with np.errstate(invalid="ignore"):
            self.noise = np.abs(again - self.centre)
        self.rounding = self._of_batches()

    def _of_batches(self) -> Array:
        """Return by how much values in a batch differ from those of one call: kernels add in another order there."""
        leaf = self.program.inputs[0].leaves[0]
        found = (
            self.values(leaf.name, np.repeat(leaf.value[None], BATCH, axis=0)).values
            if self.batched
            else self.centre[None]
        )
        with np.errstate(invalid="ignore"):
            return np.nan_to_num(np.max(np.abs(found - self.centre), axis=0), nan=0.0)

    def _at_the_point(self) -> Array:
        return self.flat(self.program.evaluated(self.program.differentiated(self.wide), self.wide))

    def flat(self, outputs: Arrays, batch: int | None = None) -> Array:
        """Return all outputs side by side, (m,), or (batch, m).

        Errors: Trouble where they are not those of the first call.
        """
        rows = 1 if batch is None else batch
        leaves: list[Array] = []
        for part in self.program.outputs:
            value = self.program.framework.numpy(outputs[part.name])
            expected = part.value.shape if batch is None else (batch, *part.value.shape)
            if value.shape != expected:
                message = f"output `{part.name}` changes its shape between calls: {expected}, then {value.shape}"
                raise Trouble("JAC303", message, "return the same shape at every point")
            leaves += [leaf.reshape(rows, -1) for leaf in part.split(value).values()]
        side_by_side = np.concatenate(leaves, axis=1)
        return side_by_side[0] if batch is None else side_by_side

    def values(self, name: str, points: Array) -> Batch:
        """Return all outputs, (points, m), with one leaf running through ``points``; at once where the framework can."""
        if self.batched:
            with self.program.framework.running(self.wide):
                found = self._together(name, points)
            if found is not None:
                return Batch(found)
            self.batched = False
        return self.plain(name, points)

    def _together(self, name: str, points: Array) -> Array | None:
        part = self._part(name)
        framework, program = self.program.framework, self.program
        inputs = program.differentiated(self.wide)
        own = part.split(part.value)[name][None]
        stacked = part.joined({name: np.concatenate([points, own])}, part.value)  # the point itself is the last
        assert stacked is not None
        try:
            batch = framework.batched(program.arrays[part.name], stacked, self.wide)
            outputs = framework.together(lambda a: program.run(a, self.wide), inputs, part.name, batch)
            if outputs is None:
                return None
            rows = self.flat(outputs, len(points) + 1)
        except Exception:
            return None
        with np.errstate(all="ignore"):
            off = np.abs(rows[-1] - self.centre) > 2.0**-40 * (np.abs(self.centre) + 1e-3 * np.max(np.abs(self.centre)))
        return None if np.any(off) else rows[:-1]

    def plain(self, name: str, points: Array) -> Batch:
        """Return all outputs, (points, m), one call of the function a point."""
        with self.program.framework.running(self.wide):
            return self._one_by_one(name, points)

    def _one_by_one(self, name: str, points: Array) -> Batch:
        part, program = self._part(name), self.program
        framework = program.framework
        rows = np.full((len(points), self.centre.size), np.nan)
        trouble = None
        for row, point in zip(rows, points, strict=True):
            inputs = program.differentiated(self.wide)
            value = part.joined({name: point}, part.value)
            assert value is not None
            inputs[part.name] = framework.like(program.arrays[part.name], value, self.wide)
            try:
                outputs = program.evaluated(inputs, self.wide)
            except Trouble:
                raise
            except (Exception, SystemExit) as error:
                trouble = trouble or framework.trouble("beside the point, the function", error)
                continue
            row[:] = self.flat(outputs)
        return Batch(rows, trouble)

    def _part(self, name: str) -> Part:
        return next(part for part in self.program.inputs if name in part.names)


@dataclass(slots=True)
class _Modes:
    """Reverse and forward mode of one program, in the user's own dtype."""

    program: Program
    cached: tuple[Arrays, Pullback] | None = None

    def derivatives(self, fn: Any) -> tuple[tuple[Derivative, ...], list[Note]]:
        """Return the derivatives the function has, and a note for a mode it does not have."""
        framework = self.program.framework
        made = (
            Derivative("reverse", framework.rule_span(fn, "reverse"), vjp=self.vjp, vjps=self.vjps),
            Derivative("forward", framework.rule_span(fn, "forward"), jvp=self.jvp, jvps=self.jvps),
        )
        probes = (self._pull_one, self._push_one)
        kept, notes = [], []
        for derivative, probe in zip(made, probes, strict=True):
            try:
                probe()
            except Unsupported as missing:
                notes.append(
                    Note("JAC307", f"no {derivative.tested} mode: {missing}", "", "skipped", derivative.tested)
                )
                continue
            except Trouble:
                pass  # it will be met again, and reported in its rows
            kept.append(derivative)
        return tuple(kept), notes

    def _pull_one(self) -> None:
        leaf = self.program.outputs[0].leaves[0]
        self.vjp({leaf.name: np.ones(leaf.value.shape)})

    def _push_one(self) -> None:
        leaf = self.program.inputs[0].leaves[0]
        self.jvp({leaf.name: np.ones(leaf.value.shape)})

    def pullback(self) -> Pullback:
        """Return reverse mode at the point; the function is called once."""
        if self.cached is None:
            self.cached = self._guarded(
                "reverse", lambda: self.program.framework.pulled(self.program.run, self.program.differentiated())
            )
        return self.cached[1]

    def vjp(self, y_bar: Mapping[str, Array]) -> dict[str, Array]:
        """Return one cotangent per leaf."""
        pullback = self.pullback()
        found = self._guarded("reverse", lambda: pullback(self._seeds(self.program.outputs, y_bar)))
        return self._read(self.program.inputs, found, "reverse")

    def vjps(self, name: str, y_bars: Array) -> dict[str, Array]:
        """Return the cotangents (k, *shape) of many cotangents of one output.

        Errors: Trouble where the first cotangent gives something else when it is asked for again.
        """
        part, seeds = self._stacked(self.program.outputs, name, y_bars)
        framework, pullback = self.program.framework, self.pullback()
        many = self._attempt("reverse", lambda: framework.rows(pullback, part.name, seeds))
        if many is not None:
            return self._read(self.program.inputs, many, "reverse", len(y_bars))
        rows = [self.vjp({name: y_bar}) for y_bar in y_bars]
        again = self.vjp({name: y_bars[0]})
        for leaf, value in again.items():
            _repeats(leaf, rows[0][leaf], value)
        return {leaf: np.stack([row[leaf] for row in rows]) for leaf in again}

    def jvps(self, name: str, dxs: Array) -> dict[str, Array]:
        """Return the tangents (k, *shape) of many tangents of one input."""
        program = self.program
        part, seeds = self._stacked(program.inputs, name, dxs)
        many = self._attempt(
            "forward", lambda: program.framework.columns(program.run, program.differentiated(), part.name, seeds)
        )
        if many is not None:
            return self._read(program.outputs, many, "forward", len(dxs))
        columns = [self.jvp({name: dx}) for dx in dxs]
        return {leaf: np.stack([column[leaf] for column in columns]) for leaf in columns[0]}

    def _stacked(self, parts: tuple[Part, ...], name: str, seeds: Array) -> tuple[Part, Any]:
        part = next(part for part in parts if name in part.names)
        value = part.joined({name: seeds})
        assert value is not None
        flip = self.program.framework.conjugate and parts is self.program.outputs
        return part, self.program.framework.batched(
            self._like(parts)[part.name], np.conj(value) if flip else value, False
        )

    def _attempt(self, mode: str, call: Callable[[], Any]) -> Any:
        """Return many products at once, or None where that cannot be done: then they are made one by one."""
        try:
            return self._guarded(mode, call)
        except Trouble:
            return None

    def jvp(self, dx: Mapping[str, Array]) -> dict[str, Array]:
        """Return one tangent per leaf of the outputs."""
        program = self.program
        seeds = self._seeds(program.inputs, dx)
        found = self._guarded("forward", lambda: program.framework.pushed(program.run, program.differentiated(), seeds))
        return self._read(program.outputs, found, "forward")

    def _seeds(self, parts: tuple[Part, ...], leaves: Mapping[str, Array]) -> Arrays:
        """Return tangents or cotangents of the dtypes of what they belong to; what is not named is left out."""
        framework, arrays = self.program.framework, self._like(parts)
        given = {part.name: (part, part.joined(leaves)) for part in parts}
        flip = framework.conjugate and parts is self.program.outputs
        return {
            name: framework.seed(arrays[name], np.conj(value) if flip else value)
            for name, (_, value) in given.items()
            if value is not None
        }

    def _like(self, parts: tuple[Part, ...]) -> Mapping[str, Any]:
        """Return the arrays that seeds of these parts are shaped like."""
        return self.cached[0] if parts is self.program.outputs and self.cached else self.program.arrays

    def _read(
        self, parts: tuple[Part, ...], found: Mapping[str, Any], mode: str, count: int | None = None
    ) -> dict[str, Array]:
        flip = self.program.framework.conjugate and mode == "reverse"
        leaves: dict[str, Array] = {}
        for part in parts:
            value = self._numbers(part, found.get(part.name), mode, () if count is None else (count,))
            leaves |= part.split(np.conj(value) if flip else value)
        return leaves

    def _numbers(self, part: Part, value: Any, mode: str, batch: tuple[int, ...]) -> Array:
        expected, framework = (*batch, *part.value.shape), self.program.framework
        if value is None:
            return np.zeros(expected)
        array = framework.numpy(value)
        if array.shape != expected:
            message = f"{mode} mode gives shape {array.shape} for `{part.name}`, expected {expected}"
            raise Trouble("JAC305", message, "a cotangent has the shape of its input, a tangent that of its output")
        if framework.precision(value) > part.precision:
            message = f"{mode} mode gives {framework.dtype_name(value)} for `{part.name}`, which has more digits"
            raise Trouble("JAC305", message, "a cotangent has the dtype of its input, a tangent that of its output")
        return array

    def _guarded(self, mode: str, call: Callable[[], Any]) -> Any:
        try:
            with self.program.framework.running():
                return call()
        except (Trouble, Unsupported):
            raise
        except (Exception, SystemExit) as error:
            raise self.program.framework.trouble(f"{mode} mode", error) from error


def _repeats(name: str, first: Array, second: Array) -> None:
    with np.errstate(all="ignore"):
        apart = np.abs(first - second) > 1e-3 * np.maximum(np.abs(first), np.abs(second))
    if np.any(apart & np.isfinite(first)):
        message = f"reverse mode gives `{name}` differently when asked twice with the same cotangent"
        raise Trouble("JAC204", message, "what backward writes into, or draws anew, it must not use again")
