"""What undecided entries carry of their rows and columns, and that a run with something open is never green."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.verdict.unverified import open_share

INF = float("inf")


@pytest.mark.parametrize(
    ("value", "error", "undecided", "share"),
    [
        pytest.param([[1.0, 2.0]], [[0.1, 0.1]], [[0, 0]], 0.0, id="all decided"),
        pytest.param([[1.0, 3.0]], [[0.2, 0.0]], [[1, 0]], 0.05, id="a share of a gradient"),
        pytest.param([[1.0, 3.0]], [[0.2, 0.4]], [[1, 1]], 0.15, id="shares add up"),
        pytest.param([[1.0, 1e-8]], [[0.0, 1e-9]], [[0, 1]], 1e-9, id="a small entry of a gradient"),
        pytest.param([[1.0, 0.0]], [[0.0, 3.0]], [[0, 1]], 1.0, id="a zero with a wide bar"),
        pytest.param([[1.0, 0.0]], [[0.0, INF]], [[0, 1]], 1.0, id="no bound"),
        pytest.param([[np.nan, 1.0]], [[np.nan, 0.0]], [[1, 0]], 1.0, id="not a number"),
        pytest.param([[5.0, 0.0], [0.0, 5.0]], 5 * np.eye(2), np.eye(2), 1.0, id="all that is not zero"),
        pytest.param([[1e9, 1.0], [1e9, 0.0]], np.eye(2)[::-1], [[0, 1], [0, 0]], 1.0, id="all of a column"),
        pytest.param([[1e-7, 0.0], [0.0, 1.0]], [[0.0, 0.0], [1e-9, 0.0]], [[0, 0], [1, 0]], 1e-9, id="units of outputs"),
        pytest.param([[1e300, 1e300]], [[0.0, 1e300]], [[0, 1]], 0.5, id="no overflow"),
        pytest.param([[0.0]], [[1e-9]], [[1]], 1.0, id="a zero alone"),
    ],
)  # fmt: skip
def test_open_share_is_how_far_off_a_row_or_column_may_be(value: Any, error: Any, undecided: Any, share: float) -> None:
    matrix = np.array(value, dtype=float)
    found = open_share(matrix, matrix, np.array(error, dtype=float), np.array(undecided, dtype=bool))
    assert found == pytest.approx(share, rel=1e-7)


def test_open_share_is_relative_to_what_is_claimed_as_well_as_to_what_is_found() -> None:
    found = open_share(
        np.array([[1.0, 3.0]]), np.array([[1.0, 0.0]]), np.array([[0.0, 3.0]]), np.array([[False, True]])
    )
    assert found == pytest.approx(3 / 4)


@pytest.mark.parametrize(("share", "unverified"), [(1e-5, False), (1.01e-5, True)])
def test_differences_of_doubles_leave_ten_rtol_open_as_they_pass_it(share: float, unverified: bool) -> None:
    from jaccli.results.checks import Check

    check = Check(
        target="a", outcome="inconclusive", of="y", wrt="x", tested="claim", point={}, file="", rtol=1e-6,
        open_share=share, open_allowed=1e-5,
    )  # fmt: skip
    assert check.unverified is unverified


@pytest.mark.parametrize("fn", [lambda x: np.tanh(x), lambda x: 1 / (1 + np.exp(-2 * x))], ids=["tanh", "sigmoid"])
def test_a_saturated_layer_that_is_right_is_green_and_a_wrong_one_is_not(fn: Any) -> None:
    x = np.array([7.7, 3.6, -0.2])
    slope = np.diag(np.imag(np.array([fn(v + 1e-30j) for v in x])) / 1e-30)
    assert jaccli.gradcheck(fn, x, jacobian=lambda x: slope).ok
    assert not jaccli.gradcheck(fn, x, jacobian=lambda x: slope * np.array([1.001, 1, 1])).ok


X = np.array([0.3, 0.55, 1.0])
#: (function, Jacobian) whose values do not show the slope, so that neither right nor wrong can be verified
OPEN: dict[str, tuple[Any, Any]] = {
    "straight through": (lambda x: np.round(x * 4) / 4, lambda x: np.eye(3)),
    "straight through, by floor": (lambda x: np.floor(8 * x) / 8, lambda x: np.eye(3)),
    "a constant hides it": (lambda x: 1e10 + np.sin(x), lambda x: 1.01 * np.diag(np.cos(x))),
    "a constant hides a right one": (lambda x: 1e10 + np.sin(x), lambda x: np.diag(np.cos(x))),
    "one output of three": (lambda x: np.sin(x) + np.array([0, 0, 1e10]), lambda x: np.diag(np.cos(x) * [1, 1, 1.01])),
    "one gradient of three": (
        lambda x: np.stack([np.sum(x), 1e12 + np.prod(x), x[0]]),
        lambda x: np.stack([np.ones(3), 1.5 * np.prod(x) / x, [1.0, 0.0, 0.0]]),
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_assert_gradients_raises_where_what_matters_is_open(name: str) -> None:
    fn, jacobian = OPEN[name]
    with pytest.raises(AssertionError, match=r"inconclusive[\s\S]*NOT VERIFIED: \d+ entr[\s\S]*\(JAC20\d\)\. \S+"):
        jaccli.assert_gradients(fn, X, jacobian=jacobian)


def test_open_entries_that_carry_next_to_nothing_do_not_spoil_a_run() -> None:
    weights = np.array([1.0, 1e-9, 1.0])
    report = jaccli.gradcheck(lambda x: np.sum(weights * np.sin(x)), X, jacobian=lambda x: weights * np.cos(x))
    (check,) = report.checks
    assert (check.outcome, report.ok) == ("inconclusive", True)
    assert 0 < check.open_share <= 1e-6


def test_a_wrong_entry_that_is_open_spoils_a_run_by_the_size_that_is_claimed() -> None:
    weights = np.array([1e10, 1e-3, 1e10])
    claim = np.array([1e10, 1e5, 1e10])
    report = jaccli.gradcheck(lambda x: np.sum(weights * x), X, jacobian=lambda x: claim)
    assert report.outcome in ("fail", "inconclusive")


def test_directions_leave_a_run_open_where_a_row_is() -> None:
    x = np.linspace(0.5, 1.5, 80)
    options: dict[str, Any] = {"directions": 8, "jacobian": lambda x: 1.01 * np.cos(x)}
    report = jaccli.gradcheck(lambda x: 1e12 + np.sum(np.sin(x)), x, **options)
    assert report.outcome == "inconclusive"
    assert report.checks[0].unverified


@pytest.mark.parametrize(
    ("expression", "claim", "code"),
    [("1e10 + sin(x)", "1.01*cos(x)", 4), ("sin(x)", "cos(x)", 0), ("sin(x)", "1.01*cos(x)", 1)],
)
def test_exit_code_of_a_spec_by_differences(tmp_path: Any, expression: str, claim: str, code: int) -> None:
    from typer.testing import CliRunner

    from jaccli.cli import app

    spec = tmp_path / "a.yaml"
    spec.write_text(
        f"inputs: {{x: [0.3, 0.55, 1]}}\noutputs: {{y: {expression}}}\njacobian:\n  y: {{x: diag({claim})}}\n"
    )
    found = CliRunner().invoke(app, ["gradcheck", "--reference", "difference", str(spec)])
    assert found.exit_code == code
    assert ("NOT VERIFIED" in found.output, "--fail-on never" in found.output) == (code == 4, code == 4)
    never = CliRunner().invoke(app, ["gradcheck", "--reference", "difference", "--fail-on", "never", str(spec)])
    assert never.exit_code == 0


def test_baseline_holds_what_is_open(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from jaccli.cli import app

    monkeypatch.chdir(tmp_path)
    spec = "inputs: {x: [0.3, 0.55]}\noutputs: {y: 1e10 + sin(x)}\n"
    (tmp_path / "a.yaml").write_text(spec)
    command = ["gradcheck", "--reference", "difference", "a.yaml"]
    codes = [
        CliRunner().invoke(app, [*command, *more]).exit_code
        for more in ([], ["--write-baseline", "known.json"], ["--baseline", "known.json"])
    ]
    (tmp_path / "a.yaml").write_text(f"{spec}jacobian: {{y: {{x: diag(cos(x)) + 1000}}}}\n")
    codes.append(CliRunner().invoke(app, [*command, "--baseline", "known.json"]).exit_code)
    assert codes == [4, 0, 0, 1]
