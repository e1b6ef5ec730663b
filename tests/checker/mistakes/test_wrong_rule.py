"""A wrong rule of an op: the operation that has it is named, at its place in the spec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import jaccli
from jaccli.ops.rules import RULES

SPEC = {
    "inputs": {"x": {"shape": [3], "init": "normal", "seed": 2}},
    "params": {"W": {"shape": [4, 3], "init": "normal", "seed": 3}},
    "let": {"z": "W @ x", "h": "tanh(z)"},
    "outputs": {"s": "logsumexp(h * exp(z))"},
}


def routes_of(monkeypatch: pytest.MonkeyPatch, op: str, change: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    monkeypatch.setitem(RULES, op, replace(RULES[op], **change(RULES[op])))
    checks = jaccli.parse(SPEC).gradcheck().checks
    return {check.tested: check for check in checks if check.wrt == "x"}


def scaled_partial(rules: Any) -> dict[str, Any]:
    return {"partials": tuple(lambda y, *xs, p=p: 1.0005 * p(y, *xs) for p in rules.partials)}


@pytest.mark.parametrize("op", ["tanh", "exp"])
@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_wrong_rule_with_a_partial_off_by_a_two_thousandth_is_named(
    op: str, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = routes_of(monkeypatch, op, scaled_partial)[route]
    assert (found.outcome, f"the {route} rule of {op} is wrong, in `" in found.help) == ("fail", True)


def test_wrong_rule_of_one_mode_alone_leaves_the_other_right(monkeypatch: pytest.MonkeyPatch) -> None:
    def negated(rules: Any) -> dict[str, Any]:
        return {"vjp": tuple(lambda y, xs, y_bar, p=p, **k: -p(y, xs, y_bar, **k) for p in rules.vjp)}

    found = routes_of(monkeypatch, "logsumexp", negated)
    words = "the reverse rule of logsumexp is wrong"
    assert (found["forward"].outcome, found["reverse"].outcome, words in found["reverse"].help) == (
        "pass",
        "fail",
        True,
    )


def test_wrong_rule_is_not_named_where_every_rule_holds() -> None:
    from jaccli.checker.mistakes.wrong_rule import wrong_rule_of

    model = jaccli.parse(SPEC)
    assert [
        wrong_rule_of(model.built, "s", "x", model.point(), route) for route in ("forward", "reverse", "symbolic")
    ] == [None] * 3


def test_wrong_rule_of_the_symbolic_route_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from jaccli.checker.mistakes.wrong_rule import wrong_rule_of
    from jaccli.derive.symbolic import applied

    right = applied.rule

    def wrong(op: Any, pattern: Any) -> Any:
        dummies, value, partials = right(op, pattern)
        return dummies, value, tuple((d, p * 2001 / 2000 if op.name == "tanh" else p) for d, p in partials)

    monkeypatch.setattr(applied, "rule", wrong)
    model = jaccli.parse(SPEC)
    found = wrong_rule_of(model.built, "s", "x", model.point(), "symbolic")
    assert found is not None
    assert "the symbolic rule of tanh is wrong" in found.words
