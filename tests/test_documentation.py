"""The examples of docs/networks.md run, and give what the comments beside them say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "networks.md").read_text(encoding="utf-8"), flags=re.S)


@pytest.mark.parametrize("block", BLOCKS, ids=["static", "eager", "reuse"])
def test_example_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    exec(compile(block, "networks.md", "exec"), names)
    for line in re.findall(r"^(reuse\.\S+)  # (\([^)]*\))", block, flags=re.M):
        assert str(eval(line[0], names)) == line[1]
