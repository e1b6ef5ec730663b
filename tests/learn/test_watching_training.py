"""What can be watched of a backward pass: every product is upstream × local, every gradient their sum, and words go along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import jaccli
from jaccli.compute.watch import watched
from jaccli.errors import SourceError, UsageError
from jaccli.report.pages.watch import watch_page

SPECS = Path(__file__).parents[2] / "specs"
SMALL = [
    "coffee.yaml",
    "feedforward.yaml",
    "museums.yaml",
    "networks/xor.yaml",
    "predator_prey.yaml",
    "softmax_cross_entropy.yaml",
]


@pytest.mark.parametrize("name", SMALL)
def test_gradient_is_the_sum_of_its_products(name) -> None:
    found = watched(jaccli.load(SPECS / name).built)
    (moment,) = found.moments
    for flow in moment.flows:
        for index, gradient in flow.gradients.items():
            products = [
                p for use, p in zip(found.uses, flow.products, strict=True) if use.source == index and p is not None
            ]
            if products and flow.of.partition("[")[0] != next(s.name for s in found.stations if s.index == index):
                assert np.allclose(sum(products), gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", SMALL)
def test_product_is_upstream_times_local(name) -> None:
    found = watched(jaccli.load(SPECS / name).built)
    (moment,) = found.moments
    known = 0
    for flow in moment.flows:
        for use, local, product in zip(found.uses, moment.locals, flow.products, strict=True):
            if local is None or product is None:
                continue
            upstream = flow.gradients[use.target]
            expected = upstream.reshape(-1) @ local if use.matrix else upstream * local
            assert np.allclose(expected.reshape(product.shape), product, rtol=1e-12, atol=1e-14)
            known += 1
    assert known


@pytest.mark.parametrize("name", SMALL)
def test_gradients_of_variables_are_those_of_the_model(name) -> None:
    model = jaccli.load(SPECS / name)
    found = watched(model.built)
    names = {station.index: station.name for station in found.stations}
    for flow in found.moments[0].flows:
        of, _, place = flow.of.rstrip("]").partition("[")
        index = tuple(int(k) for k in place.split(",")) if place else ()
        for node, gradient in flow.gradients.items():
            if names[node] in model.inputs:
                assert np.allclose(model.jacobian(of, names[node])[index], gradient, rtol=1e-10, atol=1e-12)


def test_words_go_along_with_products_and_functions() -> None:
    words = ("Museums", "in", "Paris")
    spec = {
        "inputs": {"W": {"value": np.ones((3, 2)), "entries": list(words)}, "x": {"value": [1.0, 2.0]}},
        "let": {"z": "tanh(W @ x)", "a": "W.T @ z", "b": "sum(W, axis=1)", "c": "sum(W, axis=0)"},
        "outputs": {"y": "a @ c + sum(b)"},
    }
    known = {station.name: station.words for station in watched(jaccli.parse(spec).built).stations}
    assert [known[name] for name in ("W", "z", "a", "b", "c", "W.T")] == [
        (words, None), (words,), (None,), (words,), (None,), (None, words),
    ]  # fmt: skip


def test_words_of_another_number_than_places_are_refused() -> None:
    with pytest.raises(SourceError, match=r"`entries` of `x` are 2 words, but its shape is \(3,\)"):
        jaccli.parse({"inputs": {"x": {"value": [1, 2, 3], "entries": ["a", "b"]}}, "outputs": {"y": "sum(x)"}})


def test_time_steps_are_folds_inside_their_layer() -> None:
    found = watched(jaccli.load(SPECS / "networks/char_lstm.yaml").built)
    steps = [fold for fold in found.folds if fold.kind == "time step"]
    assert [fold.name for fold in steps] == [f"lstm1[{t}]" for t in range(27)]
    assert {found.folds[fold.outer].name for fold in steps} == {"lstm1"}


def test_two_sequences_have_steps_of_their_own() -> None:
    spec = {
        "inputs": {"x": {"value": np.ones((3, 2))}, "A": {"value": np.ones((2, 2))}, "B": {"value": np.ones((2, 2))}},
        "let": {"h": "rnn(x, A, B)", "g": "rnn(h, B, A)"},
        "outputs": {"y": "sum(g)"},
    }
    found = watched(jaccli.parse(spec).built)
    assert [fold.name for fold in found.folds if fold.kind == "time step"] == [
        f"steps{k}[{t}]" for k in (1, 2) for t in range(3)
    ]


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_page_of_a_shipped_spec_is_at_most_half_a_megabyte(path) -> None:
    page = watch_page(watched(jaccli.load(path).built))
    assert len(page.encode()) < 500_000
    assert [c for c in page if c < " " and c not in "\n\t"] == []  # what a frame would escape, and a policy then block


def test_training_of_a_large_graph_shows_its_layers() -> None:
    built = jaccli.load(SPECS / "networks/char_lstm.yaml").built
    start = {name: built.point({})[name] for name in built.differentiable}
    found = watched(built, of="loss", run=[(k, start) for k in range(1, 22)], losses=[1.0] * 21)
    assert {"lstm1", "logits", "loss"} <= {station.name for station in found.stations}
    assert len(watch_page(found).encode()) < 500_000


def test_graph_that_is_too_large_says_what_to_do() -> None:
    spec = {
        "inputs": {"x": 1.0},
        "let": {f"a{k}": f"sin({f'a{k - 1}' if k else 'x'}) + 1" for k in range(1100)},
        "outputs": {"y": "a1099"},
    }
    with pytest.raises(UsageError, match="cannot be looked at"):
        watched(jaccli.parse(spec).built)
