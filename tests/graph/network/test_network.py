"""Networks: the same numbers as PyTorch's modules with the same parameters, and a message for every slip."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.errors import SourceError
from jaccli.graph.build import build
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

HEAD = "dims: {n: 4, d: 6}\ninputs:\n  x: {shape: %s, init: normal, seed: 1}\nconstants:\n  t: [0, 2, 1, 1]\n  t2: [0, 5]\nnetwork:\n"


def network(shape: str, *layers: str, loss: str = "") -> jaccli.Model:
    text = (
        HEAD % shape
        + "  layers:\n"
        + "".join(f"    - {layer}\n" for layer in layers)
        + (f"  loss: {loss}\n" if loss else "")
    )
    problems: list[jaccli.Problem] = []
    return jaccli.Model(build(read_spec(Source("s.yaml", text), None, problems), problems))


def test_classifier_agrees_with_pytorch(rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    nn = torch.nn
    ours = network(
        "[n, 2, 6, 6]", "conv2d: {channels: 3, kernel: 3, padding: 1, activation: relu}", "maxpool2d: 2", "flatten", "dense: 8", "tanh",
        "layernorm", "dense: {units: 3, name: logits}", loss="cross_entropy(output, t)",
    )  # fmt: skip
    theirs = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 8), nn.Tanh(), nn.LayerNorm(8), nn.Linear(8, 3)
    ).double()  # fmt: skip
    names = ["conv1.W", "conv1.b", "dense1.W", "dense1.b", "norm1.weight", "norm1.bias", "logits.W", "logits.b"]
    at = {name: parameter.detach().numpy() for name, parameter in zip(names, theirs.parameters(), strict=True)}
    loss = nn.functional.cross_entropy(theirs(torch.tensor(ours.point()["x"])), torch.tensor([0, 2, 1, 1]))
    loss.backward()
    np.testing.assert_allclose(ours.evaluate(at=at)["loss"], loss.item(), rtol=1e-12)
    gradients = ours.gradients("loss", at=at)
    for name, parameter in zip(names, theirs.parameters(), strict=True):
        np.testing.assert_allclose(gradients[name], parameter.grad.numpy(), rtol=1e-10, atol=1e-14, err_msg=name)


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        pytest.param(["flatten", "dense: d"], (4, 6), id="a dim for a size"),
        pytest.param(["reshape: [4, 1, 6]", "conv1d: {channels: 2, kernel: 3}"], (4, 2, 4), id="conv1d"),
        pytest.param(["reshape: [2, 12]", "conv1d: {channels: 2, kernel: 3}", "flatten"], (20,), id="without a batch"),
        pytest.param(["lstm: {hidden: 5, bidirectional: true}", "last"], (10,), id="lstm"),
        pytest.param(["gru: 5"], (4, 5), id="gru"),
        pytest.param(["rnn: {hidden: 5, last: true}"], (5,), id="rnn"),
        pytest.param(["positions", "transformer: {heads: 3, hidden: 7}", "mean"], (6,), id="transformer"),
        pytest.param(["repeat: {times: 3, layers: [{dense: 6}, tanh]}"], (4, 6), id="repeat"),
        pytest.param(["residual: [{dense: 6}, relu]", "rmsnorm"], (4, 6), id="residual"),
        pytest.param(["self_attention: {heads: 2, causal: true}", "softmax"], (4, 6), id="self_attention"),
        pytest.param(["batchnorm", "dense: {units: 3, bias: false, activation: softmax}"], (4, 3), id="batchnorm"),
    ],
)
def test_layers_have_the_shape_of_their_result(layers: list[str], shape: tuple[int, ...]) -> None:
    model = network("[n, 6]", *layers)
    assert model.evaluate()["output"].shape == shape
    assert model.gradcheck().ok


def test_repeated_layers_have_parameters_of_their_own() -> None:
    model = network("[n, 6]", "repeat: {times: 2, layers: [dense: 6]}")
    assert model.inputs == ["x", "dense1.W", "dense1.b", "dense2.W", "dense2.b"]


def test_nodes_know_their_layer() -> None:
    graph = network("[n, 6]", "dense: {units: 6, name: first}", "tanh").built.graph
    assert {("first", "dense"), ("tanh1", "tanh")} <= {(block.name, block.kind) for block in graph.blocks.values()}


def test_nodes_know_the_layers_around_theirs() -> None:
    graph = network(
        "[n, 6]", "residual: [{dense: {units: 6, activation: tanh}}]", "repeat: {times: 2, layers: [dense: 6]}"
    ).built.graph
    lines = {tuple(block.name for block in block.line) for block in graph.blocks.values()}
    assert lines == {
        ("residual1",),
        ("residual1", "dense1"),
        ("residual1", "dense1", "tanh1"),
        ("dense2",),
        ("dense3",),
    }


IMAGE = "reshape: [1, 2, 3, 4]"
MESSAGES = [
    pytest.param(["densse: 3"], "JAC003", "densse", "unknown layer `densse`", "did you mean `dense`?", id="layer"),
    pytest.param(["dense: {units: 3, bais: true}"], "JAC002", "true", "dense has no option `bais`", "did you mean `bias`?", id="option"),
    pytest.param(["dense"], "JAC002", "dense", "dense lacks its option `units`", "write dense: {units: …}", id="missing"),
    pytest.param(["dense: 0"], "JAC008", "dense", "`units` must be at least 1 (got 0)", "use units: 1 or more", id="no units"),
    pytest.param(["dense: yes"], "JAC007", "yes", "`units` of dense must be a whole number (got yes)", "write a whole number", id="a word"),
    pytest.param(["relu: 3"], "JAC002", "3", "relu takes no value", "known: name, activation", id="value"),
    pytest.param(["dense: {units: 2, activation: rellu}"], "JAC003", "rellu", "unknown activation `rellu`", "did you mean `relu`?", id="activation"),
    pytest.param(
        ["self_attention: 4"], "JAC008", "self_attention", "self_attention: 4 heads do not divide the size 6 of `x` (shape (4, 6))",
        "choose a divisor; in `x` 4 from n (line 1), 6 from the shape of x (line 3)", id="heads",
    ),
    pytest.param(
        ["conv2d: {channels: 2, kernel: 3}"], "JAC008", "conv2d", "conv2d takes shape (C, H, W) or (N, C, H, W), not `x` (shape (4, 6))",
        "declare x with a channel axis, or put a reshape layer before it; in `x` 4 from n (line 1), 6 from the shape of x (line 3)", id="no channels",
    ),
    pytest.param(
        ["reshape: [4, 1, 6]", "conv1d: {channels: 2, kernel: 7}"], "JAC008", "conv1d", "conv1d: a kernel that reaches over 7 is larger than the 6 of `reshape1` (shape (4, 1, 6))",
        "use a smaller kernel or more padding", id="kernel",
    ),
    pytest.param(
        ["residual: [{dense: 5}]"], "JAC008", "residual", "residual: the layers turn `x` (shape (4, 6)) into shape (4, 5)",
        "keep the shape inside; in `x` 4 from n (line 1), 6 from the shape of x (line 3)", id="residual",
    ),
    pytest.param(["residual"], "JAC002", "residual", "residual has layers inside", "only residual and repeat have, and need them", id="nothing inside"),
    pytest.param(["dense: {units: 2, name: x}"], "JAC005", "dense", "`x` is already defined", "give the layer a name: {name: my_x}", id="name taken"),
    pytest.param(["dense: {units: 2, seed: -1}"], "JAC007", "-1", "`seed` of dense must be 0 or more (got -1)", "write seed: 0", id="seed"),
    pytest.param(["dense: 2.5"], "JAC007", "2.5", "`units` of dense must be a whole number (got 5/2)", "write a whole number", id="half a unit"),
    pytest.param(["dense: {units: 2, init: gloro}"], "JAC002", "dense", "`init` of dense cannot be gloro", "did you mean `glorot`?", id="init"),
    pytest.param(
        ["dense: {units: 2, activation: dense}"], "JAC003", "dense", "unknown activation `dense`",
        "one of: relu, leaky_relu, elu, selu, gelu, silu, mish, tanh, sigmoid, softplus, hardtanh, softmax, log_softmax", id="no activation",
    ),
    pytest.param([IMAGE, "conv2d: {channels: 0, kernel: 3}"], "JAC008", "conv2d", "`channels` must be at least 1 (got 0)", "use channels: 1 or more", id="no filters"),
    pytest.param([IMAGE, "conv2d: {channels: 1, kernel: 0}"], "JAC008", "conv2d", "`kernel` must be at least 1 (got 0)", "use 1 or more", id="empty kernel"),
    pytest.param([IMAGE, "conv2d: {channels: 1, kernel: -1}"], "JAC008", "conv2d", "`kernel` must be at least 1 (got -1)", "use 1 or more", id="negative kernel"),
    pytest.param([IMAGE, "conv2d: {channels: 1, kernel: [1]}"], "JAC008", "conv2d", "`kernel` must be one number, or 2 of them (got 1)", "write kernel=1", id="short kernel"),
    pytest.param([IMAGE, "conv2d: {channels: 1, kernel: 1, stride: 0}"], "JAC008", "conv2d", "`stride` must be at least 1 (got 0)", "use 1 or more", id="stride"),
    pytest.param([IMAGE, "conv2d: {channels: 1, kernel: 1, padding: -1}"], "JAC008", "conv2d", "`padding` must be at least 0 (got -1)", "use 0 or more", id="padding"),
    pytest.param(
        [IMAGE, "conv2d: {channels: 1, kernel: 1, groups: 4}"], "JAC008", "conv2d", "conv2d: 4 groups do not divide the 2 channels of `reshape1` (shape (1, 2, 3, 4))",
        "choose a divisor", id="groups",
    ),
    pytest.param([IMAGE, "conv2d: {channels: 1}"], "JAC002", "conv2d", "conv2d lacks its option `kernel`", "write conv2d: {kernel: …}", id="no kernel"),
    pytest.param([IMAGE, "maxpool2d: {kernel: 2, padding: 2}"], "JAC008", "maxpool2d", "maxpool2d: the padding must be at most half of the kernel", "use less padding", id="pool's padding"),
    pytest.param(["lstm: -2"], "JAC008", "lstm", "`hidden` must be at least 1 (got -2)", "use hidden: 1 or more", id="negative hidden"),
    pytest.param(["embedding: {rows: 0, size: 2}"], "JAC008", "embedding", "`rows` must be at least 1 (got 0)", "use rows: 1 or more", id="rows"),
    pytest.param(["transformer: {hidden: -1}"], "JAC008", "transformer", "`hidden` must be at least 1 (got -1)", "use hidden: 1 or more", id="transformer's hidden"),
    pytest.param(["transformer: {inner: tanh}"], "JAC008", "transformer", "transformer_encoder: activation 'tanh' is not known", "write 'relu' or 'gelu'", id="transformer's activation"),
    pytest.param(
        ["self_attention: {mask: t2}"], "JAC008", "self_attention", "attention: the mask `t2` (shape (2,)) does not fit the scores of shape (1, 4, 4)",
        "give it one number for each score, or sizes of 1 where it is repeated; in `t2` 2 from the value of t2 (line 6)", id="mask's shape",
    ),
    pytest.param(["repeat: {times: 1001, layers: [relu]}"], "JAC009", "repeat", "`times` must be at most 1,000 (got 1,001)", "repeat fewer layers", id="times"),
    pytest.param(["reshape: [5, 5]"], "JAC008", "reshape", "cannot reshape `x` (shape (4, 6)) to (5, 5): 24 elements are not 25", "keep the size; in `x` 4 from n (line 1), 6 from the shape of x (line 3)", id="reshape"),
    pytest.param(
        [IMAGE, "conv2d: {channels: 3, kernel: 1, groups: 2}"], "JAC008", "conv2d", "conv2d: 2 groups do not divide the 3 channels of the result",
        "choose a number that divides both; in `conv1.W` 3 and 1 from layer conv1 (line 10)", id="groups of the result",
    ),
    pytest.param(["dropout: {mask: m}"], "JAC003", "dropout", "unknown name `m`", "declare it under `constants:`", id="mask"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "code", "caret", "message", "remedy"), MESSAGES)
def test_network_slip_is_reported_at_its_place(
    layers: list[str], code: str, caret: str, message: str, remedy: str
) -> None:
    with pytest.raises(SourceError, match="JAC") as caught:
        network("[n, 6]", *layers)
    (problem,) = caught.value.problems
    span = problem.span
    assert span is not None
    assert (problem.code, span.text[span.column - 1 : span.end_column - 1], problem.message, problem.help) == (
        code,
        caret,
        message,
        remedy,
    )


def test_an_empty_batch_is_refused_where_the_network_begins() -> None:
    spec = {"inputs": {"x": {"shape": [0, 3]}}, "network": {"input": "x", "layers": [{"dense": 2}]}}
    with pytest.raises(
        SourceError, match=r"JAC008 the network is given an empty batch: `x` \(shape \(0, 3\)\) \(give it at"
    ):
        jaccli.parse(spec)


def test_constants_index_an_embedding() -> None:
    model = jaccli.parse(
        {"constants": {"c": [2, 0]}, "params": {"W": [[1, 2], [3, 4], [5, 6]]}, "outputs": {"y": "embedding(c, W)"}}
    )
    np.testing.assert_array_equal(model.evaluate()["y"], [[5, 6], [1, 2]])


def test_another_value_called_output_is_refused() -> None:
    with pytest.raises(SourceError, match="`output` is the value of the last layer, and the name of something else"):
        network("[n, d]", "dense: {units: 3, name: output}", "relu")


def test_all_slips_of_a_network_are_reported_together() -> None:
    with pytest.raises(SourceError, match="densse") as caught:
        network("[n, 6]", "densse: 3", "dense: {units: 2, bais: true}", "residual: [rellu]", loss="mse(output, t)")
    assert [problem.code for problem in caught.value.problems] == ["JAC003", "JAC002", "JAC003"]


def test_expression_names_the_parameters_of_layers() -> None:
    model = network("[n, d]", "dense: 3", loss="mean(output**2) + 0.5 * sum(dense1.W**2) + dense1.b.sum()")
    plain = network("[n, d]", "dense: 3", loss="mean(output**2)")
    found = model.gradients("loss")["dense1.W"] - plain.gradients("loss")["dense1.W"]
    np.testing.assert_allclose(found, model.point()["dense1.W"], rtol=1e-12, atol=1e-15)


def test_unknown_parameter_of_a_layer_is_reported_with_those_there_are() -> None:
    with pytest.raises(SourceError, match=r"known: dense1.W, dense1.b") as caught:
        network("[n, d]", "dense: 3", loss="sum(dense1.gain)")
    assert caught.value.problems[0].span is not None
