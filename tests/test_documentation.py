"""The pages tell the truth: their commands print what stands there, their links lead somewhere, their examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from consoles import ROOT, examples, plain, runs

PAGES = {
    str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").rglob("*.md"))
}
CONSOLES = [name for name, page in PAGES.items() if examples(page)]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "networks.md").read_text(encoding="utf-8"), flags=re.S)


@pytest.mark.parametrize("name", CONSOLES)
def test_commands_of_a_page_print_what_the_page_says(name: str, tmp_path: Path) -> None:
    for command, said, prints in runs(PAGES[name], tmp_path):
        assert f"$ {command}\n{plain(prints)}" == f"$ {command}\n{plain(said)}"


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
