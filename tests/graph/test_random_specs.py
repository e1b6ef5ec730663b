"""Random specs against HIPS autograd: 100 of the 2,000 that benchmarks/fuzz.py compares."""

from __future__ import annotations

from dataclasses import replace

import pytest
from other_libraries import Library, library
from random_specs import specs
from second_opinion import compared

from jaccli.ops.rules import RULES

pytest.importorskip("autograd", reason="autograd is not installed: pip install 'jaccli[autograd]'")


@pytest.fixture(scope="module")
def autograd() -> Library:
    return library("autograd")


@pytest.mark.parametrize("part", range(4))
def test_jacobians_of_random_specs_are_those_of_autograd(part: int, autograd: Library) -> None:
    outcomes = [compared(spec, autograd) for spec in specs(part, 25)]
    assert [outcome.wrong for outcome in outcomes] == [{}] * 25
    assert sum(outcome.symbolic for outcome in outcomes) > 20


def test_random_specs_find_a_wrong_rule(autograd: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = RULES["mul"].partials
    assert callable(second)
    wrong = replace(RULES["mul"], partials=(first, lambda a, x, y: second(a, x, y) * 1.0005))
    monkeypatch.setitem(RULES, "mul", wrong)
    found = [set(compared(spec, autograd).wrong) for spec in specs(0, 10)]
    assert {"forward", "reverse"} in found
    assert not any("symbolic" in routes for routes in found)
