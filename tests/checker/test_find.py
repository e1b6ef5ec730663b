"""Which files an argument, a folder and no argument stand for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jaccli.spec.find import find_specs

SPEC = "inputs: {x: 1}\noutputs: {y: x}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "specs/a.yaml": SPEC, "specs/deep/b.yml": SPEC, "specs/other.yaml": "version: 2\nservices: {}\n", "specs/c.txt": SPEC,
        "src/near.jac.yaml": SPEC, "src/far.yaml": SPEC, ".hidden/d.jac.yaml": SPEC, "build/e.jac.yaml": SPEC,
        "env39/pyvenv.cfg": "", "env39/f.jac.yaml": SPEC, "specs/broken.yaml": "inputs: [\noutputs: {y: x}\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("names", "found"),
    [
        pytest.param(
            [], ["specs/a.yaml", "specs/broken.yaml", "specs/deep/b.yml", "src/near.jac.yaml"], id="no argument"
        ),
        pytest.param(["specs"], ["specs/a.yaml", "specs/broken.yaml", "specs/deep/b.yml"], id="a folder"),
        pytest.param(["src"], ["src/far.yaml", "src/near.jac.yaml"], id="another folder"),
        pytest.param(["specs/other.yaml"], ["specs/other.yaml"], id="a named file is taken as it is"),
        pytest.param(["specs/a.yaml", "specs/a.yaml", "-"], ["specs/a.yaml", "-"], id="each once, and standard input"),
    ],
)
def test_find_specs_takes_what_is_a_spec(project: Path, names: list[str], found: list[str]) -> None:
    assert find_specs(names) == found


def test_find_specs_in_an_empty_folder_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_specs([]) == []


@pytest.mark.parametrize("names", [["."], ["specs"], ["specs/deep"]])
def test_find_specs_leaves_what_cannot_be_read_to_whoever_reads_it(
    names: list[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(path: Path) -> list[Path]:
        if path.name == "deep":
            raise PermissionError(13, os.strerror(13))
        return [Path(path, name) for name in os.listdir(path)]

    monkeypatch.setattr(Path, "iterdir", listed)
    assert "specs/deep" in find_specs(names)


def test_find_specs_names_a_file_that_cannot_be_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "open", refuse)
    assert find_specs(["specs"]) == ["specs/a.yaml", "specs/broken.yaml", "specs/deep/b.yml", "specs/other.yaml"]
