"""A cache computes again what depends on a changed leaf, nothing else, and its values are those of a fresh run."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.derive.reverse import vjp
from jaccli.graph.cached import Cache
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import ancestors

MODEL = jaccli.function(
    "z = W @ x + b",
    "h = tanh(z)",
    "s = u @ h",
    at={"W": np.eye(2), "x": [1.0, 2.0], "b": [0.5, -0.5], "u": [1.0, -1.0]},
)
POINT = MODEL.point()


def wanted():
    graph, s = MODEL.built.graph, MODEL.built.outputs["s"]
    bars = vjp(graph, {s.index: graph.literal(1)}, [MODEL.built.variables[name] for name in ("W", "b", "u")])
    return [s, *bars]


@pytest.mark.parametrize("name", ["", "W", "b", "u"])
def test_cache_computes_what_depends_on_the_change(name):
    graph = MODEL.built.graph
    moved = {**POINT, name: POINT[name] + 1.0} if name else POINT
    cache = Cache(graph)
    cache.evaluate(wanted(), POINT)
    values = cache.evaluate(wanted(), moved)
    for actual, expected in zip(values, evaluate(graph, wanted(), moved), strict=True):
        np.testing.assert_array_equal(actual, expected)
    nodes = [k for k in ancestors(graph, [x.index for x in wanted()]) if graph.nodes[k].op != "leaf"]
    dependent = [k for k in nodes if name and graph.inputs()[name].index in ancestors(graph, [k])]
    assert (cache.computed, cache.reused) == (len(dependent), len(nodes) - len(dependent))


def test_cache_forgets_what_was_not_asked_for_and_no_longer_holds():
    cache = Cache(MODEL.built.graph)
    s, *bars = wanted()
    cache.evaluate([s, *bars], POINT)
    cache.evaluate([s], {**POINT, "x": np.zeros(2)})
    values = cache.evaluate(bars, {**POINT, "x": np.zeros(2)})
    for actual, expected in zip(values, evaluate(MODEL.built.graph, bars, {**POINT, "x": np.zeros(2)}), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_cache_tells_a_nan_from_another_nan_by_nothing():
    cache = Cache(MODEL.built.graph)
    point = {**POINT, "b": np.array([np.nan, 1.0])}
    cache.evaluate(wanted(), point)
    cache.evaluate(wanted(), point)
    assert cache.computed == 0
