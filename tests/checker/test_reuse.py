"""Values and Jacobians kept from change to change: always those of a fresh run, computed only where they must be."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli

SPEC = {
    "inputs": {"x": {"value": [1.0, 2.0]}},
    "params": {"W": {"value": [[1.0, 0.5], [0.25, -1.0]]}, "b": {"value": [0.5, -0.5]}, "u": {"value": [1.0, -1.0]}},
    "let": {"z": "W @ x + b", "h": "tanh(z)"},
    "outputs": {"s": "u @ h", "y": "h * u"},
}


@pytest.mark.parametrize("name", ["x", "W", "b", "u"])
def test_kept_values_are_those_of_a_fresh_run(name: str) -> None:
    model = jaccli.parse(SPEC)
    kept = model.keep()
    for factor in (2.0, -1.0, 2.0):
        at = {name: factor * np.asarray(model.point()[name])}
        kept.change(at)
        for of in model.outputs:
            np.testing.assert_allclose(kept.values[of], model.evaluate(at)[of], rtol=1e-15)
            for wrt in model.inputs:
                expected = model.jacobian(of, wrt, at, route="reverse")
                np.testing.assert_allclose(kept.jacobians[of][wrt], expected, rtol=1e-14, atol=1e-15)


def test_the_last_layer_alone_is_computed_again() -> None:
    reuse = jaccli.parse(SPEC).keep(of=["s"]).change({"u": [3.0, 1.0]})
    assert (reuse.forward.again, reuse.forward.kept) == (("s",), ("W @ x", "z", "h"))


def test_nothing_is_computed_again_without_a_change() -> None:
    kept = jaccli.parse(SPEC).keep()
    reuse = kept.change({"b": kept.point["b"]})
    assert (reuse.forward.computed, reuse.backward.computed) == (0, 0)


def test_what_the_caller_does_to_answers_changes_nothing() -> None:
    kept = jaccli.parse(SPEC).keep()
    before = kept.jacobians["s"]["W"].copy()
    kept.jacobians["s"]["W"] += 5
    kept.values["s"] += 5
    kept.change({"b": kept.point["b"]})
    np.testing.assert_array_equal(kept.jacobians["s"]["W"], before)


def test_a_refused_change_changes_nothing() -> None:
    kept = jaccli.parse(SPEC).keep()
    with pytest.raises(jaccli.UsageError, match=r"`b` has shape \(2,\)"):
        kept.change({"b": [1.0]})
    assert kept.change({}).forward.computed == 0
