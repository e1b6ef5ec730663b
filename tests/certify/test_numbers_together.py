"""Certified derivatives by several numbers share their passes, and are those by each alone, at kinks and where a series is too short."""

import re

import numpy as np
import pytest

from jaccli import certify
from jaccli.derive.symbolic import local_partials
from jaccli.graph.load import load_expressions

AT = {"a": 0.5, "b": 2.0, "c": -1.25}
CASES = {
    "smooth": "sin(a * b) * exp(c) + a / b",
    "of two of three": "a**3 * tanh(c)",
    "a kink of one": "abs(a - 0.5) * b + sin(c)",
    "a kink of two": "maximum(a, b - 1.5) * c",
    "flat to first order": "sqrt((a - 0.5)**4) + b * c",
    "a quotient of zeros": "sinc(a - 0.5) * (b + c)",
}


@pytest.mark.parametrize("formula", [pytest.param(formula, id=name) for name, formula in CASES.items()])
def test_numbers_together_are_certified_as_each_alone(formula: str) -> None:
    names = sorted(set(re.findall(r"\b[abc]\b", formula)))
    built = load_expressions([f"y = {formula}"], {name: AT[name] for name in names})
    point, output, xs = built.point({}), built.outputs["y"], [built.variables[name] for name in names]
    together = certify.certified(built.graph, output, xs, point, local_partials)
    for x, found in zip(xs, together, strict=True):
        (alone,) = certify.certified(built.graph, output, [x], point, local_partials)
        for field in ("value", "error_bar", "low", "high"):
            np.testing.assert_array_equal(getattr(found, field), getattr(alone, field))


def test_numbers_share_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    before = certify.certified.__globals__["directional"]

    def counting(*args: object, **more: object) -> object:
        counts.append(args[4])
        return before(*args, **more)

    monkeypatch.setitem(certify.certified.__globals__, "directional", counting)
    built = load_expressions(["y = sin(a * b) * exp(c)"], AT)
    certify.certified(built.graph, built.outputs["y"], [*built.variables.values()], built.point({}), local_partials)
    assert counts == [3, 3]  # at 53 and at 106 bits
