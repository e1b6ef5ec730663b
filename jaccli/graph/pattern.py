"""The pattern of a sparse matrix: for each row the columns in which it may be different from zero."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from jaccli.types import Array

__all__ = ["Pattern"]


@dataclass(frozen=True, eq=False)
class Pattern:
    """Compressed rows: those of row i are ``columns[starts[i] : starts[i + 1]]``, in ascending order, each once.

    shape: rows and columns of the matrix.
    """

    shape: tuple[int, int]
    starts: Array
    columns: Array

    @classmethod
    def empty(cls, rows: int, columns: int) -> Pattern:
        """Return the pattern of zeros."""
        return cls((rows, columns), np.zeros(rows + 1, dtype=np.int64), np.zeros(0, dtype=np.int64))

    @classmethod
    def identity(cls, count: int, start: int, columns: int) -> Pattern:
        """Return the pattern whose row i has column start + i alone."""
        return cls((count, columns), np.arange(count + 1), np.arange(start, start + count))

    @classmethod
    def of_entries(cls, rows: Array, columns: Array, shape: tuple[int, int]) -> Pattern:
        """Return the pattern with these entries, in any order and as often as one likes."""
        keys = np.sort(rows.astype(np.int64) * max(shape[1], 1) + columns)
        keys = keys[np.diff(keys, prepend=-1) > 0]  # np.unique counts by hashes here, ten times as long
        found = keys // max(shape[1], 1)
        starts = np.zeros(shape[0] + 1, dtype=np.int64)
        np.cumsum(np.bincount(found, minlength=shape[0]), out=starts[1:])
        return cls(shape, starts, keys % max(shape[1], 1))

    @classmethod
    def union(cls, patterns: Sequence[Pattern]) -> Pattern:
        """Return the entries of any of the patterns, which are of one shape."""
        first = patterns[0]
        if all(one is first or (one.count == first.count and _equal(one, first)) for one in patterns):
            return first
        rows, columns = (np.concatenate(parts) for parts in zip(*(p.entries for p in patterns), strict=True))
        return cls.of_entries(rows, columns, patterns[0].shape)

    @classmethod
    def stacked(cls, patterns: Sequence[Pattern]) -> Pattern:
        """Return the rows of the patterns one after the other."""
        if len(patterns) == 1:
            return patterns[0]
        counts = np.concatenate([np.diff(p.starts) for p in patterns])
        shape = len(counts), patterns[0].shape[1]
        return cls(shape, np.concatenate([[0], np.cumsum(counts)]), np.concatenate([p.columns for p in patterns]))

    def lists(self) -> list[list[int]]:
        """Return the columns of each row, as Python counts them fastest."""
        columns, starts = self.columns.tolist(), self.starts.tolist()
        return [columns[start:stop] for start, stop in itertools.pairwise(starts)]

    @property
    def count(self) -> int:
        """The number of entries."""
        return len(self.columns)

    @cached_property
    def entries(self) -> tuple[Array, Array]:
        """The row and the column of each entry, row by row."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.starts)), self.columns

    @cached_property
    def transposed(self) -> Pattern:
        """The pattern of the transpose."""
        rows, columns = self.entries
        order = np.argsort(columns, kind="stable")
        starts = np.zeros(self.shape[1] + 1, dtype=np.int64)
        np.cumsum(np.bincount(columns, minlength=self.shape[1]), out=starts[1:])
        return Pattern(self.shape[::-1], starts, rows[order])

    def taken(self, rows: Array) -> Pattern:
        """Return the pattern whose row k is row ``rows[k]``."""
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Pattern((len(rows), self.shape[1]), starts, self.columns[np.repeat(self.starts[rows], lengths) + within])

    def added(self, into: Array, count: int) -> Pattern:
        """Return the pattern of ``count`` rows where row k goes into row ``into[k]``, together with others."""
        rows, columns = self.entries
        return Pattern.of_entries(into[rows], columns, (count, self.shape[1]))

    def anywhere(self, count: int) -> Pattern:
        """Return ``count`` rows that have every column which any row has."""
        columns = np.unique(self.columns)
        return Pattern((count, self.shape[1]), np.arange(count + 1) * len(columns), np.tile(columns, count))

    def without(self, rows: Array) -> Pattern:
        """Return the pattern with the rows emptied where ``rows`` is true."""
        filled, columns = self.entries
        kept = ~rows[filled]
        return Pattern.of_entries(filled[kept], columns[kept], self.shape)

    def dense(self) -> Array:
        """Return True at the entries; shape: that of the matrix."""
        whole = np.zeros(self.shape, dtype=bool)
        whole[self.entries] = True
        return whole


def _equal(one: Pattern, other: Pattern) -> bool:
    return np.array_equal(one.starts, other.starts) and np.array_equal(one.columns, other.columns)
