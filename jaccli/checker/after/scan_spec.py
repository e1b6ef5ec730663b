"""A spec, its checks and the name of an entry → the scan of that entry along its input."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.checker.spec_target import LABELS, Codes
from jaccli.derive.jacobian import jacobian
from jaccli.derive.symbolic import symbolic
from jaccli.difference import scan
from jaccli.errors import UsageError, suggestion
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.graph.selection import exact_constants
from jaccli.reference import Reference, input_scale
from jaccli.results.checks import Check
from jaccli.results.scan import Scan
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["FIRST", "entry_of", "first_of", "scanned", "words_of"]

Index = tuple[int, ...]
FIRST = "first"
_ENTRY = re.compile(r"\s*([^\W\d][\w.]*)\s*(\[[^\]]*\])?\s*/\s*([^\W\d][\w.]*)\s*(\[[^\]]*\])?\s*")


def scanned(
    built: Built,
    entry: str,
    checks: Sequence[Check],
    function: Callable[[str, str, Point], Any],
    codes: Codes | None = None,
) -> Scan | None:
    """Return the scan of an entry such as ``y/x[2]``, or of the first failure; None where nothing was checked.

    function: (output, input, point) → the function of that input, (points, n) → (points, m).
    codes:    the code of the spec, of which a check may be.
    Errors:   UsageError for an entry that the spec does not have.
    """
    if entry == FIRST:
        chosen = first_of(checks)
        return _scan(built, chosen, chosen.of_index, chosen.wrt_index, function, codes) if chosen else None
    outputs = {name: node.shape for name, node in built.outputs.items()}
    inputs = {name: built.variables[name].shape for name in built.differentiable}
    of, of_index, wrt, wrt_index = entry_of(entry, outputs, inputs, "input or param")
    found = [check for check in checks if (check.of, check.wrt) == (of, wrt) and check.outcome != "skipped"]
    if not found:
        return None
    failed = [check for check in found if check.outcome == "fail"]
    claims = [check for check in found if check.tested == "claim"]
    return _scan(built, (failed or claims or found)[0], of_index, wrt_index, function, codes)


def first_of(checks: Sequence[Check]) -> Check | None:
    """Return the first failure of an entry, else the first check of one."""
    found = [check for check in checks if check.outcome != "skipped" and check.entries and check.wrt]
    return next((check for check in found if check.outcome == "fail"), next(iter(found), None))


def entry_of(
    entry: str, outputs: Mapping[str, Index], inputs: Mapping[str, Index], what: str
) -> tuple[str, Index, str, Index]:
    """Return output, its index, input and its index of an entry such as ``y[0]/W[1, 2]``.

    Shapes: outputs and inputs map names to shapes; ``what`` is how messages call an input.
    Errors: UsageError for what is no entry, or none of these.
    """
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise UsageError(
            f"--scan {entry}: an entry is written OUTPUT/INPUT with indices, such as 'y/x[2]' or 'y[0]/W[1, 2]'"
        )
    of, wrt = match[1], match[3]
    for name, known, kind in ((of, outputs, "output"), (wrt, inputs, what)):
        if name not in known:
            raise UsageError(
                f"--scan {entry}: `{name}` is not an {kind}; {suggestion(name, known) or 'known: ' + ', '.join(known)}"
            )
    return of, _index(entry, of, match[2], outputs[of]), wrt, _index(entry, wrt, match[4], inputs[wrt])


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
    built: Built,
    check: Check,
    of_index: Index,
    wrt_index: Index,
    function: Callable[[str, str, Point], Any],
    codes: Codes | None,
) -> Scan | None:
    x = np.asarray(check.point[check.wrt], dtype=np.float64)
    tested = _tested(built, check, codes)
    if tested is None:
        return None
    row = int(np.ravel_multi_index(of_index, built.outputs[check.of].shape)) if of_index else 0
    column = int(np.ravel_multi_index(wrt_index, x.shape)) if wrt_index else 0
    derivative = float(tested.reshape(-1, max(x.size, 1))[row, column])
    scale = float(input_scale(x.reshape(-1))[column])
    words = words_of(check.of, of_index, check.wrt, wrt_index)
    fn = function(check.of, check.wrt, dict(check.point))
    return scan(fn, x.reshape(-1), row, column, derivative, scale, words, check.tested)


def words_of(of: str, of_index: Index, wrt: str, wrt_index: Index) -> str:
    """Return an entry as messages call it: ``d y[0] / d x[2]``."""
    return f"d {of}{_brackets(of_index)} / d {wrt}{_brackets(wrt_index)}"


def _tested(built: Built, check: Check, codes: Codes | None) -> Array | None:
    """Return the derivative that a check is about, anew; None where it cannot be had."""
    if check.tested == "claim":
        expr = next(expr for claim, expr in built.claims if (claim.of, claim.wrt) == (check.of, check.wrt))
        return np.array(np.broadcast_to(evaluate(built.graph, [expr], check.point)[0], expr.shape), dtype=np.float64)
    output, x = built.outputs[check.of], built.variables[check.wrt]
    if check.tested == "symbolic":
        (block,) = symbolic(built.graph, output, [x], exact_constants(built.spec))
        return np.asarray(block.evaluate(check.point), dtype=np.float64)
    if check.tested in LABELS:
        code = codes.at(check.point_index, dict(check.point)) if codes else None
        found = dict(code.blocks(check.of, check.wrt) if code else ()).get(check.tested)
        found = found.value if isinstance(found, Reference) else found
        return found if isinstance(found, np.ndarray) else None
    return jacobian(built.graph, output, [x], check.point, check.tested)[0]


def _brackets(index: Index) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""
