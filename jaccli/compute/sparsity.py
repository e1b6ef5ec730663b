"""A built spec → the patterns of its Jacobians, their colours, and what a declared pattern leaves out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from jaccli.compute.references import certified_blocks
from jaccli.derive.compressed import CompressedJacobian
from jaccli.derive.gathered import GatheredJacobian, sparse_jacobian
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.pattern import Pattern
from jaccli.graph.selection import Selection, select
from jaccli.results.sparsity import Declared, Sparsity
from jaccli.types import Array

__all__ = ["declared_patterns", "sparsities"]


def sparsities(
    built: Built,
    selection: Selection | None = None,
    declared: Mapping[str, Array] | None = None,
    at: Mapping[str, Any] | None = None,
) -> list[Sparsity]:
    """Return one pattern for each selected output, by all selected variables side by side.

    declared: output → (rows, columns) of a pattern to be held against the structure, and against the values at a point.
    Law:    an entry outside the pattern is zero at every point, since no path of the spec's operations leads there.
    Errors: UsageError for a name the spec does not have, or a declared entry outside the matrix.
    """
    outputs, variables = select(built, selection or Selection())
    xs = [built.variables[name] for name in variables]
    found = []
    for of in outputs:
        jacobian = sparse_jacobian(built.outputs[of], xs)
        rows, columns = jacobian.pattern.entries
        colours = jacobian.colouring
        held = None
        if declared and of in declared:
            held = _held(jacobian, declared[of], partial(_certain, built, of, variables, built.point(at)))
        found.append(
            Sparsity(
                of, tuple(variables), jacobian.pattern.shape, tuple(x.node.size for x in xs),
                rows, columns, colours.columns, colours.rows, held,
                jacobian.places if isinstance(jacobian, GatheredJacobian) else None,
            )
        )  # fmt: skip
    return found


def _held(
    jacobian: CompressedJacobian | GatheredJacobian, entries: Array, certain: Callable[[Array, Array], Array]
) -> Declared:
    traced, shape = jacobian.pattern, jacobian.pattern.shape
    if entries.size and (entries.min() < 0 or np.any(entries.max(axis=1) >= shape)):
        raise UsageError(
            f"a declared pattern of {jacobian.of.node.size} rows has entries outside {shape[0]} × {shape[1]}"
        )
    said = Pattern.of_entries(entries[0], entries[1], shape)
    keys, known = (rows * max(shape[1], 1) + columns for rows, columns in (traced.entries, said.entries))
    outside = ~np.isin(keys, known)
    rows, columns = (places[outside] for places in traced.entries)
    values = certain(rows, columns)
    seen = np.isfinite(values)
    wrong = zip(rows[seen].tolist(), columns[seen].tolist(), values[seen].tolist(), strict=True)
    return Declared(tuple(wrong), int(np.sum(~seen)), int(np.sum(~np.isin(known, keys))))


def _certain(
    built: Built, of: str, variables: Sequence[str], point: Mapping[str, Any], rows: Array, columns: Array
) -> Array:
    """Return the entries that are known not to be zero at a point, NaN for the others: rounding alone makes no entry."""
    try:
        found = certified_blocks(built, of, variables, dict(point)) if len(rows) else {}
    except UsageError:  # an op without ball arithmetic, or too much work
        found = {}
    if not found:
        return np.full(len(rows), np.nan)
    m = built.outputs[of].node.size
    value, bar = (
        np.concatenate([np.asarray(part).reshape(m, -1) for part in parts], axis=1)[rows, columns]
        for parts in ([found[x].value for x in variables], [found[x].error_bar for x in variables])
    )
    return np.where(np.abs(value) > bar, value, np.nan)


def declared_patterns(path: str, outputs: list[str]) -> dict[str, Array]:
    """Return the patterns that a file declares, by output: JSON of ``jac sparsity -f json``, or a CSV matrix of 0 and 1.

    Errors: UsageError saying what is wrong with the file.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        if path.endswith(".csv"):
            if len(outputs) != 1:
                raise UsageError(f"{path} declares one matrix: choose its output with --of")
            matrix = np.loadtxt(text.splitlines(), delimiter=",", ndmin=2, comments="#")
            return {outputs[0]: np.array(np.nonzero(matrix))}
        document = json.loads(text)
        return {
            str(of): np.array([one["rows"], one["columns"]], dtype=np.int64) for of, one in document["sparsity"].items()
        }
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise UsageError(
            f"{path} is not a pattern: write rows and columns as `jac sparsity -f json` does, or 0 and 1 as .csv"
        ) from None
