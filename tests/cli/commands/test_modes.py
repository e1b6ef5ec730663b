"""The options of ``jac compute`` for learners: engines, forward beside reverse mode, and what a change makes necessary."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from jaccli.cli import app
from jaccli.report.schema import compute_schema

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*args: str, code: int = 0, columns: int = 80) -> str:
    env = {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "dumb"}
    outcome = CliRunner(env=env).invoke(app, ["compute", *args], catch_exceptions=False)
    assert outcome.exit_code == code, outcome.output
    return outcome.output


@pytest.mark.parametrize("engine", ["static", "eager"])
def test_an_engine_shows_the_same_numbers(engine: str) -> None:
    plain, other = run("specs/feedforward.yaml"), run("specs/feedforward.yaml", "--engine", engine)
    shown, note = other.split(f"note: {engine} engine: ")
    assert (shown.strip(), "operations" in note) == (plain.strip(), True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--engine", "statc"], "--engine 'statc' is not known; did you mean `static`?", id="engine"),
        pytest.param(["--engine", "eager", "--route", "forward"], "goes backward over its tape: leave out --route", id="forward on a tape"),
        pytest.param(["--engine", "static", "--order", "2"], "--engine goes with first derivatives", id="second order"),
        pytest.param(["--engine", "eager", "--tangent", "x=[1, 2, 3]"], "--engine goes with first derivatives", id="products"),
        pytest.param(["--change", "q=1"], "`q` is not an input or param of feedforward (known: x, W, b, u)", id="unknown change"),
        pytest.param(["--change", "uu=[1, 2]"], "`uu` is not an input or param of feedforward; did you mean `u`? (known: x, W, b, u)", id="misspelt change"),
        pytest.param(["--change", "b=[1]"], "`b` has shape (2,), but the given value has shape (1,)", id="shape of a change"),
        pytest.param(["--change", "b"], "--change b: expected NAME=VALUE, such as --change x=1.5", id="no value"),
        pytest.param(["--compare-modes", "-f", "csv"], "--compare-modes is written as table or json (got -f csv)", id="format"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_named(options: list[str], message: str) -> None:
    assert message in " ".join(run("specs/feedforward.yaml", *options, code=2).split())


def test_modes_stand_side_by_side_in_80_columns() -> None:
    shown = run("specs/feedforward.yaml", "--compare-modes")
    rows = dict(re.findall(r"^(value|forward|reverse)\s+(\S.*?)\s{2,}\S+ [mµ]?s", shown, flags=re.M))
    assert {name: row.split() for name, row in rows.items()} == {
        "value": ["26", "1"],
        "forward": ["13", "212", "8.15"],
        "reverse": ["1", "54", "2.08"],
    }
    assert "forward mode is cheaper up to 1 input; here there are 13: reverse" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80


def test_the_crossing_point_parts_the_cheaper_modes() -> None:
    document = json.loads(run("specs/camera.yaml", "--compare-modes", "--wrt", "X", "-f", "json"))
    (modes,) = document["modes"]
    forward, reverse = (modes[name] for name in ("forward", "reverse"))
    shared = [way["operations"] - way["passes"] * way["operations_per_pass"] for way in (forward, reverse)]
    for outputs, inputs in modes["forward_cheaper_up_to_inputs"].items():
        cost = (
            shared[0] + inputs * forward["operations_per_pass"],
            shared[1] + int(outputs) * reverse["operations_per_pass"],
        )
        assert cost[0] == pytest.approx(cost[1])


def test_modes_need_a_point() -> None:
    assert "--compare-modes runs the graph; give --at x=…" in run("-e", "y = x**2", "--compare-modes", code=2)


def test_a_change_computes_again_what_depends_on_it() -> None:
    shown = run("specs/feedforward.yaml", "--wrt", "b", "--change", "b=[1, 2]", "--change", "u=[2, 1]")
    assert shown.startswith(
        """\
changed b
  forward   3 of 4 operations computed again, 1 reused
            again: z, h, s
            kept:  W @ x
  backward  3 of 4 operations computed again, 1 reused
  s: -0.082105 → -1.07754

changed u
  forward   1 of 4 operations computed again, 3 reused
            again: s
            kept:  W @ x, z, h
  backward  2 of 4 operations computed again, 2 reused
  s: -1.07754 → 2.778
"""
    )
    assert shown.split("\n\n", 2)[2] == run(
        "specs/feedforward.yaml", "--wrt", "b", "--at", "b=[1, 2]", "--at", "u=[2, 1]"
    )


def test_reuse_stands_in_the_json_document() -> None:
    document = json.loads(run("specs/networks/xor.yaml", "--of", "loss", "--change", "dense2.b=[1]", "-f", "json"))
    jsonschema.validate(document, compute_schema())
    assert [(entry["changed"], entry["forward"]["reused"]) for entry in document["reuse"]] == [(["dense2.b"], 8)]
