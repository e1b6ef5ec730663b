"""``jac graph``: the pictures, parsed again."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
NASTY = "name: '</svg><script> & \\ -->'\ninputs: {x: 2}\nlet: {a: 'x < 3'}\noutputs: {y: 'a * x'}\n"


def run(*args: str, stdin: str | None = None, code: int = 0) -> str:
    runner = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1"})
    outcome = runner.invoke(app, list(args), input=stdin, catch_exceptions=False)
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def test_graph_shows_values_and_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert [line.split() for line in run("graph", "specs/relu_neuron.yaml").splitlines() if "←" in line][1:] == [
        ["x", "1.0", "←", "2.0"],
        ["↓", "2*x", "2.0", "←", "1.0", "of", "x"],
        ["↓", "z", "5.0", "←", "1.0", "of", "2*x"],
        ["↓", "h", "5.0", "←", "1.0", "of", "z"],
    ]


@pytest.mark.parametrize("name", sorted(str(path.relative_to(ROOT)) for path in (ROOT / "specs").rglob("[!d]*.yaml")))
def test_graph_svg_boxes_never_overlap(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = ET.fromstring(run("graph", name, "-f", "svg"))
    found = [r for r in page.iter(f"{SVG}rect") if r.get("rx")]
    boxes = [tuple(int(r.get(k, "0")) for k in ("x", "y", "width", "height")) for r in found]
    for k, (x, y, w, h) in enumerate(boxes):
        assert x + w <= int(page.get("width", "0"))
        assert y + h <= int(page.get("height", "0"))
        assert not any(abs(x - u) < w and abs(y - v) < h for u, v, *_ in boxes[:k])


def test_graph_of_a_deep_chain_goes_on_below() -> None:
    lets = "".join(f"  h{k}: sin(h{k - 1})\n" for k in range(1, 300))
    spec = f"inputs: {{x: 1}}\nlet:\n  h0: sin(x)\n{lets}outputs: {{y: h299}}\n"
    page = ET.fromstring(run("graph", "-", "-f", "svg", stdin=spec))
    assert len([r for r in page.iter(f"{SVG}rect") if r.get("rx")]) == 301
    assert int(page.get("width", "0")) < 3000


def test_graph_no_fold_shows_every_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    folded, whole = (run("graph", "specs/relu_neuron.yaml", flag, "-f", "dot") for flag in ("--fold", "--no-fold"))
    assert (folded.count("->"), whole.count("->")) == (2, 3)


@pytest.mark.parametrize("output_format", ["svg", "dot", "mermaid"])
def test_graph_escapes_what_users_write(output_format: str) -> None:
    shown = re.sub(r'label="(\\.|[^"\\])*"', "", run("graph", "-", "-f", output_format, "--no-fold", stdin=NASTY))
    assert "<script>" not in shown
    assert "x <" not in shown


def test_graph_svg_of_nasty_text_is_xml() -> None:
    page = ET.fromstring(run("graph", "-", "-f", "svg", stdin=NASTY))
    assert page.findtext(f"{SVG}title") == "</svg><script> & \\ -->"


def test_graph_writes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    path = tmp_path / "a.svg"
    assert run("graph", "specs/coffee.yaml", "-f", "svg", "-o", str(path)) == f"wrote {path}\n"
    assert path.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(["-f", "png"], "--format must be one of text, svg, dot, mermaid (got png)", id="format"),
        pytest.param(["--of", "y3"], "`y3` is no output", id="output"),
        pytest.param(["-o", "no/where.svg"], "-o no/where.svg: the folder no does not exist; make it first", id="file"),
    ],
)
def test_graph_refuses(args: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert message in run("graph", "specs/coffee.yaml", *args, code=2)
