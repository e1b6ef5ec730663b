"""A spec with a loss → its parameters after gradient descent, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.derive.compiled import value_and_gradient
from jaccli.derive.non_finite import gradient_not_finite, not_finite
from jaccli.errors import UsageError, suggestion
from jaccli.graph.build import Built, build
from jaccli.graph.evaluate import evaluate
from jaccli.graph.fewer_rows import counts, resized
from jaccli.graph.selection import Selection
from jaccli.learn.train import Diverged, Plan, Step, batches, descend
from jaccli.results.checks import Report
from jaccli.spec.points import Point
from jaccli.spec.schema import Train
from jaccli.types import Array

__all__ = ["Training"]

DEFAULTS = {"optimizer": "sgd", "rate": 0.1, "steps": 100}


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a spec's data: the graph for as many rows, and the values of everything that is not trained."""

    built: Built
    point: Point


class Training:
    """A spec being trained.

    Errors: UsageError where there is no loss, no parameter, or data that cannot be cut into batches.
    """

    def __init__(self, built: Built, at: Mapping[str, Any] | None = None, **settings: Any) -> None:
        spec = built.spec
        asked = spec.train or Train()
        chosen: dict[str, Any] = {
            key: settings.get(key) or getattr(asked, key) or default for key, default in DEFAULTS.items()
        }
        seed = next(s for s in (settings.get("seed"), asked.seed, 0) if s is not None)
        self.dim: str | None = asked.batch[0] if asked.batch is not None else None
        rows = asked.batch[1] if asked.batch is not None else None
        self.plan = Plan(**chosen, batch=settings.get("batch") or rows, rng_seed=seed)
        self.built, self.loss = built, _loss(built, settings.get("loss") or asked.loss)
        self.parameters = [v.name for v in built.spec.variables if v.role == "param"]
        if not self.parameters:
            raise UsageError(f"{spec.target}: nothing to train; declare what is learned under `params:`")
        self.point = _complete(built, at)
        total = spec.dims[self.dim] if self.dim is not None else 0
        self.trained_rows = total - asked.holdout
        if self.dim is not None and self.trained_rows < (self.plan.batch or 1):
            raise UsageError(
                f"{spec.target}: a holdout of {asked.holdout} leaves {max(self.trained_rows, 0)} of {total} rows for training; "
                f"a batch takes {self.plan.batch}: hold out fewer, or use a smaller batch"
            )
        if self.dim is None and (self.plan.batch is not None or asked.holdout):
            raise UsageError("batches and a holdout need the dim that counts rows; write train: {batch: {n: 32}}")
        self.step_part = (
            self.part(0, self.plan.batch or self.trained_rows) if self.dim is not None else Part(built, self.point)
        )

    def part(self, start: int, stop: int) -> Part:
        """Return the rows from ``start`` up to ``stop``; a graph has fixed sizes, so this is one of its own."""
        assert self.dim is not None
        spec = resized(self.built.spec, self.dim, stop - start)
        point = {n: v[start:stop] if n in self.rowwise else v for n, v in self.point.items()}
        return Part(build(spec, []), point)

    @property
    def rowwise(self) -> list[str]:
        """The names of the data whose first axis counts rows."""
        return [v.name for v in self.built.spec.variables if self.dim is not None and counts(v, self.dim)]

    def steps(self) -> Iterator[Step]:
        """Yield each step.

        Errors: Diverged, naming the first step of the spec that is not finite.
        """
        built, point = self.step_part.built, self.step_part.point
        parameters = {name: built.variables[name] for name in self.parameters}
        run = value_and_gradient(built.outputs[self.loss], parameters, self.rowwise)

        def loss_and_gradient(
            parameters: Mapping[str, Array], rows: Mapping[str, Array]
        ) -> tuple[float, dict[str, Array]]:
            return run({**point, **parameters, **rows})

        data = {name: self.point[name][: self.trained_rows] for name in self.rowwise}
        start = {name: self.point[name] for name in self.parameters}
        try:
            yield from descend(loss_and_gradient, start, self.plan, batches(data, self.plan))
        except Diverged as end:
            why = self.trouble(end.bad, end.data)
            message = "; ".join(filter(None, [str(end), why]))
            raise Diverged(message, end.number, end.parameters, end.bad, end.data) from None

    def trouble(self, parameters: Mapping[str, Array], rows: Mapping[str, Array] | None = None) -> str:
        """Return the sentence about the first step of the spec whose value, or else gradient, is not finite; "" where all are.

        rows: one batch of the data; all data where none is given.
        """
        part = self.step_part if rows is not None else Part(self.built, self.point)
        point = {**part.point, **parameters, **(rows or {})}
        found = not_finite(part.built.graph, part.built.outputs[self.loss], point)
        return found or (gradient_not_finite(part.built, self.loss, point) if rows is not None else "")

    def check(self, parameters: Mapping[str, Array]) -> Report:
        """Judge the gradient of the loss at these parameters."""
        at = {name: parameters[name] for name in self.parameters}
        return check(
            self.step_part.built,
            CheckOptions(selection=Selection((self.loss,), tuple(self.parameters)), at=at, points=1),
        )

    def outputs(self, parameters: Mapping[str, Array], part: Part | None = None) -> dict[str, Array]:
        """Return the outputs at these parameters, on all data or on some rows of them."""
        part = part or Part(self.built, self.point)
        nodes = part.built.outputs
        values = evaluate(part.built.graph, list(nodes.values()), {**part.point, **parameters})
        return {n: np.array(np.broadcast_to(v, x.shape)) for (n, x), v in zip(nodes.items(), values, strict=True)}

    def parts(self) -> dict[str, Part | None]:
        """Return the parts of the data that results are shown for: all, or those trained on and those held out."""
        if self.dim is None or self.trained_rows == self.built.spec.dims[self.dim]:
            return {"": None}
        total = self.built.spec.dims[self.dim]
        return {"trained on": self.part(0, self.trained_rows), "held out": self.part(self.trained_rows, total)}


def _loss(built: Built, name: str | None) -> str:
    """Return the output that is lowered: the one named, `loss`, or the only one."""
    found = name or (
        "loss" if "loss" in built.outputs else next(iter(built.outputs)) if len(built.outputs) == 1 else None
    )
    if found is None:
        raise UsageError(f"several outputs ({', '.join(built.outputs)}): say which one is the loss: train: {{loss: …}}")
    if found not in built.outputs:
        raise UsageError(
            f"`{found}` is not an output; {suggestion(found, built.outputs) or 'known: ' + ', '.join(built.outputs)}"
        )
    if built.outputs[found].shape:
        raise UsageError(
            f"the loss `{found}` has shape {built.outputs[found].shape}; it must be a number: write mean({found})"
        )
    return found


def _complete(built: Built, at: Mapping[str, Any] | None) -> Point:
    point = built.point(at)
    missing = [v.name for v in built.spec.variables if v.name not in point]
    if missing:
        raise UsageError(f"`{missing[0]}` has no value; give `value:` or `init:` in the spec, or --at {missing[0]}=…")
    return point
