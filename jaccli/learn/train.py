"""Loss and gradient → parameters that lower the loss, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from jaccli.errors import UsageError, suggestion
from jaccli.learn.optimizers import OPTIMIZERS
from jaccli.types import Array

__all__ = ["Diverged", "Plan", "Step", "batches", "descend"]

Arrays = Mapping[str, Array]
#: (parameters, data of one batch) → (loss, gradient by parameter)
LossAndGradient = Callable[[Arrays, Arrays], tuple[float, Arrays]]


RUNAWAY = 1e6  # times the first loss, or 1: what has grown so far does not come back


@dataclass(frozen=True, slots=True)
class Plan:
    """How to descend.

    Errors: UsageError for an unknown optimizer, a rate or a number of steps that leads nowhere.
    """

    optimizer: str = "sgd"
    rate: float = 0.1
    steps: int = 100
    batch: int | None = None  # rows of the data in one step; all where None
    rng_seed: int = 0

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            known = ", ".join(OPTIMIZERS)
            help_ = suggestion(self.optimizer, OPTIMIZERS) or f"known: {known}"
            raise UsageError(f"optimizer '{self.optimizer}' is not known; {help_}")
        if not (0 < self.rate < math.inf):
            raise UsageError(f"the learning rate must be positive and finite (got {self.rate:g}); try 0.1 or 0.01")
        if self.steps < 1:
            raise UsageError(f"the number of steps must be at least 1 (got {self.steps})")
        if self.batch is not None and self.batch < 1:
            raise UsageError(f"a batch must have at least 1 row (got {self.batch})")


@dataclass(frozen=True, slots=True)
class Step:
    """Where one step started: its number from 1, the loss there, the length of the gradient, and the parameters after it.

    start: the parameters before it, at which loss and gradient are finite.
    """

    number: int
    loss: float
    gradient_norm: float
    parameters: Arrays
    start: Arrays
    epoch: float = 0.0


class Diverged(Exception):  # noqa: N818  an outcome, not a mistake of the program
    """The loss or the gradient is no longer finite.

    number      the step that could not be made
    parameters  the last ones at which both were finite, where the step before it began; None at the first step
    bad, data   the parameters and the batch at which they are not
    """

    def __init__(self, message: str, number: int, parameters: Arrays | None, bad: Arrays, data: Arrays) -> None:
        super().__init__(message)
        self.number, self.parameters, self.bad, self.data = number, parameters, bad, data


class _Layout:
    """All parameters as one vector, so that a step takes as many operations for a hundred of them as for one."""

    def __init__(self, parameters: Arrays) -> None:
        self.shapes = {name: np.shape(value) for name, value in parameters.items()}
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()], dtype=int)
        self.slices = {n: slice(e - math.prod(s), e) for (n, s), e in zip(self.shapes.items(), ends, strict=True)}

    def join(self, arrays: Arrays) -> Array:
        """Return the elements of ``arrays`` in a row."""
        return np.concatenate([np.asarray(arrays[name], dtype=np.float64).reshape(-1) for name in self.shapes])

    def split(self, vector: Array) -> dict[str, Array]:
        """Return the parameters as views of a vector."""
        return {name: vector[self.slices[name]].reshape(shape) for name, shape in self.shapes.items()}


def descend(
    loss_and_gradient: LossAndGradient, parameters: Arrays, plan: Plan, data: Iterator[tuple[float, Arrays]]
) -> Iterator[Step]:
    """Yield each step of gradient descent from ``parameters``.

    data: an endless iterator of (epoch, arrays of one batch by name).
    Law:  θ ← θ + rate · step(gradient), with the step of the optimizer.
    Errors: Diverged where loss or gradient is not finite, or the loss has run away.
    """
    update, layout = OPTIMIZERS[plan.optimizer], _Layout(parameters)
    memory: tuple[Array, ...] = ()
    theta, first, last = layout.join(parameters), math.nan, None
    for number in range(1, plan.steps + 1):
        epoch, batch = next(data)
        now = layout.split(theta)
        loss, gradient = loss_and_gradient(now, batch)
        first = loss if number == 1 else first
        g = layout.join(gradient)
        norm = _length(g)
        if trouble := _trouble(loss, norm, first):
            raise Diverged(f"{trouble} step {number}", number, last, now, batch)
        step, memory = update(g, memory, number)
        theta, last = theta + plan.rate * step, now
        yield Step(number, loss, norm, layout.split(theta), now, epoch)


def _trouble(loss: float, norm: float, first: float) -> str | None:
    """Return why a run cannot go on, None where it can."""
    if not math.isfinite(loss):
        return f"the loss is {loss} at"
    if not math.isfinite(norm):
        return f"the gradient's length is {norm} at"
    if loss > RUNAWAY * max(1.0, abs(first)):
        return f"the loss grew from {first:.3g} to {loss:.3g} by"
    return None


def _length(gradient: Array) -> float:
    """Return the Euclidean length, without overflow."""
    with np.errstate(over="ignore", under="ignore"):
        square = float(gradient @ gradient)
    if 1e-200 < square < math.inf:
        return math.sqrt(square)
    largest = float(np.max(np.abs(gradient), initial=0.0))
    return largest * float(np.linalg.norm(gradient / largest)) if 0 < largest < math.inf else largest


def batches(data: Arrays, plan: Plan) -> Iterator[tuple[float, Arrays]]:
    """Yield (epoch, one batch) without end: rows drawn without replacement, in a new order in each epoch.

    data: arrays of equally many rows.
    Errors: UsageError where the arrays differ in their number of rows, or have fewer than a batch.
    """
    rows = {name: len(value) for name, value in data.items()}
    count = next(iter(rows.values()), 0)
    if len(set(rows.values())) > 1:
        raise UsageError(
            f"the data differ in their number of rows: {', '.join(f'{n} has {k}' for n, k in rows.items())}"
        )
    size = plan.batch
    if not data or size is None:
        number = 0
        while True:
            yield float(number), data
            number += 1
    if size > count:
        raise UsageError(f"a batch of {size} rows is larger than the {count} rows of the data; use at most {count}")
    rng = np.random.default_rng(plan.rng_seed)
    per_epoch, epoch = count // size, 0
    while True:
        order = rng.permutation(count)
        for k in range(per_epoch):
            chosen = order[k * size : (k + 1) * size]
            yield epoch + k / per_epoch, {name: value[chosen] for name, value in data.items()}
        epoch += 1
