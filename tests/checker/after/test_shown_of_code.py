"""``--scan`` and ``--smallest`` of failures that are not the spec's own formulas: its code, and SymPy's derivative."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.checker.specs.target import EVERYWHERE
from jaccli.derive.symbolic import rules
from jaccli.graph.selection import Selection
from jaccli.ops.registry import TABLE

OPS = """\
import numpy as np

def f(x, w):
    return w @ np.tanh(x)

def vjp_off(inputs, y_bar):
    x, w = inputs
    return 1.5 * (1 - np.tanh(x)**2) * (w.T @ y_bar), np.outer(y_bar, np.tanh(x))

def jacobian_off(x, w):
    return w * (1 - np.tanh(x)**2) * 1.5, np.eye(len(w))[:, :, None] * np.tanh(x)

def jvp_off(inputs, tangents):
    (x, w), (dx, dw) = inputs, tangents
    return 1.5 * w @ ((1 - np.tanh(x)**2) * dx) + dw @ np.tanh(x)

def turned(x, w):
    return f(x, w) + 0.5 * (x[0] - 0.5)
"""
SPEC = """\
target: {python: ops.py::%s}
inputs:
  x: [0.5, -1.0, 2.0]
params:
  w: {shape: [2, 3], init: normal}
outputs:
  y: w @ tanh(x)
"""
CODE = {
    "target-vjp": ("f, vjp: vjp_off", 0.5),
    "target-jacobian": ("f, jacobian: jacobian_off", 0.5),
    "target-jvp": ("f, jvp: jvp_off", 0.5),
    "target-difference": ("turned", None),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ops.py").write_text(OPS)


def report(python: str, **options: Any) -> Any:
    Path("a.yaml").write_text(SPEC % python)
    return check(
        jaccli.load("a.yaml").built, CheckOptions(selection=Selection(("y",), ("x",)), allow_code=EVERYWHERE, **options)
    )


@pytest.mark.parametrize(("tested", "python", "excess"), [(name, *row) for name, row in CODE.items()], ids=CODE)
def test_scan_of_code_draws_the_derivative_of_the_code(tested: str, python: str, excess: float | None) -> None:
    found = report(python, scan="first")
    failed = next(one for one in found.checks if one.outcome == "fail")
    assert (failed.tested, found.scan.tested) == (tested, tested)
    assert found.scan.derivative == pytest.approx(failed.value, rel=1e-9)
    assert "slope 1" in found.scan.words
    if excess is not None:
        assert found.scan.derivative == pytest.approx(1.5 * failed.reference)


def test_scan_of_a_named_entry_is_that_of_its_failure() -> None:
    found = report("f, vjp: vjp_off", scan="y[0]/x[2]")
    assert found.scan.tested == "target-vjp"


@pytest.mark.parametrize("python", [row[0] for row in CODE.values()], ids=CODE)
def test_smallest_spec_of_code_fails_in_the_same_way(python: str) -> None:
    found = report(python, smallest=True)
    failed = next(one for one in found.checks if one.outcome == "fail")
    Path("small.yaml").write_text(found.smallest)
    again = check(jaccli.load("small.yaml").built, CheckOptions(allow_code=EVERYWHERE)).checks
    assert (failed.tested, failed.code) in [(one.tested, one.code) for one in again if one.outcome == "fail"]
    assert len(yaml.safe_load(found.smallest)["inputs"]["x"]) == 1


def test_smallest_spec_of_code_finds_the_code_from_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("below").mkdir()
    Path("ops.py").rename("below/ops.py")
    Path("below/a.yaml").write_text(SPEC % "f, vjp: vjp_off")
    found = check(jaccli.load("below/a.yaml").built, CheckOptions(allow_code=EVERYWHERE, smallest=True))
    assert yaml.safe_load(found.smallest)["target"]["python"] == "below/ops.py::f"


@pytest.fixture
def wrong_sine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SymPy's derivative of sin is wrong by a half, and nothing of it is remembered."""
    rules.rule.cache_clear()
    wrong = replace(TABLE["sin"], definition=lambda m, x: m.sin(x) * 3 / 2)
    monkeypatch.setitem(TABLE, "sin", wrong)
    yield
    rules.rule.cache_clear()


def test_scan_and_smallest_of_a_wrong_symbolic_derivative(wrong_sine: None) -> None:
    spec = {"inputs": {"x": [0.5, 1.0], "z": 2}, "outputs": {"y": "sin(x)*z"}}
    found = check(jaccli.parse(spec).built, CheckOptions(scan="first", smallest=True, reference="difference"))
    failed = next(one for one in found.checks if one.outcome == "fail")
    assert (failed.tested, found.scan.tested) == ("symbolic", "symbolic")
    assert found.scan.derivative == pytest.approx(1.5 * failed.reference)
    assert "sin(x)*z" in found.smallest


@pytest.mark.parametrize("entry", ["first", "y[1]/x[0]"])
def test_scan_where_two_references_exclude_each_other_is_no_crash(wrong_sine: None, entry: str) -> None:
    spec = {"inputs": {"x": [0.5, 1.0], "z": 2}, "outputs": {"y": "sin(x)*z"}}
    found = check(jaccli.parse(spec).built, CheckOptions(scan=entry))
    assert {one.code for one in found.checks} == {"JAC301"}  # such a check names no entry
    assert (found.scan is None) == (entry == "first")


@pytest.mark.parametrize("options", [{"timeout": 1e-9}, {"directions": 4}], ids=["no time", "whole rows"])
def test_scan_of_checks_that_name_no_entry_is_no_crash(options: dict[str, Any]) -> None:
    spec = {"inputs": {"x": [0.5, 1.0]}, "outputs": {"y": "sin(x)*x"}, "jacobian": {"y": {"x": "diag(cos(x))"}}}
    found = check(jaccli.parse(spec).built, CheckOptions(scan="first", **options))
    assert found.scan is None or found.scan.tested == "claim"
