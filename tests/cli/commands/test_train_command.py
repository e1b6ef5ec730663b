"""``jac train`` as a person runs it: what it shows, saves and reads back, and what stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from jaccli.cli import app

ROOT = Path(__file__).parents[3]
XOR = str(ROOT / "specs" / "networks" / "xor.yaml")
MUSEUMS = str(ROOT / "specs" / "networks" / "museums_attention.yaml")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*args: str, code: int = 0) -> str:
    outcome = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}).invoke(
        app, list(args), catch_exceptions=False
    )
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def train(text: str, *args: str, code: int = 0) -> str:
    Path("s.yaml").write_text(text, encoding="utf-8")
    return " ".join(run("train", "s.yaml", *args, code=code).split())


def test_training_is_announced_and_shown() -> None:
    shown = run("train", MUSEUMS)
    assert shown.startswith("word importance · 5 parameters · 400 steps of adam\n")
    assert "weights  Museums   0.198014      0.948549" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_parameters_are_saved_and_read_back() -> None:
    assert "saved p.npz" in run("train", MUSEUMS, "--steps", "50", "-o", "p.npz")
    first = run("train", MUSEUMS, "--at", "p.npz", "--steps", "1").split("\n\n")[1]
    loss = float(first.splitlines()[2].split()[1])
    assert loss < 0.5  # 0.57 at the start
    assert set(np.load("p.npz")) == {"scores"}


def test_gradient_is_checked_on_the_way() -> None:
    assert run("train", XOR, "--steps", "20", "--check-every", "10").count("gradient checked: 12 pass") == 2


def test_the_same_seed_gives_the_same_run() -> None:
    runs = [run("train", XOR, "--steps", "20", "--seed", "4").split(" in ")[0] for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_interrupt_saves_what_has_been_learned(tmp_path: Path, times: int) -> None:
    command = [
        sys.executable,
        "-m",
        "jaccli",
        "train",
        XOR,
        "--steps",
        "100000000",
        "-o",
        "p.npz",
        "--check-every",
        "100",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert any(b"gradient checked" in line for line in process.stdout)  # step 100 is made
    process.send_signal(signal.SIGINT)
    assert b"interrupted after" in process.stderr.readline()
    if times == 2:
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)
    assert "dense1.W" in np.load("p.npz")


@pytest.mark.parametrize(
    ("text", "args", "code", "message"),
    [
        pytest.param("params: {w: 1}\noutputs: {loss: w**2}\n", ["--rate", "0"], 2, "--rate must be positive and finite (got 0); try 0.1", id="rate 0"),
        pytest.param("params: {w: 1}\noutputs: {loss: w**2}\n", ["--rate", "inf"], 2, "--rate must be positive and finite (got inf)", id="rate infinite"),
        pytest.param("params: {w: 1}\noutputs: {loss: w**2}\n", ["--batch", "0"], 2, "--batch must be at least 1 (got 0)", id="empty batch"),
        pytest.param("params: {w: 1}\noutputs: {loss: w**2}\n", ["-o", "no/p.npz"], 2, "-o no/p.npz: its folder does not exist", id="no folder"),
        pytest.param("params: {w: 1}\noutputs: {loss: w**2}\n", ["--rate", "30"], 1, "stopped: the loss grew from 1 to", id="runs away"),
        pytest.param("params: {w: 1}\noutputs: {loss: w**2}\ntrain: {steps: 3}\n", ["--rate", "1.5"], 0, "note: the loss has risen, from 1 to 16", id="rises"),
        pytest.param("params: {w: [0.0, 1.0]}\noutputs: {loss: sum(sqrt(w))}\n", [], 1, "stopped: the gradient's length is inf at step 1; the gradient by `w` (shape (2,)) is inf in entry [0] at this point", id="gradient not finite"),
        pytest.param("params: {w: 1}\nlet: {r: sqrt(w)}\noutputs: {loss: r + 5*w}\n", ["--rate", "1"], 1, "the loss is nan at step 2; s.yaml:2:10: `r` (a number) is nan at this point", id="loss no number"),
        pytest.param("constants: {X: [1, 2]}\nparams: {w: 1}\noutputs: {loss: sum(w*X)}\ntrain: {batch: {n: 1}}\n", [], 2, "`n` is not a dim", id="no dim"),
        pytest.param("dims: {n: 2}\nconstants: {X: {shape: [n], value: [1, 2]}}\nparams: {w: 1}\noutputs: {loss: sum(w*X)}\ntrain: {batch: {n: 0}}\n", [], 2, "`n` must be a whole number from 1 to 2 (got 0)", id="no rows in a batch"),
        pytest.param("dims: {n: 2}\nconstants: {X: {shape: [n], value: [1, 2]}}\nparams: {w: 1}\noutputs: {loss: sum(w*X)}\ntrain: {batch: {n: 1}, holdout: 2}\n", [], 2, "a holdout of 2 leaves 0 of 2 rows for training; a batch takes 1: hold out fewer", id="all held out"),
        pytest.param("constants: {X: {csv: d.csv}}\nparams: {w: 1}\noutputs: {loss: sum(w*X)}\n", [], 2, "`d.csv` does not exist", id="no data"),
    ],
)  # fmt: skip
def test_what_cannot_go_on_is_named(text: str, args: list[str], code: int, message: str) -> None:
    assert message in train(text, *args, code=code)


LOGARITHM = "params: {w: 1}\noutputs: {loss: log(w)}\ntrain: {rate: 0.9, steps: 300}\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param([], "the loss is nan at step 3; s.yaml:2:17: `loss` (a number) is nan at this point: `w` is -8.9 there", id="on the way"),
        pytest.param(["--steps", "2"], "the loss is not finite after 2 steps; s.yaml:2:17: `loss` (a number) is nan", id="by the last step"),
    ],
)  # fmt: skip
def test_saved_are_the_last_parameters_with_a_finite_loss(args: list[str], message: str) -> None:
    shown = train(LOGARITHM, "-o", "p.npz", *args, code=1)
    assert message in shown
    assert "kept are the parameters with which step 2 began, the last good ones" in shown
    assert np.load("p.npz")["w"] == 1 - 0.9 / 1  # where the first step led


def test_nothing_is_saved_where_no_step_was_made() -> None:
    assert "no step was made, and nothing is saved" in train(LOGARITHM.replace("w: 1", "w: -1"), "-o", "p.npz", code=1)
    assert not Path("p.npz").exists()


def test_a_missing_number_in_the_data_is_named_by_line_and_column() -> None:
    Path("d.csv").write_text("a,b\n1,2\nnan,3\n", encoding="utf-8")
    text = "constants:\n  X: {csv: d.csv, columns: [a, b]}\nparams: {w: 1}\noutputs: {loss: sum(w*X)}\n"
    assert "`d.csv` line 3, column `a`: nan is not finite" in train(text, code=2)
