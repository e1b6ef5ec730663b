"""Every document of a run is read again by a program of someone else, also when the user's text is hostile."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt
from run_samples import TEXTS, runs, small

from jaccli.cli.runs.reports import FORMATS
from jaccli.report.documents import DOCUMENTS, document
from jaccli.report.documents.findings import findings
from jaccli.report.documents.github import MOST
from jaccli.report.schema import gradcheck_schema
from jaccli.report.words.plain import printable
from jaccli.results.run import Run

fuzzed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return small(tmp_path)


def hidden(text: str) -> list[str]:
    return [c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def test_formats_of_the_command_line_are_those_that_are_written() -> None:
    assert tuple(DOCUMENTS) == FORMATS


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if not name.startswith("json")])
@fuzzed
@given(run=runs())
def test_document_of_hostile_text_is_utf8_and_hides_nothing(name: str, run: Run) -> None:
    text = document(name, run)
    assert text.encode("utf-8")
    assert hidden(text) == []


@given(TEXTS)
def test_printable_text_is_itself(text: str) -> None:
    assert printable(printable(text)) == printable(text)


# --- JSON


@fuzzed
@given(run=runs())
def test_json_of_hostile_text_fits_its_schema(run: Run) -> None:
    read = json.loads(document("json", run).encode("utf-8"))
    jsonschema.Draft202012Validator(gradcheck_schema()).validate(read)


@fuzzed
@given(run=runs())
def test_jsonl_is_a_document_a_line(run: Run) -> None:
    lines = document("jsonl", run).encode("utf-8").split(b"\n")[:-1]
    kinds = [json.loads(line)["type"] for line in lines]
    count = sum(len(report.checks) for report in run.reports)
    assert kinds == ["result"] * count + ["problem"] * len(run.problems) + ["run"]


def test_jsonl_holds_what_json_holds(run: Run) -> None:
    rows = [json.loads(line) for line in document("jsonl", run).splitlines()]
    results = [{k: v for k, v in row.items() if k != "type"} for row in rows if row["type"] == "result"]
    assert json.dumps(results) == json.dumps(json.loads(document("json", run))["results"])


# --- JUnit


def suites(text: str):
    junitparser = pytest.importorskip("junitparser", reason="pip install 'jaccli[test]'")
    return junitparser.JUnitXml.fromstring(text.encode("utf-8"))


def test_junit_counts_are_those_of_the_run(run: Run) -> None:
    read = suites(document("junit", run))
    expected, open_ = run.counts, sum(check.unverified for _, check in run.checks)
    assert (read.tests, read.failures, read.errors, read.skipped) == (
        sum(expected.values()), expected["fail"] + open_, expected["error"], expected["inconclusive"] - open_,
    )  # fmt: skip


def test_junit_skips_what_is_open_where_it_matters_to_nobody(run: Run) -> None:
    open_ = frozenset(check.id for _, check in run.checks if check.unverified)
    little = replace(run, reports=tuple(
        replace(report, checks=tuple(replace(c, open_share=0.0) for c in report.checks)) for report in run.reports
    ))  # fmt: skip
    accepted = replace(run, accepted=open_)
    assert [suites(document("junit", one)).skipped for one in (run, little, accepted)] == [0, len(open_), len(open_)]
    assert open_


def test_junit_failure_is_the_terminal_s_text(run: Run) -> None:
    (text,) = [r.text for s in suites(document("junit", run)) for c in s for r in c.result if r.type == "JAC101"]
    assert "gives 0.909297, expected -0.909297" in text


@fuzzed
@given(run=runs())
def test_junit_of_hostile_text_keeps_every_check(run: Run) -> None:
    junitparser = pytest.importorskip("junitparser", reason="pip install 'jaccli[test]'")
    read = suites(document("junit", run))
    cases = [case for suite in read for case in suite]
    assert all(len(case.result) <= 1 for case in cases)
    failures = [r for case in cases for r in case.result if isinstance(r, junitparser.Failure)]
    wrong = [
        check for report, check in run.checks
        if check.unverified or (check.outcome == "fail" and not run.allowed(report, check))
    ]  # fmt: skip
    silent = [r for r in run.reports if r.expect == "fail" and not r.ok and not r.counts["fail"]]
    assert len(failures) == len(wrong) + len(silent)


# --- SARIF


def reread(run: Run):
    """Return the log as sarif-pydantic understands it; what it does not know is lost."""
    sarif_pydantic = pytest.importorskip("sarif_pydantic", reason="pip install 'jaccli[test]'")
    return sarif_pydantic.Sarif.model_validate_json(document("sarif", run).encode("utf-8"))


@fuzzed
@given(run=runs())
def test_sarif_of_hostile_text_is_understood_wholly(run: Run) -> None:
    read = reread(run).model_dump(mode="json", by_alias=True, exclude_none=True)
    assert differing(json.loads(document("sarif", run)), read) == []


def differing(written, read, path="") -> list[str]:
    """Return where what was written is not what was read; defaults may be added."""
    if isinstance(written, dict) and isinstance(read, dict):
        return [line for key in written for line in differing(written[key], read.get(key), f"{path}.{key}")]
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        return [line for k, item in enumerate(written) for line in differing(item, read[k], f"{path}[{k}]")]
    return [] if written == read else [f"{path}: {written!r} is read as {read!r}"]


def test_sarif_results_are_the_findings(run: Run) -> None:
    (read,) = reread(run).runs
    assert [result.rule_id for result in read.results] == [finding.code for finding in findings(run)]


@fuzzed
@given(run=runs())
def test_sarif_results_all_have_a_location(run: Run) -> None:
    (found,) = json.loads(document("sarif", run))["runs"]
    assert all(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in found["results"])


def test_sarif_regions_have_all_four_numbers_and_a_fingerprint(run: Run) -> None:
    (found,) = json.loads(document("sarif", run))["runs"]
    for result in found["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        assert set(region) - {"snippet"} == {"startLine", "startColumn", "endLine", "endColumn"}
        assert result["partialFingerprints"]["primaryLocationLineHash"]


def test_sarif_shows_the_text_of_the_region_and_its_line(run: Run) -> None:
    (found,) = json.loads(document("sarif", run))["runs"]
    wrong = next(result for result in found["results"] if result["ruleId"] == "JAC101")
    place = wrong["locations"][0]["physicalLocation"]
    text, line = place["region"]["snippet"]["text"], place["contextRegion"]["snippet"]["text"]
    assert line[place["region"]["startColumn"] - 1 :].startswith(text)
    assert (text, line.lstrip()) == ("sin(x)", "x: sin(x)")


def test_sarif_uri_is_the_file(run: Run, tmp_path: Path) -> None:
    (found,) = json.loads(document("sarif", run))["runs"]
    places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in found["results"]}
    assert {(tmp_path / unquote(place)).is_file() for place in places} == {True}


# --- GitHub


def decoded(line: str) -> tuple[str, dict[str, str], str]:
    """Return command, properties and message of a workflow command, as GitHub's documentation describes them."""
    kind, properties, message = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line).groups()

    def back(text: str, escapes: str) -> str:
        for escape in escapes.split():
            text = text.replace(escape, chr(int(escape[1:], 16)))
        return text.replace("%25", "%")

    pairs = dict(pair.split("=", 1) for pair in properties.split(","))
    return kind, {k: back(v, "%0D %0A %3A %2C") for k, v in pairs.items()}, back(message, "%0D %0A")


@fuzzed
@given(run=runs())
def test_github_commands_of_hostile_text_say_what_was_found(run: Run) -> None:
    read = [decoded(line) for line in document("github", run).splitlines()]
    found = findings(run)
    assert [message for _, _, message in read] == [finding.text for finding in found]
    assert [place["title"] for _, place, _ in read] == [f"{finding.code} {finding.title}" for finding in found]


def many(run: Run, count: int) -> Run:
    return Run(reports=run.reports[:0], problems=run.problems * count)


@pytest.mark.parametrize(("count", "last"), [(MOST, "2x"), (MOST + 1, "2 more in the log; GitHub shows 10 of a kind")])
def test_github_says_how_many_it_leaves_out(run: Run, count: int, last: str) -> None:
    lines = document("github", many(run, count)).splitlines()
    assert (len(lines), last in lines[-1]) == (MOST, True)


# --- GitLab


@fuzzed
@given(run=runs())
def test_gitlab_rows_have_the_documented_keys_and_own_fingerprints(run: Run) -> None:
    rows = json.loads(document("gitlab", run))
    assert len({row["fingerprint"] for row in rows}) == len(rows)
    for row in rows:
        assert set(row) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert row["severity"] in ("info", "minor", "major", "critical", "blocker")


def test_gitlab_fingerprints_do_not_depend_on_the_size_of_the_error_or_the_line(run: Run, tmp_path: Path) -> None:
    import jaccli

    first = {row["fingerprint"] for row in json.loads(document("gitlab", run))}
    (tmp_path / "a.yaml").write_text(
        "# a line more\n" + (tmp_path / "a.yaml").read_text().replace("3*x + 1", "3*x + 1.5")
    )
    second = Run(reports=(jaccli.load("a.yaml").gradcheck(),), problems=run.problems)
    assert {row["fingerprint"] for row in json.loads(document("gitlab", second))} == first


# --- Markdown


def cells(text: str) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inside = [tokens[k + 1] for k, token in enumerate(tokens) if token.type == "td_open"]
    return ["".join(child.content for child in token.children or []) for token in inside]


@fuzzed
@given(run=runs())
def test_markdown_of_hostile_text_keeps_its_tables_and_its_fences(run: Run) -> None:
    text = document("markdown", run)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    found = findings(run)
    assert [token.content.rstrip("\n") for token in tokens if token.type == "fence"] == [
        f.text.rstrip("\n") for f in found
    ]
    rows = cells(text)[-3 * len(found) :] if found else []
    assert rows[0::3] == [finding.code for finding in found]
    assert rows[1::3] == [finding.title for finding in found]


@fuzzed
@given(run=runs())
def test_markdown_of_hostile_text_holds_no_html_but_its_own(run: Run) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(document("markdown", run))
    html = [token.content for token in tokens if token.type == "html_block"]
    html += [c.content for t in tokens for c in t.children or [] if c.type == "html_inline"]
    tags = {tag for text in html for tag in re.findall(r"<[^>]*>", text)}
    assert tags <= {"<details>", "</details>", "<summary>", "</summary>"}
