"""``jac gradcheck`` passes every kind of layer, activation and loss, and leaves nothing undecided."""

from __future__ import annotations

import pytest

import jaccli
from jaccli.graph.build import build
from jaccli.graph.network import KINDS
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

#: (shape of x, layers, loss); t are class numbers, m is a mask, a target or a dropout mask
NETWORKS = [
    ("[3, 2]", ["dense: 2"], ""),
    ("[3, 2]", ["dense: {units: 2, bias: false, init: he, activation: softmax}"], ""),
    ("[2, 2, 5]", ["conv1d: {channels: 2, kernel: 3, stride: 2, padding: 2, dilation: 2}"], ""),
    ("[1, 2, 4, 3]", ["conv2d: {channels: 2, kernel: [3, 2], padding: 1, groups: 2}"], ""),
    ("[2, 4, 4]", ["conv2d: {channels: 2, kernel: 3, padding: same, activation: tanh}", "flatten"], ""),
    ("[1, 2, 6]", ["maxpool1d: 2"], ""),
    ("[1, 1, 4, 4]", ["maxpool2d: {kernel: 3, stride: 2, padding: 1}"], ""),
    ("[1, 2, 6]", ["avgpool1d: {kernel: 3, padding: 1}"], ""),
    ("[1, 1, 4, 4]", ["avgpool2d: 2", "flatten"], ""),
    ("[2, 6]", ["reshape: [3, 4]"], ""),
    ("t", ["embedding: {rows: 3, size: 2}", "positions"], ""),
    ("[3, 2]", ["rnn: {hidden: 2, bidirectional: true}"], ""),
    ("[3, 2, 2]", ["lstm: {hidden: 2, bidirectional: true}", "last"], ""),
    ("[3, 2]", ["gru: {hidden: 2, bidirectional: true}"], ""),
    ("[3, 2]", ["gru: {hidden: 2, last: true, bias: false}"], ""),
    ("[3, 4]", ["self_attention: {heads: 2, causal: true}"], ""),
    ("[2, 3, 2]", ["self_attention: {mask: m}", "mean"], ""),
    ("[3, 2]", ["positions", "transformer: {heads: 2, hidden: 3}"], ""),
    ("[3, 2]", ["transformer: {hidden: 2, norm_first: true, inner: gelu}"], ""),
    ("[3, 3]", ["layernorm"], ""),
    ("[3, 3]", ["rmsnorm"], ""),
    ("[3, 2, 2]", ["batchnorm"], ""),
    ("[3, 2]", ["batchnorm: {mean: mu, var: nu}"], ""),
    ("[2, 3]", ["dropout: {mask: m, p: 0.25}"], ""),
    ("[3, 2]", ["residual: [{dense: 2}, softplus]"], ""),
    ("[3, 2]", ["repeat: {times: 3, layers: [{dense: 2}, tanh]}"], ""),
    ("[2, 3]", ["softmax"], ""),
    ("[2, 3]", ["log_softmax"], ""),
    *(("[2, 3]", [name], "") for name, row in KINDS.items() if row.activation and "softmax" not in name),
    *(
        ("[3, 3]", ["dense: 3"], f"{loss}(output, m3)")
        for loss in ("mse", "mae", "huber", "binary_cross_entropy_with_logits")
    ),
    ("[3, 3]", ["dense: 3"], "hinge(output, 2*m3 - 1)"),
    ("[3, 3]", ["dense: 3", "sigmoid"], "binary_cross_entropy(output, m3)"),
    ("[3, 3]", ["dense: 3"], "cross_entropy(output, t)"),
    ("[3, 3]", ["dense: 3", "log_softmax"], "nll(output, t, reduction='sum')"),
    ("[3, 3]", ["dense: 3", "log_softmax"], "kl(output, softmax(m3, axis=1))"),
]


def model(shape: str, layers: list[str], loss: str) -> jaccli.Model:
    given = f"inputs:\n  x: {{shape: {shape}, init: normal, seed: 1}}\n" if shape != "t" else ""
    constants = "constants:\n  t: [0, 2, 1]\n  m: [[1, 0, 1]]\n  m3: [[1, 0, 1], [0, 1, 1], [1, 1, 0]]\n  mu: [0.1, 0.2]\n  nu: [0.5, 2]\n"
    text = (
        given
        + constants
        + f"network:\n  input: {'x' if given else 't'}\n  layers:\n"
        + "".join(f"    - {layer}\n" for layer in layers)
        + (f"  loss: {loss}\n" if loss else "")
    )
    problems: list[jaccli.Problem] = []
    return jaccli.Model(build(read_spec(Source("s.yaml", text), None, problems), problems))


@pytest.mark.parametrize(
    ("shape", "layers", "loss"), [pytest.param(*row, id=" ".join([*row[1], row[2]])) for row in NETWORKS]
)
def test_gradcheck_passes_and_decides_every_entry(shape: str, layers: list[str], loss: str) -> None:
    checks = model(shape, layers, loss).gradcheck().checks
    assert {(check.id, check.outcome) for check in checks if check.outcome != "pass"} == set()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_table_has_every_kind(kind: str) -> None:
    words = " ".join(layer for _, layers, _ in NETWORKS for layer in layers).replace("{", " ").replace(":", " ").split()
    assert kind in words
