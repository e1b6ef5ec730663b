"""Targets that a loss could not mean are refused when the graph is built, with the loss, the place and the number."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.compute.compute import compute
from jaccli.compute.explain import drawing, explain
from jaccli.compute.modes import compare_modes
from jaccli.compute.train import Training


def spec(loss: str, target: list) -> dict:
    return {
        "inputs": {"x": {"value": [[0.5, 1.0, 2.0], [0.0, 1.0, 0.5]]}},
        "constants": {"t": target},
        "outputs": {"loss": loss},
    }


@pytest.mark.parametrize(
    ("loss", "target", "message"),
    [
        pytest.param("cross_entropy(x, t)", [0, 3], r"cross_entropy: 3 at \[1\] of `t` .* is none of the 3 classes", id="too large"),
        pytest.param("cross_entropy(x, t)", [-1, 2], r"cross_entropy: -1 at \[0\] of `t` .* is none of the 3 classes", id="negative"),
        pytest.param("nll(log_softmax(x, axis=1), t)", [0, 1.5], r"nll: 1.5 at \[1\] of `t` .* is none of the 3 classes", id="not whole"),
        pytest.param("sum(x * one_hot(t, 3))", [7, 8], r"one_hot: 7 at \[0\] of `t` .* is none of the 3 classes, and 1 more", id="one hot"),
        pytest.param("hinge(x[:, 0], t)", [0, 1], r"hinge: 0 at \[0\] of `t` .* is not -1 or 1", id="hinge"),
        pytest.param("binary_cross_entropy(sigmoid(x[:, 0]), t)", [0, 2], r"binary_cross_entropy: 2 at \[1\] .* is not between 0 and 1", id="bce"),
        pytest.param("binary_cross_entropy_with_logits(x[:, 0], t)", [0, -1], r"with_logits: -1 at \[1\] .* is not between 0 and 1", id="logits"),
    ],
)  # fmt: skip
def test_target_is_refused(loss: str, target: list, message: str) -> None:
    with pytest.raises(jaccli.SourceError, match=message):
        jaccli.parse(spec(loss, target))


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        pytest.param("cross_entropy(x, t)", [0, 2], id="classes"),
        pytest.param("cross_entropy(x, t)", [[0, 0.5, 0.5], [1, 0, 0]], id="probabilities"),
        pytest.param("binary_cross_entropy_with_logits(x[:, 0], t)", [0, 0.3], id="shares"),
        pytest.param("hinge(x[:, 0], t)", [-1, 1], id="signs"),
    ],
)
def test_right_target_is_taken(loss: str, target: list) -> None:
    assert jaccli.parse(spec(loss, target)).outputs == ["loss"]


def test_embedding_layer_names_itself_and_the_class() -> None:
    network = {"input": "t", "layers": [{"embedding": {"rows": 3, "size": 2}}]}
    with pytest.raises(jaccli.SourceError, match=r"embedding1: 3 at \[1\] of `t` .* is none of the 3 classes"):
        jaccli.parse({"constants": {"t": [0, 3]}, "network": network})


def given(loss: str, target: list) -> jaccli.Model:
    """Return a model whose target is an input, and good as it stands."""
    return jaccli.parse({
        "inputs": {"x": {"value": [[0.5, 1.0, 2.0], [0.0, 1.0, 0.5]]}, "t": target},
        "params": {"b": {"shape": [3], "init": "zeros"}}, "outputs": {"loss": loss},
    })  # fmt: skip


RUNS = {
    "evaluate": lambda model, at: model.evaluate(at),
    "jacobian": lambda model, at: model.jacobian("loss", "x", at),
    "compile": lambda model, at: model.compile("loss")(at),
    "keep": lambda model, at: model.keep().change(at),
    "vjp": lambda model, at: model.vjp({"loss": 1.0}, at),
    "gradcheck": lambda model, at: model.gradcheck(at),
    "train": lambda model, at: Training(model.built, at),
    "explain": lambda model, at: explain(model.built, at=at),
    "graph": lambda model, at: drawing(model.built, at=at),
    "modes": lambda model, at: compare_modes(model.built, at=at),
    **{
        f"compute by {engine}": lambda model, at, engine=engine: compute(model.built, at=at, engine=engine)
        for engine in (None, "static", "eager")
    },
}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(("label", "words"), [(3, "3"), (-1, "-1"), (0.5, "0.5")])
def test_label_given_as_an_input_is_refused_with_its_place(run: str, label: float, words: str) -> None:
    model = given("cross_entropy(x + b, t)", [0, 1])
    with pytest.raises(
        jaccli.SourceError, match=rf"JAC007 cross_entropy: {words} at \[1\] of `t` .* is none of the 3 classes"
    ) as caught:
        RUNS[run](model, {"t": [0, label]})
    (problem,) = caught.value.problems
    assert problem.span is not None


@pytest.mark.parametrize(
    ("loss", "target", "message"),
    [
        pytest.param("nll(x, t + 1)", [0, 2], r"nll: 3 at \[1\] of `t \+ 1`", id="computed"),
        pytest.param("hinge(x[:, 0], t)", [0, 1], "hinge: 0 at", id="hinge"),
        pytest.param("binary_cross_entropy_with_logits(x[:, 0], t)", [0, 1.5], "1.5 at .* is not between 0 and 1", id="share"),
        pytest.param("sum(attention(x, x, x, mask=t))", [0, -1e9], r"attention: -1e\+09 at \[1\] of `t` .* is neither 1, attended", id="a mask that is added"),
    ],
)  # fmt: skip
def test_given_target_is_refused_by_every_loss(loss: str, target: list, message: str) -> None:
    with pytest.raises(jaccli.SourceError, match=message):
        given(loss, target).evaluate()


def test_shares_may_be_rounded() -> None:
    assert given("binary_cross_entropy(sigmoid(x[:, 0]), 0.1 * t + 0.2)", [1, 8]).evaluate()["loss"] > 0


def test_label_drawn_from_a_range_is_refused() -> None:
    spec_ = {
        "inputs": {"x": [0.5, 1.0], "t": {"value": 1, "range": [0, 1]}},
        "outputs": {"loss": "cross_entropy(x, t)"},
    }
    with pytest.raises(jaccli.SourceError, match="is none of the 2 classes"):
        jaccli.parse(spec_).gradcheck(points=2)


@pytest.mark.parametrize("grad", [False, True], ids=["data", "computed with a gradient"])
def test_eager_label_is_refused(grad: bool) -> None:
    t = jaccli.tensor([1.0], requires_grad=grad) + 1
    with pytest.raises(jaccli.UsageError, match=r"cross_entropy: 2 at \[0\] .* is none of the 2 classes"):
        jaccli.eager.cross_entropy([[1.0, 2.0]], t)


def test_mask_that_is_added_is_refused_with_what_to_write() -> None:
    x = [[1.0, 2.0], [0.5, 1.0]]
    with pytest.raises(jaccli.UsageError, match="as PyTorch's of floats are, that is mask > -1"):
        jaccli.eager.attention(x, x, x, mask=[[0.0, float("-inf")], [0.0, 0.0]])


def test_padding_mask_without_its_middle_axis_is_told_what_to_be() -> None:
    x = np.ones((2, 3, 4))
    mask = [[1, 1, 0], [1, 1, 1]]
    spec_ = {"inputs": {"x": x}, "constants": {"m": mask}, "network": [{"self_attention": {"heads": 2, "mask": "m"}}]}
    with pytest.raises(jaccli.SourceError, match=r"a padding mask, one row for each sequence, has shape \(2, 1, 3\)"):
        jaccli.parse(spec_)
    spec_["constants"] = {"m": np.array(mask)[:, None, :]}
    assert jaccli.parse(spec_).evaluate()["output"].shape == x.shape
