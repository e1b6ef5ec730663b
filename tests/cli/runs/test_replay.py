"""Recorded failures, selection by words, baselines and statistics, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from jaccli.cli import app
from jaccli.cli.runs.keyword import keyword
from jaccli.errors import UsageError

WRONG = """\
inputs:
  x: {value: 1.5, range: [1, 2]}
  y: 0.5
outputs:
  f: x**2 * y
jacobian:
  f:
    x: x * y
    y: x**2
check: {points: 2}
"""
ID = "a.yaml::f/x[claim-p0]"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(WRONG, encoding="utf-8")
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args), catch_exceptions=False)


def ids(*args: str) -> list[str]:
    return [row["id"] for row in json.loads(run(*args, "-f", "json").stdout)["results"]]


def mend(folder: Path) -> None:
    (folder / "a.yaml").write_text(WRONG.replace("x: x * y", "x: 2 * x * y"), encoding="utf-8")


def test_replay_checks_exactly_what_failed() -> None:
    run("gradcheck", "a.yaml", "--seed", "3")
    assert ids("replay") == [ID, "a.yaml::f/x[claim-p1]"]


def test_replay_is_at_the_same_point_and_of_the_same_value() -> None:
    first = json.loads(run("gradcheck", "a.yaml", "--seed", "3", "--rtol", "1e-5", "-f", "json").stdout)["results"]
    second = json.loads(run("replay", "a.yaml::f/x[claim-p1]", "-f", "json").stdout)["results"]
    assert second == [row for row in first if row["id"] == "a.yaml::f/x[claim-p1]"]


def test_replay_of_an_expression_keeps_its_values() -> None:
    spec = "inputs: {x: 2}\noutputs:\n  y: x**2\njacobian:\n  y:\n    x: x\n"
    Path("b.yaml").write_text(spec, encoding="utf-8")
    run("gradcheck", "b.yaml", "--at", "x=7")
    assert json.loads(run("replay", "-f", "json").stdout)["results"][0]["point"] == {"x": 7.0}


@pytest.mark.parametrize(("mended", "code"), [(False, 1), (True, 0)])
def test_replay_exit_code_is_that_of_the_checks(mended: bool, code: int, folder: Path) -> None:
    run("gradcheck", "a.yaml")
    if mended:
        mend(folder)
    assert run("replay").exit_code == code


def test_replay_forgets_what_passes(folder: Path) -> None:
    run("gradcheck", "a.yaml")
    mend(folder)
    run("replay")
    assert run("replay").exit_code == 5


def test_replay_without_records_is_5() -> None:
    assert run("replay").exit_code == 5


def test_replay_of_an_unknown_id_suggests_one() -> None:
    run("gradcheck", "a.yaml")
    done = run("replay", "a.yaml::f/x[claim-p9]")
    assert (done.exit_code, "did you mean `a.yaml::f/x[claim-p" in done.output) == (2, True)


def test_last_failed_checks_only_the_failures() -> None:
    run("gradcheck", "a.yaml")
    assert ids("gradcheck", "--lf", "a.yaml") == [ID, "a.yaml::f/x[claim-p1]"]


def test_last_failed_without_records_checks_everything_and_says_so() -> None:
    done = run("gradcheck", "--lf", "a.yaml")
    assert "no failure is recorded here; everything is checked" in done.output
    assert "14 passed" in done.output


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="a list"),
        pytest.param('{"version": 1, "failures": []}', id="another version"),
        pytest.param('{"version": 3, "failures": [{"target": "a"}]}', id="a field is missing"),
        pytest.param("[" * 100_000, id="nested"),
    ],
)
def test_a_corrupt_cache_is_ignored_with_a_note(text: str, folder: Path) -> None:
    run("gradcheck", "a.yaml")
    (folder / ".jaccli_cache" / "failures.json").write_text(text, encoding="utf-8")
    done = run("gradcheck", "--lf", "a.yaml")
    assert "cannot be read and is ignored" in done.output
    assert "2 failed" in done.output


def test_the_cache_is_ignored_by_git_and_made_only_for_failures(folder: Path) -> None:
    mend(folder)
    run("gradcheck", "a.yaml")
    assert not (folder / ".jaccli_cache").exists()
    (folder / "a.yaml").write_text(WRONG, encoding="utf-8")
    run("gradcheck", "a.yaml")
    assert (folder / ".jaccli_cache" / ".gitignore").read_text() == "*\n"


def test_a_cache_that_cannot_be_written_does_no_harm(folder: Path) -> None:
    (folder / ".jaccli_cache").write_text("a file stands where the folder would be")
    assert run("gradcheck", "a.yaml").exit_code == 1


# --- -k


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        pytest.param("claim", True, id="a part"),
        pytest.param("CLAIM", True, id="case"),
        pytest.param("reverse", False, id="another part"),
        pytest.param("not reverse", True, id="not"),
        pytest.param("claim and p1", False, id="and"),
        pytest.param("claim and p1 or f/x", True, id="or binds weaker"),
        pytest.param("claim and (p1 or f/y)", False, id="brackets"),
        pytest.param("not not claim", True, id="not twice"),
        pytest.param("f/x[claim", True, id="brackets of ids"),
    ],
)
def test_keyword_selects_ids(text: str, selected: bool) -> None:
    assert keyword(text)(ID) is selected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "at its end"), ("claim and", "at its end"), ("or x", "at `or`"), ("(claim", "at its end"), ("claim)", r"at `\)`"),
        ("a b", "at `b`"), ("not", "at its end"),
    ],
)  # fmt: skip
def test_keyword_says_where_an_expression_breaks_off(text: str, place: str) -> None:
    with pytest.raises(UsageError, match=f"^-k '.*' breaks off {place}; expected parts of ids joined by and, or, not"):
        keyword(text)


def test_keyword_on_the_command_line_selects_checks() -> None:
    assert ids("gradcheck", "a.yaml", "-k", "f/x and claim and p0") == [ID]


def test_keyword_that_selects_nothing_is_5() -> None:
    assert run("gradcheck", "a.yaml", "-k", "nothing").exit_code == 5


# --- baseline


def test_baseline_lets_known_failures_pass_and_names_vanished_ones(folder: Path) -> None:
    assert run("gradcheck", "a.yaml", "--write-baseline", "known.json").exit_code == 0
    done = run("gradcheck", "a.yaml", "--baseline", "known.json")
    assert (done.exit_code, "2 of the failures known" in done.output, "JAC102" in done.output) == (0, True, False)
    mend(folder)
    assert f"no longer fails: {ID}" in run("gradcheck", "a.yaml", "--baseline", "known.json").output


def test_baseline_does_not_hide_a_new_failure(folder: Path) -> None:
    run("gradcheck", "a.yaml", "--write-baseline", "known.json")
    (folder / "a.yaml").write_text(WRONG.replace("y: x**2\n", "y: x**3\n"), encoding="utf-8")
    assert run("gradcheck", "a.yaml", "--baseline", "known.json").exit_code == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "there is no such file; make it with --write-baseline known.json", id="missing"),
        pytest.param("{", "is not a baseline; make it anew", id="no JSON"),
        pytest.param('{"known_failures": 3}', "is not a baseline; make it anew", id="no list"),
    ],
)
def test_baseline_that_cannot_be_used_is_2(text: str | None, words: str, folder: Path) -> None:
    if text is not None:
        (folder / "known.json").write_text(text)
    done = run("gradcheck", "a.yaml", "--baseline", "known.json")
    assert (done.exit_code, words in done.output) == (2, True)


def test_statistics_count_by_code_and_by_what_was_tested() -> None:
    shown = run("gradcheck", "a.yaml", "--statistics", "-q").output
    assert "  JAC102 wrong-factor            2\n" in shown
    assert "  claim                   2      2             0      0\n" in shown
