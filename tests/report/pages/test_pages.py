"""What a page promises without a browser: a policy by hashes, nothing fetched, JSON inside, half a megabyte at most."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import numpy as np
import pytest

import jaccli
from jaccli.report.documents import document
from jaccli.report.pages.heat import error_map, value_map
from jaccli.report.pages.render import inert_json
from jaccli.results.grid import Grid
from jaccli.results.run import Run

MOST = 500_000


def wrong(n: int) -> Run:
    spec = {
        "inputs": {"x": {"value": list(np.linspace(0.1, 1, n))}},
        "outputs": {"y": "outer(x, x)[0] + sin(x)"},
        "jacobian": {"y": {"x": f"eye({n})"}},
    }
    return Run(reports=(jaccli.parse(spec).gradcheck(),), version="1")


@pytest.fixture(scope="module")
def page() -> str:
    return document("html", wrong(6))


def sources(page: str, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found]


def test_policy_names_each_script_and_style_and_nothing_else(page) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.replace("&#39;", "'").split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == sources(page, "script")
    assert rules["style-src"].split() == sources(page, "style")
    assert "unsafe" not in policy


def test_nothing_is_fetched(page) -> None:
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"|url\(|@import|https?://(?!www\.w3\.org/2000/svg)', page) == []


def test_no_style_or_handler_stands_in_an_element(page) -> None:
    assert re.findall(r"<[a-z]+ [^>]*\b(?:style|on[a-z]+)=", page) == []


def test_json_inside_is_that_of_the_run(page) -> None:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    data = json.loads(text)
    run = wrong(6)
    assert data["summary"] == run.counts
    assert [row["id"] for row in data["findings"]] == [
        c.id for _, c in run.checks if c.outcome not in ("pass", "skipped")
    ]
    assert sum(len(file["rows"]) for file in data["checks"]["files"]) == len(list(run.checks))


def test_page_of_many_large_findings_is_small() -> None:
    run = wrong(60)
    many = Run(reports=run.reports * 12, version="1")
    assert len(document("html", many).encode()) < MOST


def test_json_closes_no_element() -> None:
    assert json.loads(inert_json({"a": "</script><!--"})) == {"a": "</script><!--"}
    assert "<" not in inert_json({"a": "</script><!--"})


def grid(m: int, n: int) -> Grid:
    reference = np.ones((m, n))
    tested, outcome = reference.copy(), np.zeros((m, n), dtype=int)
    tested[m - 1, 1], outcome[m - 1, 1] = 1.0005, 1
    return Grid(tested, reference, np.full((m, n), 1e-16), outcome, (m,), (n,))


def test_each_entry_has_a_cell() -> None:
    found = error_map(grid(3, 4), "y", "x", 32)
    assert [len(found["cells"]), found["tile"], found["rows"]["2"], found["columns"]["1"]] == [
        12,
        [1, 1],
        "y[2]",
        "x[1]",
    ]
    assert found["cells"][9] == [2, 1, 1.0005, 1.0, 1e-16, pytest.approx(0.0005, rel=1e-3), 1]


@pytest.mark.parametrize("shape", [(100, 7), (33, 65), (1, 200)])
def test_tiles_of_a_large_block_show_its_wrong_entry(shape) -> None:
    found = error_map(grid(*shape), "y", "x", 32)
    assert len(found["cells"]) <= 32 * 32
    assert [cell[:2] for cell in found["cells"] if cell[6] == 1] == [[shape[0] - 1, 1]]


def test_tiles_prefer_a_wrong_entry_to_a_larger_open_error() -> None:
    both = grid(2, 2)
    both.tested[0, 0], both.outcome[0, 0] = 5.0, 2
    (cell,) = error_map(both, "y", "x", 1)["cells"]
    assert cell[:2] == [1, 1]


def test_values_that_are_not_finite_are_words() -> None:
    found = value_map(np.array([[np.nan, 1.0]]), ["y"], ["x[0]", "x[1]"], 8)
    assert [cell[2] for cell in found["cells"]] == ["nan", 1.0]
