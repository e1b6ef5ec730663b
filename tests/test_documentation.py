"""The pages tell the truth: their links lead somewhere, their examples run."""

from __future__ import annotations

import re

import pytest
from consoles import PAGES, ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "networks.md").read_text(encoding="utf-8"), flags=re.S)


@pytest.mark.parametrize("name", PAGES)
def test_links_of_a_page_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", PAGES[name])
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("block", BLOCKS, ids=["static", "eager", "reuse"])
def test_example_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    exec(compile(block, "networks.md", "exec"), names)
    for line in re.findall(r"^(reuse\.\S+)  # (\([^)]*\))", block, flags=re.M):
        assert str(eval(line[0], names)) == line[1]
