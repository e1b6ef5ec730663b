"""Where a block is wrong: one entry, a row, a column, zeros, outside the pattern, or exactly where a value is negative."""

from __future__ import annotations

import numpy as np

from jaccli.types import Array
from jaccli.verdict.block import Block, Finding, Found

__all__ = ["detached", "detached_lines", "not_finite", "outside_pattern", "single_precision", "where_wrong"]

EPS32 = 2.0**-23


def not_finite(block: Block) -> Finding:
    """JAC110 where a wrong entry is NaN or infinite."""
    if np.all(np.isfinite(block.tested[block.failed])):
        return None
    wrong = ~np.isfinite(block.tested)
    cause = "look for 0/0, log(0) or an overflow in the derivative"
    if np.all(block.value[block.failed & wrong] == 0):  # exactly zero, as of an element that the output does not use
        cause = (
            "look for 0·∞: where(x > 0, sqrt(x), 0) also differentiates sqrt(x) where x < 0, so replace x there as well"
        )
    return Found("JAC110", f"{int(np.sum(wrong))} of {block.tested.size} entries are not finite; {cause}")


def single_precision(block: Block) -> Finding:
    """JAC201 where the numbers are those of float32: exactly representable there, and off by no more than its rounding."""
    if block.scale is None:
        return None
    a = block.tested[block.decided]
    with np.errstate(over="ignore"):
        short = a.astype(np.float32).astype(np.float64) == a
    shorter = np.asarray(np.frexp(a)[0] * 2.0**16 % 1 == 0)  # few digits: whole numbers and halves prove nothing
    size = np.maximum(np.abs(block.value), np.where(np.isfinite(block.scale), block.scale, 0.0))[block.decided]
    near = np.abs(a - block.value[block.decided]) <= 16 * EPS32 * size
    if not (np.all(short) and np.any(~shorter) and np.all(near)):
        return None
    return Found(
        "JAC201", "these are float32 numbers, judged by float64; compute them in float64, or check with --rtol 1e-3"
    )


def outside_pattern(block: Block) -> Finding:
    """JAC109 where every wrong entry is one that the structure of the function keeps at zero."""
    structure = block.evidence.structure
    if structure is None or np.any(block.failed & structure):
        return None
    count = int(np.sum(block.failed))
    return Found(
        "JAC109",
        f"{_entries(count)} that the output does not depend on {'is' if count == 1 else 'are'} not zero; check the indices",
    )


def detached(block: Block) -> Finding:
    """JAC112 where the block is zero everywhere and should not be."""
    if np.any(block.tested[block.decided] != 0) or block.size == 0:
        return None
    return Found("JAC112", "the derivative is zero everywhere: was the path from this input cut?")


def detached_lines(block: Block) -> Finding:
    """JAC112 where whole rows or columns are zero, and the rest is right."""
    if np.any(block.tested[block.failed] != 0):
        return None
    rows, columns = block.matrix_shape
    failed, live = block.failed.reshape(rows, columns), (block.value != 0).reshape(rows, columns)
    for what, f, present in (("input", failed.T, live.T), ("output", failed, live)):
        lines = np.any(f, axis=1)
        if len(lines) > 1 and np.all(f[lines] == present[lines]):
            places = np.flatnonzero(lines)[:4]
            plural = "s" if np.sum(lines) > 1 else ""
            return Found(
                "JAC112", f"the derivative is zero for {what}{plural} {', '.join(map(str, places))}: was that path cut?"
            )
    return None


def where_wrong(block: Block) -> str:
    """Return the words for where the wrong entries are, "" where they form no pattern."""
    rows, columns = block.matrix_shape
    failed, decided = block.failed.reshape(rows, columns), block.decided.reshape(rows, columns)
    if block.failed.size == 1 or np.all(failed[decided]):
        return ""
    if (pattern := _pattern(block, failed, decided)) is not None:
        return pattern
    count = int(np.sum(failed))
    if count == 1:
        (position,) = np.argwhere(block.failed)
        right = int(np.sum(decided)) - 1
        others = {0: "", 1: ", the other one is right"}.get(right, f", the other {right:,} are right")
        return f"only {block.name([int(i) for i in position])} is wrong{others}"
    for what, f in (("output", failed), ("input", failed.T)):
        lines = np.flatnonzero(np.any(f, axis=1))
        if len(lines) == 1 and len(f) > 1:
            return f"only {what} {lines[0]} is wrong, in {_entries(count)}"
    return ""


def _pattern(block: Block, failed: Array, decided: Array) -> str | None:
    """Return the words for entries that are wrong exactly where some value is negative, or not."""
    for name, values in block.evidence.patterns.items():
        for axis, wrong, known in (
            (0, np.any(failed, axis=0), np.any(decided & (block.value.reshape(failed.shape) != 0) | failed, axis=0)),
            (1, np.any(failed, axis=1), np.any(decided & (block.value.reshape(failed.shape) != 0) | failed, axis=1)),
        ):
            flat = values.reshape(-1)
            if flat.size != failed.shape[1 - axis] or np.sum(wrong[known]) < 2 or np.all(wrong[known]):
                continue
            for words, mask in (("<", flat < 0), (">", flat > 0)):
                if np.any(mask[known]) and np.array_equal(wrong[known], mask[known]):
                    return f"wrong exactly where {name} {words} 0"
    return None


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"
