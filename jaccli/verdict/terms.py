"""A block that differs by parts of a sum: a term lost, counted twice or with the wrong sign; uses and slices not added up."""

from __future__ import annotations

import numpy as np

from jaccli.types import Array
from jaccli.verdict.block import CLOSE, Block, Finding, Found
from jaccli.verdict.evidence import Term
from jaccli.verdict.factors import cause

__all__ = ["doubled_factor", "lost_factor", "not_accumulated", "not_summed", "one_term", "repaired"]

EXACT = 1e-10  # of the error or the block, by which a mended formula may miss


def repaired(block: Block) -> Finding:
    """JAC101 or JAC105 where a claim's own formula is right with one of its terms changed, to its last digits.

    Many changes are tried, so that a thousandth of the error would be met by accident.
    """
    for repair in block.evidence.repairs:
        left = np.abs(repair.value - block.value)[block.decided] if repair.value.shape == block.value.shape else None
        if left is not None and left.size and np.max(left) <= EXACT * max(block.error, block.size):
            return Found(repair.code, repair.words)
    return None


def one_term(block: Block) -> Finding:
    """JAC104, 105, 101 or 102 where one term of the derivative is lost, counted twice, of the wrong sign, or scaled."""
    error = block.tested - block.value
    terms = [term for term in block.evidence.terms if term.value.shape == error.shape]
    for factor, code, words in (
        (0.0, "JAC104", "{} is missing"),
        (2.0, "JAC105", "{} is counted twice"),
        (-1.0, "JAC101", "{} has the wrong sign"),
    ):
        for term in terms:
            if _matters(block, term) and block.fits(block.value + (factor - 1) * term.value):
                return Found(code, words.format(term.words))
    for term in terms:
        share = _share(term.value, error, block.decided)
        reason = cause(1 + share, block.evidence.sizes) if share is not None else None
        if share is not None and reason and _matters(block, term) and block.fits(block.value + share * term.value):
            return Found("JAC102", f"{term.words} is {1 + share:.4g} times what it should be; {reason}")
    return None


def _matters(block: Block, term: Term) -> bool:
    return bool(np.max(np.abs(term.value[block.decided]), initial=0.0) > CLOSE * block.error)


def _share(term: Array, error: Array, mask: Array) -> float | None:
    t, e = term[mask], error[mask]
    norm = float(np.dot(t, t))
    return float(np.dot(e, t)) / norm if norm > 0 and np.isfinite(norm) else None


def lost_factor(block: Block) -> Finding:
    """JAC113 where one factor of the chain rule is lost."""
    words = next((factor.words for factor in block.evidence.factors if block.fits(factor.lost)), None)
    return Found("JAC113", f"{words} is missing") if words else None


def doubled_factor(block: Block) -> Finding:
    """JAC113 where one factor of the chain rule appears twice."""
    factors = block.evidence.factors
    words = next((f.words for f in factors if f.twice is not None and block.fits(f.twice)), None)
    return Found("JAC113", f"{words} appears twice") if words else None


def not_accumulated(block: Block) -> Finding:
    """JAC106 where of three or more uses of the variable one contributes and the others are lost.

    Law: with two uses this is the same as a missing term, which is what it is then called.
    """
    uses = [use for use in block.evidence.uses if use.value.shape == block.value.shape]
    for use in uses:
        overlapping = sum((other.value != 0) & block.failed for other in uses)
        if block.fits(use.value) and np.max(overlapping, initial=0) > 2:
            return Found(
                "JAC106", f"only {use.words} counts; add up the contributions of all {len(uses)} uses, do not overwrite"
            )
    return None


def not_summed(block: Block) -> Finding:
    """JAC107 where the derivative is that of a single position of an axis the variable is broadcast over."""
    for part in block.evidence.slices:
        if block.fits(part.value):
            return Found("JAC107", f"only {part.words} counts; sum over the axis that the variable is broadcast over")
    return None
