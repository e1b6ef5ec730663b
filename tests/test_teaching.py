"""The lesson tells the truth: its commands are run, and its pictures drawn again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_readme import ROOT, examples, plain, printed

PAGE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
EXAMPLES = examples(PAGE)


@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_lesson_command_prints_what_the_lesson_says(command: str, output: str, tmp_path: Path) -> None:
    assert plain(printed(command, tmp_path)) == plain(output)


@pytest.mark.parametrize("name", ["relu_neuron", "feedforward"])
def test_lesson_picture_is_what_graph_draws(name: str, tmp_path: Path) -> None:
    printed(f"jac graph specs/{name}.yaml -o drawn.svg", tmp_path)
    kept = ROOT / "docs" / "pictures" / f"{name}.svg"
    assert (tmp_path / "drawn.svg").read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


def test_lesson_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
