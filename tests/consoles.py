"""The console blocks of a page: the commands, what they print, and the page with what they print now.

``python tests/consoles.py PAGE…`` writes pages anew after the output of a command has changed; lines that differ only in times and in the
last digits of error bars stay as they are.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(?<=```console\n)(.*?)(?=```)", flags=re.S)
COMMAND = re.compile(r"^\$ (.*?)\n(.*?)(?=^\$ |\Z)", flags=re.S | re.M)
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", flags=re.S)
NEEDS = re.compile(r"<!-- needs: (.*?) -->")
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
ROUNDED = re.compile(r" ± \S+ +(?:0|\S+e-(?:1[2-9]|[2-9]\d|\d{3}))  ")  # a row whose error is one of rounding
PROGRESS = re.compile(r"^(?:checking .*|[a-z][^:\n]*: \d+ s so far)\n", flags=re.M)  # said by what takes seconds
PROGRAMS = {"jac": "-m jaccli", "python": "", "pytest": "-m pytest"}


def examples(page: str) -> list[tuple[str, str]]:
    """Return the commands of a page, and what it says they print."""
    return [found for block in BLOCK.findall(page) for found in COMMAND.findall(block)]


def needs(page: str) -> list[str]:
    """Return the modules that the commands of a page import."""
    return [name for names in NEEDS.findall(page) for name in re.split(r",\s*", names)]


def plain(text: str) -> str:
    """Return a text without what differs from run to run or machine to machine: times, and the last digits of error bars."""
    text = re.sub(r"\d+\.\d\d ?s\b", "T s", text)
    text = "\n".join(_unrounded(line) for line in text.splitlines())
    text = re.sub(r" +(\S+ ± )\S+ +\S+( %)?(?=  )", r" \1E R", text)
    text = re.sub(r"± \S+", "± E", text)
    text = re.sub(r"\S+ error bars", "B error bars", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _unrounded(line: str) -> str:
    """Return a row of a table without what rounding chooses: which entry it shows where the worst error is a last digit, and how wide it is."""
    if re.fullmatch("─+", line.strip()):
        return "─"
    if not ROUNDED.search(line):
        return line
    line = re.sub(r"\[\d+(, \d+)*\]", "[…]", line)
    return re.sub(r" {2,}", "  ", re.sub(r"\S+ +\S+ ± \S+ +\S+(?=  )", "V V ± E R", line))


def printed(command: str, folder: Path) -> str:
    """Return what a command prints in a folder, at 80 columns and without colour."""
    env = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    calls = [f"{name}() {{ '{sys.executable}' {module} \"$@\"; }}\n" for name, module in PROGRAMS.items()]
    done = subprocess.run(
        "".join(calls) + command,
        shell=True,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return PROGRESS.sub("", done.stdout)


def prepare(page: str, folder: Path) -> None:
    """Write what a page needs into a folder: the project's specs, and the files that the page shows."""
    if not (folder / "specs").exists():
        shutil.copytree(ROOT / "specs", folder / "specs")
    for name, text in FILE.findall(page):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def runs(page: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield each command of a page, what the page says it prints, and what it prints: all in one folder, in their order."""
    prepare(page, folder)
    for command, said in examples(page):
        yield command, said, printed(command, folder)


def rewritten(page: str) -> str:
    """Return a page with what its commands print now."""
    with tempfile.TemporaryDirectory() as name:
        found = iter(list(runs(page, Path(name))))

    def block(match: re.Match[str]) -> str:
        lines = []
        for command, said in COMMAND.findall(match[0]):
            _, _, now = next(found)
            lines.append(f"$ {command}\n{said if plain(said) == plain(now) else _tidy(now)}")
        return "".join(lines)

    return BLOCK.sub(block, page)


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "\n".join(lines) + "\n" if lines else ""


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        old = path.read_text(encoding="utf-8")
        new = rewritten(old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(path)
