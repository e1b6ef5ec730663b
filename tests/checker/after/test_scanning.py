"""The Taylor remainder of a right derivative falls with slope 2, of a wrong one with slope 1, and the picture says so."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.cli import with_values
from jaccli.report.gradcheck.scanned import scan_text

RIGHT = "diag(exp(x)*(sin(x) + cos(x)))"


def scanned(claim: str, entry: str = "first", output: str = "sin(x) * exp(x)") -> Any:
    spec = {"inputs": {"x": [0.5, 1.0, 2.0]}, "outputs": {"y": output}, "jacobian": {"y": {"x": claim}}}
    return check(jaccli.parse(spec).built, CheckOptions(scan=entry)).scan


@pytest.mark.parametrize(
    ("claim", "slope", "words"),
    [
        pytest.param(RIGHT, 2, "a right derivative has slope 2", id="right"),
        pytest.param(f"1.0005 * {RIGHT}", 1, "a wrong derivative has slope 1", id="0.05 % off"),
        pytest.param(f"-{RIGHT}", 1, "a wrong derivative has slope 1", id="sign"),
    ],
)
def test_scan_slope_tells_right_from_wrong(claim: str, slope: float, words: str) -> None:
    found = scanned(claim, "y[1]/x[1]")
    assert (found.slope == pytest.approx(slope, abs=0.1), words in found.words) == (True, True)


def test_scan_excess_is_the_error_of_the_derivative() -> None:
    wrong, right = scanned(f"1.0005 * {RIGHT}", "y[1]/x[1]"), scanned(RIGHT, "y[1]/x[1]")
    c1, error = wrong.excess
    assert c1 == pytest.approx(right.derivative - wrong.derivative, abs=max(5 * error, 1e-7))


def test_scan_of_the_first_failure_is_that_of_its_worst_entry() -> None:
    found = scanned(f"{RIGHT} * where(arange(3) == 2, 2, 1)")
    assert (found.entry, found.tested) == ("d y[2] / d x[2]", "claim")


def test_scan_of_a_straight_line_says_that_it_is_one() -> None:
    assert "straight line" in scanned("2 * eye(3)", "y[0]/x[0]", "2 * x").words


@pytest.mark.parametrize(("output", "at", "claim", "words"), [
    ("1e16 + sin(x)", 0.5, "5", "rounding of the values hides everything"),
    ("1e17 + sin(x)", 0.5, "cos(x)", "rounding of the values hides everything"),
    ("log(x)*1", -1.0, "1/x", "no remainder is finite"),
    ("relu(x)", -1.0, "0", "straight line"),
    ("0*x", 2.0, "0", "straight line"),
    ("1e-310*x", 2.0, "1e-310", "rounding"),
    ("1e-300*x**2", 2.0, "4e-300", "slope 2"),
    ("1e-300*x**2", 2.0, "3e-300", "slope 1"),
    ("1e300*x**2", 2.0, "4e300", "slope 2"),
])  # fmt: skip
def test_scan_says_where_there_is_nothing_to_see(output: str, at: float, claim: str, words: str) -> None:
    spec = {"inputs": {"x": at}, "outputs": {"y": output}, "jacobian": {"y": {"x": claim}}}
    assert words in check(jaccli.parse(spec).built, CheckOptions(scan="y/x")).scan.words


@pytest.mark.parametrize("width", [80, 120])
def test_scan_picture_keeps_within_the_width(width: int) -> None:
    lines = scan_text(scanned(RIGHT), width).splitlines()
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("y", "an entry is written OUTPUT/INPUT"), ("z/x", "`z` is not an output; known: y"), ("y/w", "`w` is not an input or param; known: x"),
        ("y/x", r"`y` has shape \(3,\), and no element \[\]"), ("y[3]/x[0]", r"no element \[3\]"), ("y[a]/x[0]", "indices are whole numbers"),
    ],
)  # fmt: skip
def test_scan_of_an_entry_that_is_none_says_what_is_wrong(entry: str, words: str) -> None:
    with pytest.raises(jaccli.UsageError, match=words):
        scanned(RIGHT, entry)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["gradcheck", "--scan"], ["gradcheck", "--scan", "first"]),
        (["gradcheck", "--scan", "a.yaml"], ["gradcheck", "--scan", "first", "a.yaml"]),
        (["gradcheck", "--scan", "y/x[2]", "a.yaml"], ["gradcheck", "--scan", "y/x[2]", "a.yaml"]),
        (["gradcheck", "--scan", "first", "-q"], ["gradcheck", "--scan", "first", "-q"]),
        (["gradcheck", "a.yaml"], ["gradcheck", "a.yaml"]),
    ],
)
def test_scan_option_may_stand_alone(arguments: list[str], expected: list[str]) -> None:
    assert with_values(arguments) == expected
