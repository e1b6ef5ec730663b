"""A spec with a failure → the smallest spec that still fails in the same way: fewer names, smaller shapes, rounder numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from jaccli.errors import SourceError, UsageError
from jaccli.graph.build import Built, build
from jaccli.results.checks import Check
from jaccli.results.kinds import Label
from jaccli.spec.load import spec_from_mapping
from jaccli.spec.points import Point
from jaccli.spec.schema import Claim, Formula, Spec
from jaccli.types import Array

__all__ = ["smallest"]

Fails = Callable[[Built], bool]
MAX_TRIALS = 100  # checks of smaller specs
SIZES = (1, 2, 3)
_NAME = re.compile(r"[^\W\d]\w*")
_SECTIONS = {"input": "inputs", "param": "params", "constant": "constants"}


def smallest(built: Built, check: Check, fails: Fails) -> str:
    """Return the text of a small spec that ``fails`` as ``check`` does; "" for networks and where none does.

    fails: whether a built spec fails in the same way.
    Law:   greedy: names that the output and the claim do not use are left out, then each length is tried at 1, 2 and 3, then each
           value is rounded; every step is kept only where the spec still fails.
    Cost:  a few dozen checks of small specs, 100 at most.
    """
    if built.spec.network is not None or built.spec.train is not None:
        return ""
    current = _Draft.of(built.spec, check)
    if not current.holds(fails):
        return ""
    trials = 0
    for smaller in (_Draft.shorter, _Draft.rounder):
        for change in smaller(current):
            changed = change(current)
            if changed is None or changed.size > current.size:
                continue
            trials += 1
            if trials > MAX_TRIALS:
                return current.text
            if changed.holds(fails):
                current = changed
    return current.text


@dataclass(frozen=True)
class _Draft:
    """A spec in the making: the values of its variables by name, and the expressions that are kept."""

    values: Mapping[str, Array]
    roles: Mapping[str, str]
    dims: Mapping[str, int]
    lets: Mapping[str, Any]
    outputs: Mapping[str, Any]
    claims: Mapping[str, Mapping[str, Any]]
    code: Mapping[str, str] = field(default_factory=dict)  # what the spec says about the code that fails

    @staticmethod
    def of(spec: Spec, check: Check) -> _Draft:
        """Return what the checked output and claim need."""
        claims = [c for c in spec.claims if check.tested == Label.CLAIM and (c.of, c.wrt) == (check.of, check.wrt)]
        formulas = {f.name: f for f in (*spec.lets, *spec.outputs)}
        coded = check.tested.of_code  # code takes and returns what it takes and returns
        everything = {*formulas, *spec.dims, *(v.name for v in spec.variables)}
        needed = everything if coded else _needed(formulas, claims, check)
        kept = {v.name: v for v in spec.variables if v.name in needed}
        point: Point = dict(check.point)
        return _Draft(
            values={name: np.asarray(point[name]) for name in kept},
            roles={name: v.role for name, v in kept.items()},
            dims={name: size for name, size in spec.dims.items() if name in needed},
            lets={f.name: _written(f) for f in spec.lets if f.name in needed},
            outputs={f.name: _written(f) for f in spec.outputs if f.name in needed},
            claims={check.of: {c.wrt: _written(c.formula) for c in claims}} if claims else {},
            code=_code(spec) if coded else {},
        )

    @property
    def size(self) -> float:
        """What is to become small: numbers first, then their letters."""
        return sum(value.size for value in self.values.values()) + 1e-6 * len(self.text)

    def shorter(self) -> Iterator[Callable[[_Draft], _Draft | None]]:
        """Yield changes that cut every axis of one length."""
        lengths = {n for value in self.values.values() for n in value.shape} | set(self.dims.values())
        for n in sorted(lengths, reverse=True):
            for k in SIZES:
                if k < n:
                    yield lambda draft, n=n, k=k: draft.cut(n, k)  # type: ignore[misc]

    def cut(self, n: int, k: int) -> _Draft | None:
        """Return the draft with the axes of length ``n`` cut to ``k``; None where there are none."""
        lengths = {m for value in self.values.values() for m in value.shape} | set(self.dims.values())
        if n not in lengths:
            return None
        values = {name: v[tuple(slice(k if m == n else None) for m in v.shape)] for name, v in self.values.items()}
        return replace(self, values=values, dims={name: k if m == n else m for name, m in self.dims.items()})

    def rounder(self) -> Iterator[Callable[[_Draft], _Draft | None]]:
        """Yield changes that write one variable's values with fewer digits."""
        for name, value in self.values.items():
            if value.dtype.kind == "f":
                for digits in (2, 1, 0):
                    yield lambda draft, name=name, digits=digits: draft.rounded(name, digits)  # type: ignore[misc]

    def rounded(self, name: str, digits: int) -> _Draft | None:
        """Return the draft with rounded values; None where that changes nothing."""
        value = np.round(self.values[name], digits)
        return None if np.array_equal(value, self.values[name]) else replace(self, values={**self.values, name: value})

    @property
    def mapping(self) -> dict[str, Any]:
        """The spec as a mapping."""
        found: dict[str, Any] = {"target": dict(self.code)} if self.code else {}
        found |= {"dims": dict(self.dims)} if self.dims else {}
        for name, value in self.values.items():
            found.setdefault(_SECTIONS[self.roles[name]], {})[name] = _plain(value)
        parts = {
            "let": dict(self.lets),
            "outputs": dict(self.outputs),
            "jacobian": {k: dict(v) for k, v in self.claims.items()},
        }
        return found | {key: part for key, part in parts.items() if part}

    @property
    def text(self) -> str:
        """The spec as YAML."""
        return str(yaml.dump(self.mapping, Dumper=_Lines, sort_keys=False, allow_unicode=True, width=100))

    def holds(self, fails: Fails) -> bool:
        """Return whether the draft is a spec that fails."""
        problems: list[Any] = []
        try:
            return fails(build(spec_from_mapping(self.mapping, problems), problems))
        except (SourceError, UsageError, ArithmeticError, ValueError):
            return False


def _needed(formulas: Mapping[str, Formula], claims: list[Claim], check: Check) -> set[str]:
    """Return every name that the output and the claims reach."""
    found, open_ = set[str](), {check.of, check.wrt} | {n for c in claims for n in _names(c.formula)}
    while open_:
        name = open_.pop()
        found.add(name)
        if name in formulas:
            open_ |= _names(formulas[name]) - found
    return found


def _code(spec: Spec) -> dict[str, str]:
    """Return the section about the code, with its file as seen from the current folder, where ``jac gradcheck -`` looks."""
    callee = spec.callee
    assert callee is not None
    place, colons, name = callee.target.rpartition("::")
    beside = Path(spec.source.name).parent / place
    place = str(beside) if colons and beside.exists() else place
    framework = {"framework": callee.framework} if callee.framework else {}
    return {"python": f"{place}::{name}" if colons else callee.target, **framework, **callee.derivatives}


def _names(formula: Formula) -> set[str]:
    return {name for part in formula.parts for name in _NAME.findall(part.snippet.text)}


def _written(formula: Formula) -> Any:
    """Return a formula as YAML holds it: one expression, or nested lists of them."""
    texts = np.array([part.snippet.text.strip() for part in formula.parts], dtype=object)
    return texts.reshape(formula.layout).tolist() if formula.layout else str(texts[0])


def _plain(value: Array) -> Any:
    """Return an array as numbers and lists, whole numbers without a point."""
    if value.ndim:
        return [_plain(part) for part in value]
    number = value.item()
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e6 else number


class _Lines(yaml.SafeDumper):
    """Writes lists of numbers and strings on one line each."""

    def represent_list(self, data: Any) -> Any:
        """Return the node of a list."""
        return self.represent_sequence(
            "tag:yaml.org,2002:seq", data, flow_style=not any(isinstance(d, str) for d in data)
        )


_Lines.add_representer(list, _Lines.represent_list)
