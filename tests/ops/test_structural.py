"""Linear and structural ops on the shapes that break them: none, one, empty, mixed batches."""

import numpy as np
import pytest
from checks import batch_patterns, check_batched, check_dot_product
from samples import Sample

from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Graph
from jaccli.ops import Literal, ShapeError
from jaccli.ops.structural import _take

EMPTY = [
    Sample("sum", ((2, 0),), {"axes": (-1,)}),
    Sample("sum", ((2, 0),), {"axes": (-2,)}),
    Sample("reshape", ((2, 0),), {"shape": (0, 3), "rank": 2}),
    Sample("broadcast", ((1,),), {"shape": (2, 0), "rank": 1}),
    Sample("transpose", ((2, 0),), {"order": (1, 0)}),
    Sample("take", ((3,),), {"index": Literal(np.zeros((0,), dtype=int)), "rank": 1}),
    Sample("scatter", ((0,),), {"index": Literal(np.zeros((0,), dtype=int)), "shape": (3,)}),
    Sample("concatenate", ((0,), (2,)), {"axis": -1, "rank": 1}),
    Sample("contract", ((2, 0), (0, 3)), {"spec": "ij,jk->ik"}),
    Sample("contract", ((0, 2), (2, 3)), {"spec": "ij,jk->ik"}),
    Sample("softmax", ((2, 0),), {"axes": (-1,)}),
    Sample("add", ((0,), (0,)), domains=("real", "real")),
]


@pytest.mark.parametrize("sample", EMPTY, ids=lambda sample: sample.id)
def test_empty_arrays_obey_the_dot_product_identity(sample, rng):
    check_dot_product(sample, rng)


@pytest.mark.parametrize("sample", EMPTY, ids=lambda sample: sample.id)
def test_empty_arrays_batched_is_looped(sample, rng):
    for batches, seed_batch in batch_patterns(len(sample.shapes), 2, 3):
        check_batched(sample, rng, batches, seed_batch)


@pytest.mark.parametrize("batched", [0, 1])
def test_concatenate_joins_batched_and_unbatched(batched, rng):
    graph = Graph()
    x, y = graph.leaf("x", (2,)), graph.leaf("y", (2,))
    values = {"x": rng.normal(size=2), "y": rng.normal(size=2)}
    name = "xy"[batched]
    values[name] = rng.normal(size=(2, 2))
    (found,) = evaluate(graph, [x.apply("concatenate", y, axis=-1, rank=1)], values)
    parts = [np.broadcast_to(values[n], (2, 2)) for n in "xy"]
    np.testing.assert_array_equal(found, np.concatenate(parts, axis=1))


def test_scatter_adds_what_falls_on_one_place():
    graph = Graph()
    x = graph.leaf("x", (4,))
    (found,) = evaluate(
        graph, [x.apply("scatter", index=Literal(np.array([1, 1, 0, 1])), shape=(3,))], {"x": np.array([1.0, 2, 3, 4])}
    )
    np.testing.assert_array_equal(found, [3, 7, 0])


@pytest.mark.parametrize(("op", "shapes", "params", "message"), [
    ("reshape", [(2, 3)], {"shape": (4,), "rank": 2}, r"reshape: \(2, 3\) has 6 elements, \(4,\) has 4"),
    ("broadcast", [(2,)], {"shape": (3,), "rank": 1}, r"broadcast: \(2,\) does not fit \(3,\)"),
    ("broadcast", [(2, 2)], {"shape": (2,), "rank": 2}, r"broadcast: \(2, 2\) does not fit \(2,\)"),
    ("broadcast", [(3,)], {"shape": (1,), "rank": 1}, r"broadcast: \(3,\) does not fit \(1,\)"),
    ("concatenate", [(2, 2), (3, 3)], {"axis": -1, "rank": 2}, r"concatenate: \(2, 2\), \(3, 3\) differ outside axis -1"),
    ("take", [(3,)], {"index": Literal(np.array([3])), "rank": 1}, r"take: index 3 is outside the 3 elements of \(3,\)"),
    ("take", [(3,)], {"index": Literal(np.array([-1])), "rank": 1}, r"take: index -1 is outside the 3 elements of \(3,\)"),
    ("scatter", [(1,)], {"index": Literal(np.array([3])), "shape": (3,)}, r"scatter: index 3 is outside the 3 elements of \(3,\)"),
    ("scatter", [(2,)], {"index": Literal(np.array([1])), "shape": (3,)}, r"scatter: \(2,\) needs as many indices, not \(1,\)"),
])  # fmt: skip
def test_shape_rule_refuses(op, shapes, params, message):
    graph = Graph()
    with pytest.raises(ShapeError, match=message):
        graph.add(op, [graph.leaf(f"x{k}", shape) for k, shape in enumerate(shapes)], params)


def test_take_of_axes_that_lie_apart_in_memory_is_that_of_a_copy(rng):
    """A product leaves its axes in another order; what an index selects of it is then no part of one long axis."""
    for _ in range(300):
        core, batch = tuple(rng.integers(1, 6, rng.integers(2, 4))), tuple(rng.integers(1, 4, rng.integers(0, 3)))
        order = rng.permutation(len(batch + core))
        x = rng.normal(size=tuple((batch + core)[k] for k in order)).transpose(np.argsort(order))
        numbered = np.arange(np.prod(core)).reshape(core)
        starts = [int(rng.integers(n)) for n in core]
        parts = [slice(k, None, int(rng.choice([1, 2, -1]))) if rng.random() < 0.7 else k for k in starts]
        index = np.asarray(numbered[tuple(parts)]) if rng.random() < 0.8 else rng.integers(0, numbered.size, (2, 3))
        expected = x.reshape(*batch, numbered.size)[..., index]
        np.testing.assert_array_equal(_take(x, Literal(index), len(core)), expected)


def test_take_of_a_row_of_a_product_copies_nothing(rng):
    x = rng.normal(size=(27, 900, 48)).transpose(1, 0, 2)
    row = _take(x, Literal(np.arange(48) + 48 * 5), 2)
    assert np.shares_memory(row, x)
