"""What a check is to look at: outputs, points, tolerances, references; and the names of its checks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from jaccli.config import KEYS, Defaults
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.demands import hold
from jaccli.graph.evaluate import evaluate
from jaccli.graph.selection import Selection, select
from jaccli.spec.given import parse_at
from jaccli.spec.points import Point, drawn_point
from jaccli.spec.schema import Spec

__all__ = [
    "RTOL",
    "BadOption",
    "CheckOptions",
    "in_force",
    "judged_outputs",
    "points_of",
]  # fmt: skip

RTOL = 1e-6
MAX_DIRECTIONS = 1_000
NAMED = re.compile(r"\{(\w+)\}")
DRAWS = 50  # of one point
FAR = 100_000  # from the number of a point to that of its next draw: more than there can be points
POINTS = 3  # where more than the given one can be drawn: at one alone a factor of 1, or another branch, is not seen


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What is asked of a check, of a spec or of a Python function; None leaves it to these, and then to the default.

    Errors: BadOption for a value that cannot be meant, by its name.
    """

    # --- what is looked at
    selection: Selection = field(default_factory=Selection)
    at: Mapping[str, Any] | tuple[str, ...] | None = None  # values by name, or the command line's NAME=VALUE
    points: int | None = None
    seed: int | None = None
    wanted: Callable[[str], bool] | None = None  # which checks, by their ids
    # --- how it is judged
    rtol: float | None = None
    atol: float = 0.0  # an absolute error that is as good as none, in entries that are judged one by one
    reference: str = "auto"  # what judges: a word of the setting `reference`
    directions: int | None = None  # random ones instead of all columns; None uses them where a block is large
    full: bool = False  # every column, however many there are
    order: int = 1  # 2 checks Hessians instead
    timeout: float | None = None  # seconds for one output at one point, or for a function at one
    max_operations: float | None = None  # counted before anything runs; None for any number
    max_memory: float | None = None  # bytes
    # --- what is made of a failure
    scan: str | None = None  # an entry to be drawn along its input, "first" for the first failure
    smallest: bool = False  # look for the smallest spec or inputs that fail as the first failure does
    # --- code
    allow_code: str = ""  # whose code a spec may run: none (""), all (EVERYWHERE), or that of a project's folder
    framework: str = "auto"
    sweep: tuple[str, ...] = ()  # NAME=SIZES, of the names that the inputs are written with
    layouts: bool = False  # whether tensors that lie in memory in other ways are tried as well
    compiled: str = ""  # the backend by which a function is compiled, to be held against itself
    derivatives: Mapping[str, str] = field(default_factory=dict)  # jacobian, vjp … → a function in the same place
    scale: tuple[str, ...] = ()  # NAME=VALUE, of a function's inputs
    domain: tuple[str, ...] = ()  # NAME=DOMAIN, likewise
    # --- for those who watch
    progress: Callable[[int, int], None] | None = (
        None  # called with how many outputs and points are done, and of how many
    )
    shows_progress: bool = False  # whether standard error says now and then how far the check of a function is
    target: str = ""  # how the command line named the spec, where that is not its file
    again: str = ""  # the options that a command needs to show a failure again
    defaults: Defaults = field(default_factory=Defaults)  # where neither the options nor spec or decorator say anything

    def __post_init__(self) -> None:
        if self.rtol is not None and not 0 < self.rtol < 1:
            raise BadOption("rtol", f"must lie between 0 and 1 (got {self.rtol})")
        if not 0 <= self.atol < math.inf:
            raise BadOption("atol", f"must be a number, 0 or more (got {self.atol!r})")
        if self.seed is not None and not (isinstance(self.seed, int) and self.seed >= 0):
            raise BadOption("seed", f"must be a whole number, 0 or more (got {self.seed!r})")
        if self.directions is not None and not (
            isinstance(self.directions, int) and 0 < self.directions <= MAX_DIRECTIONS
        ):
            raise BadOption(
                "directions", f"must be a whole number from 1 to {MAX_DIRECTIONS} (got {self.directions!r})"
            )
        if self.reference == "segments" and (self.directions or self.full):
            raise BadOption(
                "reference", "segments look at no columns and no directions: leave {directions} and {full} away"
            )
        if self.directions and self.full:
            raise BadOption("full", "checks every column and {directions} does not: give one of them")
        if self.timeout is not None and not self.timeout > 0:
            raise BadOption("timeout", f"must be a positive number of seconds (got {self.timeout:g})")
        if self.order not in (1, 2):
            raise BadOption("order", f"must be 1 or 2 (got {self.order!r})")
        if self.reference not in (kind := KEYS["reference"].kind).words:
            got = f"(got {self.reference!r}){kind.hint(self.reference)}"
            raise BadOption("reference", f"must be one of {', '.join(kind.words)} {got}")
        if self.order == 2 and (self.directions or self.reference not in ("auto", "difference", "segments")):
            raise BadOption(
                "order", "2 compares with differences of the gradient: leave {directions} and {reference} away"
            )
        if self.scan is not None and self.order == 2:
            raise BadOption("scan", "draws first derivatives: leave {order} 2 away")

    @property
    def values(self) -> Mapping[str, Any]:
        """The values that a spec is given by name.

        Errors: UsageError for a text that is none.
        """
        return (parse_at(self.at) or {}) if isinstance(self.at, tuple) else self.at or {}

    @property
    def texts(self) -> tuple[str, ...]:
        """What the command line gives of a function's inputs."""
        return self.at if isinstance(self.at, tuple) else ()


class BadOption(UsageError):  # noqa: N818 - it names the option that is bad
    """An option with a value that it cannot have; others' names stand in braces, to be written as the user writes them."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(self.worded(lambda known: f"'{known}'", name, reason))
        self.name, self.reason = name, reason

    @staticmethod
    def worded(written: Callable[[str], str], name: str, reason: str) -> str:
        """Return the sentence, options written in a way of its own."""
        return f"{written(name)} {NAMED.sub(lambda other: written(other[1]), reason)}"


def judged_outputs(built: Built, options: CheckOptions) -> list[str]:
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


def in_force(options: CheckOptions, spec: Spec) -> CheckOptions:
    """Return the options with the points, the seed and the rtol that are in force: the options' own, the spec's, the project's."""
    points = POINTS if any(variable.drawable for variable in spec.variables) else 1
    layers = (options, spec.check, options.defaults, CheckOptions(points=points, seed=0, rtol=RTOL))
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


def points_of(built: Built, options: CheckOptions) -> list[Point]:
    """Return the given point, and as many drawn ones as the options, which are ``in_force``, ask for."""
    given, seed = built.point(options.values), options.seed or 0
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
