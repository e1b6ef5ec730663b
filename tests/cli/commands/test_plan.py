"""jac compute --explain-plan and the overview of very many blocks."""

import json

import pytest
from typer.testing import CliRunner

from jaccli.cli import app
from jaccli.compute.compute import compute
from jaccli.compute.plan import plan_of
from jaccli.derive.jacobian import plan
from jaccli.graph.build import build
from jaccli.graph.selection import Selection

TALL = "inputs: {x: 0.5}\noutputs:\n  y: sin(x*arange(1, 9))\n"
WIDE = "inputs: {x: {shape: [8], value: [1, 2, 3, 4, 5, 6, 7, 8]}}\noutputs: {y: sum(sin(x))}\n"
SQUARE = "inputs: {x: {shape: [3], value: [1, 2, 3]}}\noutputs: {y: sin(x)}\n"
MANY = "inputs: {a: 0.5, b: -2}\noutputs:\n" + "".join(f"  y{k}: {k}*a + b*{k % 2}\n" for k in range(1, 200))


def run(text, *args, code=0, columns=80):
    runner = CliRunner(env={"COLUMNS": str(columns), "NO_COLOR": "1"})
    outcome = runner.invoke(app, ["compute", "-", *args], input=text, catch_exceptions=False)
    assert outcome.exit_code == code, outcome.stderr
    return outcome.stdout if code == 0 else outcome.stderr


def built(text):
    return build(*_spec(text))


def _spec(text):
    from jaccli.spec.reader import read_spec
    from jaccli.spec.source import Source

    problems = []
    return read_spec(Source("s.yaml", text), None, problems), problems


PLANS = [
    pytest.param(TALL, "auto", "forward mode", 1, "one element of input: one pass gives the whole column", id="tall"),
    pytest.param(
        WIDE, "auto", "reverse mode", 1, "one element of output: one pass gives its whole gradient", id="wide"
    ),
    pytest.param(WIDE, "forward", "forward mode", 8, "--route forward asks for it", id="asked for"),
    pytest.param(WIDE, "difference", "differences", 160, "--route difference asks for it", id="differences"),
    pytest.param(WIDE, "symbolic", "SymPy, backwards", 1, "--route symbolic asks for it", id="symbolic"),
    pytest.param(WIDE, "certified", "ball arithmetic", 2, "--route certified asks for it", id="certified"),
    pytest.param(SQUARE, "auto", None, 3, "it takes fewer operations, or as many; both were counted", id="square"),
]


@pytest.mark.parametrize(("text", "route", "mode", "passes", "why"), PLANS)
def test_plan_says_the_mode_and_why(text, route, mode, passes, why):
    (found,) = plan_of(built(text), Selection(), route)
    assert (found.chosen.route if mode else None, found.chosen.passes, found.why) == (mode, passes, why)


@pytest.mark.parametrize("text", [TALL, WIDE, SQUARE])
def test_plan_is_what_is_carried_out(text):
    model = built(text)
    (found,) = plan_of(model, Selection())
    carried = plan(model.graph, model.outputs["y"], [model.variables["x"]])
    assert found.chosen.operations == sum(each.operations for each in carried)


def test_plan_of_second_derivatives_counts_every_pair():
    (found,) = plan_of(built("inputs: {x: 2, z: [1, 2]}\noutputs: {y: x*sum(z**3)}"), Selection(), order=2)
    assert (found.chosen.passes, found.columns) == (1 + 2 + 2, 1 + 2 + 4)


def test_plan_computes_nothing():
    assert "error" not in run("inputs: {x: }\noutputs: {y: x**2}", "--explain-plan")


def test_plan_as_json_has_every_count():
    (found,) = json.loads(run(WIDE, "--explain-plan", "-f", "json"))["plan"]
    assert found["chosen"] == {"route": "reverse mode", "passes": 1, "operations": 40, "memory": 192}


def test_plan_is_saved(tmp_path):
    run(WIDE, "--explain-plan", "-o", str(tmp_path / "plan.json"))
    assert len(json.loads((tmp_path / "plan.json").read_text())["plan"]) == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(["-f", "csv"], "--explain-plan is written as table or json (got csv)", id="format"),
        pytest.param(["--route", "magic"], "--route must be one of auto, symbolic, forward", id="route"),
        pytest.param(["--order", "3"], "--order must be 1 or 2 (got 3)", id="order"),
        pytest.param(["--of", "z"], "`z` is not an output", id="output"),
    ],
)
def test_plan_mistake_is_explained(args, message):
    assert run(WIDE, "--explain-plan", *args, code=2).startswith(f"error: {message}")


# --- very many blocks


def test_many_blocks_are_summed_up():
    lines = run(MANY).splitlines()
    assert lines[2:4] == ["398 blocks: 199 outputs × 2 inputs", "99 of them 0 everywhere"]


def test_overview_names_the_largest():
    assert run(MANY).splitlines()[6].split() == ["∂y199/∂a", "199.0"]


def test_overview_fits_the_terminal():
    assert max(map(len, run(MANY).splitlines())) <= 80


def test_full_shows_every_block():
    assert run(MANY, "--full").count("∂y") == 398


def test_json_has_every_block_and_its_symbols():
    assert len(json.loads(run(MANY, "-f", "json"))["symbolic"]) == 199


def test_overview_takes_no_symbols():
    result = compute(built(MANY), full=False)
    assert all(block.symbolic is None for block in result.blocks)


def test_overview_counts_what_is_not_finite():
    text = MANY.replace("a: 0.5", "a: 0") + "  odd: 1/a\n"
    assert "1 not finite somewhere" in run(text)
