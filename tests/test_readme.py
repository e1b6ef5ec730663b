"""The README tells the truth: every command in it is run, and its output compared with what stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from consoles import ROOT, examples, plain, prepare, printed

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = examples(README)


@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_readme_command_prints_what_the_readme_says(command: str, output: str, tmp_path: Path) -> None:
    prepare(README, tmp_path)
    assert plain(printed(command, tmp_path)) == plain(output)


def test_readme_python_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"(?<!-->\n)```python\n(.*?)```", README, flags=re.S)
    exec(compile(code, "README.md", "exec"), {})


def test_readme_has_one_command_for_the_tests() -> None:
    (block,) = re.findall(r"<!-- tests -->\n```sh\n(.*?)```", README, flags=re.S)
    assert (block.count("\n"), "pytest" in block) == (1, True)


def test_readme_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


TESTS = re.findall(r"<!-- file: (test_\S+) -->\n```python\n(.*?)```", README, flags=re.S)


@pytest.mark.parametrize(("name", "text"), TESTS, ids=[name for name, _ in TESTS])
@pytest.mark.parametrize(("change", "code"), [(("", ""), 0), (("3 * x", "3.0015 * x"), 1)], ids=["right", "0.05 % off"])
def test_readme_test_of_a_framework_finds_a_mistake(
    name: str, text: str, change: tuple[str, str], code: int, tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    (tmp_path / name).write_text(text.replace(*change), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name]
    assert subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=False).returncode == code
