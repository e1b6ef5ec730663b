"""action.yml and the recipes of docs/ci.md: held to the schemas of those who read them, and the action's script run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
ACTION = ROOT / "action.yml"
WRONG = "inputs: {x: 2}\noutputs:\n  y: x**2\njacobian:\n  y:\n    x: 3*x\n"


def recipe(words: str) -> str:
    (text,) = [text for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.S | re.M) if words in text]
    return str(text)


@pytest.mark.parametrize(("schema", "text"), [
    pytest.param("vendor.github-actions", ACTION.read_text(encoding="utf-8"), id="the action"),
    pytest.param("vendor.github-workflows", recipe("runs-on:"), id="the workflow"),
    pytest.param("vendor.gitlab-ci", recipe("artifacts:"), id="GitLab"),
])  # fmt: skip
def test_recipe_fits_the_schema_of_its_reader(schema: str, text: str, tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="pip install 'jaccli[test]'")
    (tmp_path / "recipe.yml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, "recipe.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash, as the action does")
@pytest.mark.parametrize(("paths", "options", "code"), [
    pytest.param("", "", 1, id="no inputs"),
    pytest.param("right.jac.yaml", "", 0, id="a path"),
    pytest.param("right.jac.yaml wrong.jac.yaml", "--fail-on never", 0, id="paths and options"),
    pytest.param("$(touch ran) `touch ran` ; touch ran", "", 2, id="no code"),
])  # fmt: skip
def test_script_of_the_action_runs(tmp_path: Path, paths: str, options: str, code: int) -> None:
    (tmp_path / "right.jac.yaml").write_text(WRONG.replace("3*x", "2*x"))
    (tmp_path / "wrong.jac.yaml").write_text(WRONG)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/jac").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m jaccli "$@"\n')
    (tmp_path / "bin/jac").chmod(0o755)
    script = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"][1]["run"]
    env = {
        **os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "JAC_PATHS": paths,
        "JAC_OPTIONS": options, "JAC_SARIF": "out.sarif", "GITHUB_STEP_SUMMARY": "summary.md",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, (tmp_path / "ran").exists()) == (code, False), done.stderr
    assert (tmp_path / "out.sarif").exists()
    assert (tmp_path / "summary.md").read_text().startswith("## jac gradcheck")
