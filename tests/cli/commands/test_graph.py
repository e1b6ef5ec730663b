"""``jac graph``: the pictures, parsed again."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from jaccli.cli import app

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"
NASTY = "name: '</svg><script> & \\ -->'\ninputs: {x: 2}\nlet: {a: 'x < 3'}\noutputs: {y: 'a * x'}\n"


def run(*args: str, stdin: str | None = None, code: int = 0, columns: int = 80) -> str:
    runner = CliRunner(env={"COLUMNS": str(columns), "NO_COLOR": "1"})
    outcome = runner.invoke(app, list(args), input=stdin, catch_exceptions=False)
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def test_graph_shows_values_and_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert [line.split() for line in run("graph", "specs/relu_neuron.yaml").splitlines() if "←" in line][1:] == [
        ["x", "1.0", "←", "2.0"],
        ["↓", "2*x", "2.0", "←", "1.0", "of", "x"],
        ["↓", "z", "5.0", "←", "1.0", "=", "2*x", "+", "3"],
        ["↓", "h", "5.0", "←", "1.0", "=", "relu(z)"],
    ]


@pytest.mark.parametrize("name", sorted(str(path.relative_to(ROOT)) for path in (ROOT / "specs").rglob("*.yaml")))
def test_graph_svg_boxes_never_overlap(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = ET.fromstring(run("graph", name, "-f", "svg"))
    found = [r for r in page.iter(f"{SVG}rect") if r.get("class") == "box"]
    boxes = [tuple(int(r.get(k, "0")) for k in ("x", "y", "width", "height")) for r in found]
    for k, (x, y, w, h) in enumerate(boxes):
        assert x + w <= int(page.get("width", "0"))
        assert y + h <= int(page.get("height", "0"))
        assert not any(x < u + p and u < x + w and y < v + q and v < y + h for u, v, p, q in boxes[:k])


def boxes(page: ET.Element) -> list[str]:
    return [g.findtext(f"{SVG}title", "") for g in page.iter(f"{SVG}g")]


CHAIN = (
    "inputs: {x: 1}\nlet:\n  h0: sin(x)\n"
    + "".join(f"  h{k}: sin(h{k - 1})\n" for k in range(1, 300))
    + "outputs: {y: h299}\n"
)
MIXED = "inputs: {x: 1}\nlet:\n  h0: sin(x)\n" + "".join(
    f"  h{k}: {['sin', 'cos', 'tanh', 'exp'][k * k % 7 % 4]}(h{k - 1} + {k}*x)\n" for k in range(1, 100)
) + "outputs: {y: h99}\n"  # fmt: skip
DEEP = """
inputs: {x: {shape: [6, 8], init: normal, seed: 1}}
network:
  - repeat: {times: 12, layers: [{transformer: {heads: 2, hidden: 16}}, tanh]}
  - residual: [dense: {units: 8, activation: tanh}]
"""


def test_graph_of_equal_steps_shows_them_once() -> None:
    page = ET.fromstring(run("graph", "-", "-f", "svg", stdin=CHAIN))
    assert boxes(page) == ["x", "h0 … h299: sin(x) … sin(h298)"]
    assert "h0 … h299 ×300" in [text.text for text in page.iter(f"{SVG}text")]


def test_graph_of_many_different_steps_goes_from_top_to_bottom() -> None:
    page = ET.fromstring(run("graph", "-", "-f", "svg", stdin=MIXED))
    assert len(boxes(page)) == 101
    assert int(page.get("width", "0")) < 600


def test_graph_shows_repeated_layers_once() -> None:
    page = ET.fromstring(run("graph", "-", "-f", "svg", stdin=DEEP))
    assert boxes(page) == [
        "x",
        "block1 … block12: transformer",
        "tanh1 … tanh12: tanh(block1 … block12)",
        "residual1: residual",
    ]
    assert {"block1 … block12 ×12", "tanh1 … tanh12 ×12"} <= {text.text for text in page.iter(f"{SVG}text")}


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        pytest.param(["--unfold", "residual1"], ["dense1: dense"], id="layers inside a layer"),
        pytest.param(["--depth", "2"], ["dense1: dense"], id="second depth"),
        pytest.param(
            ["--unfold", "dense1"], ["dense1.W", "dense1.W.T: transpose(dense1.W)"], id="operations of a layer"
        ),
        pytest.param(["--depth", "3"], ["tanh13: tanh"], id="third depth"),
    ],
)
def test_graph_unfolds(args: list[str], shown: list[str]) -> None:
    found = boxes(ET.fromstring(run("graph", "-", "-f", "svg", *args, stdin=DEEP)))
    assert "block1 … block12: transformer" in found
    assert [name.split(":")[0] for name in shown if name.split(":")[0] not in {b.split(":")[0] for b in found}] == []


def test_graph_unfolds_a_step() -> None:
    page = ET.fromstring(run("graph", "-", "-f", "svg", "--unfold", "h5", stdin=MIXED))
    assert "5*x" in boxes(page)
    assert "6*x" not in boxes(page)


def test_graph_calls_a_layer_by_its_name_where_another_uses_it() -> None:
    page = ET.fromstring(run("graph", "-", "-f", "svg", "--unfold", "residual1", stdin=DEEP))
    assert "residual1: (tanh1 … tanh12) + dense1" in boxes(page)


@pytest.mark.parametrize(
    "spec",
    [
        "inputs: {x: 2}\noutputs: {y: x}\n",
        "constants: {c: 2}\ninputs: {x: 1}\noutputs: {y: c}\n",
        "inputs: {x: 1}\noutputs: {y: 0*x + 3}\n",
        "inputs: {x: 1}\noutputs: {y: 3}\n",
    ],
)
@pytest.mark.parametrize("output_format", ["text", "svg", "dot", "mermaid"])
def test_graph_of_next_to_nothing_is_drawn(spec: str, output_format: str) -> None:
    assert run("graph", "-", "-f", output_format, stdin=spec)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "name", ["networks/digits", "networks/char_lstm", "gaussian_process", "least_squares/thurber", "camera"]
)
def test_graph_text_fits_the_terminal(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert max(map(len, run("graph", f"specs/{name}.yaml", "--no-fold", columns=width).splitlines())) <= width


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
    assert run("graph", "specs/coffee.yaml", "-o", str(path)) == f"wrote {path}\n"
    assert path.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(["-f", "png"], "-f must be one of text, svg, dot, mermaid, html (got png)", id="format"),
        pytest.param(
            ["-o", "net.png"],
            "-o net.png: the suffix names no format (.txt, .svg, .dot, .mmd, .html); give one with -f",
            id="suffix",
        ),
        pytest.param(["--of", "y3"], "`y3` is not an output", id="output"),
        pytest.param(["--depth", "0"], "--depth must be at least 1 (got 0)", id="depth"),
        pytest.param(
            ["--unfold", "americano"], "there is no layer or step `americano` to unfold; known: y1", id="unfold"
        ),
        pytest.param(
            ["--no-fold", "--depth", "1"], "--no-fold shows every operation: leave out --depth", id="no fold and depth"
        ),
        pytest.param(["-o", "no/where.svg"], "-o no/where.svg: the folder no does not exist; make it first", id="file"),
    ],
)
def test_graph_refuses(args: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert message in run("graph", "specs/coffee.yaml", *args, code=2)


def test_graph_refuses_a_picture_that_nobody_can_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    lets = {f"a{k}": f"sin({f'a{k - 1}' if k else 'x'})" for k in range(500)}
    spec = yaml.safe_dump({"inputs": {"x": 1.0}, "let": lets, "outputs": {"y": "a499"}}, sort_keys=False)
    shown = run("graph", "-", "--no-fold", "-f", "svg", stdin=spec, code=2)
    assert "a picture of 501 boxes, more than 400, cannot be looked at: leave out --no-fold" in " ".join(shown.split())
    assert run("graph", "-", "--no-fold", "-f", "dot", stdin=spec).count("fillcolor") == 501
