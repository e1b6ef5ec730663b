"""A reference of earlier versions: whoever asks for it, and wherever, is told what replaces it."""

import pytest
from typer.testing import CliRunner

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.cli import app
from jaccli.config import read_config
from jaccli.errors import UsageError

REPLACED = r"\(got '?high-precision'?\); `certified` replaces it$"


def run(*args):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["gradcheck", *args], catch_exceptions=False)


@pytest.mark.parametrize(
    "args", [["-e", "y = x**2", "--at", "x=1"], ["some.yaml"], ["ops.py::gelu"]], ids=["expression", "spec", "function"]
)
def test_replaced_reference_on_the_command_line(args):
    outcome = run(*args, "--reference", "high-precision")
    words = "auto, certified, complex-step, difference, segments (got high-precision); `certified` replaces it"
    assert (outcome.exit_code, outcome.stderr) == (2, f"error: --reference must be one of {words}\n")


def test_replaced_reference_in_python():
    with pytest.raises(
        UsageError, match=f"'reference' must be one of auto, certified, complex-step, difference, segments {REPLACED}"
    ):
        check(jaccli.function("y = x**2", at={"x": 1.0}).built, CheckOptions(reference="high-precision"))


def test_replaced_reference_in_the_project(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.jaccli]\nreference = "high-precision"\n')
    with pytest.raises(UsageError, match=f'`reference` must be "auto", .* or "segments" {REPLACED}'):
        read_config(tmp_path, {})


def test_replaced_reference_in_the_environment(tmp_path):
    with pytest.raises(UsageError, match=f'JACCLI_REFERENCE must be "auto", .* or "segments" {REPLACED}'):
        read_config(tmp_path, {"JACCLI_REFERENCE": "high-precision"})
