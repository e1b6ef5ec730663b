"""Every rule's example draws that rule, and docs/rules.md says what the table says."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.cli import app
from jaccli.report.info.rules import rules_page
from jaccli.verdict import RULES
from jaccli.verdict.examples import BY_DIFFERENCES, COMMANDS, EXAMPLES, PROGRAMS

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
TIMEOUT = {"JAC208": 1e-6}


def drawn(path: Path, reference: str, timeout: float | None) -> set[str | None]:
    options = CheckOptions(reference=reference, timeout=timeout)
    try:
        return {found.code for found in check(jaccli.load(path).built, options).checks}
    except jaccli.SourceError as error:
        return {problem.code for problem in error.problems}


@pytest.mark.parametrize("code", EXAMPLES)
def test_rule_example_draws_its_rule(code: str, tmp_path: Path) -> None:
    (tmp_path / "example.yaml").write_text(EXAMPLES[code], encoding="utf-8")
    assert code in drawn(
        tmp_path / "example.yaml", "difference" if code in BY_DIFFERENCES else "auto", TIMEOUT.get(code)
    )


@pytest.mark.parametrize("code", PROGRAMS)
def test_rule_program_draws_its_rule(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PROGRAMS[code], "example.py", "exec"), {})
    assert f"{code} " in capsys.readouterr().out


@pytest.mark.parametrize("code", COMMANDS)
def test_rule_command_draws_its_rule(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = COMMANDS[code]
    if "import torch" in found.text:
        pytest.importorskip("torch", reason="pip install 'jaccli[torch]'")
    monkeypatch.chdir(tmp_path)
    (tmp_path / found.file).write_text(found.text, encoding="utf-8")
    done = CliRunner().invoke(app, shlex.split(found.line)[1:], catch_exceptions=False)
    assert code in done.output


def test_rules_all_have_an_example() -> None:
    assert set(RULES) == {*EXAMPLES, *PROGRAMS, *COMMANDS}


def test_rules_page_is_that_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page()


def test_rules_of_checks_have_words_for_tables() -> None:
    from jaccli.report.gradcheck.problems import WORDS

    assert [code for code in RULES if "JAC1" <= code < "JAC3" and code not in WORDS] == []
