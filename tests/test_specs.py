"""The shipped specs: their numbers, their verdicts, and what happens when a claim in them is wrong by 0.05 %."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.spec.load import spec_from_file
from jaccli.spec.schema import Claim

TESTED = ("forward", "reverse", "symbolic", "claim")
SPECS = Path(__file__).parent.parent / "specs"
#: Means over the 50 flowers of each species, in the order of iris.csv (Fisher 1936, Table II).
FISHER = np.array([[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]])


@dataclass(frozen=True)
class Shipped:
    """What a spec must give at its own point; numbers of 17 digits were computed with mpmath at 50 digits."""

    values: dict[str, Any]
    jacobians: dict[str, Any]  # "output/variable"
    points: int = 3
    wrong: tuple[str, ...] = field(default=())  # ids of the checks that must fail, the file left out


TABLE = {
    "coffee": Shipped(
        {"y1": 2, "y2": 7.25},
        {"y1/x1": 2, "y1/x2": 0, "y1/x3": 0, "y2/x1": 1, "y2/x2": 3, "y2/x3": 0.5},
    ),
    "feedforward": Shipped(
        {"s": -0.082105013712946603},
        {
            "s/x": [0.8070575212803116, -0.76524105818861273, -0.87332049873493034],
            "s/W": [
                [0.37473975909504117, -0.74947951819008235, 1.4989590363801647],
                [-0.9151369618266292, 1.8302739236532584, -3.6605478473065168],
            ],
            "s/b": [0.74947951819008235, -1.8302739236532584],
            "s/u": [0.50052021119023521, 0.29131261245159091],
        },
    ),
    "iris": Shipped(
        {"loss": math.log(2)},
        {"loss/w": (FISHER[0] + FISHER[1] - FISHER[2]) / 6, "loss/b": 1 / 6},  # every sigmoid is 1/2
    ),
    "museums": Shipped(
        {"s": 2.3241077958368397},
        {
            "s/x": [0.29376654858027486, -0.43951390407392497, 0.77333077697344644],
            "s/W": [
                [0.083920599893954273, -0.16784119978790855, 0.33568239957581709],
                [0, 0, 0],
                [0.22811984172511798, -0.45623968345023596, 0.91247936690047192],
                [0, 0, 0],
                [0.13836167809507733, -0.27672335619015466, 0.55344671238030931],
            ],
            "s/b": [0.16784119978790855, 0, 0.45623968345023596, 0, 0.27672335619015466],
            "s/u": [
                0.063090198537666292,
                -0.087038845124582016,
                0.35399281361890609,
                -0.14350279533407252,
                -0.18654137169791785,
            ],
        },
    ),
    "predator_prey": Shipped(
        {"rate": [-9, 3]},
        {
            "rate/v": [[-0.9, -4], [0.5, 0.6]],
            "rate/alpha": [10, 0],
            "rate/beta": [-50, 0],
            "rate/gamma": [0, -5],
            "rate/delta": [0, 50],
        },
    ),
    "relu_kink": Shipped({"h": 0}, {"h/x": 0}, points=1),
    "relu_neuron": Shipped({"h": 5}, {"h/x": 2}),
    "robot_arm": Shipped(
        {"hand": [0.81316031474261037, 0.97525794383043731]},
        {
            "hand/q": [[-0.97525794383043731, -0.49583240522623431], [0.81316031474261037, -0.064422247147762342]],
            "hand/l": [[0.87758256189037272, -0.12884449429552468], [0.479425538604203, 0.99166481045246862]],
        },
    ),
    "rosenbrock": Shipped(
        {"f": 24.2, "r": [-4.4, 2.2]},
        {"f/x": [-215.6, -88], "r/x": [[24, 10], [-1, 0]]},
    ),
    "softmax_cross_entropy": Shipped(
        {"loss": 0.34901221676818639},
        {"loss/z": [-0.29461548730175884, 0.25949646034241912, 0.035119026959339724]},
    ),
    "wrong_on_purpose": Shipped(
        {"f1": 1.575, "f2": 8.1442176872376911},
        {"f1/x": 2.1, "f1/y": 2.25, "f2/x": 5, "f2/y": 0.76484218728448843},
        points=1,
        wrong=("f2/y[claim-p0]",),
    ),
}


def spec_path(name: str) -> Path:
    return SPECS / f"{name}.yaml"


def test_specs_table_names_every_spec() -> None:
    assert sorted(TABLE) == sorted(path.stem for path in SPECS.glob("*.y*ml"))


@pytest.mark.parametrize("name", TABLE)
def test_specs_begin_with_an_explanation(name: str) -> None:
    lines = spec_path(name).read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") for line in lines[:3])


@pytest.mark.parametrize("name", TABLE)
def test_specs_evaluate_to_their_values(name: str) -> None:
    values = jaccli.load(spec_path(name)).evaluate()
    assert list(values) == list(TABLE[name].values)
    for output, expected in TABLE[name].values.items():
        np.testing.assert_allclose(values[output], expected, rtol=1e-14)


@pytest.mark.parametrize("route", ["forward", "reverse", "symbolic"])
@pytest.mark.parametrize("name", TABLE)
def test_specs_have_their_jacobians(name: str, route: str) -> None:
    model = jaccli.load(spec_path(name))
    expected = TABLE[name].jacobians
    assert sorted(expected) == sorted(f"{of}/{wrt}" for of in model.outputs for wrt in model.inputs)
    for block, numbers in expected.items():
        found = model.jacobian(*block.split("/"), route=route)
        np.testing.assert_allclose(found, numbers, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", TABLE)
def test_specs_are_judged_as_expected(name: str) -> None:
    report = jaccli.load(spec_path(name)).gradcheck()
    failed = tuple(check.id.rpartition("::")[2] for check in report.checks if check.outcome != "pass")
    judged = {(f"{check.of}/{check.wrt}", check.tested, check.point_index) for check in report.checks}
    assert report.ok
    assert failed == TABLE[name].wrong
    assert judged == set(product(TABLE[name].jacobians, TESTED, range(TABLE[name].points)))


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
    path = tmp_path / f"{name}.yaml"
    path.write_text(with_a_mistake(claim, part), encoding="utf-8")
    if name == "iris":
        (tmp_path / "iris.csv").write_bytes((SPECS / "iris.csv").read_bytes())
    report = jaccli.load(path).gradcheck(points=1)
    failed = [(check.of, check.wrt, check.tested) for check in report.checks if check.outcome != "pass"]
    assert report.outcome == "fail"
    assert failed == [(claim.of, claim.wrt, "claim")]
