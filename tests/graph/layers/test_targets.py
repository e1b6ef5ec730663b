"""Targets that a loss could not mean are refused when the graph is built, with the loss, the place and the number."""

from __future__ import annotations

import pytest

import jaccli


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
