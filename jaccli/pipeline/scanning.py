"""A spec, its checks and the name of an entry → the scan of that entry along its input."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jaccli.derive.jacobian import jacobian
from jaccli.difference import Scan, scan
from jaccli.errors import UsageError, suggestion
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.reference import input_scale
from jaccli.spec.points import Point
from jaccli.verdict import Check

__all__ = ["FIRST", "scanned"]

Array = np.ndarray[Any, Any]
Index = tuple[int, ...]
FIRST = "first"
_ENTRY = re.compile(r"\s*([^\W\d]\w*)\s*(\[[^\]]*\])?\s*/\s*([^\W\d][\w.]*)\s*(\[[^\]]*\])?\s*")


def scanned(
    built: Built, entry: str, checks: Sequence[Check], function: Callable[[str, str, Point], Any]
) -> Scan | None:
    """Return the scan of an entry such as ``y/x[2]``, or of the first failure; None where nothing was checked.

    function: (output, input, point) → the function of that input, (points, n) → (points, m).
    Errors:   UsageError for an entry that the spec does not have.
    """
    if entry == FIRST:
        with_entries = [check for check in checks if check.outcome != "skipped" and check.entries]
        chosen = next((check for check in with_entries if check.outcome == "fail"), next(iter(with_entries), None))
        return _scan(built, chosen, chosen.of_index, chosen.wrt_index, function) if chosen else None
    of, of_index, wrt, wrt_index = _read(built, entry)
    found = [check for check in checks if (check.of, check.wrt) == (of, wrt) and check.outcome != "skipped"]
    if not found:
        return None
    claims = [check for check in found if check.tested == "claim"]
    return _scan(built, (claims or found)[0], of_index, wrt_index, function)


def _read(built: Built, entry: str) -> tuple[str, Index, str, Index]:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise UsageError(
            f"--scan {entry}: an entry is written OUTPUT/INPUT with indices, such as 'y/x[2]' or 'y[0]/W[1, 2]'"
        )
    of, wrt = match[1], match[3]
    names = (
        (of, built.outputs, "output"),
        (wrt, {n: built.variables[n] for n in built.differentiable}, "input or param"),
    )
    for name, known, what in names:
        if name not in known:
            raise UsageError(
                f"--scan {entry}: `{name}` is no {what}; {suggestion(name, known) or 'known: ' + ', '.join(known)}"
            )
    return (
        of,
        _index(entry, of, match[2], built.outputs[of].shape),
        wrt,
        _index(entry, wrt, match[4], built.variables[wrt].shape),
    )


def _index(entry: str, name: str, text: str | None, shape: Index) -> Index:
    parts = [part.strip() for part in (text or "[]")[1:-1].split(",") if part.strip()]
    try:
        index = tuple(int(part) for part in parts)
    except ValueError:
        raise UsageError(f"--scan {entry}: indices are whole numbers (got {text})") from None
    if not index and np.prod(shape, dtype=int) == 1:
        return (0,) * len(shape)
    if len(index) != len(shape) or not all(-n <= i < n for i, n in zip(index, shape, strict=True)):
        raise UsageError(f"--scan {entry}: `{name}` has shape {shape}, and no element {list(index)}")
    return tuple(i % n for i, n in zip(index, shape, strict=True))


def _scan(
    built: Built, check: Check, of_index: Index, wrt_index: Index, function: Callable[[str, str, Point], Any]
) -> Scan:
    x = np.asarray(check.point[check.wrt], dtype=np.float64)
    tested = _tested(built, check)
    row = int(np.ravel_multi_index(of_index, built.outputs[check.of].shape)) if of_index else 0
    column = int(np.ravel_multi_index(wrt_index, x.shape)) if wrt_index else 0
    derivative = float(tested.reshape(-1, max(x.size, 1))[row, column])
    scale = float(input_scale(x.reshape(-1))[column])
    words = f"d {check.of}{_brackets(of_index)} / d {check.wrt}{_brackets(wrt_index)}"
    fn = function(check.of, check.wrt, dict(check.point))
    return scan(fn, x.reshape(-1), row, column, derivative, scale, words, check.tested)


def _tested(built: Built, check: Check) -> Array:
    """Return the derivative that a check is about, anew."""
    if check.tested == "claim":
        expr = next(expr for claim, expr in built.claims if (claim.of, claim.wrt) == (check.of, check.wrt))
        return np.array(np.broadcast_to(evaluate(built.graph, [expr], check.point)[0], expr.shape), dtype=np.float64)
    route = check.tested if check.tested in ("forward", "reverse") else "reverse"
    return jacobian(built.graph, built.outputs[check.of], [built.variables[check.wrt]], check.point, route)[0]


def _brackets(index: Index) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""
