"""``--against``, ``--sweep``, ``--compile`` and ``--layouts`` in what is kept of failures, in ids, and in programs that show them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jaccli.checker.functions.files import check_target
from jaccli.checker.options import CheckOptions
from jaccli.cli.runs.cache import read, record, settings_for
from jaccli.cli.runs.settings import Settings
from jaccli.results.kinds import Outcome

pytest.importorskip("torch", reason="needs jaccli[torch]")

OPS = """
import torch

def plain(x, w):
    return x * w

class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x * w

    @staticmethod
    def backward(ctx, y_bar):
        x, w = ctx.saved_tensors
        return y_bar * w * (1.01 if len(x) > 2 else 1.0), (y_bar * x).sum(0)

def kernel(x, w):
    return Scaled.apply(x, w)
"""
AT = ("x=normal(n, 3)", "w=normal(3)")


@pytest.fixture
def ops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("ops.py").write_text(OPS)
    return "ops.py::kernel"


def options(**more: object) -> CheckOptions:
    given = {"at": AT, "framework": "torch", "derivatives": {"against": "plain"}, "sweep": ("n=2,4",), **more}
    return CheckOptions(**given)


def test_a_swept_failure_is_found_again_by_its_id_alone(ops: str) -> None:
    report = check_target(ops, options())
    (failure,) = [check for check in report.checks if check.outcome == Outcome.FAIL and "(n=4)" in check.target]
    again = check_target(ops, options(wanted=lambda id_: id_ == failure.id))
    assert [check.id for check in again.checks] == [failure.id]


def test_what_is_kept_of_a_failure_brings_back_its_options(ops: str) -> None:
    settings = Settings(
        specs=(ops,), at=AT, framework="torch", beside=(("against", "plain"),), sweep=("n=2,4",), compiled="aot_eager",
        layouts=True,
    )  # fmt: skip
    report = check_target(ops, options())
    failure = record(next(check for check in report.checks if check.outcome == Outcome.FAIL), report, settings)
    found = settings_for(failure, Settings(specs=(ops,)))
    assert (found.sweep, found.compiled, found.layouts) == (("n=2,4",), "aot_eager", True)
    assert found.beside == (("against", "plain"),)


def test_the_command_keeps_and_checks_a_swept_failure_again(ops: str) -> None:
    command = [sys.executable, "-m", "jaccli", "gradcheck", "-q"]
    at = [part for text in AT for part in ("--at", text)]
    named = [ops, "--framework", "torch", "--against", "plain", *at, "--sweep", "n=2,4"]
    outcome = []
    for more in (named, ["--lf", ops, "--against", "plain"]):
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=False, env=dict(os.environ))
        outcome.append((done.returncode, "at n=4" in done.stdout, "passed" in done.stdout.splitlines()[-1]))
    assert outcome == [(1, True, True), (1, True, False)]
    assert json.loads(Path(".jaccli_cache/failures.json").read_text())["failures"][0]["sweep"] == ["n=2,4"]
    assert {failure.target for failure in read()[0]} == {"ops.py::kernel (n=3)", "ops.py::kernel (n=4)"}


def test_the_smallest_program_names_the_reference_and_fails(ops: str) -> None:
    report = check_target(ops, options(sweep=(), at=("x=normal(4, 3)", "w=normal(3)"), smallest=True))
    assert "reference=load_function('ops.py::plain')" in report.smallest
    done = subprocess.run([sys.executable, "-c", report.smallest], capture_output=True, text=True, check=False)
    assert "JAC102" in done.stdout, done.stdout + done.stderr


def test_the_stage_of_a_compiler_is_in_the_name_of_its_checks(ops: str) -> None:
    report = check_target(
        ops, options(sweep=(), at=("x=normal(2, 3)", "w=normal(3)"), derivatives={}, compiled="eager")
    )
    assert {check.target for check in report.checks} == {f"{ops} (as it is)", f"{ops} (eager)"}
