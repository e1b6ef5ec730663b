"""The Pythons that CI runs on besides the first: one of each minor version from 3.11 on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "pythons"
BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(not (BASH and SCRIPT.exists()), reason="needs bash and a clone of the repository")
OLD = "exit 1"


def python(path: Path, answer: str) -> Path:
    """Make a program that answers like a Python of some version, or as one that cannot be used."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{answer if answer == OLD else f'echo {answer}'}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("in_path", "in_pyenv", "found"),
    [
        pytest.param({}, {}, [], id="only one"),
        pytest.param({"3.11": "3.11"}, {"3.11.7": "3.11"}, [], id="the same once more"),
        pytest.param({"3.12": "3.12", "3.13": "3.13"}, {}, ["bin/python3.12", "bin/python3.13"], id="in the path"),
        pytest.param({}, {"3.12.1": "3.12", "3.13.0": "3.13"}, ["pyenv/versions/3.12.1/bin/python", "pyenv/versions/3.13.0/bin/python"], id="of pyenv"),
        pytest.param({"3.12": "3.12"}, {"3.12.1": "3.12", "3.12.2": "3.12"}, ["bin/python3.12"], id="one of each version"),
        pytest.param({"3.12": OLD}, {"3.9.1": OLD, "3.12.1": "3.12"}, ["pyenv/versions/3.12.1/bin/python"], id="unusable ones left out"),
    ],
)  # fmt: skip
def test_pythons_are_one_of_each_minor_version(
    tmp_path: Path, in_path: dict[str, str], in_pyenv: dict[str, str], found: list[str]
) -> None:
    own = python(tmp_path / "own", "3.11")
    for version, answer in in_path.items():
        python(tmp_path / "bin" / f"python{version}", answer)
    for version, answer in in_pyenv.items():
        python(tmp_path / "pyenv" / "versions" / version / "bin" / "python", answer)
    if in_pyenv:
        python(tmp_path / "bin" / "pyenv", f"{tmp_path}/pyenv")
    done = subprocess.run(
        [str(BASH), str(SCRIPT), str(own)],
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(tmp_path / name) for name in found]
