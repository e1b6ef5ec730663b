"""Derivatives that are doubtful at the same entries share one look at staircases, and each is judged by it."""

import pytest

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.references import function
from jaccli.checker.specs.run import check
from jaccli.results.kinds import Label, Outcome


@pytest.fixture
def looks(monkeypatch):
    """Count the looks at staircases."""
    made = []

    def counted(fn, x, reference, entries, eps, far):
        made.append(entries)
        return on_stairs(fn, x, reference, entries, eps, far)

    on_stairs = function.on_stairs
    monkeypatch.setattr(function, "on_stairs", counted)
    return made


STEPS = {
    "share of right answers": ("mean(sigmoid(x) >= 0.5) * w", "0.3*x"),
    "softmax": ("mean(softmax(x) >= 0.2) * w", "x"),
    "lost digits": ("sum((1e8 + x) - 1e8) * w", "1.3*x"),
}


def outcomes(text, claim):
    inputs = {"x": [0.3, 0.61, 0.82]}
    spec = {"inputs": inputs, "params": {"w": 0.4}, "outputs": {"y": text}, "jacobian": {"y": {"x": claim}}}
    found = check(jaccli.parse(spec).built, CheckOptions(reference="difference")).checks
    return [(one.wrt, one.tested, one.outcome, one.code, one.error_bar) for one in found]


@pytest.mark.parametrize(("text", "claim"), STEPS.values(), ids=STEPS)
def test_three_routes_take_one_look_and_a_wrong_claim_beside_them_its_own(text, claim, looks, monkeypatch):
    found, together = outcomes(text, claim), len(looks)
    monkeypatch.setattr(function, "LOOKED", 0)
    assert repr(outcomes(text, claim)) == repr(found)  # NaN differs from itself
    assert together < len(looks) - together
    assert all(outcome != Outcome.PASS for _, tested, outcome, _, _ in found if tested == Label.CLAIM)
