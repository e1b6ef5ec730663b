"""Every layer and loss against PyTorch, with the same parameters: values and whole Jacobians, to 1e-10."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.graph.functions import FUNCTIONS

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
F = torch.nn.functional

#: (expression, shapes of its inputs by name, the same in PyTorch)
TABLE: list[tuple[str, dict[str, tuple[int, ...]], Any]] = [
    ("linear(x, W, b)", {"x": (4, 3), "W": (5, 3), "b": (5,)}, F.linear),
    ("linear(x, W)", {"x": (2, 4, 3), "W": (5, 3)}, F.linear),
    ("conv1d(x, W, b)", {"x": (2, 3, 9), "W": (4, 3, 3), "b": (4,)}, F.conv1d),
    ("conv1d(x, W)", {"x": (3, 9), "W": (4, 3, 2)}, F.conv1d),
    ("conv1d(x, W, b, stride=2, padding=3, dilation=2)", {"x": (2, 3, 9), "W": (4, 3, 3), "b": (4,)}, lambda x, W, b: F.conv1d(x, W, b, 2, 3, 2)),
    ("conv1d(x, W, padding='same')", {"x": (2, 2, 7), "W": (4, 2, 3)}, lambda x, W: F.conv1d(x, W, padding="same")),
    ("conv1d(x, W, groups=2)", {"x": (2, 4, 7), "W": (6, 2, 3)}, lambda x, W: F.conv1d(x, W, groups=2)),
    ("conv2d(x, W, b)", {"x": (2, 3, 6, 5), "W": (4, 3, 3, 2), "b": (4,)}, F.conv2d),
    ("conv2d(x, W)", {"x": (3, 6, 5), "W": (4, 3, 3, 3)}, F.conv2d),
    ("conv2d(x, W, b, stride=(2, 1), padding=(1, 2))", {"x": (2, 3, 6, 5), "W": (4, 3, 3, 3), "b": (4,)}, lambda x, W, b: F.conv2d(x, W, b, (2, 1), (1, 2))),
    ("conv2d(x, W, dilation=2, padding='same')", {"x": (1, 2, 6, 5), "W": (3, 2, 3, 3)}, lambda x, W: F.conv2d(x, W, dilation=2, padding="same")),
    ("conv2d(x, W, b, 2, 1, (1, 2), 1)", {"x": (2, 3, 6, 5), "W": (4, 3, 3, 2), "b": (4,)}, lambda x, W, b: F.conv2d(x, W, b, 2, 1, (1, 2))),
    ("conv2d(x, W, groups=2)", {"x": (2, 4, 5, 5), "W": (4, 2, 3, 3)}, lambda x, W: F.conv2d(x, W, groups=2)),
    ("conv2d(x, W, groups=4)", {"x": (2, 4, 5, 5), "W": (4, 1, 3, 3)}, lambda x, W: F.conv2d(x, W, groups=4)),
    ("maxpool1d(x, 3)", {"x": (2, 3, 9)}, lambda x: F.max_pool1d(x, 3)),
    ("maxpool1d(x, 3, stride=2, padding=1)", {"x": (2, 3, 9)}, lambda x: F.max_pool1d(x, 3, 2, 1)),
    ("maxpool2d(x, 2)", {"x": (2, 3, 6, 5)}, lambda x: F.max_pool2d(x, 2)),
    ("maxpool2d(x, (3, 2), stride=1, padding=1)", {"x": (2, 3, 6, 5)}, lambda x: F.max_pool2d(x, (3, 2), 1, 1)),
    ("maxpool2d(x, 3, padding=1)", {"x": (3, 7, 7)}, lambda x: F.max_pool2d(x, 3, padding=1)),
    ("avgpool1d(x, 2)", {"x": (2, 3, 9)}, lambda x: F.avg_pool1d(x, 2)),
    ("avgpool1d(x, 3, stride=1, padding=1)", {"x": (2, 3, 9)}, lambda x: F.avg_pool1d(x, 3, 1, 1)),
    ("avgpool2d(x, (2, 3))", {"x": (3, 6, 6)}, lambda x: F.avg_pool2d(x, (2, 3))),
    ("avgpool2d(x, 3, stride=2, padding=1)", {"x": (2, 3, 7, 6)}, lambda x: F.avg_pool2d(x, 3, 2, 1)),
    ("embedding([2, 0, 2], W)", {"W": (4, 3)}, lambda W: F.embedding(torch.tensor([2, 0, 2]), W)),
    ("embedding([[1, 0], [3, 3]], W)", {"W": (4, 3)}, lambda W: F.embedding(torch.tensor([[1, 0], [3, 3]]), W)),
    ("flatten(x)", {"x": (2, 3, 4)}, torch.flatten),
    ("x + tanh(linear(x, W))", {"x": (3, 4), "W": (4, 4)}, lambda x, W: x + torch.tanh(F.linear(x, W))),
    ("dropout(x, [1, 0, 1, 1], 1/4)", {"x": (3, 4)}, lambda x: x * torch.tensor([1.0, 0, 1, 1]) / 0.75),
    ("layernorm(x, w, b)", {"x": (3, 2, 5), "w": (5,), "b": (5,)}, lambda x, w, b: F.layer_norm(x, (5,), w, b)),
    ("layernorm(x, w)", {"x": (3, 2, 5), "w": (2, 5)}, lambda x, w: F.layer_norm(x, (2, 5), w)),
    ("layernorm(x, eps=1e-3)", {"x": (4, 5)}, lambda x: F.layer_norm(x, (5,), eps=1e-3)),
    ("rmsnorm(x, w)", {"x": (3, 5), "w": (5,)}, lambda x, w: F.rms_norm(x, (5,), w)),
    ("rmsnorm(x, eps=1e-2)", {"x": (3, 5)}, lambda x: F.rms_norm(x, (5,), eps=1e-2)),
    ("batchnorm(x)", {"x": (5, 3)}, lambda x: F.batch_norm(x, None, None, training=True)),
    ("batchnorm(x, [1, 2, 3], [4, 5, 6], w, b)", {"x": (4, 3, 2), "w": (3,), "b": (3,)}, lambda x, w, b: F.batch_norm(x, torch.tensor([1.0, 2, 3]), torch.tensor([4.0, 5, 6]), w, b)),
    ("batchnorm(x, weight=w, bias=b)", {"x": (4, 3, 2), "w": (3,), "b": (3,)}, lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True)),
    ("batchnorm(x, m, exp(s))", {"x": (4, 3), "m": (3,), "s": (3,)}, lambda x, m, s: (x - m) / torch.sqrt(torch.exp(s) + 1e-5)),
    ("attention(q, k, v)", {"q": (4, 3), "k": (5, 3), "v": (5, 2)}, F.scaled_dot_product_attention),
    ("attention(q, k, v, causal=True)", {"q": (2, 4, 3), "k": (2, 4, 3), "v": (2, 4, 3)}, lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)),
    ("attention(q, k, v, mask=[1, 1, 0, 1, 0])", {"q": (4, 3), "k": (5, 3), "v": (5, 2)}, lambda q, k, v: F.scaled_dot_product_attention(q, k, v, torch.tensor([True, True, False, True, False]).expand(4, 5))),
    ("mse(x, t)", {"x": (3, 4), "t": (3, 4)}, F.mse_loss),
    ("mse(x, t, reduction='sum')", {"x": (3, 4), "t": (3, 4)}, lambda x, t: F.mse_loss(x, t, reduction="sum")),
    ("mse(x, t, reduction='none')", {"x": (3, 4), "t": (3, 4)}, lambda x, t: F.mse_loss(x, t, reduction="none")),
    ("mae(x, t, reduction='sum')", {"x": (3, 4), "t": (3, 4)}, lambda x, t: F.l1_loss(x, t, reduction="sum")),
    ("mae(x, t)", {"x": (3, 4), "t": (3, 4)}, F.l1_loss),
    ("huber(x, t)", {"x": (3, 4), "t": (3, 4)}, F.huber_loss),
    ("huber(x, t, reduction='none')", {"x": (3, 4), "t": (3, 4)}, lambda x, t: F.huber_loss(x, t, reduction="none")),
    ("huber(x, t, delta=1/2)", {"x": (3, 4), "t": (3, 4)}, lambda x, t: F.huber_loss(x, t, delta=0.5)),
    ("binary_cross_entropy(sigmoid(x), sigmoid(t))", {"x": (3, 4), "t": (3, 4)}, lambda x, t: F.binary_cross_entropy(torch.sigmoid(x), torch.sigmoid(t))),
    ("binary_cross_entropy(sigmoid(x), sigmoid(t), reduction='sum')", {"x": (5,), "t": (5,)}, lambda x, t: F.binary_cross_entropy(torch.sigmoid(x), torch.sigmoid(t), reduction="sum")),
    ("binary_cross_entropy_with_logits(x, sigmoid(t), reduction='none')", {"x": (5,), "t": (5,)}, lambda x, t: F.binary_cross_entropy_with_logits(x, torch.sigmoid(t), reduction="none")),
    ("binary_cross_entropy_with_logits(x, sigmoid(t))", {"x": (5,), "t": (5,)}, lambda x, t: F.binary_cross_entropy_with_logits(x, torch.sigmoid(t))),
    ("cross_entropy(x, [2, 0, 3])", {"x": (3, 4)}, lambda x: F.cross_entropy(x, torch.tensor([2, 0, 3]))),
    ("cross_entropy(x, [2, 0, 3], reduction='sum')", {"x": (3, 4)}, lambda x: F.cross_entropy(x, torch.tensor([2, 0, 3]), reduction="sum")),
    ("cross_entropy(x, [2, 0, 3], reduction='none')", {"x": (3, 4)}, lambda x: F.cross_entropy(x, torch.tensor([2, 0, 3]), reduction="none")),
    ("cross_entropy(x, 2)", {"x": (4,)}, lambda x: F.cross_entropy(x, torch.tensor(2))),
    ("cross_entropy(x, softmax(t, axis=1))", {"x": (3, 4), "t": (3, 4)}, lambda x, t: F.cross_entropy(x, torch.softmax(t, 1))),
    ("nll(log_softmax(x, axis=-1), [2, 0, 3], reduction='none')", {"x": (3, 4)}, lambda x: F.nll_loss(torch.log_softmax(x, -1), torch.tensor([2, 0, 3]), reduction="none")),
    ("nll(log_softmax(x, axis=-1), [2, 0, 3])", {"x": (3, 4)}, lambda x: F.nll_loss(torch.log_softmax(x, -1), torch.tensor([2, 0, 3]))),
    *((f"kl(log_softmax(x, axis=1), softmax(t, axis=1), reduction='{how}')", {"x": (3, 4), "t": (3, 4)}, lambda x, t, how=how: F.kl_div(torch.log_softmax(x, 1), torch.softmax(t, 1), reduction=how)) for how in ("mean", "sum", "none")),
    ("kl(log_softmax(x, axis=1), softmax(t, axis=1))", {"x": (3, 4), "t": (3, 4)}, lambda x, t: F.kl_div(torch.log_softmax(x, 1), torch.softmax(t, 1), reduction="batchmean")),
    ("one_hot([2, 0], 3)*x", {"x": (2, 3)}, lambda x: F.one_hot(torch.tensor([2, 0]), 3) * x),
    ("hinge(x, [1, -1, 1], reduction='sum')", {"x": (3,)}, lambda x: F.hinge_embedding_loss(torch.tensor([1.0, -1, 1]) * x, -torch.ones(3), reduction="sum")),
    *((f"{name}(x)", {"x": (3, 4)}, getattr(F, name)) for name in ("relu", "leaky_relu", "elu", "selu", "silu", "mish", "sigmoid", "softplus", "tanh", "hardtanh", "gelu")),
    ("gelu(x, approximate='tanh')", {"x": (3, 4)}, lambda x: F.gelu(x, approximate="tanh")),
    ("softmax(x, axis=-1)", {"x": (3, 4)}, lambda x: torch.softmax(x, -1)),
    ("log_softmax(x, axis=0)", {"x": (3, 4)}, lambda x: torch.log_softmax(x, 0)),
    ("logsumexp(x, axis=1)", {"x": (3, 4)}, lambda x: torch.logsumexp(x, 1)),
    ("hinge(x, [1, -1, 1])", {"x": (3,)}, lambda x: torch.clamp(1 - torch.tensor([1.0, -1, 1]) * x, min=0).mean()),
]  # fmt: skip


def stateful(module: Any, run: Any, **options: Any) -> Any:
    """Return a function of the module's input and its parameters, in the order of its state."""
    names = [name for name, _ in module.named_parameters()]
    return lambda x, *parameters: run(
        torch.func.functional_call(module, dict(zip(names, parameters, strict=True)), (x,), options)
    )


def recurrent(
    kind: str, gates: int, options: str, shape: tuple[int, ...], **settings: Any
) -> tuple[str, dict[str, tuple[int, ...]], Any]:
    module = getattr(torch.nn, kind)(3, 4, **settings)
    shapes = {"x": shape, "W": (gates * 4, 3), "U": (gates * 4, 4), "b": (gates * 4,), "c": (gates * 4,)}
    run = stateful(module, lambda out: out[0])
    if not settings:
        return f"{kind.lower()}(x, W, U, b, c)", shapes, run
    shapes |= {f"{name}r": size for name, size in shapes.items() if name != "x"}
    both = f"concatenate([{kind.lower()}(x, W, U, b, c), {kind.lower()}(x, Wr, Ur, br, cr, reverse=True)], axis=-1)"
    return both, shapes, run


BLOCK = {
    "x": (2, 5, 4), "Wi": (12, 4), "bi": (12,), "Wo": (4, 4), "bo": (4,), "W1": (6, 4), "b1": (6,), "W2": (4, 6), "b2": (4,), "g1": (4,), "c1": (4,),
    "g2": (4,), "c2": (4,),
}  # fmt: skip
ARGUMENTS = ", ".join(BLOCK)


def encoder(**settings: Any) -> Any:
    return stateful(torch.nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True, **settings), lambda y: y)


def attending(x: Any, Wi: Any, bi: Any, Wo: Any, bo: Any, heads: int = 2, **masks: Any) -> Any:
    return F.multi_head_attention_forward(
        x.transpose(0, 1),
        x.transpose(0, 1),
        x.transpose(0, 1),
        4,
        heads,
        Wi,
        bi,
        None,
        None,
        False,
        0.0,
        Wo,
        bo,
        **masks,
    )[0].transpose(0, 1)


TABLE += [
    *(recurrent(kind, gates, "", shape) for kind, gates in (("RNN", 1), ("LSTM", 4), ("GRU", 3)) for shape in ((6, 3), (6, 2, 3))),
    *(recurrent(kind, gates, "", (5, 2, 3), bidirectional=True) for kind, gates in (("RNN", 1), ("LSTM", 4), ("GRU", 3))),
    ("self_attention(x, Wi, bi, Wo, bo, heads=2)", {name: BLOCK[name] for name in ("x", "Wi", "bi", "Wo", "bo")}, attending),
    ("self_attention(x, Wi, bi, Wo, bo, heads=4, causal=True)", {name: BLOCK[name] for name in ("x", "Wi", "bi", "Wo", "bo")}, lambda *p: attending(*p, heads=4, attn_mask=torch.tril(torch.ones(5, 5)) == 0)),
    (
        "self_attention(x, Wi, bi, Wo, bo, heads=2, mask=reshape([[1, 1, 0, 0, 1], [1, 1, 1, 1, 1]], (2, 1, 5)))",
        {name: BLOCK[name] for name in ("x", "Wi", "bi", "Wo", "bo")},
        lambda *p: attending(*p, key_padding_mask=torch.tensor([[0, 0, 1, 1, 0], [0, 0, 0, 0, 0]]) == 1),
    ),
    ("rnn(x, W, U, b, c, h0=h)", {"x": (4, 2, 3), "W": (4, 3), "U": (4, 4), "b": (4,), "c": (4,), "h": (2, 4)}, lambda x, *p: torch.rnn_tanh(x, p[4][None], p[:4], True, 1, 0.0, False, False, False)[0]),
    (f"transformer_encoder({ARGUMENTS}, heads=2, causal=True)", BLOCK, stateful(torch.nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True), lambda y: y, src_mask=torch.triu(torch.full((5, 5), -torch.inf), 1))),
    (f"transformer_encoder({ARGUMENTS}, heads=2)", BLOCK, encoder()),
    (f"transformer_encoder({ARGUMENTS}, heads=2, norm_first=True, activation='gelu')", BLOCK, encoder(norm_first=True, activation="gelu")),
]  # fmt: skip


@pytest.fixture(autouse=True)
def double() -> Any:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("text", "shapes", "reference"), [pytest.param(*row, id=row[0]) for row in TABLE])
def test_layer_agrees_with_pytorch(
    text: str, shapes: dict[str, tuple[int, ...]], reference: Any, rng: np.random.Generator
) -> None:
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    model = jaccli.function(f"out_ = {text}", at=arrays)
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in arrays.items()}
    expected = reference(*tensors.values())
    np.testing.assert_allclose(model.evaluate()["out_"], expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    blocks = torch.autograd.functional.jacobian(reference, tuple(tensors.values()))
    for name, block in zip(arrays, blocks, strict=True):
        np.testing.assert_allclose(model.jacobian("out_", name), block.numpy(), rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("engine", ["interpreted", "static", "eager"])
def test_binary_cross_entropy_agrees_with_pytorch_at_its_clamps(reduction: str, engine: str) -> None:
    p, t = [0.0, 1.0, 0.0, 1.0, 1e-13, 1e-50, 1 - 1e-14, 0.3, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.2, 0.5, 0.5]
    x = torch.tensor(p, requires_grad=True)
    expected = F.binary_cross_entropy(x, torch.tensor(t), reduction=reduction)
    expected.sum().backward()
    if engine == "eager":
        ours = jaccli.tensor(p, requires_grad=True)
        value = jaccli.eager.binary_cross_entropy(ours, t, reduction=reduction)
        value.sum().backward()
        found = value.value, ours.grad
    else:
        model = jaccli.parse({
            "inputs": {"p": {"value": p}}, "constants": {"t": t},
            "outputs": {"each": f"binary_cross_entropy(p, t, reduction='{reduction}')", "total": "sum(each)"},
        })  # fmt: skip
        for _ in range(3 if engine == "static" else 1):  # the static engine compiles what runs again
            found = model.evaluate()["each"], model.jacobian("total", "p", route="reverse")
    for ours_, theirs in zip(found, (expected.detach(), x.grad), strict=True):
        np.testing.assert_allclose(ours_, theirs.numpy(), rtol=1e-10)


ALIASES = {
    "dense": "linear", "max_pool1d": "maxpool1d", "max_pool2d": "maxpool2d", "avg_pool1d": "avgpool1d", "avg_pool2d": "avgpool2d",
    "layer_norm": "layernorm", "rms_norm": "rmsnorm", "batch_norm": "batchnorm", "scaled_dot_product_attention": "attention",
    "multi_head_attention": "self_attention", "mse_loss": "mse", "l1_loss": "mae", "huber_loss": "huber", "hinge_loss": "hinge",
    "nll_loss": "nll", "kl_div": "kl",
}  # fmt: skip
LAYERS = {name for name, macro in FUNCTIONS.items() if ".layers." in macro.__module__} - {*ALIASES}


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_table_has_every_layer(name: str) -> None:
    assert any(re.search(rf"\b{name}\(", text) for text, *_ in TABLE)


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_alias_is_the_same_layer(alias: str, name: str) -> None:
    assert FUNCTIONS[alias] is FUNCTIONS[name]


def test_positional_encoding_is_that_of_vaswani() -> None:
    actual = jaccli.function("y = positional_encoding(4, 5)*x", at={"x": 1.0}).evaluate()["y"]
    for position in range(4):
        for k in range(5):
            angle = position / 10_000 ** (2 * (k // 2) / 5)
            np.testing.assert_allclose(
                actual[position, k], np.cos(angle) if k % 2 else np.sin(angle), rtol=1e-15, atol=1e-16
            )
