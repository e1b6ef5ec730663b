"""One call of a framework's function → its outputs, and what is noticed about them and about its inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters.framework import Arrays, Framework
from jaccli.adapters.parts import Part
from jaccli.adapters.program import RETURN, Program, answers
from jaccli.adapters.remedies import NUMPY
from jaccli.adapters.subject import Note, TroubleError, mutated, nothing_to_check
from jaccli.adapters.trees import by_name
from jaccli.results.kinds import Outcome

__all__ = ["called", "connected"]

NAMES = ("y", "out", "answer", "result_")


def called(program: Program, fn: Any, derived: bool = False) -> Program:
    """Return the program with its outputs, after one call; what it changed in place is noted.

    derived: whether reverse mode is asked as well where there are no elements to be judged.
    """
    framework = program.framework
    arrays = program.fresh()
    inputs = [part.name for part in program.inputs if framework.mutable and part.name not in program.call.brought]
    before = {name: np.array(framework.numpy(arrays[name])) for name in inputs}
    try:
        answer = framework.evaluated(program.raw, arrays)
    except (Exception, SystemExit) as error:
        raise TroubleError(framework.trouble(f"`{framework.title_of(fn)}`", error)) from error
    name = next(n for n in NAMES if not any(part.name.startswith(n) for part in program.inputs))
    found = by_name(answers(framework, answer, name))
    smooth = {n: a for n, a in found.items() if framework.kind(a) in "fc" and framework.numpy(a).size}
    hollow = {n: a for n, a in found.items() if framework.kind(a) in "fc"}
    if hollow and not (smooth and any(part.value.size for part in program.inputs)):
        if derived:
            _of_nothing(replace(program, answer=name), hollow, fn)
        raise TroubleError(nothing_to_check(_nothing(framework, answer, found)))
    if not smooth:
        raise TroubleError.of(
            "JAC303",
            f"there is no output with a derivative: {_nothing(framework, answer, found)}",
            _remedy(framework, answer),
        )
    outputs = tuple(Part(n, np.array(framework.numpy(a)), framework.precision(a)) for n, a in smooth.items())
    whole = [n for n, a in found.items() if framework.kind(a) == "i"]
    notes = [_whole(n, framework.dtype_name(found[n])) for n in whole]
    changed = [n for n in inputs if not np.array_equal(framework.numpy(arrays[n]), before[n], equal_nan=True)]
    return replace(program, outputs=outputs, notes=(*notes, *map(mutated, changed)), answer=name)


def _of_nothing(program: Program, outputs: Arrays, fn: Any) -> None:
    """Ask for the cotangents where inputs or outputs have no elements: those by inputs that have some are zero.

    Errors: TroubleError where reverse mode raises, or they are not.
    """
    framework = program.framework
    parts = tuple(Part(n, np.array(framework.numpy(a)), framework.precision(a)) for n, a in outputs.items())
    program = replace(program, outputs=parts)
    try:
        answer, pullback = framework.vjp(program.run, program.leaves())
        found = pullback({part.name: framework.seed(answer[part.name], np.zeros(part.value.shape)) for part in parts})
    except TroubleError:
        raise
    except (Exception, SystemExit) as error:
        what = f"reverse mode of `{framework.title_of(fn)}` without elements"
        raise TroubleError(framework.trouble(what, error)) from error
    for part in program.inputs:
        bar = found.get(part.name)
        if bar is not None and not np.all(framework.numpy(bar) == 0):
            message = f"the cotangent of `{part.name}` is not zero where there is nothing to sum"
            raise TroubleError.of("JAC305", message, "fill it with zeros before anything is added")


def connected(program: Program, disconnected: set[str]) -> Program:
    """Return the program without outputs that are cut off while others are not: they are noted, since some are declared so."""
    kept = tuple(part for part in program.outputs if part.name not in disconnected)
    notes = (*program.notes, *map(_disconnected, sorted(disconnected)))
    return replace(program, outputs=kept, notes=notes) if disconnected and kept else program


def _disconnected(name: str) -> Note:
    message = f"output `{name}` has no gradient: it is detached, or declared as not differentiable"
    return Note("JAC112", message, "if it should have one, look for detach(), .data or no_grad", name=name)


def _remedy(framework: Framework, answer: Any) -> str:
    foreign = isinstance(answer, np.ndarray) and not framework.is_array(answer)
    return f"return an array of {framework.title}; {NUMPY}" if foreign else RETURN


def _nothing(framework: Framework, answer: Any, found: Arrays) -> str:
    if not found:
        return f"the function returns {'None' if answer is None else f'a {type(answer).__name__}'}"
    return ", ".join(
        f"`{name}` has dtype {framework.dtype_name(array)} and shape {tuple(array.shape)}"
        for name, array in found.items()
    )


def _whole(name: str, dtype: str) -> Note:
    return Note("JAC303", f"output `{name}` is of {dtype}: no derivative", "", Outcome.SKIPPED, name)
