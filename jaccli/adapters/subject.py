"""The form every framework's functions and derivatives take before they are checked: float64 arrays in and out, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from jaccli.errors import Span
from jaccli.results.kinds import Label, Outcome
from jaccli.types import Array

T = TypeVar("T")

__all__ = [
    "Batch",
    "Blocks",
    "Derivative",
    "Leaf",
    "Note",
    "Subject",
    "Task",
    "Trouble",
    "TroubleError",
    "Values",
    "mutated",
    "nothing_to_check",
    "without_trouble",
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a check could not be made, as a value in the place of what was asked for: a rule code, what happened, what to try."""

    code: str
    message: str
    help: str = ""

    @property
    def outcome(self) -> Outcome:
        """What becomes of the check: "error" where the code is at fault, else why it cannot be made."""
        return OUTCOMES.get(self.code, Outcome.ERROR)


OUTCOMES = {
    "": Outcome.PASS,  # of what has no elements every derivative is right, for there is none
    "JAC009": Outcome.SKIPPED,
    "JAC203": Outcome.INCONCLUSIVE,
    "JAC208": Outcome.INCONCLUSIVE,
    "JAC307": Outcome.SKIPPED,
}


class TroubleError(Exception):
    """Stops what cannot go on because of a trouble; each check catches it, and keeps the trouble as its result."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble

    @classmethod
    def of(cls, code: str, message: str, help: str = "") -> TroubleError:
        """Return what stops with the trouble of these words."""
        return cls(Trouble(code, message, help))

    def __str__(self) -> str:
        return self.trouble.message


def without_trouble(found: T | Trouble) -> T:
    """Return what was found.

    Errors: TroubleError where that is a trouble.
    """
    if isinstance(found, Trouble):
        raise TroubleError(found)
    return found


def nothing_to_check(what: str) -> Trouble:
    """Return what becomes of inputs or outputs that have no elements."""
    return Trouble("", f"there is nothing to check: {what}")


#: Jacobian blocks of shape out.shape + in.shape by (output, input), or why there is none.
Blocks = Mapping[tuple[str, str], "Array | Trouble"]


@dataclass(frozen=True, slots=True)
class Task:
    """What the user handed in: see ``jaccli.gradcheck``.

    checked: whether it is to have derivatives; otherwise its values are enough.
    scale:   what steps are relative to: a number, an array, or these by input.
    wrt:     the only inputs to differentiate by, where all of them are inputs; () for all.
    against: the same mathematics in ordinary operations, which a function of low precision is judged by.
    order:   2 for the derivatives of the gradient, as the framework gives it.
    exact:   whether settings by which a framework computes with fewer digits than its arrays have are held off.
    layout:  how the arrays lie in memory, as "inputs transposed" or "cotangents strided"; "" as they are given.
    held_to: the precision it is evaluated and differentiated in: "own", "single" (instead of double), "double", or "" for values
             in float64 where they can be.
    """

    fn: Any
    inputs: Any
    jacobian: Any = None
    vjp: Any = None
    jvp: Any = None
    hessian: Any = None
    hvp: Any = None
    vectorized: bool = False
    domain: Mapping[str, str] | None = None
    checked: bool = True
    wrt: tuple[str, ...] = ()
    scale: Any = None
    held_to: str = ""
    against: Any = None
    order: int = 1
    exact: bool = False
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array that goes in or comes out, at the point of the check."""

    name: str
    value: Array  # as float64
    dtype: np.dtype[Any]  # its own, or the smallest of NumPy's that holds it
    precision: float = 0.0  # its machine epsilon, where that is not the one of ``dtype``
    given: Array | None = None  # what the user gave, where ``value`` stands for it because of its scale
    shared: tuple[int, ...] = ()  # axes along which all elements are one in memory

    @property
    def eps(self) -> float:
        """The machine epsilon of its own dtype, not below that of the float64 it is carried in."""
        return max(self.precision or float(np.finfo(self.dtype).eps), 2.0**-52)


@dataclass(frozen=True, slots=True)
class Batch:
    """The values at many points, (points, m), all outputs side by side; NaN where the function raised, and what it raised."""

    values: Array
    trouble: Trouble | None = None


#: A function near the point: values (points, *shape) by input → all outputs.
Values = Callable[[Mapping[str, Array]], Batch]


@dataclass(frozen=True, slots=True)
class Derivative:
    """A derivative under test: a Jacobian, a vjp or a jvp.

    jacobian: () → blocks.
    vjp:      cotangents by output → cotangents by input; an output that is not named has cotangent zero.
    jvp:      tangents by input → tangents by output; an input that is not named has tangent zero.
    at:       floats of some inputs by name → the same derivative at that point, where it can be asked there.
    vjps:     cotangents (k, *shape) by output → cotangents (k, *shape) by input; jvps likewise.
    vjps_at:  points (k, *shape) of some inputs, cotangents (k, *shape) by output → cotangents (k, *shape) by those inputs, each at
              its own point: what ``at`` and ``vjp`` give one by one; jvps_at likewise, tangents by output.
    blocks:   names of inputs → their blocks only, of a derivative that is cheaper by some inputs than by all.
    inputs:   the names of those that it is by, None for all.
    program:  whether it is one of this program's own, by which nobody made a mistake but us.
    precise:  name of an input, digits → its block computed with so many digits, of one that can be.
    error_bar: the bounds on a Jacobian that is itself one of differences, in the form of ``jacobian``.
    terms:    cotangents by output → the terms that the cotangents by input are sums of, by operation, where a graph is known.
    Errors:   TroubleError where the user's code raises, or returns what does not fit.
    """

    tested: Label  # how tables call it
    span: Span | None = None
    jacobian: Callable[[], Blocks] | None = None
    vjp: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None
    jvp: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None
    vjps: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None
    jvps: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None
    vjps_at: Callable[[Mapping[str, Array], Mapping[str, Array]], Mapping[str, Array]] | None = None
    jvps_at: Callable[[Mapping[str, Array], Mapping[str, Array]], Mapping[str, Array]] | None = None
    at: Callable[[Mapping[str, Array]], Derivative] | None = None
    blocks: Callable[[Sequence[str]], Blocks] | None = None
    inputs: tuple[str, ...] | None = None
    program: bool = False
    precise: Callable[[str, int], Array] | None = None
    error_bar: Callable[[], Blocks] | None = None
    terms: Callable[[Mapping[str, Array]], Mapping[str, Mapping[str, Array]]] | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What was noticed about one function that does not keep it from being checked."""

    code: str
    message: str
    help: str
    outcome: Outcome = Outcome.INCONCLUSIVE
    name: str = ""  # of the input or output it is about
    blocks: bool = False  # whether the report cannot be "pass" with it


def mutated(name: str) -> Note:
    """Return the note on an input that the function writes into."""
    return Note(
        "JAC306",
        f"the function changes its input `{name}` in place",
        "it was given copies, so the other checks hold; copy inside, or write out of place",
        name=name,
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """A function at a point, with the derivatives to be checked there.

    inputs   those to differentiate with respect to
    outputs  those with a derivative
    values   values (points, *shape) by input → all outputs; inputs that are not named stay at their point
    noise    by how much two calls at the same point differed, per element of all outputs, (m,)
    spread   by how much values in a batch differ from those of one call, (m,); None where there are no batches
    rounding what is known to be lost in each output whatever its size, (m,)
    in_float64          whether ``values`` are computed in float64, whatever the dtypes of inputs and outputs
    cheap_batches       whether many points cost hardly more than one
    products_at_once    whether products at many points do, as in JAX, where each call is a trace
    may_not_terminate   whether the function may run for ever far from the point, where no timer can stop it: no step goes there
    elements how many numbers one evaluation holds at a time, for points in batches
    at_native_precision the same at the precision that the function has inside, None where that is its own
    devices     where its inputs lie, by name, where that is not the host
    settings    those that are on by which it computes with fewer digits than its arrays have
    values_one_by_one   ``values`` one point at a time, where ``values`` has a shortcut: a failure is confirmed without it
    took_shortcut       whether ``values`` has taken it so far: where it has not, there is nothing to confirm
    """

    title: str
    file: str
    inputs: tuple[Leaf, ...]
    outputs: tuple[Leaf, ...]
    values: Values
    derivatives: tuple[Derivative, ...]
    noise: Array
    span: Span | None = None
    notes: tuple[Note, ...] = ()
    call: str = ""  # the Python call that checks it again
    rounding: Array | None = None
    spread: Callable[[], Array] | None = None
    in_float64: bool = False
    context: Callable[[], AbstractContextManager[None]] = nullcontext  # to be entered while the subject is checked
    values_one_by_one: Values | None = None
    took_shortcut: Callable[[], bool] = lambda: True
    cheap_batches: bool = False
    products_at_once: bool = False
    may_not_terminate: bool = False
    elements: int = 1
    devices: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    at_native_precision: Callable[[], Subject | None] = lambda: None
