"""A wrong block → what kind of mistake explains it: a rule code, and the sentence that helps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.verdict.block import Block
from jaccli.verdict.decide import Decision
from jaccli.verdict.evidence import Evidence
from jaccli.verdict.factors import part_factor, part_sign, ratio_of, whole_factor, whole_sign
from jaccli.verdict.layout import permuted, transposed
from jaccli.verdict.places import detached, detached_lines, not_finite, outside, single_precision, where_wrong
from jaccli.verdict.terms import doubled_factor, lost_factor, not_accumulated, not_summed, one_term, repaired

__all__ = ["diagnose", "reason_code"]

Array = np.ndarray[Any, Any]

_REASONS = {
    "kink": "JAC202",
    "jump": "JAC202",
    "cusp": "JAC202",
    "step window": "JAC203",
    "domain": "JAC205",
    "staircase": "JAC206",
    "noise": "JAC207",
    "time": "JAC208",
}

#: Tried in this order; the first that accounts for every decided entry names the mistake. What holds for the whole block comes
#: before what holds for a part of it, and what needs no evidence from the graph before what does.
EXPLANATIONS = (
    not_finite, single_precision, detached, whole_sign, whole_factor, transposed, permuted, outside, repaired,
    not_summed, not_accumulated, detached_lines, part_sign, lost_factor, one_term, doubled_factor, part_factor,
)  # fmt: skip


def reason_code(decision: Decision) -> str | None:
    """Return the code of the worst entry's reason, None where it is decided."""
    return _REASONS.get(str(decision.reason.ravel()[decision.worst]))


def diagnose(
    tested: Array,
    value: Array,
    decision: Decision,
    out_rank: int,
    evidence: Evidence | None = None,
    scale: Array | None = None,
) -> tuple[str, str]:
    """Return (rule code, help) for a block with a failure.

    Shapes: tested, value and scale of out.shape + in.shape; out_rank is the length of out.shape.
    Law:    an explanation must account for every decided entry of the block, up to a thousandth of the largest error.
    """
    block = Block(tested, value, decision, out_rank, evidence or Evidence(), scale)
    with np.errstate(all="ignore"):  # numbers of any size; what overflows explains nothing
        code, help_ = next((found for explain in EXPLANATIONS if (found := explain(block))), None) or _unexplained(
            block
        )
    where = where_wrong(block)
    return code, f"{help_}; {where}" if where else help_


def _unexplained(block: Block) -> tuple[str, str]:
    if block.size == 0:
        return "JAC100", "the right derivative is zero here"
    ratio = ratio_of(block, block.decided)
    if block.decided.size == 1 and math.isfinite(ratio):
        digits = ".9g" if abs(ratio - 1) < 0.01 else ".4g"  # 1.00001 is not 1
        return "JAC100", f"claimed / expected = {ratio:{digits}}; compare this entry with its formula"
    return "JAC100", "compare this entry with its formula"
