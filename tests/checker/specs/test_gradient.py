"""Second order: right Hessians pass, a rule that is wrong in its derivative alone fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli import UsageError
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.graph.selection import Selection
from jaccli.ops.rules import RULES

SPECS: dict[str, tuple[dict[str, Any], str]] = {
    "product": ({"x": 1.5, "y": [0.5, -1.0]}, "sin(x) * sum(y**3)"),
    "layer": ({"x": [0.5, -1.0, 2.0], "W": [[0.1, 0.2, 0.3], [1.0, -1.0, 0.5]]}, "sum(tanh(W @ x)**2)"),
    "loss": ({"z": [0.3, -0.2, 1.1]}, "logsumexp(z) - z[1] + norm(z)"),
    "inverse": ({"A": [[2.0, 1.0], [0.5, 3.0]]}, "trace(inv(A)) + log(det(A))"),
    "linear": ({"x": [1.0, 2.0], "y": 3.0}, "sum(x) + y"),
    "minimum": ({"x": 1.0}, "(x - 1)**2"),
    "large offset": ({"x": 3.0}, "1e6 + x**2"),
}


def model(name: str) -> jaccli.Model:
    inputs, text = SPECS[name]
    return jaccli.parse({"inputs": inputs, "outputs": {"f": text}})


@pytest.mark.parametrize("name", SPECS)
def test_second_order_passes_right_hessians(name: str) -> None:
    assert {check.outcome for check in model(name).gradcheck(order=2).checks} == {"pass"}


def test_second_order_has_a_check_per_pair() -> None:
    ids = [check.id.split("::")[1] for check in model("product").gradcheck(order=2).checks]
    assert ids == ["f/x/x[hessian-p0]", "f/x/y[hessian-p0]", "f/y/y[hessian-p0]"]


@pytest.mark.parametrize("name", SPECS)
def test_hessian_is_symmetric_to_rounding(name: str) -> None:
    found = model(name)
    for first in found.inputs:
        for second in found.inputs:
            one, other = found.hessian("f", first, second), found.hessian("f", second, first)
            rank = found.built.variables[first].node.shape
            turned = np.moveaxis(other, range(other.ndim - len(rank), other.ndim), range(len(rank)))
            np.testing.assert_allclose(one, turned, rtol=1e-12, atol=1e-13)


def test_second_order_fails_a_second_derivative_that_is_off_by_one_in_two_thousand(monkeypatch: Any) -> None:
    """The rule of sin calls cos, as it should; the rule of cos is what is wrong, and no first derivative of sin shows it."""
    (right,) = RULES["cos"].partials
    assert callable(right)
    wrong = replace(RULES["cos"], partials=(lambda y, x: right(y, x) * 1.0005,))
    monkeypatch.setitem(RULES, "cos", wrong)
    found = jaccli.parse({"inputs": {"x": [0.5, 1.0]}, "outputs": {"f": "sum(sin(x))"}})
    assert {check.outcome for check in found.gradcheck().checks} == {"pass"}
    assert [check.outcome for check in found.gradcheck(order=2).checks] == ["fail"]


def test_second_order_skips_an_output_that_is_no_scalar_and_says_so() -> None:
    found = jaccli.parse({"inputs": {"x": [0.5, 1.0]}, "outputs": {"f": "sin(x)"}})
    (check,) = found.gradcheck(order=2).checks
    assert (check.outcome, check.message) == ("skipped", "no Hessian: `f` has shape (2,), not one number")


def test_order_three_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'order' must be 1 or 2 \(got 3\)"):
        model("loss").gradcheck(order=3)


@pytest.mark.parametrize("name", ["product", "layer", "loss", "inverse"])
def test_second_order_of_a_small_spec_is_certified(name: str) -> None:
    assert {check.reference_route for check in model(name).gradcheck(order=2).checks} == {"certified"}


def test_second_order_names_both_variables_and_their_entries() -> None:
    (worst,) = [check for check in model("product").gradcheck(order=2).checks if check.wrt == "y/y"]
    assert (worst.first_rank, len(worst.wrt_index)) == (1, 2)


def test_second_order_by_differences_takes_no_rounding_for_a_staircase() -> None:
    """The elements of a gradient cancel in each other; the looks at functions would call their noise steps."""
    options = CheckOptions(selection=Selection((), ("block1.g1", "block1.c1")), order=2)
    report = check(jaccli.load("specs/networks/char_transformer.yaml").built, options)
    assert [(str(c.outcome), c.code) for c in report.checks] == [("pass", None)] * 3
