"""Where boxes and lines of a picture stand: in order, apart, and no line through a box."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from jaccli.learn.layout import BESIDE, Layout, arrange


def random_sources(count: int, rng: np.random.Generator) -> dict[int, list[int]]:
    """Return ``count`` boxes that all lead to the last."""
    sources = {
        k: sorted({int(s) for s in rng.integers(max(0, k - 12), k, size=rng.integers(0, 4))}) for k in range(1, count)
    }
    used = {s for made_of in sources.values() for s in made_of}
    return {0: [], **sources, count: [k for k in range(count) if k not in used]}


CASES = [3, 12, 60, 300]


@pytest.fixture(params=CASES)
def layout(request: pytest.FixtureRequest, rng: np.random.Generator) -> Layout:
    return arrange(random_sources(request.param, rng))


def test_arrange_keeps_spots_of_a_layer_apart(layout: Layout) -> None:
    rows: dict[int, list[tuple[float, float]]] = {}
    for (index, layer), place in layout.across.items():
        rows.setdefault(layer, []).append((place, 1.0 if layout.layers[index] == layer else BESIDE))
    for row in rows.values():
        for (left, one), (right, other) in pairwise(sorted(row)):
            assert right - left >= (one + other) / 2 - 1e-9


def test_arrange_draws_lines_from_each_layer_to_the_next(layout: Layout) -> None:
    assert {other[1] - one[1] for one, other in layout.lines} == {1}


def test_arrange_leads_every_box_to_what_uses_it(rng: np.random.Generator) -> None:
    sources = random_sources(60, rng)
    found = arrange(sources)
    ends: dict[int, set[int]] = {}
    for (box, _), (other, layer) in found.lines:
        if found.layers[other] == layer:
            ends.setdefault(other, set()).add(box)
    assert {box: sorted(made_of) for box, made_of in ends.items()} == {
        box: made for box, made in sources.items() if made
    }


def test_arrange_crosses_no_lines_of_a_tree() -> None:
    sources = (
        {k: [] for k in range(8)} | {8 + k: [k, 7 - k] for k in range(4)} | {12: [8, 11], 13: [9, 10], 14: [12, 13]}
    )
    found = arrange(sources)
    for layer in set(found.layers.values()):
        lines = sorted((found.across[one], found.across[other]) for one, other in found.lines if one[1] == layer)
        assert [end for _, end in lines] == sorted(end for _, end in lines)
