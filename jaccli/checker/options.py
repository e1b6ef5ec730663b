"""What a check is to look at: outputs, points, tolerances, references; and the names of its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from jaccli.config import Defaults
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.demands import hold
from jaccli.graph.evaluate import evaluate
from jaccli.graph.selection import Selection, select
from jaccli.spec.points import Point, drawn_point
from jaccli.spec.schema import Spec

__all__ = [
    "RTOL", "Options", "judged_outputs", "points_of", "settled",
]  # fmt: skip

RTOL = 1e-6
DRAWS = 50  # of one point
FAR = 100_000  # from the number of a point to that of its next draw: more than there can be points
POINTS = 3  # where more than the given one can be drawn: at one alone a factor of 1, or another branch, is not seen


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about a check; None leaves it to the spec, and then to the default."""

    selection: Selection = field(default_factory=Selection)
    at: Mapping[str, Any] | None = None
    points: int | None = None
    seed: int | None = None
    rtol: float | None = None
    reference: str = "auto"  # what judges: a word of the setting `reference`
    directions: int | None = None  # random ones instead of all columns; None uses them where a block is large
    full: bool = False  # every column, however many there are
    atol: float = 0.0  # an absolute error that is as good as none, in entries that are judged one by one
    order: int = 1  # 2 checks Hessians instead
    scan: str | None = None  # an entry to be drawn along its input, "first" for the first failure
    smallest: bool = False  # look for the smallest spec that fails as the first failure does
    timeout: float | None = None  # seconds for one output at one point
    progress: Callable[[int, int], None] | None = None  # told how many outputs and points are done, and of how many
    wanted: Callable[[str], bool] | None = None  # which checks, by their ids
    target: str = ""  # how the command line named the spec, where that is not its file
    again: str = ""  # the options that a command needs to show a failure again
    allow_code: str = ""  # whose code may run: nobody's, EVERYWHERE, or that of a project's folder
    max_operations: float | None = None  # counted before anything runs; None for any number
    max_memory: float | None = None  # bytes
    defaults: Defaults = field(
        default_factory=Defaults
    )  # what holds where neither the options nor the spec say anything


def judged_outputs(built: Built, options: Options) -> list[str]:
    """Return the outputs that are looked at; of a spec that is trained, not those that only report, unless they are named."""
    outputs, _ = select(built, options.selection)
    if built.spec.train is None or options.selection.of:
        return outputs
    claimed = {claim.of for claim, _ in built.claims}
    return [of for of in outputs if of in claimed or not _told_apart(built, of)] or outputs


def _told_apart(built: Built, of: str) -> bool:
    """Return whether an output of a spec that is trained only reports, as an accuracy does: another is its loss."""
    loss = built.spec.train.loss if built.spec.train is not None else None
    return of != (loss or "loss") and (loss or "loss") in built.outputs


def settled(options: Options, spec: Spec) -> Options:
    """Return the options with the points, the seed and the rtol that are in force: the options' own, the spec's, the project's."""
    points = POINTS if any(variable.drawable for variable in spec.variables) else 1
    layers = (options, spec.check, options.defaults, Options(points=points, seed=0, rtol=RTOL))
    return replace(
        options, **{key: _first(getattr(layer, key) for layer in layers) for key in ("points", "seed", "rtol")}
    )


def _first(values: Iterable[Any]) -> Any:
    return next(value for value in values if value is not None)


def _inside(built: Built, given: Point, index: int, seed: int) -> Point:
    """Return a drawn point at which the outputs are finite, the first one drawn where there is none among many.

    A range or a domain often reaches beyond where a formula is defined, as symmetric matrices do for log(det(A)).
    """
    first = drawn_point(built.spec, given, index, seed)
    outputs = list(built.outputs.values())
    for k in range(DRAWS):
        point = drawn_point(built.spec, given, index + k * FAR, seed) if k else first
        hold(built.graph, point)
        with np.errstate(all="ignore"):
            if all(np.all(np.isfinite(value)) for value in evaluate(built.graph, outputs, point)):
                return point
    return first


def points_of(built: Built, options: Options) -> list[Point]:
    """Return the given point, and as many drawn ones as the options, which are ``settled``, ask for."""
    given, seed = built.point(options.at), options.seed or 0
    lacking = [v for v in built.spec.variables if v.name not in given]
    missing = [v.name for v in lacking if not v.drawable]
    if missing:
        remedy = f"give `value:` in the spec or --at {missing[0]}=…"
        raise UsageError(f"{built.spec.target}: `{missing[0]}` has no value; {remedy}")
    if lacking:
        given = {**drawn_point(built.spec, given, 0, seed), **given}
    points = [given, *(_inside(built, given, k, seed) for k in range(1, options.points or 1))]
    for point in points[0 if lacking else 1 :]:
        hold(built.graph, point)
    return points
