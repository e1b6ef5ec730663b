"""Graph and point → Jacobian enclosed in balls, as a Reference: the precision is doubled until the balls are small."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from jaccli.certify.balls import MAX_BITS, ball, each, flint, precision
from jaccli.certify.entries import Entries, Pair, meet, one_sided
from jaccli.certify.kernels import UNSUPPORTED, missing
from jaccli.certify.kinks import Touch, plain_numbers, touches
from jaccli.certify.series import directional
from jaccli.certify.tape import Partials, swept
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.reference import Reference
from jaccli.types import Array

__all__ = ["DisagreementError", "certified", "covers", "unsupported", "work"]

SWEEP = 3  # a sweep with its tape costs as much as so many directions
BATCH = 200_000  # scalars alive at once
Column = tuple[int, int]  # the position of a variable, and an element of it
LENGTHS = (2, 5, 12)  # of the series, tried in turn where a quotient or a choice at a kink needs more coefficients


class DisagreementError(ArithmeticError):
    """The two ways to a certified Jacobian exclude each other: one of them has a mistake, and no verdict is given."""


def unsupported(graph: Graph, of: Expr) -> list[str]:
    """Return the ops on the way to ``of`` that have no kernel for balls."""
    names = {graph.nodes[index].op for index in ancestors(graph, [of.index])}
    return sorted(names & {*UNSUPPORTED, *missing(plain_numbers())})


def covers(op: str) -> bool:
    """Return whether an op has a kernel for balls."""
    return op not in UNSUPPORTED and op not in missing(plain_numbers())


def work(graph: Graph, of: Expr, wrt: Sequence[Expr]) -> int:
    """Return how many ball operations one Jacobian takes, by the cheaper way."""
    operations = weighted_operations(graph, [of]) + of.node.size + sum(x.node.size for x in wrt)
    return operations * min(sum(x.node.size for x in wrt), SWEEP + of.node.size)


def certified(
    graph: Graph, of: Expr, wrt: Sequence[Expr], values: Mapping[str, Array], partials: Partials, rng_seed: int = 0
) -> list[Reference]:
    """Return the Jacobian of ``of`` by each variable, enclosed in balls around exact doubles.

    Shapes: values by leaf name; each reference (of.size, x.size).
    partials: local partials of an op as functions on balls, for the second way.
    Law:    the leaves' doubles and the graph's literals are exact; |value − derivative| ≤ error_bar is proved by ball
            arithmetic, up to mistakes that both ways would have to share.
    Cost:   ``work`` at 53 bits, again at 106, and once more for each doubling that open entries need.
    Errors: DisagreementError where the two ways exclude each other.
    Source: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, IEEE Trans. Comput. 66 (2017).
    """
    job = _Job(graph, of, list(wrt), values, partials, rng_seed)
    with precision(53):
        first = touches(graph, of, wrt, values)
        rounded = job.sides(first, None)
        coarse = [one_sided(pair) for pair in rounded]
    job.hopeless.clear()  # more bits may tell
    bits, touch = _precision_and_touch(job)
    refined = [Entries(of.node.size, np.asarray(values[job.name(x)])) for x in wrt]
    by_rows, fresh = job.by_rows and not touch.any, bool(wrt)
    while True:
        with precision(bits):
            pairs = job.sides(touch, None if fresh else [entries.open for entries in refined])
            if fresh:
                job.compare(pairs, by_rows)
            for entries, pair in zip(refined, pairs, strict=True):
                entries.take(pair, touch.value)
            fresh = False
        if bits >= MAX_BITS or not any(np.any(entries.open) for entries in refined):
            break
        bits *= 2
    return [entries.reference(low, bits, job.evaluations) for entries, low in zip(refined, coarse, strict=True)]


class _Job:
    """One output and its variables at one point, by the cheaper of the two ways."""

    def __init__(
        self, graph: Graph, of: Expr, wrt: list[Expr], values: Mapping[str, Array], partials: Partials, rng_seed: int
    ) -> None:
        self.graph, self.of, self.wrt, self.values, self.partials = graph, of, wrt, values, partials
        self.rng = np.random.default_rng(rng_seed)
        self.by_rows = SWEEP + of.node.size < sum(x.node.size for x in wrt)
        self.evaluations = 0
        self.hopeless: set[Column] = set()  # columns that no length of series settles

    def name(self, x: Expr) -> str:
        return str(dict(x.node.params)["name"])

    def sides(self, touch: Touch, open_: list[Array] | None) -> list[Pair]:
        """Return the Jacobian by each variable, of the ``open_`` columns or rows alone where they are given."""
        if self.by_rows and not touch.any:
            return self._rows(open_)
        masks = open_ or [np.ones((self.of.node.size, x.node.size), dtype=bool) for x in self.wrt]
        asked = [
            [(k, int(j)) for j in np.flatnonzero(np.any(mask, axis=0))] for k, mask in enumerate(masks)
        ]  # columns, as (variable, element)
        numbers = [columns for x, columns in zip(self.wrt, asked, strict=True) if x.node.size == 1]
        arrays = [columns for x, columns in zip(self.wrt, asked, strict=True) if x.node.size != 1]
        found = [self._unknown(x) for x in self.wrt]
        for columns in (list(itertools.chain(*numbers)), *arrays):  # numbers share their passes: each has one direction
            self._fill(found, columns, touch)
        return found

    def _unknown(self, x: Expr) -> Pair:
        shape = (self.of.node.size, x.node.size)
        return Pair(_nowhere(shape), _nowhere(shape), np.zeros(shape, dtype=bool))

    def _rows(self, open_: list[Array] | None) -> list[Pair]:
        count = self.of.node.size
        rows = np.arange(count) if open_ is None else np.flatnonzero(np.any(np.concatenate(open_, axis=1), axis=1))
        self.evaluations += SWEEP + len(rows)
        seeds = np.zeros((len(rows), count))
        seeds[np.arange(len(rows)), rows] = 1.0
        blocks = swept(self.graph, self.of, self.wrt, self.values, seeds, self.partials)
        found = []
        for x, block in zip(self.wrt, blocks, strict=True):
            whole = _nowhere((count, x.node.size))
            whole[rows] = block
            found.append(Pair(whole, whole, np.zeros(whole.shape, dtype=bool)))
        return found

    def _fill(self, found: list[Pair], columns: list[Column], touch: Touch) -> None:
        """Write the slopes along some columns to both sides, and where the function jumps there, into the blocks."""
        step = max(1, BATCH // max(1, weighted_operations(self.graph, [self.of])))
        touching = touch.value[:, None]
        for start in range(0, len(columns), step):
            part = columns[start : start + step]
            f_ahead, ahead = self._along(part, 1, touch)
            behind, jump = ahead, np.zeros(ahead.shape, dtype=bool)
            if touch.any:
                f_behind, slopes = self._along(part, -1, touch)
                behind = -slopes
                for f in (f_ahead, f_behind):
                    jump |= ~each(meet, f, touching).astype(bool)
            for position, (k, j) in enumerate(part):
                for block, side in zip(
                    (found[k].ahead, found[k].behind, found[k].jump), (ahead, behind, jump), strict=True
                ):
                    block[:, j] = side[:, position]

    def _along(self, columns: list[Column], side: int, touch: Touch) -> tuple[Array, Array]:
        """Return values and slopes along columns; where choices are exactly open, by as long series as these need."""
        value, slopes = self._by_series_of(LENGTHS[0], columns, side)
        for length in LENGTHS[1:] if touch.exact else ():
            lost = self._lost(columns, slopes, touch)
            if not lost:
                break
            value[:, lost], slopes[:, lost] = self._by_series_of(length, [columns[k] for k in lost], side)
        if touch.exact:
            self.hopeless |= {columns[k] for k in self._lost(columns, slopes, touch)}
        return value, slopes

    def _by_series_of(self, length: int, columns: list[Column], side: int) -> tuple[Array, Array]:
        self.evaluations += len(columns)
        directions = {}
        for k in dict.fromkeys(k for k, _ in columns):
            rows = np.zeros((len(columns), self.wrt[k].node.size))
            for position, (variable, j) in enumerate(columns):
                if variable == k:
                    rows[position, j] = side
            directions[self.name(self.wrt[k])] = rows.reshape(len(columns), *self.wrt[k].shape)
        value, slopes = directional(self.graph, self.of, self.values, directions, len(columns), length=length)
        return value.T.copy(), slopes.T.copy()

    def _lost(self, columns: list[Column], slopes: Array, touch: Touch) -> list[int]:
        """Return the positions of columns with a slope that a series does not tell although the value is a number."""
        has_value = np.array([bool(ball(v).is_finite()) for v in touch.value], dtype=bool)[:, None]
        open_ = np.any(has_value & ~each(lambda s: ball(s).is_finite(), slopes).astype(bool), axis=0)
        return [int(k) for k in np.flatnonzero(open_) if columns[k] not in self.hopeless]

    def compare(self, pairs: list[Pair], by_rows: bool) -> None:
        """Compare the Jacobian with the other way along one random direction.

        Errors: DisagreementError where the two balls of an output (or of an input) have no point in common.
        """
        try:
            one, other = self._by_series(pairs) if by_rows else self._by_tape(pairs)
        except NotImplementedError:
            return  # SymPy has no partial of some op in functions that balls know: one way alone
        apart = [k for k, (a, b) in enumerate(zip(one, other, strict=True)) if not meet(a, b)]
        if apart:
            raise DisagreementError(
                f"the two certified ways to the derivative of {self.graph.names.get(self.of.index, 'the output')} "
                f"exclude each other: {one[apart[0]]} by series, {other[apart[0]]} by the tape"
            )

    def _by_series(self, pairs: list[Pair]) -> tuple[Array, Array]:
        self.evaluations += 1
        u = {self.name(x): self._direction(x.shape) for x in self.wrt}
        _, slopes = directional(self.graph, self.of, self.values, {n: d[None] for n, d in u.items()}, 1)
        total = _zeros(self.of.node.size)
        for x, pair in zip(self.wrt, pairs, strict=True):
            total = (
                total + pair.ahead @ each(ball, u[self.name(x)].reshape(-1).astype(object)) if x.node.size else total
            )
        return slopes[0], total

    def _by_tape(self, pairs: list[Pair]) -> tuple[Array, Array]:
        self.evaluations += SWEEP + 1
        v = self._direction((self.of.node.size,))
        bars = swept(self.graph, self.of, self.wrt, self.values, v[None], self.partials)
        weights = each(ball, v.astype(object))
        joined = [each(lambda x: ball(x), weights @ pair.ahead) for pair in pairs if pair.ahead.size]
        return np.concatenate(joined), np.concatenate([bar[0] for bar in bars if bar.size])

    def _direction(self, shape: tuple[int, ...]) -> Array:
        """Return random multiples of 2⁻²⁰ in [1/2, 2) with random signs: exact, and with no relation among them."""
        return self.rng.integers(2**19, 2**21, shape) / 2.0**20 * self.rng.choice([-1.0, 1.0], shape)


def _precision_and_touch(job: _Job) -> tuple[int, Touch]:
    """Return the precision from which the values are finite and every choice is clear or exactly open, and its touch."""
    bits = 106
    while True:
        with precision(bits):
            touch = touches(job.graph, job.of, job.wrt, job.values)
            clear = not touch.unclear and all(ball(value).is_finite() for value in touch.value)
        if clear or bits >= MAX_BITS:
            return bits, touch
        bits *= 2


def _nowhere(shape: tuple[int, ...]) -> Array:
    nan = flint().arb.nan()
    return each(lambda _: nan, np.zeros(shape))


def _zeros(count: int) -> Array:
    return each(lambda _: ball(0), np.zeros(count))
