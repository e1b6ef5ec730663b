"""``jac explain`` as a person sees it, and the shell's completion."""

from __future__ import annotations

import html.parser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app, with_values

ROOT = Path(__file__).parents[3]
NASTY = "name: <script>alert(1)</script> & | $x_1$\ninputs: {x: {value: 2, label: '<b>|&'}}\noutputs: {y: 'x**2'}\n"


def run(*args: str, stdin: str | None = None, code: int = 0, columns: int = 80) -> str:
    env = {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "dumb"}
    outcome = CliRunner(env=env).invoke(app, list(args), input=stdin, catch_exceptions=False)
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def test_explain_reads_like_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = run("explain", "specs/relu_neuron.yaml")
    assert (
        shown
        == """\
one ReLU neuron

Forward pass: values, from the inputs to the output
node  operation  value  line
────────────────────────────
x     given        1.0     6
2*x   2 × x        2.0    11
z     2*x + 3      5.0    11
h     relu(z)      5.0    14

Backward pass: gradients, from the output to the inputs
node  used in  local  upstream  product  gradient  line
───────────────────────────────────────────────────────
z     h          1.0       1.0      1.0       1.0    14
2*x   z          1.0       1.0      1.0       1.0    11
x     2*x        2.0       1.0      2.0       2.0    11
local = ∂(used in)/∂node, upstream = ∂h/∂(used in), product = what comes back
  through this use. gradient = ∂h/∂node, the sum of its products, on the row of
  its last use. It all begins with ∂h/∂h = 1.

In words, at this point and for small changes
Per unit of input (x) more: 2 units of activation (h) more
"""
    )


def test_explain_reads_a_jacobian_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert run("explain", "specs/coffee.yaml").split("In words\n")[1].splitlines() == [
        "One unit of coffee beans (x1) more: 2 units of americano (y1) more",
        "One unit of milk (x2) more: no change in americano (y1)",
        "One unit of sugar (x3) more: no change in americano (y1)",
        "One unit of coffee beans (x1) more: 1 unit of latte (y2) more",
        "One unit of milk (x2) more: 3 units of latte (y2) more",
        "One unit of sugar (x3) more: 0.5 units of latte (y2) more",
    ]


def test_explain_lists_the_paths_to_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = run("explain", "specs/feedforward.yaml", "--entry", "s/W[1,0]")
    assert "s → h[1] → z[1] → (W @ x)[1] → W[1, 0]: (-2.0) × 0.915137 × 1.0 × 0.5 =" in shown
    assert "sum of the only path: -0.915137; ∂s/∂W[1, 0] by the backward pass: -0.915137" in shown


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", sorted(str(path.relative_to(ROOT)) for path in (ROOT / "specs").rglob("*.yaml")))
def test_explain_fits_the_terminal(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert max(map(len, run("explain", name, columns=width).splitlines())) <= width


def test_explain_hides_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = run("explain", "specs/relu_neuron.yaml", "--hide-answers").split("Backward pass")[1]
    assert re.findall(r"\d\.\d", shown) == []


@pytest.mark.parametrize(
    ("answers", "last"),
    [
        pytest.param("1\n1\n2\n", "3 of 3 right", id="right"),
        pytest.param("1\n1\n2.001\n", "3 of 3 right", id="three digits are enough"),
        pytest.param("1\n1\n2.01\n", "2 of 3 right", id="0.5 % off"),
        pytest.param("1\none\n4/4\n-2\n", "2 of 3 right", id="no number, a fraction, a wrong sign"),
        pytest.param("1\n", "1 of 3 right, 2 not answered", id="end of input"),
    ],
)  # fmt: skip
def test_explain_quiz_counts(answers: str, last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert run("explain", "specs/relu_neuron.yaml", "--quiz", stdin=answers).splitlines()[-1] == last


class _Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)


def test_explain_html_escapes_what_users_write() -> None:
    shown = run("explain", "-", "-f", "html", "--hide-answers", stdin=NASTY)
    page = _Page()
    page.feed(shown)
    assert not {"script", "b"} & set(page.tags)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; | $x_1$" in shown


def test_explain_markdown_escapes_what_users_write() -> None:
    shown = run("explain", "-", "-f", "markdown", stdin=NASTY)
    rows = [re.sub(r"\\.", "", line) for line in shown.splitlines() if line.startswith("|")]
    assert "<" not in re.sub(r"\\.", "", shown)
    assert {row.count("|") for row in rows} == {5, 8}


def test_explain_latex_escapes_what_users_write() -> None:
    shown = run("explain", "-", "-f", "latex", stdin=NASTY)
    assert r"\section*{<script>alert(1)</script> \& | \$x\_1\$}" in shown
    assert shown.count(r"\begin{") == shown.count(r"\end{")


def test_explain_latex_writes_greek_letters_as_mathematics() -> None:
    shown = run("explain", "-", "-f", "latex", stdin="inputs: {ξ: 1, Α: 2}\noutputs: {Σ: ξ * Α}\n")
    assert r"$\xi$ & given" in shown
    assert r"$\Sigma$ & $\xi$ $\times$ Α" in shown


def test_explain_of_a_constant_says_that_it_depends_on_nothing() -> None:
    shown = run("explain", "-e", "y = 3")
    assert "y     given        3.0     1" in shown
    assert "y depends on no input: every gradient is 0" in shown


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(["--of", "z"], "`z` is not an output; known: s", id="unknown output"),
        pytest.param(["--of", "s["], "`s[` is not an output: write a name", id="no name"),
        pytest.param(
            ["--entry", "s"], "--entry must be an output and an input, such as s/b[2] (got s)", id="half an entry"
        ),
        pytest.param(["--entry", "s/b[2]"], "`b[2]` does not exist: b has shape (2,)", id="index too large"),
        pytest.param(["--entry", "s/W[1]"], "`W[1]` does not exist: W has shape (2, 3)", id="too few indices"),
        pytest.param(["--entry", "s/q"], "`q` is not an input or param", id="unknown input"),
        pytest.param(["-f", "pdf"], "-f must be one of text, markdown, html, latex (got pdf)", id="unknown format"),
        pytest.param(["-e", "y = x"], "give one spec file, or expressions with -e", id="file and expression"),
    ],
)
def test_explain_refuses(args: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert message in run("explain", "specs/feedforward.yaml", *args, code=2)


# --- completion


def complete(words: str, shell: str = "bash", cwd: Path = ROOT) -> list[str]:
    given = {
        "_JAC_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": words,
    }
    typed = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    env = {**os.environ, **given, **typed, "PYTHONPATH": str(ROOT)}
    start = "import sys; sys.argv = ['jac']; from jaccli.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", start], env=env, cwd=cwd, capture_output=True, text=True, check=False)
    return done.stdout.split("\n")


@pytest.mark.parametrize("arguments", [[], ["compute"], ["gradcheck", "--scan"]], ids=["none", "one", "scan"])
def test_arguments_keep_their_order(arguments: list[str]) -> None:
    assert with_values(arguments)[: len(arguments)] == arguments


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_finds_a_command(shell: str) -> None:
    assert "compute" in "".join(complete("jac comp", shell))


def test_completion_finds_specs_and_folders(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for name in ("net.yaml", "notes.txt", ".nets.yaml"):
        (tmp_path / name).write_text("")
    assert complete("jac compute n", cwd=tmp_path) == ["net.yaml", "new/", ""]


COMPLETED = [
    ("jac compute -f j", "json"), ("jac compute --route s", "symbolic"), ("jac rule JAC110", "JAC110"),
    ("jac gradcheck -f conc", "concise"), ("jac gradcheck --report sa", "sarif="), ("jac init cof", "coffee"),
    ("jac gradcheck --reference cert", "certified"), ("jac compute specs/coffee.yaml --of y1", "y1"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "whole"), COMPLETED, ids=[words for words, _ in COMPLETED])
def test_completion_knows_formats_routes_codes_and_outputs(words: str, whole: str) -> None:
    assert complete(words) == [whole, ""]


@pytest.mark.parametrize(
    ("shell", "part"), [("bash", "complete -o default -F"), ("zsh", "#compdef jac"), ("fish", "complete --command jac")]
)
def test_completion_script_is_printed(shell: str, part: str) -> None:
    env = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "PYTHONPATH": str(ROOT)}
    start = f"import sys; sys.argv = ['jac', '--show-completion', '{shell}']; from jaccli.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", start], env=env, capture_output=True, text=True, check=False)
    assert part in done.stdout
