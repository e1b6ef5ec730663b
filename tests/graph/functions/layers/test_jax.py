"""Every layer and loss against JAX, with the same parameters: values and whole Jacobians, to 1e-10."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.graph.functions import FUNCTIONS

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'jaccli[jax]'")
jnp, lax, nn = jax.numpy, jax.lax, jax.nn

Shapes = dict[str, tuple[int, ...]]


def conv(x: Any, W: Any, b: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    rank = W.ndim - 2
    single = x.ndim == rank + 1
    pairs = padding if isinstance(padding, str) else [(p, p) for p in np.broadcast_to(padding, rank)]
    spread = [tuple(int(n) for n in np.broadcast_to(size, rank)) for size in (stride, dilation)]
    y = lax.conv_general_dilated(
        x[None] if single else x, W, spread[0], pairs, rhs_dilation=spread[1], feature_group_count=groups
    )
    y = y if b is None else y + b.reshape(-1, *(1,) * rank)
    return y[0] if single else y


def pool(x: Any, kernel: Any, stride: Any = None, padding: int = 0, average: bool = False) -> Any:
    size = (
        kernel if isinstance(kernel, tuple) else (kernel,) * (1 if x.ndim == 3 and not isinstance(kernel, tuple) else 2)
    )
    steps = size if stride is None else (stride,) * len(size)
    front = (1,) * (x.ndim - len(size))
    around = [(0, 0)] * len(front) + [(padding, padding)] * len(size)
    start, combine = (0.0, lax.add) if average else (-np.inf, lax.max)
    y = lax.reduce_window(x, start, combine, front + size, front + steps, around)
    return y / np.prod(size) if average else y


def attend(q: Any, k: Any, v: Any, seen: Any = True) -> Any:
    """Return attention by jax.nn.softmax; jax.nn.dot_product_attention takes its softmax in float32, whatever it is given."""
    scores = jnp.einsum("...nd,...md->...nm", q, k) / np.sqrt(q.shape[-1])
    return jnp.einsum("...nm,...me->...ne", nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=-1), v)


def several_heads(x: Any, Wi: Any, bi: Any, Wo: Any, bo: Any, heads: int = 2, seen: Any = True) -> Any:
    lead, (n, d) = x.shape[:-2], x.shape[-2:]
    q, k, v = (part.reshape(-1, n, heads, d // heads).swapaxes(1, 2) for part in jnp.split(x @ Wi.T + bi, 3, axis=-1))
    return attend(q, k, v, seen).swapaxes(1, 2).reshape(*lead, n, d) @ Wo.T + bo


def standard(x: Any, axes: Any = -1, eps: float = 1e-5) -> Any:
    return nn.standardize(x, axis=axes, epsilon=eps)


def encoder(
    x: Any,
    Wi: Any,
    bi: Any,
    Wo: Any,
    bo: Any,
    W1: Any,
    b1: Any,
    W2: Any,
    b2: Any,
    g1: Any,
    c1: Any,
    g2: Any,
    c2: Any,
    first: bool = False,
) -> Any:
    def fed(y: Any) -> Any:
        return (nn.gelu(y @ W1.T + b1, approximate=False) if first else nn.relu(y @ W1.T + b1)) @ W2.T + b2

    if first:
        x = x + several_heads(standard(x) * g1 + c1, Wi, bi, Wo, bo)
        return x + fed(standard(x) * g2 + c2)
    x = standard(x + several_heads(x, Wi, bi, Wo, bo)) * g1 + c1
    return standard(x + fed(x)) * g2 + c2


def rnn_step(h: Any, given: Any, U: Any, c: Any) -> Any:
    return jnp.tanh(given + h @ U.T + c)


def gru_step(h: Any, given: Any, U: Any, c: Any) -> Any:
    (r, z, n), (r_, z_, n_) = (jnp.split(part, 3, axis=-1) for part in (given, h @ U.T + c))
    z = nn.sigmoid(z + z_)
    return (1 - z) * jnp.tanh(n + nn.sigmoid(r + r_) * n_) + z * h


def scanned(step: Any, reverse: bool = False) -> Any:
    def run(x: Any, W: Any, U: Any, b: Any, c: Any, h0: Any = None) -> Any:
        start = jnp.zeros((*x.shape[1:-1], U.shape[-1])) if h0 is None else h0

        def one(h: Any, given: Any) -> Any:
            new = step(h, given, U, c)
            return new, new

        return lax.scan(one, start, x @ W.T + b, reverse=reverse)[1]

    return run


def both_ways(step: Any) -> Any:
    def run(x: Any, W: Any, U: Any, b: Any, c: Any, Wr: Any, Ur: Any, br: Any, cr: Any) -> Any:
        return jnp.concatenate([scanned(step)(x, W, U, b, c), scanned(step, reverse=True)(x, Wr, Ur, br, cr)], axis=-1)

    return run


def lstm(x: Any, *weights: Any) -> Any:
    """Return jax.experimental.rnn's reference of cuDNN's LSTM, which takes (N, steps, in), of one direction or two."""
    from jax.experimental.rnn import lstm_ref

    single = x.ndim == 2
    x = (x[:, None] if single else x).transpose(1, 0, 2)
    ways, hidden = len(weights) // 4, weights[1].shape[-1]
    parts = [{way: weights[4 * way + k] for way in range(ways)} for k in range(4)]
    zeros = jnp.zeros((ways, x.shape[0], hidden))
    lengths = jnp.full(x.shape[0], x.shape[1], dtype=jnp.int32)
    y, *_ = lstm_ref(
        x, zeros, zeros, *parts, lengths, input_size=x.shape[-1], hidden_size=hidden, num_layers=1, dropout=0.0, bidirectional=ways == 2
    )  # fmt: skip
    y = y.transpose(1, 0, 2)
    return y[:, 0] if single else y


def weights(gates: int, shape: tuple[int, ...], ways: int = 1) -> Shapes:
    one = {"W": (gates * 4, 3), "U": (gates * 4, 4), "b": (gates * 4,), "c": (gates * 4,)}
    return {"x": shape, **one, **({f"{name}r": size for name, size in one.items()} if ways == 2 else {})}


def two_ways(name: str) -> str:
    return f"concatenate([{name}(x, W, U, b, c), {name}(x, Wr, Ur, br, cr, reverse=True)], axis=-1)"


def picked(log_p: Any, classes: list[int]) -> Any:
    return -jnp.take_along_axis(log_p, jnp.array(classes)[:, None], axis=-1)[:, 0]


def huber(d: Any, edge: float) -> Any:
    return jnp.where(jnp.abs(d) <= edge, d * d / 2, edge * (jnp.abs(d) - edge / 2))


def entropy(p: Any, t: Any) -> Any:
    return -(jax.scipy.special.xlogy(t, p) + jax.scipy.special.xlog1py(1 - t, -p))


PAIR: Shapes = {"x": (3, 4), "t": (3, 4)}
IMAGE: Shapes = {"x": (2, 3, 6, 5), "W": (4, 3, 3, 2), "b": (4,)}
LINE: Shapes = {"x": (2, 3, 9), "W": (4, 3, 3), "b": (4,)}
BLOCK: Shapes = {
    "x": (2, 3, 4), "Wi": (12, 4), "bi": (12,), "Wo": (4, 4), "bo": (4,), "W1": (6, 4), "b1": (6,), "W2": (4, 6), "b2": (4,), "g1": (4,), "c1": (4,),
    "g2": (4,), "c2": (4,),
}  # fmt: skip
HEADS: Shapes = {name: BLOCK[name] for name in ("x", "Wi", "bi", "Wo", "bo")}
ARGUMENTS = ", ".join(BLOCK)
PADDING = [[1, 1, 0], [1, 1, 1]]  # of two sequences, the first a word shorter

#: (expression, shapes of its inputs by name, the same in JAX)
TABLE: list[tuple[str, Shapes, Any]] = [
    ("linear(x, W, b)", {"x": (4, 3), "W": (5, 3), "b": (5,)}, lambda x, W, b: lax.dot_general(x, W, (((1,), (1,)), ((), ()))) + b),
    ("linear(x, W)", {"x": (2, 4, 3), "W": (5, 3)}, lambda x, W: lax.dot_general(x, W, (((2,), (1,)), ((), ())))),
    ("conv1d(x, W, b)", LINE, conv),
    ("conv1d(x, W)", {"x": (3, 9), "W": (4, 3, 2)}, conv),
    ("conv1d(x, W, b, stride=2, padding=3, dilation=2)", LINE, lambda x, W, b: conv(x, W, b, 2, 3, 2)),
    ("conv1d(x, W, padding='same')", {"x": (2, 2, 7), "W": (4, 2, 3)}, lambda x, W: conv(x, W, padding="SAME")),
    ("conv1d(x, W, groups=2)", {"x": (2, 4, 7), "W": (6, 2, 3)}, lambda x, W: conv(x, W, groups=2)),
    ("conv2d(x, W, b)", IMAGE, conv),
    ("conv2d(x, W)", {"x": (3, 6, 5), "W": (4, 3, 3, 3)}, conv),
    ("conv2d(x, W, b, stride=(2, 1), padding=(1, 2))", IMAGE, lambda x, W, b: conv(x, W, b, (2, 1), (1, 2))),
    ("conv2d(x, W, dilation=2, padding='same')", {"x": (1, 2, 6, 5), "W": (3, 2, 3, 3)}, lambda x, W: conv(x, W, padding="SAME", dilation=2)),
    ("conv2d(x, W, b, 2, 1, (1, 2))", IMAGE, lambda x, W, b: conv(x, W, b, 2, 1, (1, 2))),
    ("conv2d(x, W, groups=2)", {"x": (2, 4, 5, 5), "W": (4, 2, 3, 3)}, lambda x, W: conv(x, W, groups=2)),
    ("conv2d(x, W, groups=4)", {"x": (2, 4, 5, 5), "W": (4, 1, 3, 3)}, lambda x, W: conv(x, W, groups=4)),
    ("maxpool1d(x, 3)", {"x": (2, 3, 9)}, lambda x: pool(x, (3,))),
    ("maxpool1d(x, 3, stride=2, padding=1)", {"x": (2, 3, 9)}, lambda x: pool(x, (3,), 2, 1)),
    ("maxpool2d(x, 2)", {"x": (2, 3, 6, 5)}, lambda x: pool(x, (2, 2))),
    ("maxpool2d(x, (3, 2), stride=1, padding=1)", {"x": (2, 3, 6, 5)}, lambda x: pool(x, (3, 2), 1, 1)),
    ("avgpool1d(x, 2)", {"x": (2, 3, 9)}, lambda x: pool(x, (2,), average=True)),
    ("avgpool1d(x, 3, stride=1, padding=1)", {"x": (2, 3, 9)}, lambda x: pool(x, (3,), 1, 1, average=True)),
    ("avgpool2d(x, 3, stride=2, padding=1)", {"x": (2, 3, 7, 6)}, lambda x: pool(x, (3, 3), 2, 1, average=True)),
    ("flatten(x)", {"x": (2, 3, 4)}, lambda x: x.reshape(-1)),
    ("embedding([2, 0, 2], W)", {"W": (4, 3)}, lambda W: jnp.take(W, jnp.array([2, 0, 2]), axis=0)),
    ("embedding([[1, 0], [3, 3]], W)", {"W": (4, 3)}, lambda W: jnp.take(W, jnp.array([[1, 0], [3, 3]]), axis=0)),
    ("dropout(x, [1, 0, 1, 1], 1/4)", {"x": (3, 4)}, lambda x: jnp.where(jnp.array([1, 0, 1, 1]) == 1, x / 0.75, 0)),
    ("x + tanh(linear(x, W))", {"x": (3, 4), "W": (4, 4)}, lambda x, W: x + jnp.tanh(x @ W.T)),
    ("layernorm(x, w, b)", {"x": (3, 2, 5), "w": (5,), "b": (5,)}, lambda x, w, b: standard(x) * w + b),
    ("layernorm(x, w)", {"x": (3, 2, 5), "w": (2, 5)}, lambda x, w: standard(x, (-2, -1)) * w),
    ("layernorm(x, eps=1e-3)", {"x": (4, 5)}, lambda x: standard(x, eps=1e-3)),
    ("rmsnorm(x, w)", {"x": (3, 5), "w": (5,)}, lambda x, w: x * lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + jnp.finfo(x.dtype).eps) * w),
    ("rmsnorm(x, eps=1e-2)", {"x": (3, 5)}, lambda x: x * lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + 1e-2)),
    ("batchnorm(x, weight=w, bias=b)", {"x": (4, 3, 2), "w": (3,), "b": (3,)}, lambda x, w, b: standard(x, (0, 2)) * w[:, None] + b[:, None]),
    ("batchnorm(x)", {"x": (5, 3)}, lambda x: standard(x, 0)),
    ("batchnorm(x, m, exp(s), w, b)", {"x": (4, 3), "m": (3,), "s": (3,), "w": (3,), "b": (3,)}, lambda x, m, s, w, b: (x - m) * lax.rsqrt(jnp.exp(s) + 1e-5) * w + b),
    ("attention(q, k, v)", {"q": (4, 3), "k": (5, 3), "v": (5, 2)}, attend),
    ("attention(q, k, v, causal=True)", {"q": (2, 4, 3), "k": (2, 4, 3), "v": (2, 4, 3)}, lambda q, k, v: attend(q, k, v, np.tri(4, dtype=bool))),
    ("attention(q, k, v, mask=[1, 1, 0, 1, 0])", {"q": (4, 3), "k": (5, 3), "v": (5, 2)}, lambda q, k, v: attend(q, k, v, np.array([1, 1, 0, 1, 0]) == 1)),
    ("self_attention(x, Wi, bi, Wo, bo, heads=2)", HEADS, several_heads),
    ("self_attention(x, Wi, bi, Wo, bo, heads=4, causal=True)", HEADS, lambda *p: several_heads(*p, heads=4, seen=np.tri(3, dtype=bool))),
    (f"self_attention(x, Wi, bi, Wo, bo, heads=2, mask=reshape({PADDING}, (2, 1, 3)))", HEADS, lambda *p: several_heads(*p, seen=np.array(PADDING)[:, None, None] == 1)),
    (f"transformer_encoder({ARGUMENTS}, heads=2)", BLOCK, encoder),
    (f"transformer_encoder({ARGUMENTS}, heads=2, norm_first=True, activation='gelu')", BLOCK, lambda *p: encoder(*p, first=True)),
    ("rnn(x, W, U, b, c)", weights(1, (4, 3)), scanned(rnn_step)),
    ("rnn(x, W, U, b, c)", weights(1, (4, 2, 3)), scanned(rnn_step)),
    (two_ways("rnn"), weights(1, (3, 2, 3), 2), both_ways(rnn_step)),
    ("rnn(x, W, U, b, c, h0=h)", {**weights(1, (4, 2, 3)), "h": (2, 4)}, scanned(rnn_step)),
    ("gru(x, W, U, b, c)", weights(3, (4, 3)), scanned(gru_step)),
    ("gru(x, W, U, b, c)", weights(3, (4, 2, 3)), scanned(gru_step)),
    (two_ways("gru"), weights(3, (3, 2, 3), 2), both_ways(gru_step)),
    ("lstm(x, W, U, b, c)", weights(4, (4, 3)), lstm),
    ("lstm(x, W, U, b, c)", weights(4, (4, 2, 3)), lstm),
    (two_ways("lstm"), weights(4, (3, 2, 3), 2), lstm),
    *((f"{name}(x)", {"x": (3, 4)}, getattr(nn, name)) for name in ("relu", "leaky_relu", "elu", "selu", "silu", "mish", "sigmoid", "softplus")),
    ("tanh(x)", {"x": (3, 4)}, jnp.tanh),
    ("hardtanh(x)", {"x": (3, 4)}, nn.hard_tanh),
    ("gelu(x)", {"x": (3, 4)}, lambda x: nn.gelu(x, approximate=False)),
    ("gelu(x, approximate='tanh')", {"x": (3, 4)}, lambda x: nn.gelu(x, approximate=True)),
    ("softmax(x, axis=-1)", {"x": (3, 4)}, nn.softmax),
    ("log_softmax(x, axis=0)", {"x": (3, 4)}, lambda x: nn.log_softmax(x, axis=0)),
    ("logsumexp(x, axis=1)", {"x": (3, 4)}, lambda x: nn.logsumexp(x, axis=1)),
    ("mse(x, t)", PAIR, lambda x, t: jnp.mean((x - t) ** 2)),
    ("mse(x, t, reduction='sum')", PAIR, lambda x, t: jnp.sum((x - t) ** 2)),
    ("mse(x, t, reduction='none')", PAIR, lambda x, t: (x - t) ** 2),
    ("mae(x, t)", PAIR, lambda x, t: jnp.mean(jnp.abs(x - t))),
    ("huber(x, t)", PAIR, lambda x, t: jnp.mean(huber(x - t, 1.0))),
    ("huber(x, t, delta=1/2, reduction='sum')", PAIR, lambda x, t: jnp.sum(huber(x - t, 0.5))),
    ("hinge(x, [1, -1, 1])", {"x": (3,)}, lambda x: jnp.mean(nn.relu(1 - jnp.array([1.0, -1, 1]) * x))),
    ("binary_cross_entropy(sigmoid(x), sigmoid(t))", PAIR, lambda x, t: jnp.mean(entropy(nn.sigmoid(x), nn.sigmoid(t)))),
    ("binary_cross_entropy_with_logits(x, sigmoid(t))", PAIR, lambda x, t: jnp.mean(-nn.sigmoid(t) * nn.log_sigmoid(x) - (1 - nn.sigmoid(t)) * nn.log_sigmoid(-x))),
    ("cross_entropy(x, [2, 0, 3])", {"x": (3, 4)}, lambda x: jnp.mean(picked(nn.log_softmax(x), [2, 0, 3]))),
    ("cross_entropy(x, softmax(t, axis=1))", PAIR, lambda x, t: -jnp.mean(jnp.sum(nn.softmax(t) * nn.log_softmax(x), axis=1))),
    ("nll(log_softmax(x, axis=-1), [2, 0, 3], reduction='none')", {"x": (3, 4)}, lambda x: picked(nn.log_softmax(x), [2, 0, 3])),
    ("nll(log_softmax(x, axis=-1), [2, 0, 3], reduction='sum')", {"x": (3, 4)}, lambda x: jnp.sum(picked(nn.log_softmax(x), [2, 0, 3]))),
    ("kl(log_softmax(x, axis=1), softmax(t, axis=1))", PAIR, lambda x, t: jnp.sum(jax.scipy.special.rel_entr(nn.softmax(t), nn.softmax(x))) / 3),
    ("one_hot([2, 0], 3)*x", {"x": (2, 3)}, lambda x: nn.one_hot(jnp.array([2, 0]), 3, dtype=x.dtype) * x),
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def double() -> Iterator[None]:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("text", "shapes", "reference"), [pytest.param(*row, id=f"{row[0]} {k}") for k, row in enumerate(TABLE)]
)
def test_layer_agrees_with_jax(text: str, shapes: Shapes, reference: Any, rng: np.random.Generator) -> None:
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    model = jaccli.function(f"out_ = {text}", at=arrays)
    primals = [jnp.array(value) for value in arrays.values()]
    slopes = jax.jacrev(lambda *xs: (reference(*xs),) * 2, argnums=tuple(range(len(primals))), has_aux=True)
    blocks, expected = jax.jit(slopes)(*primals)
    np.testing.assert_allclose(model.evaluate()["out_"], expected, rtol=1e-10, atol=1e-12)
    for name, block in zip(arrays, blocks, strict=True):
        np.testing.assert_allclose(model.jacobian("out_", name), block, rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", sorted(name for name, macro in FUNCTIONS.items() if ".layers." in macro.__module__))
def test_table_has_every_layer(name: str) -> None:
    alike = [other for other, macro in FUNCTIONS.items() if macro is FUNCTIONS[name]]
    assert any(re.search(rf"\b{other}\(", text) for other in alike for text, *_ in TABLE)
