"""Points beyond the given one, where there are ranges; and the branches that no point took."""

import json

import pytest
from typer.testing import CliRunner

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.cli import app

MOSFET = """\
inputs:
  vg: {value: 1.0, range: [0, 3]}
  vd: {value: 2.5, range: [0, 3]}
params: {k: 0.5, vt: 0.6}
outputs:
  id: "where(vg < vt, 0, where(vd > vg - vt, k/2*(vg - vt)**2, k*((vg - vt)*vd - vd**2/2)))"
jacobian:
  id: {vg: "where(vg < vt, 0, where(vd > vg - vt, k*(vg - vt), k*vg))"}
"""


def report(inputs, output, claim=None, **options):
    spec = {"inputs": inputs, "outputs": {"y": output}}
    return check(
        jaccli.parse(spec | ({"jacobian": {"y": {"x": claim}}} if claim else {})).built, CheckOptions(**options)
    )


@pytest.mark.parametrize(
    ("inputs", "points"),
    [
        pytest.param({"x": 1.0}, 1, id="no range"),
        pytest.param({"x": {"value": 1.0, "range": [0, 2]}}, 3, id="a range"),
        pytest.param({"x": {"value": 1.0, "domain": "positive"}}, 3, id="a domain"),
    ],
)
def test_points_are_three_where_more_can_be_drawn(inputs, points):
    assert len({one.point_index for one in report(inputs, "x**2").checks}) == points
    assert len({one.point_index for one in report(inputs, "x**2", points=2).checks}) == (2)
    assert len({one.point_index for one in report(inputs, "x**2", points=1).checks}) == 1


@pytest.mark.parametrize(
    ("output", "claim"),
    [
        pytest.param("p*x**2", "2*x", id="a factor that is 1 at the given point"),
        pytest.param("where(x > 1.5, x**2, x)", "1", id="another branch"),
        pytest.param("x**(p + 1)", "2*x", id="an exponent"),
    ],
)
def test_claim_that_is_right_at_the_given_point_alone_fails(output, claim):
    inputs = {"x": {"value": 1.0, "range": [0, 3]}, "p": {"value": 1.0, "range": [0.5, 2]}}
    assert report(inputs, output, claim).outcome == "fail"
    assert report(inputs, output, claim, points=1).outcome == "pass"


@pytest.mark.parametrize(
    ("output", "branches"),
    [
        pytest.param("where(x > 0, x, 2*x)", ["`x > 0` was never false"], id="where"),
        pytest.param("where(x > 5, x, 2*x)", ["`x > 5` was never true"], id="where, the first side"),
        pytest.param("relu(x)", ["the argument of `relu(x)` was never below 0"], id="relu"),
        pytest.param("abs(-x)", ["the argument of `abs(-x)` was never above 0"], id="abs"),
        pytest.param("maximum(x, 0.5)", ["`maximum(x, 0.5)` never took the second operand"], id="maximum"),
        pytest.param("minimum(x, 0.5)", ["`minimum(x, 0.5)` never took the first operand"], id="minimum"),
        pytest.param("clip(x, -1, 3)", ["nothing inside `clip(x, -1, 3)` was below -1", "nothing inside `clip(x, -1, 3)` was above 3"], id="clip"),
        pytest.param("hardtanh(x/4)", ["nothing inside `hardtanh(x/4)` was below -1", "nothing inside `hardtanh(x/4)` was above 1"], id="hardtanh"),
        pytest.param("elu(x)", ["nothing inside `elu(x)` was below 0"], id="elu"),
        pytest.param("leaky_relu(-x)", ["nothing inside `leaky_relu(-x)` was above 0"], id="leaky_relu"),
        pytest.param("xlogy(x, x)", [], id="a point is no branch"),
        pytest.param("elu(x) + where(x > 0, x, 2)",
                     ["nothing inside `elu(x)` was below 0", "the condition of `where(x > 0, x, 2)` was never false"], id="one condition, written twice"),
        pytest.param("where((x > 0) & (x < 5), x, 2)", ["`(x > 0) & (x < 5)` was never false"], id="two conditions"),
        pytest.param("sum(relu([x, -x]))", [], id="both sides, in two elements"),
        pytest.param("x * where(2 > 1, 3, 4)", [], id="constants decide"),
        pytest.param("x**2", [], id="no choice"),
    ],
)  # fmt: skip
def test_branch_that_no_point_took_is_named(output, branches):
    found = report({"x": 2.0}, output)
    assert list(found.unvisited) == branches
    assert found.ok


def test_branch_that_a_drawn_point_took_is_not_named():
    x = {"value": 1.0, "range": [-3, 3]}
    assert report({"x": x}, "relu(x)", points=1).unvisited
    assert not report({"x": x}, "relu(x)", points=10).unvisited


def test_wrong_branch_of_a_mosfet_fails_or_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mos.yaml").write_text(MOSFET)
    outcomes = {}
    for seed in range(8):
        found = check(jaccli.load("mos.yaml").built, CheckOptions(seed=seed))
        outcomes[seed] = found.outcome == "fail" or "`vd > vg - vt` was never false" in found.unvisited
    assert all(outcomes.values())


def test_branches_are_in_the_table_and_in_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("inputs: {x: 2}\noutputs: {y: relu(x)}\n")
    sentence = "the argument of `relu(x)` was never below 0"
    assert f"note: {sentence}" in CliRunner().invoke(app, ["gradcheck", "a.yaml"]).output
    document = json.loads(CliRunner().invoke(app, ["gradcheck", "a.yaml", "-f", "json"]).stdout)
    assert document["unvisited"] == [{"file": "a.yaml", "message": sentence}]


@pytest.mark.parametrize(
    ("count", "more"),
    [(8, ""), (9, "1 more branch that no point took; -f json names it"), (11, "3 more branches that no")],
)
def test_a_table_names_the_first_branches_and_counts_the_others(count, more, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(
        f"inputs: {{x: 2}}\noutputs: {{y: {' + '.join(f'relu(x + {k})' for k in range(count))}}}\n"
    )
    for also in ([], ["a.yaml"], ["-v"]):
        shown = " ".join(CliRunner().invoke(app, ["gradcheck", "a.yaml", *also]).output.split())
        assert (shown.count("was never below 0"), "more branch" in shown, more in shown) == (8, bool(more), True)
    document = json.loads(CliRunner().invoke(app, ["gradcheck", "a.yaml", "-f", "json"]).stdout)
    assert len(document["unvisited"]) == count


def test_choices_that_are_not_looked_at_are_counted(monkeypatch):
    monkeypatch.setattr("jaccli.checker.specs.unvisited.MAX_CHOICES", 2)
    found = report({"x": 2.0}, "relu(x) + relu(x + 1) + abs(x) + sign(x)")
    assert len(found.unvisited) == 2
    assert found.warnings == ("whether points took both sides of 2 more choices was not looked at",)


def test_points_are_drawn_where_the_outputs_are_finite():
    spec = {"inputs": {"x": {"value": 1.0, "range": [-9, 1]}, "y": 2.0}, "outputs": {"f": "log(x)", "g": "y*sqrt(x)"}}
    checks = check(jaccli.parse(spec).built, CheckOptions(points=6)).checks
    assert {one.point_index for one in checks} == set(range(6))
    assert {one.outcome for one in checks} == {"pass"}


def test_point_that_is_nowhere_finite_is_still_reported():
    spec = {"inputs": {"x": {"value": 1.0, "range": [-9, -8]}}, "outputs": {"f": "log(x)"}}
    outcomes = {one.point_index: one.outcome for one in check(jaccli.parse(spec).built, CheckOptions()).checks}
    assert (outcomes[0], outcomes[1], outcomes[2]) == ("pass", "inconclusive", "inconclusive")
