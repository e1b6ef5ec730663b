"""Sparse Jacobians by way of what is selected: equal to the dense ones, and fewer products where many select the same elements."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.derive.compressed import CompressedJacobian
from jaccli.derive.gathered import GatheredJacobian, sparse_jacobian

ROWS = np.arange(40)
SELECTED = {
    "cameras and points": ("sin(c[i]) * x[j][:, 0:2] + w[:, None]", ("c", "x", "w")),
    "one variable twice": ("c[i] * c[k]", ("c",)),
    "the same element twice in a row": ("c[i, 0] * c[i, 1] + c[z, 0]", ("c",)),
    "a selection with columns": ("sum(x[j], axis=1) * w", ("x", "w")),
    "not all of it": ("c[o] * w[:, None]", ("c", "w")),
}
WHOLE = {
    "used as it is": ("c[i] * sum(c)", ("c",)),
    "no selection": ("w * exp(w)", ("w",)),
    "an output itself": ("c", ("c",)),
}


def model(text, rng):
    inputs = {"c": rng.normal(size=(3, 2)), "x": rng.normal(size=(7, 3)), "w": rng.normal(size=40)}
    return jaccli.parse(
        {
            "inputs": inputs,
            "constants": {"i": ROWS % 3, "j": ROWS % 7, "k": ROWS % 7 % 3, "z": 0 * ROWS, "o": ROWS % 2},
            "outputs": {"y": text},
        }
    )


def dense(made, names):
    return np.concatenate(
        [made.jacobian("y", name).reshape(-1, made.built.variables[name].node.size) for name in names], axis=1
    )


@pytest.mark.parametrize(("text", "names"), [*SELECTED.values(), *WHOLE.values()], ids=[*SELECTED, *WHOLE])
def test_sparse_jacobian_equals_the_dense_one(text, names, rng):
    made = model(text, rng)
    for _ in range(2):  # interpreted, then compiled
        np.testing.assert_allclose(
            made.sparse_jacobian("y", names).toarray(), dense(made, names), rtol=1e-13, atol=1e-15
        )


@pytest.mark.parametrize(("text", "names"), [*SELECTED.values(), *WHOLE.values()], ids=[*SELECTED, *WHOLE])
def test_sparse_jacobian_has_the_pattern_of_the_operations(text, names, rng):
    built = model(text, rng).built
    of, variables = built.outputs["y"], [built.variables[name] for name in names]
    found, plain = sparse_jacobian(of, variables), CompressedJacobian(of, variables)
    np.testing.assert_array_equal(found.pattern.dense(), plain.pattern.dense())


def test_sparse_jacobian_of_observations_takes_as_many_products_as_one_has_rows(rng):
    built = model(*SELECTED["cameras and points"][:1], rng).built
    of, variables = built.outputs["y"], [built.variables[name] for name in ("c", "x", "w")]
    found = sparse_jacobian(of, variables)
    assert isinstance(found, GatheredJacobian)
    assert (found.colouring.products, CompressedJacobian(of, variables).colouring.products) == (2, 3)


def test_sparse_jacobian_has_no_number_where_the_value_has_none(rng):
    made = model("log(c[i]) * x[j][:, 0:2]", rng)
    c = np.abs(rng.normal(size=(3, 2)))
    c[1, 0] = -1.0
    found = made.sparse_jacobian("y", ("c", "x"), {"c": c}).toarray()
    lost = np.isnan(found).any(axis=1).reshape(40, 2)
    np.testing.assert_array_equal(lost, np.stack([ROWS % 3 == 1, np.zeros(40, dtype=bool)], axis=1))


@pytest.mark.parametrize("blocks", [(4, 2, 3), (6, 5, 1), (1, 3, 3)])
def test_blocks_take_as_many_colours_as_a_row_has_entries(blocks):
    count, rows, columns = blocks
    from jaccli.derive.colouring import columns_coloured
    from jaccli.graph.pattern import Pattern

    matrix = np.kron(np.eye(count), np.ones((rows, columns)))
    found = columns_coloured(Pattern.of_entries(*np.nonzero(matrix), matrix.shape))
    assert found.max() + 1 == columns
    for row in matrix.astype(bool):
        assert len(set(found[row])) == columns


@pytest.mark.parametrize(("text", "names"), [*SELECTED.values(), *WHOLE.values()], ids=[*SELECTED, *WHOLE])
def test_sparsity_reports_the_products_that_are_made(text, names, rng):
    made = model(text, rng)
    products = sparse_jacobian(made.built.outputs["y"], [made.built.variables[name] for name in names]).colouring
    found = made.sparsity("y", names)
    assert (found.forward, found.reverse) == (products.forward, products.reverse)
    assert len(found.column_colours) == (found.shape[1] if found.selected is None else len(found.selected))
