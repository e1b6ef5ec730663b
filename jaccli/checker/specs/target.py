"""``target:`` of a spec → the code it names, run at the spec's points: its values and its derivatives, as claims to be judged.

The spec is the definition, the code an implementation of it. A spec by itself never runs code: the command line or the project
allows it.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from jaccli import certify
from jaccli.adapters import Derivative, Leaf, Subject, Task, Trouble, TroubleError, adapt, framework_of
from jaccli.checker.effort.budget import Budget
from jaccli.checker.effort.costs import large_inputs
from jaccli.checker.references.function import references_of
from jaccli.derive.jacobian import jacobian
from jaccli.errors import Problem, SourceError, Span, UsageError
from jaccli.graph.build import Built
from jaccli.graph.ir import Expr
from jaccli.reference import Reference
from jaccli.results.kinds import JudgedBy, Label, Reason
from jaccli.spec.points import Point
from jaccli.targets import Target, applied, functions, packed, target_of
from jaccli.trust import is_below
from jaccli.types import Array

__all__ = [
    "EVERYWHERE", "Codes", "Implementation", "implementation", "target_derivatives", "value_reference",
    "value_scale",
]  # fmt: skip

EVERYWHERE = "*"  # what is allowed by --allow-code
ROUNDINGS = 64.0  # of the value's size, where the formula cannot be evaluated in balls; κ of certified references


@dataclass(frozen=True)
class Implementation:
    """The code of a spec at one point.

    values  output → what the code returns for it, or why it cannot be used
    subject the code as a function with derivatives, None where it cannot be used
    leaves  output → what it is called in the subject
    """

    values: Mapping[str, Array | Trouble]
    subject: Subject | None = None
    leaves: Mapping[str, Leaf] = field(default_factory=dict)

    def part(self, of: str, names: Sequence[str]) -> Subject | None:
        """Return the code as a function of one output by those of some variables that it takes; None where it gives none."""
        if self.subject is None or isinstance(self.values[of], Trouble):
            return None
        inputs = tuple(x for x in self.subject.inputs if x.name in names)
        return replace(self.subject, inputs=inputs, outputs=(self.leaves[of],)) if inputs else None

    @cached_property
    def differences(self) -> Mapping[str, Reference | Trouble]:
        """The differences of all its outputs in each variable."""
        assert self.subject is not None
        return references_of(self.subject)

    def rows(self, y: Leaf) -> slice:
        """Return the elements of an output among all."""
        assert self.subject is not None
        before = sum(leaf.value.size for leaf in self.subject.outputs[: self.subject.outputs.index(y)])
        return slice(before, before + y.value.size)


def target_derivatives(code: Implementation | None, of: str, names: Sequence[str]) -> tuple[Derivative, ...]:
    """Return the derivatives that a spec's code gives of one output, under the spec's names; its differences where it has none."""
    part = code.part(of, names) if code is not None else None
    if code is None or part is None:
        return ()
    taken = tuple(x.name for x in part.inputs)
    if part.derivatives:
        return tuple(_renamed(derivative, of, part.outputs[0].name, taken) for derivative in part.derivatives)
    small = tuple(x.name for x in part.inputs if not large_inputs(replace(part, inputs=(x,)), None, False))
    return (_differenced(code, of, part.outputs[0], small),) if small else ()


def _differenced(code: Implementation, of: str, y: Leaf, names: tuple[str, ...]) -> Derivative:
    """Return the differences of the code as a derivative that has error bars."""

    def blocks(of_each: str) -> dict[tuple[str, str], Array | Trouble]:
        found = {name: code.differences[name] for name in names}
        return {
            (of, name): getattr(one.rows(code.rows(y)), of_each) if isinstance(one, Reference) else one
            for name, one in found.items()
        }

    return Derivative(
        Label.TARGET_DIFFERENCE,
        jacobian=lambda: blocks("value"),
        inputs=names,
        error_bar=lambda: blocks("error_bar"),
    )


def _renamed(derivative: Derivative, of: str, name_in_code: str, names: tuple[str, ...]) -> Derivative:
    """Return a derivative of the code, whose output has a name of its own, as one of the spec's output."""

    def renamed_vjp(product: Any) -> Any:
        return None if product is None else lambda seeds: product({name_in_code: seeds[of]})

    def renamed_jvp(product: Any) -> Any:
        return None if product is None else lambda seeds: {of: product(seeds)[name_in_code]}

    def jacobian() -> dict[tuple[str, str], Array | Trouble]:
        assert derivative.jacobian is not None
        found = derivative.jacobian()
        return {(of, name): found[name_in_code, name] for name in names}

    def at(point: Mapping[str, Array]) -> Derivative:
        assert derivative.at is not None
        return _renamed(derivative.at(point), of, name_in_code, names)

    return replace(
        derivative, tested=Label(f"target-{derivative.tested}"), inputs=names, at=None if derivative.at is None else at,
        jacobian=None if derivative.jacobian is None else jacobian,
        vjp=renamed_vjp(derivative.vjp), vjps=renamed_vjp(derivative.vjps), vjps_at=None,
        jvp=renamed_jvp(derivative.jvp), jvps=renamed_jvp(derivative.jvps), jvps_at=None,
    )  # fmt: skip


class Codes:
    """The code of a spec at each of its points, run when it is first asked for; None where the spec names none."""

    def __init__(self, built: Built, allowed: str) -> None:
        self.built, self.allowed = built, allowed
        self.found: dict[int, Implementation] = {}

    def at(self, index: int, point: Point, budget: Budget) -> Implementation | None:
        """Return what the code gives at a point; see ``implementation``. What there was no time for is its trouble."""
        if self.built.spec.callee is None:
            return None
        if index not in self.found:
            found = budget.limited(partial(implementation, self.built, point, self.allowed))
            if isinstance(found, Trouble):
                return Implementation(dict.fromkeys(self.built.outputs, found))
            self.found[index] = found
        return self.found[index]


def implementation(built: Built, point: Point, allowed: str) -> Implementation:
    """Return what the code of a spec gives at a point.

    allowed: "" for no code at all, EVERYWHERE, or the folder in which specs and code must lie.
    Errors: SourceError where it may not be run or cannot be imported, UsageError where it does not fit the spec.
    """
    callee = built.spec.callee
    assert callee is not None
    target = _located(built, callee.target, callee.span, allowed)
    fn = applied(functions(target)[0][1])
    inputs = _inputs(built, target, fn, point)
    derivatives = {
        form: functions(_located(built, name, callee.span, allowed) if "::" in name else Target(target.place, name))[0][
            1
        ]
        for form, name in callee.derivatives.items()
    }
    framework = callee.framework or framework_of(fn, inputs, derivatives)
    try:
        plain = framework == "numpy" and not derivatives
        subject = adapt(Task(fn, inputs, **derivatives, checked=not plain), framework)
        leaves = _leaves(built, target, subject)
    except TroubleError as error:
        return Implementation(dict.fromkeys(built.outputs, error.trouble))
    return Implementation({of: _value(built.outputs[of], of, leaf) for of, leaf in leaves.items()}, subject, leaves)


def _located(built: Built, text: str, span: Span | None, allowed: str) -> Target:
    """Return where the code that a text names lies, as seen from the spec's folder, if it may be run."""
    spec = Path(built.spec.source.name)
    named = target_of(text)
    place = str(spec.parent / named.place) if named.is_file and os.path.exists(spec) else named.place
    inside = [spec] + ([Path(place)] if named.is_file else [])
    if allowed != EVERYWHERE and not (allowed and all(_inside(path, Path(allowed)) for path in inside)):
        beyond = f"; allow-code of {allowed} is for specs and code in that folder" if allowed else ""
        message = f"the spec names code to be run, {text}, and a spec by itself runs none"
        help_ = "allow it with --allow-code, or JACCLI_ALLOW_CODE=true; allow-code = true under [tool.jaccli] is for pytest alone"
        raise SourceError([Problem("JAC321", message, span, help_ + beyond)])
    return Target(place, named.function)


def _inside(path: Path, folder: Path) -> bool:
    return os.path.exists(path) and is_below(path, folder)


def _inputs(built: Built, target: Target, fn: Any, point: Point) -> Any:
    """Return the spec's variables that the function takes, under their names."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        raise UsageError(f"{target} does not say what its inputs are called; write a function that calls it") from None
    taken = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    for parameter in taken:
        if parameter.name not in point and parameter.default is parameter.empty:
            raise UsageError(
                f"{target} takes `{parameter.name}`, which {built.spec.target} does not declare; it declares {', '.join(point)}"
            )
    values = {p.name: _given(built, p.name, point[p.name]) for p in taken if p.name in point}
    if not values:
        raise UsageError(f"{target} takes none of the variables of {built.spec.target}: {', '.join(point)}")
    return packed(taken, values)


def _given(built: Built, name: str, value: Array) -> Any:
    """Return a variable as code takes it: indices and class numbers as integers, masks as truth values, the rest as doubles."""
    fixed = built.graph.fixed.get(built.graph.leaves[name])
    whole = name in built.graph.whole and name not in built.differentiable and bool(np.all(value == np.floor(value)))
    dtype = np.bool_ if fixed is not None and fixed.dtype == bool else np.int64 if whole else np.float64
    return np.array(value, dtype=dtype)[()]


def _leaves(built: Built, target: Target, subject: Subject) -> dict[str, Leaf]:
    """Return what the code returns for each output: by name where it returns a mapping, else in order."""
    names, found = list(built.outputs), {leaf.name: leaf for leaf in subject.outputs}
    if set(names) <= set(found):
        return {name: found[name] for name in names}
    if len(found) != len(names):
        raise TroubleError.of(
            "JAC303",
            f"{target} returns {len(found)} results, and the spec has {len(names)} outputs: {', '.join(names)}",
            "return them in this order, or a dict with these names",
        )
    return dict(zip(names, found.values(), strict=True))


def _value(output: Expr, name: str, leaf: Leaf) -> Array | Trouble:
    if leaf.value.shape != output.shape:
        message = f"the code returns shape {leaf.value.shape} for `{name}`, the spec says {output.shape}"
        return Trouble("JAC305", message, "broadcast or reduce it as the formula does")
    return leaf.value


def value_scale(built: Built, of: str, point: Point, value: Array) -> Array:
    """Return what rounding can disturb in each element, per eps: |f| + Σ_k |D_k x_k|, (of.size, 1)."""
    names = [name for name in built.differentiable if point[name].size]
    blocks = jacobian(built.graph, built.outputs[of], [built.variables[name] for name in names], point, "auto")
    with np.errstate(all="ignore"):
        reach = sum(
            (
                np.abs(b.reshape(value.size, -1)) @ np.abs(point[n].reshape(-1))
                for n, b in zip(names, blocks, strict=True)
            ),
            np.abs(value),
        )
    return np.asarray(reach)[:, None]


def value_reference(built: Built, of: str, point: Point, value: Array) -> Reference:
    """Return the value of a spec's output as what judges another, enclosed in balls where there are kernels for them.

    Law: eight times the rounding of the formula in doubles is allowed for.
    Shapes: (of.size, 1).
    """
    output = built.outputs[of]
    if certify.unsupported(built.graph, output):
        truth, bar = value, ROUNDINGS * 2.0**-52 * np.abs(value)
        rounding = bar
    else:
        truth, radius = certify.enclosed(built.graph, output, point)
        bar = 2.0**-52 * np.abs(truth) + radius
        rounding = 8 * np.abs(value - truth) + bar
    column = truth[:, None]
    nowhere = np.full(column.shape, np.nan)
    return Reference(
        route=JudgedBy.FORMULA, value=column, error_bar=np.where(np.isfinite(column), bar[:, None], np.inf),
        low=nowhere, high=nowhere,
        reason=np.full(column.shape, Reason.NONE, dtype=object), noise=np.zeros(len(truth)), curvature=np.zeros(column.shape),
        evaluations=1, kappa=ROUNDINGS, rounding=rounding[:, None],
    )  # fmt: skip
