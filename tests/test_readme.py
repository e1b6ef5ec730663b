"""The README tells the truth: every command in it is run, and its output compared with what stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = re.findall(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```", README, flags=re.S)


def examples(document: str) -> list[tuple[str, str]]:
    """Return the commands of a document, and what it says they print."""
    return [
        (command, output)
        for block in re.findall(r"```console\n(.*?)```", document, flags=re.S)
        for command, output in re.findall(r"^\$ (.*?)\n(.*?)(?=^\$ |\Z)", block, flags=re.S | re.M)
    ]


EXAMPLES = examples(README)


def plain(text: str) -> str:
    """Return a text without what differs from run to run or machine to machine: times, and the last digits of error bars."""
    text = re.sub(r" +\d+\.\d\d s", " T s", text)
    text = re.sub(r" +(\S+ ± )\S+ +\S+( %)?(?=  )", r" \1E R", text)
    text = re.sub(r"± \S+", "± E", text)
    text = re.sub(r"\S+ error bars", "B error bars", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def printed(command: str, folder: Path) -> str:
    """Return what a command prints in a folder where the project's specs lie."""
    shutil.copytree(ROOT / "specs", folder / "specs")
    env = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    shell = command.replace("jac ", f"'{sys.executable}' -m jaccli ", 1)
    done = subprocess.run(
        shell,
        shell=True,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_readme_command_prints_what_the_readme_says(command: str, output: str, tmp_path: Path) -> None:
    for name, text in FILES:
        (tmp_path / name).write_text(text, encoding="utf-8")
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
