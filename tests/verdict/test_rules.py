"""Every rule's example draws that rule, and docs/rules.md says what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

import jaccli
from jaccli.pipeline import Options, check
from jaccli.report.rules import rules_page
from jaccli.verdict import RULES
from jaccli.verdict.examples import BY_DIFFERENCES, EXAMPLES

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
NO_SPEC = {"JAC108", "JAC204", "JAC207", "JAC208"}  # of Python functions, of noise or sizes that no short spec has


def drawn(path: Path, reference: str) -> set[str | None]:
    try:
        return {found.code for found in check(jaccli.load(path).built, Options(reference=reference)).checks}
    except jaccli.SourceError as error:
        return {problem.code for problem in error.problems}


@pytest.mark.parametrize("code", EXAMPLES)
def test_rule_example_draws_its_rule(code: str, tmp_path: Path) -> None:
    (tmp_path / "example.yaml").write_text(EXAMPLES[code], encoding="utf-8")
    assert code in drawn(tmp_path / "example.yaml", "difference" if code in BY_DIFFERENCES else "auto")


def test_rules_of_specs_all_have_an_example() -> None:
    assert {code for code in RULES if code < "JAC300"} - set(EXAMPLES) == NO_SPEC


def test_rules_page_is_that_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page()
