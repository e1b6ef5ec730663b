"""A claim's formula with one term changed → candidates for what was meant, and what that would say is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from jaccli.checker.mistakes.rewritten import replayed
from jaccli.graph.evaluate import evaluate, live_elements
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.words import written
from jaccli.spec.points import Point
from jaccli.types import Array
from jaccli.verdict.evidence import Repair

__all__ = ["repairs"]

MAX_NUMBERS = 2_000_000  # of all candidates together
MAX_TERMS = 40


def repairs(claim: Expr, point: Point) -> Iterator[Repair]:
    """Yield the claim with each term of its sums left out, and with each of the other sign.

    Cost: one batched evaluation of the claim.
    """
    graph, order = claim.graph, [i for i in ancestors(claim.graph, [claim.index]) if claim.graph.nodes[i].inputs]
    sums = [(i, k) for i in order if graph.nodes[i].op in ("add", "sub") for k in (0, 1)][-MAX_TERMS:]
    if not sums:
        return
    switches = {slot: graph.leaf(f"repair_{k}") for k, slot in enumerate(sums)}

    def scaled(index: int, position: int, operands: Sequence[Expr]) -> Expr:
        switch = switches.get((index, position))
        return operands[position] if switch is None else operands[position].apply("mul", switch)

    one = np.ones((len(sums), len(sums)))
    factors = np.vstack([one - np.eye(len(sums)), one - 2 * np.eye(len(sums))])
    blocks = _blocks(graph, replayed(graph, claim, order, {}, scaled), factors, point)
    kinds = [("JAC105", "is one too many")] * len(sums) + [("JAC101", "has the wrong sign")] * len(sums)
    operands = [graph.nodes[index].inputs[position] for index, position in sums]
    for (code, words), operand, block in zip(kinds, operands * 2, blocks, strict=False):
        twice = code == "JAC105" and operands.count(operand) > 1
        yield Repair(code, f"{_term(graph, operand)} {'is counted twice' if twice else words}", block)


def _term(graph: Graph, index: int) -> str:
    text = written(Expr(graph, index))
    return f"the term {text}" if text else "a term of the formula"


def _blocks(graph: Graph, changed: Expr, factors: Array, point: Point) -> list[Array]:
    """Return the claim for every row of the switches' values."""
    if live_elements(graph, [changed]) * len(factors) > MAX_NUMBERS:
        return []
    values = {**point, **{f"repair_{k}": column for k, column in enumerate(factors.T)}}
    with np.errstate(all="ignore"):
        (found,) = evaluate(graph, [changed], values)
    return list(np.broadcast_to(found, (len(factors), *changed.shape)))
