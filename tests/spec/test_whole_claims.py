"""Whole matrices as claims: right ones pass, a wrong entry of each form fails at its place, misfits are explained."""

from __future__ import annotations

import pytest
from messages import mistakes

import jaccli

FORMS = [
    pytest.param({"inputs": {"x": 1.5, "z": 0.5}, "outputs": {"a": "x*z", "b": "x + z"}}, [["z", "x"], [1, 1]], id="numbers"),
    pytest.param({"inputs": {"x": [1.5, 0.5]}, "outputs": {"y": "x*x"}}, [["2*x[0]", 0], [0, "2*x[1]"]], id="vectors"),
    pytest.param({"inputs": {"x": [1.5, 0.5]}, "outputs": {"a": "x[0]*x[1]", "b": "sum(x)"}}, [["x[1]", "x[0]"], [1, 1]], id="a vector, two numbers"),
    pytest.param({"inputs": {"x": 1.5, "z": 0.5}, "outputs": {"y": ["x*z", "x + z"]}}, [["z", "x"], [1, 1]], id="two numbers, a vector"),
    pytest.param({"inputs": {"x": [1.5, 0.5]}, "outputs": {"y": "x @ x"}}, ["2*x[0]", "2*x[1]"], id="a gradient"),
    pytest.param({"inputs": {"x": 1.5, "z": 0.5}, "outputs": {"y": "x*z"}}, ["z", "x"], id="a gradient of numbers"),
    pytest.param({"inputs": {"x": 1.5, "z": 0.5}, "outputs": {"y": "x*z"}}, [["z", "x"]], id="a matrix of one row"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "matrix"), FORMS)
def test_a_right_matrix_passes(spec: dict, matrix: list) -> None:
    report = jaccli.parse({**spec, "jacobian": matrix}).gradcheck()
    assert (report.ok, any(check.tested == "claim" for check in report.checks)) == (True, True)


@pytest.mark.parametrize(("spec", "matrix"), FORMS)
def test_a_wrong_entry_fails(spec: dict, matrix: list) -> None:
    first, *rest = matrix
    wrong = (
        [[f"1.0005*({first[0]}) + 0.0005", *first[1:]], *rest]
        if isinstance(first, list)
        else [f"1.0005*({first})", *rest]
    )
    report = jaccli.parse({**spec, "jacobian": wrong}).gradcheck()
    assert {check.tested for check in report.checks if check.outcome == "fail"} == {"claim"}


def test_the_matrix_of_one_output_stands_under_its_name() -> None:
    spec = {"inputs": {"x": [1.5, 0.5], }, "outputs": {"y": "x*x", "s": "sum(x)"}, "jacobian": {"y": [["2*x[0]", 0], [0, "2*x[1]"]]}}  # fmt: skip
    assert jaccli.parse(spec).gradcheck().ok


MISFITS = [
    pytest.param("inputs: {x: 1, z: 2}\noutputs: {a: x, b: z}\njacobian: [[1, 0]]\n", "`jacobian` has 1 rows for 2 outputs", id="rows"),
    pytest.param("inputs: {x: 1, z: 2}\noutputs: {a: x, b: z}\njacobian: [[1, 0, 0], [0, 1, 0]]\n", "the claim for `a` needs a column for each of 2 inputs", id="columns"),
    pytest.param("inputs: {x: 1, z: 2}\noutputs: {a: x}\njacobian: {a: [[1, 0, 0]]}\n", "the claim for `a` needs a column for each of 2 inputs", id="columns of one"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISFITS)
def test_a_matrix_that_does_not_fit_is_explained(text: str, message: str) -> None:
    assert message in [row[4] for row in mistakes(text)]
