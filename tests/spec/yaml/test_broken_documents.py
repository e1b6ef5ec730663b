"""Several specs in one file of which one cannot be used: the others are, and each has its own mistakes."""

import pytest
from typer.testing import CliRunner

import jaccli
from jaccli.cli import app
from jaccli.errors import SourceError
from jaccli.graph.build import Built
from jaccli.graph.load import load_each
from jaccli.spec.source import Source
from jaccli.spec.yaml.document import read_documents

GOOD = "inputs: {x: 2}\noutputs: {y: x**2}\n"
BROKEN = {
    "unknown function": ("outputs: {y: frob(1)}\n", "unknown function `frob`", 4),
    "no mapping": ("3\n", "a spec is a mapping of keys", 4),
    "bracket that another closes": ("inputs: {x: [1, 2}\n", "`}` is not expected here", 4),
    "bracket that nothing closes": ("inputs: {x: [1, 2\n", "`[` is not closed", 4),
    "quote that nothing closes": ("outputs: {y: 'x\n", "the quote is not closed", 4),
    "tab": ("outputs:\n\ty: 1\n", "a tab indents this line", 5),
    "nested too deeply": (f"inputs: {{x: {'[' * 60}\n", "nested deeper than 40 levels", 4),
    "alias of another document": ("inputs: {x: *a}\noutputs: {y: x}\n", "alias `*a` has no anchor", 4),
}


@pytest.mark.parametrize(("text", "message", "line"), BROKEN.values(), ids=BROKEN)
def test_load_each_gives_the_specs_beside_a_broken_one(text, message, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "many.yaml").write_text(f"{GOOD}---\n{text}---\n{GOOD.replace('y', 'z')}")
    first, broken, last = load_each("many.yaml")
    assert isinstance(broken, SourceError)
    assert (broken.problems[0].message, broken.problems[0].span.line) == (message, line)
    assert isinstance(first, Built)
    assert isinstance(last, Built)
    assert (first.spec.target, last.spec.target) == ("many.yaml#1", "many.yaml#3")
    assert jaccli.load("many.yaml#3").jacobian("z", "x") == 4.0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n# two\n---\nb: 2\n", 2, id="directives"),
        pytest.param("# first\n---\na: 1\n---\n---\n# nothing\n", 1, id="comments and empty ones"),
        pytest.param("a: |\n  ---\n  b\n", 1, id="a line of a block of text"),
        pytest.param("\ufeffa: 1\n---\nb: 2\n", 2, id="a byte order mark"),
        pytest.param("a: 1\n----\n", 1, id="four dashes start nothing"),
    ],
)
def test_read_documents_counts_those_that_hold_something(text, count):
    assert len(read_documents(Source("s.yaml", text))) == count


def test_gradcheck_judges_the_specs_beside_a_broken_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "many.yaml").write_text(f"{GOOD}---\noutputs: {{y: [1, 2}}\n---\n{GOOD}")
    found = CliRunner().invoke(app, ["gradcheck", "many.yaml"])
    assert found.exit_code == 2
    assert found.stdout.splitlines()[-1].startswith("1 error, 6 passed in 1 file, ")
