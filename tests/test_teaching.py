"""The lesson tells the truth: its pictures are drawn again."""

from __future__ import annotations

from pathlib import Path

import pytest
from consoles import ROOT, prepare, printed


@pytest.mark.parametrize("name", ["relu_neuron", "feedforward"])
def test_lesson_picture_is_what_graph_draws(name: str, tmp_path: Path) -> None:
    prepare("", tmp_path)
    printed(f"jac graph specs/{name}.yaml -o drawn.svg", tmp_path)
    kept = ROOT / "docs" / "pictures" / f"{name}.svg"
    assert (tmp_path / "drawn.svg").read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")
