"""A block that is a multiple of the right one: the sign, the factor, and what such a factor usually comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from jaccli.types import Array
from jaccli.verdict.block import CLOSE, Block, Finding, Found

__all__ = ["cause", "part_factor", "part_sign", "ratio_of", "telling", "whole_factor", "whole_sign"]

_CAUSES = (
    (2.0, "twice: the 2 of a square, or of 2*x inside, counted twice, or a lost ½"),
    (0.5, "half: the 2 of a square is lost, or that of 2*x inside, or a ½ counted twice"),
    (3.0, "three times: the 3 of a cube, or of 3*x inside, counted twice"),
    (1 / 3, "a third: the 3 of a cube is lost, or that of 3*x inside"),
    (math.log(10), "log 10: a logarithm of the wrong base"),
    (1 / math.log(10), "1/log 10: a logarithm of the wrong base"),
    (math.log(2), "log 2: a logarithm of the wrong base"),
    (1 / math.log(2), "1/log 2: a logarithm of the wrong base"),
    (180 / math.pi, "180/π: radians taken for degrees"),
    (math.pi / 180, "π/180: degrees taken for radians"),
    (2 * math.pi, "2π: an angle's 2π counted twice"),
    (1 / (2 * math.pi), "1/(2π): an angle's 2π is lost"),
)  # fmt: skip
NEAR = 1e-4  # relative; the constants above lie further apart


def cause(ratio: float, sizes: Mapping[str, int]) -> str | None:
    """Return what a factor usually comes from, or None; ``sizes`` are the lengths that sums and means run over."""
    size = abs(ratio)
    lengths = [(n, words) for words, n in sizes.items() if n > 3]
    for n, words in lengths:
        if math.isclose(size * n, 1, rel_tol=NEAR):
            return f"1/{n}, {words}: a mean taken for a sum"
        if math.isclose(size, n, rel_tol=NEAR):
            return f"{n}, {words}: a sum taken for a mean"
    return next((words for known, words in _CAUSES if math.isclose(size, known, rel_tol=NEAR)), None)


def telling(ratio: float, sizes: Mapping[str, int]) -> bool:
    """Return whether a factor says something even when it is seen in one entry alone."""
    return math.isclose(ratio, -1, rel_tol=NEAR) or cause(ratio, sizes) is not None


def ratio_of(block: Block, mask: Array) -> float:
    """Return the factor c that fits best, tested = c · value, over the entries of ``mask``; NaN where all are zero."""
    d = block.value[mask]
    size = float(np.max(np.abs(d), initial=0.0))
    a, d = block.tested[mask] / (size or 1.0), d / (size or 1.0)
    norm = float(np.dot(d, d))
    return float(np.dot(a, d)) / norm if norm > 0 else math.nan


def whole_sign(block: Block) -> Finding:
    """JAC101 where the whole block is the negative of the right one."""
    return (
        Found("JAC101", "claimed / expected = -1.000", "look for a lost minus sign")
        if block.fits(-block.value)
        else None
    )


def whole_factor(block: Block) -> Finding:
    """JAC102 where the whole block is a multiple of the right one; one entry alone must have a telling factor."""
    return _factor(block, block.decided, "")


def part_sign(block: Block) -> Finding:
    """JAC101 where every wrong entry is the negative of the right one."""
    if not block.fits(block.only_failed(-block.value)):
        return None
    return Found("JAC101", "claimed / expected = -1.000", "look for a lost minus sign there", _share(block))


def part_factor(block: Block) -> Finding:
    """JAC102 where every wrong entry is the same multiple of the right one; one entry alone must have a telling factor."""
    return _factor(block, block.failed & block.decided, _share(block))


def _factor(block: Block, mask: Array, share: str) -> Finding:
    ratio = ratio_of(block, mask)
    few = np.sum(mask & (block.value != 0)) < 2
    if not math.isfinite(ratio) or abs(ratio - 1) <= CLOSE or (few and not telling(ratio, block.evidence.sizes)):
        return None
    if not block.fits(np.where(mask, ratio * block.value, block.value)):
        return None
    reason = cause(ratio, block.evidence.sizes)
    both = ratio < 0 and reason is not None
    words = f"a lost minus sign, and {reason}" if both else reason or "look for a lost or doubled factor"
    return Found("JAC102", f"claimed / expected = {ratio:.4g}", words, share, sure=both)


def _share(block: Block) -> str:
    count, total = int(np.sum(block.failed)), block.failed.size
    return f"{count} of {total} entries"
