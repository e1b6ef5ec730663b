"""Jacobians that do not fit into memory are refused before any work, and their sparse form is not."""

import pytest

import jaccli
from jaccli.compute import fitting
from jaccli.compute.compute import compute
from jaccli.errors import UsageError
from jaccli.graph.load import load_expressions
from jaccli.graph.selection import Selection

SPEC = {"inputs": {"x": {"shape": [2_000_000], "init": "ones"}}, "outputs": {"y": "x**2"}}
SAID = r"d y / d x has 4,000,000,000,000 entries, 29,802 GiB, more than the .* GiB of this machine; ask for sparse_jacobian"


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda m: m.jacobian("y", "x"), id="jacobian"),
        pytest.param(lambda m: m.gradients("y"), id="gradients"),
        pytest.param(lambda m: m.compile_jacobian("y", "x"), id="compile_jacobian"),
    ],
)
def test_dense_jacobian_that_does_not_fit_is_refused_with_its_size(ask):
    with pytest.raises(UsageError, match=SAID):
        ask(jaccli.parse(SPEC))


def test_sparse_jacobian_of_what_does_not_fit_is_given(monkeypatch):
    monkeypatch.setattr(fitting, "total_memory", lambda: 2.0**20)
    model = jaccli.parse({"inputs": {"x": {"shape": [1000], "init": "ones"}}, "outputs": {"y": "x**2"}})
    with pytest.raises(UsageError, match="1,000,000 entries, 8 MiB, more than the 1 MiB of this machine"):
        model.jacobian("y", "x")
    found = model.sparse_jacobian("y")
    assert (found.nnz, found[5, 5]) == (1000, 2.0)


def test_blocks_that_do_not_fit_together_are_refused_before_work(monkeypatch):
    monkeypatch.setattr("jaccli.compute.fitting.total_memory", lambda: 2.0**20)
    built = load_expressions([f"y{k} = {k} * x" for k in range(20)], {"x": [1.0] * 100})
    with pytest.raises(
        UsageError, match="the 20 blocks together have 200,000 entries, 2 MiB, more than the 1 MiB of this"
    ):
        compute(built)
    assert len(compute(built, selection=Selection(("y3",))).blocks) == 1
