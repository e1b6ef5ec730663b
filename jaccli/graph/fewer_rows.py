"""A spec whose data have many rows → the same spec with fewer, for a batch or for a check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jaccli.graph.build import Built, build
from jaccli.spec.schema import Spec

__all__ = ["counts", "few_rows", "resized", "rows_text"]

CHECKED_ROWS = 8  # of data in batches: what is right for a few rows is right for all, since the graph treats them alike


def counts(variable: Any, dim: str) -> bool:
    """Return whether the first axis of a variable was declared as ``dim``."""
    return bool(variable.sizes) and variable.sizes[0].startswith(f"{dim} (") and variable.role != "param"


def resized(spec: Spec, dim: str, rows: int) -> Spec:
    """Return the spec with ``rows`` rows of its data."""

    def cut(variable: Any) -> Any:
        if not counts(variable, dim):
            return variable
        value = None if variable.value is None else variable.value[:rows]
        return replace(variable, shape=(rows, *variable.shape[1:]), value=value)

    variables = tuple(cut(v) for v in spec.variables if "." not in v.name)  # a network declares its parameters again
    return replace(spec, dims={**spec.dims, dim: rows}, variables=variables)


def rows_text(built: Built) -> str:
    """Return which rows of its data a spec is checked on, "" where on all."""
    few = few_rows(built)
    if few is built or built.spec.train is None or built.spec.train.batch is None:
        return ""
    dim = built.spec.train.batch[0]
    return f"the first {CHECKED_ROWS} of the data's {built.spec.dims[dim]:,} rows ({dim})"


def few_rows(built: Built) -> Built:
    """Return a spec that is trained in batches with the first CHECKED_ROWS rows of its data, any other as it is."""
    train = built.spec.train
    if train is None or train.batch is None or built.spec.dims[train.batch[0]] <= CHECKED_ROWS:
        return built
    return build(resized(built.spec, train.batch[0], CHECKED_ROWS), [])
