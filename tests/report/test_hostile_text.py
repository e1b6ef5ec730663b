"""Text of the user's does nothing in any format: one list of hostile texts through every writer, and what is written is read again."""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import jaccli
from jaccli.cli import app, run
from jaccli.cli.runs.baseline import Baseline
from jaccli.cli.runs.display import Display
from jaccli.cli.runs.settings import Settings
from jaccli.compute.compute import compute
from jaccli.compute.explain import drawing, explain
from jaccli.errors import Problem, SourceError, Span, UsageError
from jaccli.report.compute.formats import FORMATS
from jaccli.report.documents import DOCUMENTS, document
from jaccli.report.json import problems_json
from jaccli.report.learn.document import WRITERS
from jaccli.report.learn.drawn import DRAWERS
from jaccli.report.learn.explained import explained_document
from jaccli.report.words.plain import (
    calm,
    code_span,
    json_text,
    markdown_text,
    pictured,
    printable,
    python_docstring,
    shown,
)
from jaccli.report.words.terminal import Terminal
from jaccli.results.checks import Check, Report
from jaccli.results.run import Run
from jaccli.trust import names_code

HOSTILE = [
    pytest.param("\x1b[2J\x1b[31mred\x1b]0;title\x07", id="escape codes"),
    pytest.param("a\rb\bc\x00d\x7fe\x9bf\x85g", id="controls"),
    pytest.param("a\u202eb\u2066c\u200fd\u061ce\u2069", id="bidi"),
    pytest.param("a\u200bb\ufeffc\u00add\U000e0041e\u2028f\u2029g", id="nothing to see"),
    pytest.param("::error file=x::owned\n::add-mask::x\n  ::stop-commands::y", id="commands"),
    pytest.param("a ##[error]b\n##[add-path]c", id="old commands"),
    pytest.param("%0A::error::x%0D%0a,:=", id="escaped commands"),
    pytest.param("</title></svg></script><script>alert(1)</script>&lt;\"'", id="HTML"),
    pytest.param("]]><!--&x;<?xml?>", id="XML"),
    pytest.param("| a | `b` | ``` [x](javascript:y) ![i](http://z) <b> @who #1 $x$ www.a.bc", id="Markdown"),
    pytest.param("\\input{/etc/passwd} $x$ % # & _ ^ ~ { } ^^M \\end{document}", id="LaTeX"),
    pytest.param('""" + open("x") + """ \\', id="Python"),
    pytest.param('"]; a -> b [label="\\', id="DOT"),
    pytest.param('"]:::x; click a href "javascript:y"', id="Mermaid"),
    pytest.param("\ud83d\ud800x", id="surrogates"),
    pytest.param("{0} {{}} %s [a](b)", id="formats"),
    pytest.param("=cmd|' /C calc'!A0\t\"", id="CSV"),
    pytest.param("n" * 300 + "\x1b", id="long"),
]


def raw(text: str) -> list[str]:
    """Return the characters that a reader's program could obey, but for line ends and tabs."""
    return [c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def commands(text: str) -> list[str]:
    return [line for line in re.split(r"[\r\n]", text) if line.lstrip().startswith("::") or "##[" in line]


def run_with(text: str) -> Run:
    span = Span(f"{text}.yaml", 1, 1, 1, 3, text)
    common = {
        "of": text,
        "wrt": text,
        "tested": text,
        "point": {text: np.array(1.0)},
        "file": text,
        "said": text,
        "help": text,
    }
    outcomes = ("fail", "error", "inconclusive", "skipped", "pass")
    checks = tuple(
        Check(target=text, point_index=k, outcome=outcome, code="JAC302", span=span, rerun=text, kink=text, **common)
        for k, outcome in enumerate(outcomes)
    )
    reports = (Report(checks=checks, files=(text,)), Report(checks=(), expect="fail", files=(text,)))
    return Run(
        reports=reports,
        problems=(Problem("JAC001", text, span, text), Problem("JAC001", text, None, text)),
        version="1",
    )


@lru_cache(maxsize=1)
def spec_with(text: str) -> Any:
    spec = {
        "name": text,
        "inputs": {"x": {"value": 1.5, "label": text}, "p": {"value": [1.0, 2.0], "entries": [text, "b"]}},
        "outputs": {"y": {"expr": "x*p", "label": text, "entries": [text, "c"]}, "s": {"expr": "x**2", "label": text}},
    }
    for leave in ("", "entries", "label"):  # where the language itself refuses a text, another place for it is tried
        for part in (*spec["inputs"].values(), *spec["outputs"].values()):
            part.pop(leave, None)
        try:
            return jaccli.parse(spec).built
        except (SourceError, UsageError):
            continue
    pytest.skip("the language refuses it everywhere")


@lru_cache(maxsize=32)
def computed(text: str) -> Any:
    return compute(spec_with(text))


@lru_cache(maxsize=32)
def explanation(text: str) -> Any:
    return explained_document(explain(spec_with(text), entry="s/x"))


@lru_cache(maxsize=32)
def picture_of(text: str) -> Any:
    return drawing(spec_with(text))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_documents_hold_hostile_text_that_does_nothing(name: str, text: str) -> None:
    found = document(name, run_with(text))
    assert raw(found) == []
    if name in ("json", "sarif", "gitlab"):
        json.loads(found)
    if name == "jsonl":
        assert all(json.loads(line) for line in found.splitlines())
    if name == "junit":
        ET.fromstring(found)
    if name == "github":
        assert all(re.fullmatch(r"::(error|warning|notice) [^:]*::.*", line) for line in found.split("\n")[:-1])
    if name == "markdown":
        assert no_html(found)


def test_documents_in_json_keep_the_text_itself() -> None:
    text = "\x1b[31m\u202e\ud83d\ude00\U000e0041é\x7f"
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16")
    assert json.loads(json_text({text: text})) == {whole: whole}


@pytest.mark.parametrize("text", HOSTILE)
def test_problems_as_json_hold_hostile_text(text: str) -> None:
    found = problems_json([Problem("JAC001", text, None, text)])
    assert (raw(found), json.loads(found)["problems"][0]["message"]) == (
        [],
        text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass"),
    )


def no_html(page: str) -> bool:
    """Return whether a Markdown page has no HTML but the folded findings, outside of its fences."""
    outside = re.sub(r"(?ms)^(`{3,})text\n.*?\n\1$", "", page)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
    return not re.search(r"(?<!\\)<(?!/?(details|summary)>)", outside)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"npz"}))
def test_computed_formats_hold_hostile_text_that_does_nothing(name: str, text: str) -> None:
    found = FORMATS[name].write(computed(text))
    assert isinstance(found, str)
    assert raw(found) == []
    if name == "json":
        json.loads(found)
    if name == "python":
        body = [type(node).__name__ for node in ast.parse(found).body]
        assert body == [type(node).__name__ for node in ast.parse(str(FORMATS[name].write(computed("n")))).body]
    if name == "markdown":
        assert no_html(found)
    if name == "latex":
        assert no_commands_of_the_user(found)


def no_commands_of_the_user(page: str) -> bool:
    return not re.search(
        r"\\(input|end\{document\})",
        page.replace("\\end{document}\n", "", 1) if page.endswith("\\end{document}\n") else page,
    )


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", sorted(WRITERS))
def test_explained_formats_hold_hostile_text_that_does_nothing(name: str, text: str) -> None:
    found = WRITERS[name](explanation(text))
    assert raw(found) == []
    if name == "html":
        page = Page()
        page.feed(found)
        assert page.tags <= {
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "h1",
            "h2",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "p",
        }
    if name == "markdown":
        assert no_html(found)
    if name == "latex":
        assert not re.search(r"(?<!\\)\\input", found)
        assert found.count("\\end{document}") == 1


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", sorted(DRAWERS))
def test_pictures_hold_hostile_text_that_does_nothing(name: str, text: str) -> None:
    found = DRAWERS[name](picture_of(text), 100)
    assert raw(found) == []
    if name == "svg":
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(found).iter()}
        assert tags <= {"svg", "title", "defs", "marker", "path", "rect", "text", "tspan", "g"}
    if name == "dot":
        assert all(re.fullmatch(r"\S+|\s+.*;|digraph \{", line) for line in found.splitlines())
    if name == "mermaid":
        assert not re.search(r"^\s*click|:::", found, re.MULTILINE)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("format_", ["table", "github"])
def test_the_terminal_shows_hostile_text_and_obeys_none(
    text: str, format_: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")  # so that cells are folded too
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    run = run_with(text)
    options = {"markup": False, "emoji": False, "highlight": False, "width": 40}
    display = Display(
        Settings(output_format=format_, verbose=True), Terminal(**options), Terminal(stderr=True, **options)
    )
    for item in (*run.reports, SourceError(run.problems), UsageError(text)):
        display.take(item)
    display.finish(0.0, Baseline(frozenset({f"{text}::0"})), set(), {f"{text}::0"})
    shown_ = capsys.readouterr()
    assert raw(shown_.out + shown_.err) == []
    assert [line for line in commands(shown_.out) if format_ != "github"] + commands(shown_.err) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_report_text_and_functions_show_hostile_names(text: str) -> None:
    found = jaccli.report_text(jaccli.gradcheck(lambda p: p[text] ** 2, {text: 1.5}, jacobian=lambda p: {text: 2.0}))
    assert (raw(found), commands(found)) == ([], [])


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("command", [["rule"], ["gradcheck"], ["init", "-t"]], ids=["a code", "a spec", "an option"])
def test_arguments_are_shown_and_do_nothing(
    command: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if command == ["gradcheck"] and names_code(text) and text[0] != ":":
        text = text.replace(":", ";")  # a process for one of them is enough
    done = CliRunner().invoke(app, [*command, "--", text] if command[-1][0] != "-" else [*command, text])
    assert (raw(done.output), commands(done.output), done.exit_code) == ([], [], 2)


PRINTS = r"""
import os, sys
print("\x1b[2J::error::a")
print("::error::b\r::error::c")
sys.stderr.write("  ::add-mask::d\n\u202e ##[error]e")
sys.stderr.flush()
os.write(1, b"\n::error::f\x07\n")
os.system("echo ::error::g")
def f(x: float = 2.0):
    print("::error::h")
    return x
def df(x): return 1.0
"""


def test_what_functions_print_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.py").write_text(PRINTS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "")
    monkeypatch.setenv("COLUMNS", "80")
    command = ["jac", "gradcheck", "f.py::f", "--jacobian", "df", "--report", "github"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit, match="0"):
        run()
    shown_ = capfd.readouterr()  # what the process of the function writes too
    assert (raw(shown_.out + shown_.err), commands(shown_.out + shown_.err)) == ([], [])
    assert sorted(set(re.findall(r"error::(\w)", shown_.err))) == ["a", "b", "c", "f", "g", "h"]


@pytest.mark.parametrize("option", ["--\x1b[31mx", "--::error::", "-\x07", "--points=\x1b", "--::x\n::error::y"])
def test_a_mistaken_option_is_shown_and_does_nothing(
    option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["jac", "gradcheck", option])
    with pytest.raises(SystemExit, match="2"):
        run()
    shown_ = capsys.readouterr()
    assert (raw(shown_.out + shown_.err), commands(shown_.out + shown_.err)) == ([], [])
    assert "there is no option" in shown_.err or "--points" in shown_.err


# --- the functions themselves


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("::error::x", "\\::error::x"), (" \t::x", " \t\\::x"), ("a::b", "a::b"), ("a\n::b", "a\n\\::b"), ("x ##[e]", "x ##\\[e]"),
        ("a.yaml::y/x", "a.yaml::y/x"), ("\\::x", "\\::x"), ("\u00a0::x", "\u00a0\\::x"),
    ],
)  # fmt: skip
def test_calm(text: str, quiet: str) -> None:
    assert (calm(text), calm(calm(text))) == (quiet, quiet)


@pytest.mark.parametrize(
    ("text", "picture"), [("\x1b[31m", "␛[31m"), ("a\rb", "a␍b"), ("\u202ea", "\ufffda"), ("\x7f", "␡"), ("é\n\tx", "é\n\tx"), ("\x9b", "\ufffd")]
)  # fmt: skip
def test_pictured(text: str, picture: str) -> None:
    assert pictured(text) == picture


@pytest.mark.parametrize(
    ("text", "span"), [("a", "`a`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), ("a|b", "`a\\|b`"), ("a\nb", "`a b`")]
)
def test_code_span(text: str, span: str) -> None:
    assert code_span(text) == span


@pytest.mark.parametrize("text", HOSTILE)
def test_docstrings_compile_to_the_text(text: str) -> None:
    assert ast.literal_eval(python_docstring(text)) == text.replace("\r", "\r")


@pytest.mark.parametrize("text", HOSTILE)
def test_escaping_shows_no_hidden_character(text: str) -> None:
    assert [raw(make(text)) for make in (printable, pictured, shown, markdown_text, code_span)] == [[]] * 5
    assert isinstance(io.StringIO(shown(text)).read(), str)
