"""The specs that tell a story: each is trained, and learns what it says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from jaccli.compute.train import Training
from jaccli.errors import UsageError
from jaccli.graph.build import build
from jaccli.graph.load import load
from jaccli.spec.load import spec_from_mapping

FOLDER = Path("specs/networks")


def trained(name: str, **settings: object) -> tuple[Training, dict[str, np.ndarray]]:
    training = Training(load(str(FOLDER / name)), **settings)
    *_, last = training.steps()
    return training, dict(last.parameters)


def test_the_weight_of_museums_becomes_095() -> None:
    training, parameters = trained("museums_attention.yaml")
    weights = training.outputs(parameters)["weights"]
    assert abs(weights[0] - 0.95) <= 0.02
    np.testing.assert_allclose(weights.sum(), 1.0, rtol=1e-12)


def test_two_layers_learn_exclusive_or() -> None:
    training, parameters = trained("xor.yaml")
    np.testing.assert_allclose(training.outputs(parameters)["p"], [0, 1, 1, 0], atol=0.05)


def test_one_layer_cannot() -> None:
    training, parameters = trained("xor_line.yaml")
    np.testing.assert_allclose(training.outputs(parameters)["loss"], math.log(2), rtol=1e-6)


@pytest.mark.parametrize("name", ["char_lstm.yaml", "char_transformer.yaml"])
def test_a_network_learns_the_next_character(name: str) -> None:
    training, parameters = trained(name)
    assert training.outputs(parameters)["accuracy"] == 1.0


def test_a_convolutional_network_reads_digits_it_has_not_seen() -> None:
    training, parameters = trained("digits.yaml", steps=300)
    seen = training.parts()["held out"]
    assert training.outputs(parameters, seen)["accuracy"] >= 0.95


def test_gradient_is_checked_on_the_way() -> None:
    training, parameters = trained("xor.yaml", steps=5)
    report = training.check(parameters)
    assert report.ok
    assert {check.wrt for check in report.checks} == {"dense1.W", "dense1.b", "dense2.W", "dense2.b"}


def of(**sections: object) -> Training:
    problems: list = []
    return Training(build(spec_from_mapping(sections, problems), problems))


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        pytest.param({"inputs": {"x": 1}, "outputs": {"y": "x**2"}}, "nothing to train; declare what is learned under `params:`", id="no params"),
        pytest.param({"params": {"x": 1}, "outputs": {"y": "x", "z": "2*x"}}, r"several outputs \(y, z\): say which one is the loss", id="which loss"),
        pytest.param({"params": {"x": [1, 2]}, "outputs": {"y": "x"}}, r"the loss `y` has shape \(2,\); it must be a number: write mean\(y\)", id="no number"),
        pytest.param({"params": {"x": 1}, "outputs": {"y": "x"}, "train": {"loss": "yy"}}, "`yy` is not an output; did you mean `y`", id="unknown loss"),
        pytest.param({"params": {"x": 1}, "outputs": {"y": "x"}, "train": {"optimizer": "adm"}}, "optimizer 'adm' is not known; did you mean `adam`", id="optimizer"),
        pytest.param({"params": {"x": {"shape": [2]}}, "outputs": {"y": "sum(x)"}}, "`x` has no value; give `value:` or `init:`", id="no value"),
        pytest.param({"params": {"x": 1}, "outputs": {"y": "x"}, "train": {"holdout": 3}}, "batches and a holdout need the dim that counts rows", id="no rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_named(sections: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        of(**sections)


def test_divergence_names_the_first_step_that_is_not_finite() -> None:
    from jaccli.learn.train import Diverged

    training = of(
        params={"w": 1.0}, let={"root": "sqrt(w)"}, outputs={"loss": "root + 5*w"}, train={"rate": 1, "steps": 5}
    )
    with pytest.raises(Diverged, match=r"the loss is nan at step 2; .*`root`.* is nan at this point"):
        list(training.steps())
