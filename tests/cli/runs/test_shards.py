"""Shards of like times, the file of seconds behind them, and their reports as one again."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from jaccli.cli import app
from jaccli.cli.runs.shards import assigned, costs_of, shard_of
from jaccli.cli.runs.timings import read_timings
from jaccli.errors import UsageError

GOOD = "inputs: {x: 2}\noutputs: {y: x**2}\n"
WRONG = "inputs: {x: 2}\noutputs: {y: x**2}\njacobian: {y: {x: 3*x}}\n"
CODE = "import jaccli\n\n@jaccli.check(x=1.5, jacobian=lambda x: 2 * x)\ndef square(x):\n    return x**2\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    for name in "abcd":
        (tmp_path / f"{name}.yaml").write_text(GOOD)
    return tmp_path


def run(*args: str, command: str = "gradcheck") -> Result:
    return CliRunner().invoke(app, [command, *args], catch_exceptions=False)


def shards(folder: Path, count: int, *args: str) -> list[str]:
    """Return the files with the reports of all shards."""
    names = [f"s{k}.json" for k in range(1, count + 1)]
    for k, name in enumerate(names, 1):
        (folder / name).write_text(run(*args, "--shard", f"{k}/{count}", "-f", "json").stdout)
    return names


def costs(kind: str) -> dict[str, float]:
    rng = random.Random(3)
    many = {f"specs/{k}.yaml": 1.0 for k in range(60)}
    match kind:
        case "skewed":
            return {name: rng.lognormvariate(0.0, 1.5) for name in many}
        case "one large":
            return {**many, "specs/0.yaml": 12.0}
    return many


# --- which part


@pytest.mark.parametrize("count", [1, 2, 3, 7, 80])
@pytest.mark.parametrize("kind", ["equal", "skewed", "one large"])
def test_shards_are_a_partition(kind: str, count: int) -> None:
    known = costs(kind)
    found = [shard_of(known, number, count) for number in range(1, count + 1)]
    assert sorted(name for shard in found for name in shard) == sorted(known)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("kind", ["equal", "skewed", "one large"])
def test_shards_take_like_times(kind: str, count: int) -> None:
    known = costs(kind)
    loads = [sum(known[name] for name in shard_of(known, number, count)) for number in range(1, count + 1)]
    assert max(loads) / min(loads) <= 1.2


def test_shards_of_equal_costs_have_like_sizes() -> None:
    sizes = [len(shard_of(costs("equal"), number, 7)) for number in range(1, 8)]
    assert max(sizes) - min(sizes) <= 1


def test_shards_do_not_depend_on_the_order() -> None:
    known = costs("skewed")
    assert shard_of(known, 2, 3) == shard_of(dict(reversed(known.items())), 2, 3)


def test_digest_tells_costs_names_and_counts_apart() -> None:
    known = costs("equal")
    others = [known, {**known, "specs/0.yaml": 1.5}, {**known, "more.yaml": 1.0}]
    found = {assigned(one, 1, 2).digest for one in others} | {assigned(known, 1, 3).digest}
    assert len(found) == 4
    assert assigned(known, 1, 2).digest == assigned(known, 2, 2).digest


def test_cost_is_recorded_or_counted_or_in_the_middle(folder: Path) -> None:
    (folder / "large.yaml").write_text(
        "inputs: {W: {value: {init: normal, shape: [40, 40], seed: 1}}}\noutputs: {y: sum(W @ W)}\n"
    )
    found = costs_of(["a.yaml", "large.yaml", "ops.py::f", "-"], {"a.yaml": 2.0})
    assert found["a.yaml"] == 2.0
    assert costs_of(["a.yaml", "large.yaml"], {})["large.yaml"] >= costs_of(["a.yaml", "large.yaml"], {})["a.yaml"]
    assert min(found["a.yaml"], found["large.yaml"]) <= found["ops.py::f"] <= max(found["a.yaml"], found["large.yaml"])


def test_what_cannot_be_counted_is_in_a_shard_all_the_same(folder: Path) -> None:
    (folder / "broken.yaml").write_text("inputs: {x: 2}\noutputs: {y: z**2}\n")
    (folder / "no.yaml").write_text("a: [")
    done = [run("broken.yaml", "no.yaml", "a.yaml", "--shard", f"{k}/2", "-f", "json") for k in (1, 2)]
    problems = [one["file"] for d in done for one in json.loads(d.stdout).get("problems", [])]
    assert sorted(problems) == ["broken.yaml", "no.yaml"]


# --- seconds


def test_timings_are_written_and_read(folder: Path) -> None:
    (folder / "ops.py").write_text(CODE)
    assert run("a.yaml", "b.yaml", "--write-timings", "t.json").exit_code == 0
    run("ops.py", "--write-timings", "t.json")
    found = read_timings("t.json")
    assert sorted(found) == ["a.yaml", "b.yaml", "ops.py::square"]
    assert all(seconds >= 0 for seconds in found.values())


def test_timings_decide_the_shard(folder: Path) -> None:
    (folder / "t.json").write_text(
        json.dumps({"schema_version": 1, "seconds": {"a.yaml": 9, "b.yaml": 1, "c.yaml": 1, "d.yaml": 1}})
    )
    found = [
        {
            row["file"]
            for row in json.loads(run(".", "--shard", f"{k}/2", "--timings", "t.json", "-f", "json").stdout)["results"]
        }
        for k in (1, 2)
    ]
    assert sorted(found, key=len) == [{"a.yaml"}, {"b.yaml", "c.yaml", "d.yaml"}]


@pytest.mark.parametrize("text", [
    "", "[]", "{}", '{"seconds": []}', '{"seconds": {"a.yaml": -1}}', '{"seconds": {"a.yaml": "1"}}',
    '{"seconds": {"a.yaml": true}}', '{"seconds": {"a.yaml": NaN}}', '{"seconds": {"a.yaml": 1e999}}', "[" * 100_000, "\xff",
])  # fmt: skip
def test_what_are_no_timings_is_refused(folder: Path, text: str) -> None:
    (folder / "t.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(
        UsageError, match=r"--timings t\.json has no timings; make it anew with --write-timings t\.json"
    ):
        read_timings("t.json")


def test_timings_that_are_not_there_are_told() -> None:
    done = run(".", "--shard", "1/2", "--timings", "t.json")
    assert (done.exit_code, "--timings t.json: there is no such file" in done.stderr) == (2, True)


def test_durations_name_the_slowest() -> None:
    lines = run("a.yaml", "b.yaml", "c.yaml", "--durations", "2").stdout.splitlines()
    (head,) = [k for k, line in enumerate(lines) if line.startswith("slowest 2 of 3: ")]
    assert all(line.endswith(".yaml") and " s  " in line for line in lines[head + 1 : head + 3])


# --- one report again


def test_merged_shards_are_the_whole_run(folder: Path) -> None:
    (folder / "wrong.yaml").write_text(WRONG)
    (folder / "broken.yaml").write_text("inputs: {x: 2}\noutputs: {y: z**2}\n")
    whole = json.loads(run(".", "-f", "json").stdout)
    names = shards(folder, 3, "a.yaml", "b.yaml", "c.yaml", "d.yaml", "wrong.yaml", "broken.yaml")
    done = run("merge", *names, "-f", "json", command="report")
    found = json.loads(done.stdout)
    plain = [{key: value for key, value in row.items() if key not in ("point", "span")} for row in whole["results"]]
    mine = [{key: value for key, value in row.items() if key not in ("point", "span")} for row in found["results"]]
    assert sorted(mine, key=lambda row: row["id"]) == sorted(plain, key=lambda row: row["id"])
    assert found["summary"] == whole["summary"]
    assert [one["message"] for one in found["problems"]] == [one["message"] for one in whole["problems"]]
    assert done.exit_code == 2


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (WRONG, 1), (f"{WRONG}check: {{expect: fail}}\n", 0)])
def test_merged_report_has_the_exit_code_of_the_run(folder: Path, text: str, code: int) -> None:
    (folder / "a.yaml").write_text(text)
    names = shards(folder, 2, "a.yaml", "b.yaml")
    assert run("merge", *names, command="report").exit_code == code
    assert run("merge", *names, "--fail-on", "never", command="report").exit_code == 0


@pytest.mark.parametrize(
    "form", ["junit", "sarif", "html", "markdown", "jsonl", "gitlab", "concise", "github", "table"]
)
def test_merged_report_is_written_in_every_format(folder: Path, form: str) -> None:
    (folder / "a.yaml").write_text(WRONG)
    done = run("merge", *shards(folder, 2, "a.yaml", "b.yaml"), "-f", form, command="report")
    assert "a.yaml" in done.stdout


def test_junit_of_shards_is_that_of_the_run(folder: Path) -> None:
    (folder / "a.yaml").write_text(WRONG)

    def cases(text: str) -> set[tuple[str | None, ...]]:
        return {
            (c.get("classname"), c.get("name"), c[0].tag if len(c) else "")
            for c in ET.fromstring(text).iter("testcase")
        }

    names = shards(folder, 2, ".")
    assert cases(run("merge", *names, "-f", "junit", command="report").stdout) == cases(run(".", "-f", "junit").stdout)


def test_shards_that_do_not_belong_together_are_refused(folder: Path) -> None:
    (folder / "t.json").write_text('{"schema_version": 1, "seconds": {"a.yaml": 9}}')
    one, two = shards(folder, 2, ".")
    (folder / two).write_text(run(".", "--shard", "2/2", "--timings", "t.json", "-f", "json").stdout)
    done = run("merge", one, two, command="report")
    assert done.exit_code == 2
    assert "were not chosen from the same work at the same costs" in done.stderr


@pytest.mark.parametrize(("chosen", "words"), [
    ([0, 1], "shard 3/3 is missing"), ([2], "shard 1/3, 2/3 is missing"), ([0, 1, 2, 1], "shard 2/3 is there twice"),
])  # fmt: skip
def test_incomplete_shards_are_refused(folder: Path, chosen: list[int], words: str) -> None:
    names = shards(folder, 3, ".")
    (folder / "again.json").write_bytes((folder / names[1]).read_bytes())
    files = [names[k] for k in chosen[:3]] + (["again.json"] if len(chosen) > 3 else [])
    done = run("merge", *files, command="report")
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr


def test_check_in_two_reports_is_refused(folder: Path) -> None:
    for name in ("one.json", "two.json"):
        (folder / name).write_text(run("a.yaml", "-f", "json").stdout)
    done = run("merge", "one.json", "two.json", command="report")
    assert (done.exit_code, "stands in one.json and in two.json" in done.stderr) == (2, True)


def spoilt(document: dict[str, Any], how: str) -> Any:
    match how:
        case "results":
            document["results"].pop()
        case "more":
            document["results"] *= 2
        case "row":
            document["results"][0] = {"id": "a"}
        case "outcome":
            document["results"][0]["outcome"] = "fine"
        case "version":
            document["schema_version"] = 2
        case "shard":
            document["shard"] = {"number": "1", "count": 1, "digest": "", "names": []}
        case "list":
            return []
    return document


@pytest.mark.parametrize("how", ["results", "more", "row", "outcome", "version", "shard", "list"])
def test_what_is_no_report_is_refused(folder: Path, how: str) -> None:
    document = json.loads(run("a.yaml", "-f", "json").stdout)
    (folder / "x.json").write_text(json.dumps(spoilt(document, how)))
    done = run("merge", "x.json", command="report")
    assert (done.exit_code, "x.json is no report of `jac gradcheck -f json`" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(("args", "words"), [
    (["merge", "no.json"], "no.json: there is no such file"), (["merge", "a.yaml"], "a.yaml is no JSON document"),
    (["mrge", "a.yaml"], "jac report knows merge (got mrge)"),
])  # fmt: skip
def test_misuse_of_report_is_told(args: list[str], words: str) -> None:
    done = run(*args, command="report")
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr
