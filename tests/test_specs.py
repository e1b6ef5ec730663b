"""The shipped specs: their numbers, their verdicts, and what happens when a claim in them is wrong by 0.05 %."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shipped import CERTIFIED, FIRST_COMPONENT, FISHER, PUBLISHED, TABLE, Published

import jaccli
from jaccli.spec.load import spec_from_file
from jaccli.spec.schema import Claim

TESTED = ("forward", "reverse", "symbolic", "claim")
SPECS = Path(__file__).parent.parent / "specs"
AT_50_DIGITS = [name for name, shipped in TABLE.items() if shipped.jacobians]


def spec_path(name: str) -> Path:
    return SPECS / f"{name}.yaml"


def test_specs_table_names_every_spec() -> None:
    found = [*SPECS.glob("*.y*ml"), *SPECS.glob("least_squares/*.y*ml")]
    assert sorted(TABLE) == sorted(path.relative_to(SPECS).with_suffix("").as_posix() for path in found)


@pytest.mark.parametrize("name", TABLE)
def test_specs_begin_with_an_explanation(name: str) -> None:
    lines = spec_path(name).read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") for line in lines[:3])


@pytest.mark.parametrize("name", AT_50_DIGITS)
def test_specs_evaluate_to_their_values(name: str) -> None:
    values = jaccli.load(spec_path(name)).evaluate()
    assert list(values) == list(TABLE[name].values)
    for output, expected in TABLE[name].values.items():
        np.testing.assert_allclose(values[output], expected, rtol=1e-14)


@pytest.mark.parametrize("route", ["forward", "reverse", "symbolic"])
@pytest.mark.parametrize("name", AT_50_DIGITS)
def test_specs_have_their_jacobians(name: str, route: str) -> None:
    model = jaccli.load(spec_path(name))
    expected = TABLE[name].jacobians
    assert sorted(expected) == sorted(f"{of}/{wrt}" for of in model.outputs for wrt in model.inputs)
    for block, numbers in expected.items():
        found = model.jacobian(*block.split("/"), route=route)
        np.testing.assert_allclose(found, numbers, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", TABLE)
def test_specs_are_judged_as_expected(name: str) -> None:
    model = jaccli.load(spec_path(name))
    report = model.gradcheck()
    failed = tuple(check.id.rpartition("::")[2] for check in report.checks if check.outcome != "pass")
    judged = {(f"{check.of}/{check.wrt}", check.tested, check.point_index) for check in report.checks}
    assert report.ok
    assert failed == TABLE[name].wrong
    blocks = [f"{of}/{wrt}" for of in model.outputs for wrt in model.inputs]
    assert judged == set(product(blocks, TESTED, range(TABLE[name].points)))


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row.spec}-{row.value:g}")
def test_specs_give_published_values(row: Published) -> None:
    found = float(jaccli.load(spec_path(row.spec)).evaluate(row.at)[row.output])
    assert found == pytest.approx(row.value, rel=0.6 * 10.0 ** (1 - row.digits), abs=1e-20)


@pytest.mark.parametrize("name", CERTIFIED)
def test_specs_are_stationary_where_nist_certifies_the_least_sum_of_squares(name: str) -> None:
    """The gradient is 2 Jᵀr: what is small is the cosine of the residuals with every column of J."""
    model, at = jaccli.load(spec_path(f"least_squares/{name}")), CERTIFIED[name]
    residuals = np.linalg.norm(model.evaluate(at)["r"])
    for wrt in at:
        columns = np.linalg.norm(model.jacobian("r", wrt, at=at), axis=0)
        cosines = model.jacobian("f", wrt, at=at) / (2 * columns * residuals)
        assert np.max(np.abs(cosines)) < 2e-6


def test_rayleigh_quotient_is_stationary_at_the_first_principal_component() -> None:
    gradient = jaccli.load(spec_path("principal_component")).jacobian("rho", "w", at=FIRST_COMPONENT)
    np.testing.assert_allclose(gradient, 0, atol=1e-7)  # the component has eight digits


def test_wrong_on_purpose_fails_by_its_lost_minus_sign() -> None:
    report = jaccli.load(spec_path("wrong_on_purpose")).gradcheck()
    (failed,) = [check for check in report.checks if check.outcome == "fail"]
    assert (failed.of, failed.wrt, failed.tested, failed.code) == ("f2", "y", "claim", "JAC101")


def test_relu_kink_is_accepted_as_a_subgradient() -> None:
    report = jaccli.load(spec_path("relu_kink")).gradcheck()
    assert {check.message for check in report.checks} == {"subgradient"}
    assert {check.value for check in report.checks} == {0.0, 2.0}


def test_iris_data_are_fishers() -> None:
    table = np.loadtxt(SPECS / "iris.csv", delimiter=",", skiprows=1)
    assert table.shape == (150, 5)
    assert np.bincount(table[:, 4].astype(int)).tolist() == [50, 50, 50]
    np.testing.assert_allclose(table[:, :4].reshape(3, 50, 4).mean(axis=1), FISHER, rtol=1e-12)
    # UCI's copy has these two rows wrong
    assert table[[34, 37], :4].tolist() == [[4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1]]


# --- every claim, made wrong by 0.05 %


def claims() -> Iterator[Any]:
    """Yield (spec, claim, part) for every expression of every claim of the right specs."""
    for name, shipped in TABLE.items():
        if not shipped.wrong:
            for claim in spec_from_file(str(spec_path(name)), []).claims:
                for part in range(len(claim.formula.parts)):
                    yield pytest.param(name, claim, part, id=f"{name}-{claim.of}-{claim.wrt}-{part}")


def with_a_mistake(claim: Claim, part: int) -> str:
    """Return the text of a spec with one expression of a claim 0.05 % too large, or 0.0005 where it is 0."""
    snippet = claim.formula.parts[part].snippet
    text, start = snippet.source.text, snippet.offsets[0]
    stop = start + len(snippet.text)
    assert text[start:stop] == snippet.text
    mistaken = "0.0005" if snippet.text == "0" else f"1.0005 * ({snippet.text})"
    return text[:start] + mistaken + text[stop:]


@pytest.mark.parametrize(("name", "claim", "part"), list(claims()))
def test_specs_mistake_in_a_claim_is_caught(name: str, claim: Claim, part: int, tmp_path: Path) -> None:
    path = tmp_path / spec_path(name).name
    path.write_text(with_a_mistake(claim, part), encoding="utf-8")
    for data in spec_path(name).parent.glob("*.csv"):
        (tmp_path / data.name).write_bytes(data.read_bytes())
    report = jaccli.load(path).gradcheck()  # at all points: at the first, the factor may be a part that is 0
    failed = [(check.of, check.wrt, check.tested) for check in report.checks if check.outcome != "pass"]
    assert report.outcome == "fail"
    assert set(failed) == {(claim.of, claim.wrt, "claim")}
