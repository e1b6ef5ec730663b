"""Whole outputs of the commands, as a person sees them in 80 columns, and as a program reads them."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jaccli.cli import app
from jaccli.cli.runs import running
from jaccli.cli.runs.work import items

ROOT = Path(__file__).parents[2]
TOY = """\
inputs:
  x: 1.5
  y: 0.7
outputs:
  f1: x**2 * y
  f2: 5*x + sin(y)
jacobian:
  f2:
    x: 5
    y: -cos(y)
"""


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)


def run(*args: str, stdin: str | None = None) -> str:
    outcome = CliRunner().invoke(app, list(args), input=stdin, catch_exceptions=False)
    return re.sub(r"\d+\.\d\d s", "T s", "\n".join(line.rstrip() for line in outcome.output.splitlines()))


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(TOY)
    return "toy.yaml"


def test_compute_shows_symbols_beside_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert run("compute", "specs/coffee.yaml").splitlines()[2:7] == [
        "symbolic                          at x1=1, x2=2, x3=0.5",
        "                 x1   x2    x3          x1    x2    x3",
        "──────────────────────────────    ────────────────────",
        "americano   y1    2    0     0    y1   2.0   0.0   0.0",
        "latte       y2    1    3   1/2    y2   1.0   3.0   0.5",
    ]


@pytest.mark.parametrize(
    ("function", "slope"),
    [("relu", "[z > 0]"), ("sigmoid", "h ⊙ (1 − h)"), ("tanh", "(1 − h²)")],
)
def test_compute_prints_the_gradient_of_a_layer_in_tensor_form(function: str, slope: str) -> None:
    spec = f"""\
    inputs:
      x: [1, 2]
    params:
      W: {{shape: [3, 2], init: glorot}}
      b: {{shape: [3], init: zeros}}
      u: {{shape: [3], init: normal}}
    let:
      z: W @ x + b
      h: {function}(z)
    outputs:
      s: u @ h
    """
    shown = run("compute", "-", "--wrt", "b", stdin=textwrap.dedent(spec))
    assert f"∂s/∂b = u ⊙ {slope}   shape (3,)\n" in shown


def test_compute_summarises_a_large_jacobian() -> None:
    spec = "inputs:\n  x: {shape: [200], init: normal}\noutputs:\n  y: sin(x)\n"
    shown = run("compute", "-", stdin=spec)
    assert "40,000 entries, 39,800 of them 0; Frobenius norm" in shown
    assert len(shown.splitlines()) < 30


def test_compute_without_a_value_shows_symbols_and_asks_for_it() -> None:
    shown = run("compute", "-e", "y = x**2*sin(x)")
    assert "x**2*cos(x) + 2*x*sin(x)" in shown
    assert "for numbers give every input a value: --at x=…" in shown


def test_compute_of_an_empty_block_says_so() -> None:
    assert "  no entries" in run("compute", "-", stdin="inputs:\n  x: {shape: [0], value: []}\noutputs:\n  y: sum(x)\n")


def test_compute_says_where_a_value_stops_being_finite() -> None:
    shown = run("compute", "-e", "y = 1 + log(x)", "--at", "x=-1")
    assert "note: <expression>:1:9: `log(x)` (a number) is nan at this point" in shown


def test_compute_json_has_the_documented_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert json.loads(run("compute", "specs/coffee.yaml", "-f", "json")) == {
        "schema_version": 1,
        "name": "coffee shop",
        "point": {"x1": 1.0, "x2": 2.0, "x3": 0.5},
        "values": {"y1": 2.0, "y2": 7.25},
        "jacobian": {"y1": {"x1": 2.0, "x2": 0.0, "x3": 0.0}, "y2": {"x1": 1.0, "x2": 3.0, "x3": 0.5}},
        "symbolic": {"y1": {"x1": "2", "x2": "0", "x3": "0"}, "y2": {"x1": "1", "x2": "3", "x3": "1/2"}},
    }


@pytest.mark.parametrize("route", ["auto", "symbolic", "forward", "reverse", "difference"])
def test_compute_routes_agree(route: str, toy: str) -> None:
    found = json.loads(run("compute", toy, "-f", "json", "--route", route))
    assert found["jacobian"]["f1"]["x"] == pytest.approx(2.1, rel=1e-9)


def test_compute_second_derivatives(toy: str) -> None:
    found = json.loads(run("compute", toy, "-f", "json", "--order", "2", "--of", "f1"))
    assert found["hessian"]["f1"] == {"x.x": pytest.approx(1.4), "x.y": 3.0, "y.y": 0.0}
    assert found["symbolic"]["f1"] == {"x.x": "2*y", "x.y": "2*x", "y.y": "0"}


def test_gradcheck_failure_points_at_the_claim(toy: str) -> None:
    shown = run("gradcheck", toy)
    bar = re.search(r"expected 0\.764842 ± (\S+)\n", shown)
    assert bar is not None
    assert 0 < float(bar[1]) < 1e-8
    shown = re.sub(
        r"± \S+", "± E", re.sub(r"\S+ error bars", "B error bars", re.sub(r"\d+ evaluations", "N evaluations", shown))
    )
    lines = shown.splitlines()
    start = lines.index("JAC101 wrong sign: d f2 / d y")
    assert lines[start : start + 12] == [
        "JAC101 wrong sign: d f2 / d y",
        "  --> toy.yaml:10:8",
        "   |",
        "10 |     y: -cos(y)",
        "   |        ^^^^^^^ gives -0.764842, expected 0.764842 ± E",
        "  = at     x = 1.5, y = 0.7",
        "  = error  abs 1.53e+00, rel 2.00e+00, B error bars   (allowed: rel 1e-6)",
        "  = by     certified (31 digits); central differences and SymPy agree",
        "help: claimed / expected = -1.000",
        "      look for a lost minus sign",
        "  rerun: jac gradcheck toy.yaml --of f2 --wrt y --seed 0",
        "  more:  jac rule JAC101",
    ]


def test_gradcheck_table_folds_what_agrees(toy: str) -> None:
    rows = [line.split() for line in run("gradcheck", toy).splitlines() if line.startswith(("f1/", "f2/"))]
    assert rows[-1][-4:] == ["1", "FAILED", "wrong", "sign"]
    assert [(row[0], row[1], " ".join(row[7:9])) for row in rows[:-1]] == [
        ("f1/x", "computed", "3 passed"),
        ("f1/y", "computed", "3 passed"),
        ("f2/x", "both", "4 passed"),
        ("f2/y", "computed", "3 passed"),
    ]


def test_counts_of_the_table_add_up_to_the_last_line(toy: str) -> None:
    shown = run("gradcheck", toy)
    counts = re.findall(r"  (\d+) (?:passed|FAILED)", shown)
    assert (sum(map(int, counts)), "1 failed, 13 passed in 1 file" in shown) == (14, True)


def test_a_run_ends_with_place_code_entry_and_the_next_command(toy: str) -> None:
    assert run("gradcheck", toy).splitlines()[-4:] == [
        "FAILED toy.yaml:10:8 JAC101 wrong sign: d f2 / d y (claim)",
        "1 failed, 13 passed in 1 file, T s (seed 0)",
        "next: jac gradcheck --lf                 only what failed",
        "      jac explain toy.yaml --entry f2/y  how that entry comes about",
    ]


def test_several_files_have_a_line_each_and_failures_come_last(toy: str, tmp_path: Path) -> None:
    (tmp_path / "right.yaml").write_text("inputs: {x: 1.5}\noutputs: {y: x**2}\n")
    (tmp_path / "expected.yaml").write_text(TOY + "check: {expect: fail}\n")
    (tmp_path / "broken.yaml").write_text("inputs: {x: 1}\noutputs: {y: sinn(x)}\n")
    lines = run("gradcheck", toy, "right.yaml", "expected.yaml", "broken.yaml").splitlines()
    assert [" ".join(line.split()) for line in lines[:5]] == [
        "toy.yaml 1 failed, 13 passed T s",
        "right.yaml 3 passed T s",
        "expected.yaml 13 passed, 1 failed as expected T s",
        "broken.yaml 1 problem",
        "",
    ]
    assert [line for line in lines if line.startswith(("JAC", "FAILED", "ERROR", "1 failed"))] == [
        "JAC101 wrong sign: d f2 / d y",
        "JAC101 wrong sign: d f2 / d y",  # of expected.yaml, which is named
        "JAC003 unknown function `sinn`",
        "FAILED toy.yaml:10:8 JAC101 wrong sign: d f2 / d y (claim)",
        "ERROR broken.yaml:2:14 JAC003 unknown function `sinn`",
        "1 failed, 1 error, 29 passed, 1 failed as expected in 4 files, T s (seed 0)",
    ]


def test_concise_has_a_line_for_each_finding(toy: str, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("inputs: {x: 1}\noutputs: {y: sinn(x)}\n")
    assert run("gradcheck", toy, "broken.yaml", "-f", "concise").splitlines()[-2:] == [
        "broken.yaml:2:14: JAC003 unknown function `sinn`",
        "toy.yaml:10:8: JAC101 wrong sign: d f2 / d y (claim)",
    ]


def test_gradcheck_verbose_has_a_row_for_each_route(toy: str) -> None:
    rows = [line.split() for line in run("gradcheck", toy, "-v").splitlines() if line.startswith("f2/y")]
    routes = ["forward", "reverse", "symbolic", "claim"]
    assert ([row[1] for row in rows[:4]], [row[1] for row in rows[4:]]) == (routes, routes)  # verdicts, then powers


def test_gradcheck_last_line_counts(toy: str) -> None:
    assert run("gradcheck", toy, "-q").splitlines()[-1] == "1 failed, 13 passed in 1 file, T s (seed 0)"


def test_gradcheck_json_has_the_documented_form(toy: str) -> None:
    document = json.loads(run("gradcheck", toy, "-f", "json"))
    assert document["summary"] == {"pass": 13, "fail": 1, "inconclusive": 0, "error": 0, "skipped": 0}
    (failed,) = [result for result in document["results"] if result["outcome"] == "fail"]
    expected: dict[str, Any] = {
        "id": "toy.yaml::f2/y[claim-p0]",
        "code": "JAC101",
        "name": "wrong-sign",
        "file": "toy.yaml",
        "span": {"line": 10, "column": 8, "end_line": 10, "end_column": 15},
        "of": "f2",
        "wrt": "y",
        "of_index": [],
        "wrt_index": [],
        "point": {"x": 1.5, "y": 0.7},
        "tested": "claim",
        "rerun": "jac gradcheck toy.yaml --of f2 --wrt y --seed 0",
    }
    assert {key: failed[key] for key in expected} == expected


def test_gradcheck_json_writes_infinities_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("inputs: {x: 0}\noutputs: {y: sqrt(x)}\n")
    document = json.loads(run("gradcheck", str(path), "-f", "json"))
    assert {result["value"] for result in document["results"]} == {"inf"}


def test_gradcheck_reruns_with_the_options_it_was_given(toy: str) -> None:
    shown = run("gradcheck", toy, "--at", "x=2", "--rtol", "1e-4")
    assert "rerun: jac gradcheck toy.yaml --of f2 --wrt y --seed 0 --at x=2 --rtol 0.0001" in shown


def test_gradcheck_of_an_expression_reruns_as_an_expression() -> None:
    shown = run("gradcheck", "-e", "y = abs(x)", "--at", "x=0.5", "-f", "json")
    assert (
        json.loads(shown)["results"][0]["rerun"] == "jac gradcheck -e 'y = abs(x)' --of y --wrt x --seed 0 --at x=0.5"
    )


def test_gradcheck_marks_a_subgradient() -> None:
    shown = run("gradcheck", "-e", "y = relu(2*x + 3)", "--at", "x=-1.5")
    assert "slopes 0.0 … 2.0" in shown
    assert "3 passed  kink" in shown


def test_gradcheck_says_loudly_what_was_not_verified(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("inputs: {x: 0}\noutputs: {y: sqrt(x)}\n")
    assert "NOT VERIFIED: 1 entry" in run("gradcheck", str(path))


def test_validate_shows_the_place_and_a_suggestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text(TOY.replace("sin(y)", "sinn(y)"))
    assert run("validate", "bad.yaml").splitlines() == [
        "JAC003 unknown function `sinn`",
        " --> bad.yaml:6:13",
        "  |",
        "6 |   f2: 5*x + sinn(y)",
        "  |             ^^^^",
        "help: did you mean `sin`?",
        "",
        "1 problem",
    ]


def test_validate_json_lists_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text(TOY.replace("sin(y)", "sinn(y)"))
    (problem,) = json.loads(run("validate", "bad.yaml", "-f", "json"))["problems"]
    assert (problem["code"], problem["span"]["column"]) == ("JAC003", 13)


def test_rule_explains_a_code() -> None:
    assert run("rule", "jac101").startswith("JAC101 wrong-sign\n\nThe derivative is the negative of the right one.")


def test_user_text_is_never_read_as_markup(tmp_path: Path) -> None:
    path = tmp_path / "[red]a.yaml"
    path.write_text("name: '[bold]x[/bold] :smile:'\ninputs: {x: 1}\noutputs: {y: 'x**2'}\n")
    assert "[bold]x[/bold] :smile:" in run("compute", str(path))


@pytest.mark.parametrize(
    "name", sorted(str(path.relative_to(ROOT / "specs")) for path in (ROOT / "specs").rglob("[!d]*.yaml"))
)
def test_tables_fit_the_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    judged: list[Any] = []
    monkeypatch.setattr(running, "items", lambda *given: judged or judged.extend(items(*given)) or judged)
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        shown = [line for command in ("compute", "gradcheck") for line in run(command, f"specs/{name}").splitlines()]
        assert max(len(line) for line in shown) <= width
        assert not any("…" in line and "slopes" not in line for line in shown)
