"""A wrong block → what kind of mistake explains it: a rule code, and the sentence that helps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from jaccli.results.kinds import Reason
from jaccli.types import Array
from jaccli.verdict.block import Block, Finding, Found
from jaccli.verdict.decide import Decision
from jaccli.verdict.evidence import Evidence
from jaccli.verdict.factors import part_factor, part_sign, ratio_of, whole_factor, whole_sign
from jaccli.verdict.layout import permuted, transposed
from jaccli.verdict.places import detached, detached_lines, not_finite, outside_pattern, single_precision, where_wrong
from jaccli.verdict.terms import doubled_factor, lost_factor, not_accumulated, not_summed, one_term, repaired

__all__ = ["CODES", "diagnose", "reason_code"]


#: Why an entry is open → the code that says so.
CODES = {
    Reason.KINK: "JAC202",
    Reason.JUMP: "JAC202",
    Reason.CUSP: "JAC202",
    Reason.STEP_WINDOW: "JAC203",
    Reason.DOMAIN: "JAC205",
    Reason.STAIRCASE: "JAC206",
    Reason.NOISE: "JAC207",
    Reason.TIME: "JAC208",
}

#: Tried in this order; the first that accounts for every decided entry names the mistake. What holds for the whole block comes
#: before what holds for a part of it, and what needs no evidence from the graph before what does.
EXPLANATIONS = (
    not_finite, single_precision, detached, whole_sign, whole_factor, transposed, permuted, outside_pattern, repaired,
    not_summed, not_accumulated, detached_lines, part_sign, lost_factor, one_term, doubled_factor, part_factor,
)  # fmt: skip
#: What the numbers themselves show, at whatever point.
OF_THE_NUMBERS = (not_finite, single_precision)
#: Codes whose words say where the entries stand, which may be elsewhere at another point.
OF_THE_PLACE = ("JAC103", "JAC109", "JAC111", "JAC112")
SOLVED = 1e-2  # of an entry, the most that a solver is off which stops at a loose tolerance
FACTORS = (whole_factor, part_factor)


def reason_code(decision: Decision) -> str | None:
    """Return the code of the worst entry's reason, None where it is decided."""
    return CODES.get(decision.reason.ravel()[decision.worst])


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
    Law:    an explanation must account for every decided entry of the block, up to a thousandth of the largest error; where the
            block is known at other points, and wrong there, the same explanation must hold there.
    """
    block = Block(tested, value, decision, out_rank, evidence or Evidence(), scale)
    with np.errstate(all="ignore"):  # numbers of any size; what overflows explains nothing
        found = next(_confirmed(block), None) or _unexplained(block)
    where = where_wrong(block)
    return found.code, f"{found.words}; {where}" if where else found.words


def _confirmed(block: Block) -> Iterator[Found]:
    """Yield what explains the block, at other points as at this one: one number has many explanations, most by accident."""
    for explain in EXPLANATIONS:
        found = explain(block)
        if found and explain in OF_THE_NUMBERS:
            yield found
        elif found and all(_alike(found, explain(other)) for other in block.others):
            yield from [found] if block.others or explain not in FACTORS else _of_one_point(block, found)


def _of_one_point(block: Block, found: Found) -> Iterator[Found]:
    """Yield a factor that is seen at one point: in one entry alone it is a guess, and two such guesses mean nothing."""
    if np.sum(block.failed & (block.value != 0)) > 1:
        yield found
    elif not found.sure:
        yield replace(found, cause=f"perhaps {found.cause}")


def _alike(found: Found, again: Finding) -> bool:
    """Return whether two findings are the same but for where the entries stand."""
    return again is not None and (found == again or found.code == again.code in OF_THE_PLACE)


def _unexplained(block: Block) -> Found:
    if block.size == 0:
        return Found("JAC100", "the right derivative is zero here")
    ratio = ratio_of(block, block.decided)
    if block.decided.size == 1 and math.isfinite(ratio):
        digits = ".9g" if abs(ratio - 1) < 0.01 else ".4g"  # 1.00001 is not 1
        return Found("JAC100", f"claimed / expected = {ratio:{digits}}; compare this entry with its formula")
    if block.evidence.structure is None and _small_and_uneven(block):
        share = float(np.max(np.abs(block.tested - block.value)[block.failed])) / block.size
        seen = (
            f"off by {share:.0e} of the largest entry, and each by another share: no one factor or term explains that"
        )
        cause = "a solver or an iteration that stops early may: tighten it, or say with rtol what is enough"
        return Found("JAC100", seen, cause)
    return Found("JAC100", "compare this entry with its formula")


def _small_and_uneven(block: Block) -> bool:
    """Return whether every wrong entry is nearly right, each by another part of its size: no wrong formula has such errors.

    What is said to be zero is nearly right by the size of the largest entry: a solver for many equations mixes them a little.
    """
    tested, value = block.tested[block.failed], block.value[block.failed]
    if np.any(value == 0) or value.size == block.value.size == 1 or np.all(tested == 0):
        return False
    shares = np.abs(tested - value) / np.where(tested == 0, block.size, np.abs(value))
    return bool(np.all(shares < SOLVED) and (shares.size == 1 or np.max(shares) > 1.01 * np.min(shares)))
