"""rnn, lstm and gru over all steps of a sequence; the input's part of every step is one product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaccli.graph.functions.arguments import BuildError, function, tensor, truth
from jaccli.graph.functions.layers.dense import plus
from jaccli.graph.functions.products import matmul
from jaccli.graph.functions.shape import index
from jaccli.graph.ir import TIME_STEP, Block, Expr
from jaccli.graph.origins import describe
from jaccli.ops.notation import broadcast, concatenate, reshape, sigmoid, swap, tanh

#: (what the input gives to a step, (h, c), the recurrent part) → the next (h, c)
Cell = Callable[[Expr, tuple[Expr, Expr], Expr], tuple[Expr, Expr]]


def _recurrent(name: str, gates: int, cell: Cell, apart: bool = False) -> Callable[..., Expr]:
    """Return a layer whose step is ``cell``, with weights of ``gates`` times the hidden size.

    apart: the cell takes the recurrent part for itself; otherwise its bias is added once, for all steps.
    """

    def macro(
        x: Any,
        W_ih: Any,
        W_hh: Any,
        b_ih: Any = None,
        b_hh: Any = None,
        h0: Any = None,
        c0: Any = None,
        reverse: Any = False,
    ) -> Expr:
        x, W_ih, W_hh = tensor(x), tensor(W_ih), tensor(W_hh)
        hidden = _fits(name, gates, x, W_ih, W_hh)
        shape = (*x.shape[1:-1], hidden)
        state = (_start(x, h0, shape, name), _start(x, c0, shape, name))
        given = plus(matmul(x, swap(W_ih)), b_ih, gates * hidden, name)
        given, b_step = (given, b_hh) if apart else (plus(given, b_hh, gates * hidden, name), None)
        order = range(x.shape[0])
        outputs: dict[int, Expr] = {}
        called = x.graph.time_steps()
        for t in reversed(order) if truth(reverse, "reverse") else order:
            since = len(x.graph.nodes)
            again = plus(matmul(state[0], swap(W_hh)), b_step, gates * hidden, name)
            state = cell(index(given, (t,)), state, again)
            outputs[t] = reshape(state[0], (1, *shape))
            x.graph.enclose(since, Block(f"{called}[{t}]", TIME_STEP))
        return concatenate([outputs[t] for t in order], -len(shape) - 1) if len(order) > 1 else outputs[0]

    return macro


def _fits(name: str, gates: int, x: Expr, W_ih: Expr, W_hh: Expr) -> int:
    """Return the hidden size."""
    if len(x.shape) not in (2, 3) or not x.shape[0]:
        raise BuildError(
            f"{name} takes x of shape (steps, in) or (steps, N, in), not {describe(x)}", "reshape x", about=(x,)
        )
    hidden = W_hh.shape[-1] if W_hh.shape else 0
    if W_hh.shape != (gates * hidden, hidden) or W_ih.shape != (gates * hidden, x.shape[-1]):
        rows = "hidden" if gates == 1 else f"{gates} · hidden"
        raise BuildError(
            f"{name} takes W_ih of shape ({rows}, {x.shape[-1]}) and W_hh of shape ({rows}, hidden): "
            f"{describe(W_ih)} and {describe(W_hh)}",
            "the weights of all gates stand one below the other, as in PyTorch",
            about=(x, W_ih, W_hh),
        )
    return hidden


def _start(x: Expr, given: Any, shape: tuple[int, ...], name: str) -> Expr:
    if given is None:
        return broadcast(x.graph.literal(0), shape)
    state = tensor(given)
    if state.shape not in (shape, shape[-1:]):
        raise BuildError(
            f"{name}: the first state must have shape {shape}, not {describe(state)}",
            "one number per unit",
            about=(state,),
        )
    return broadcast(state, shape)


def _parts(y: Expr, count: int) -> list[Expr]:
    size = y.shape[-1] // count
    return [index(y, (Ellipsis, slice(k * size, (k + 1) * size))) for k in range(count)]


def _rnn(given: Expr, state: tuple[Expr, Expr], again: Expr) -> tuple[Expr, Expr]:
    return tanh(given + again), state[1]


def _lstm(given: Expr, state: tuple[Expr, Expr], again: Expr) -> tuple[Expr, Expr]:
    """Hochreiter & Schmidhuber (1997) with a forget gate; the gates stand in the order i, f, g, o, as in PyTorch."""
    i, f, g, o = _parts(given + again, 4)
    c = sigmoid(f) * state[1] + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def _gru(given: Expr, state: tuple[Expr, Expr], again: Expr) -> tuple[Expr, Expr]:
    """Cho et al. (2014), with the reset gate after the recurrent product; the order is r, z, n, as in PyTorch."""
    (r, z, n), (r_again, z_again, n_again) = _parts(given, 3), _parts(again, 3)
    z = sigmoid(z + z_again)
    candidate = tanh(n + sigmoid(r + r_again) * n_again)
    return (1 - z) * candidate + z * state[0], state[1]


def _hidden(layer: Callable[..., Expr]) -> Callable[..., Expr]:
    """Return a layer without a second state."""

    def macro(
        x: Any, W_ih: Any, W_hh: Any, b_ih: Any = None, b_hh: Any = None, h0: Any = None, reverse: Any = False
    ) -> Expr:
        return layer(x, W_ih, W_hh, b_ih, b_hh, h0, None, reverse)

    return macro


GATES = {"rnn": 1, "gru": 3, "lstm": 4}  # how many times the hidden size the rows of a weight count

function("rnn")(_hidden(_recurrent("rnn", GATES["rnn"], _rnn)))
function("gru")(_hidden(_recurrent("gru", GATES["gru"], _gru, apart=True)))
function("lstm")(_recurrent("lstm", GATES["lstm"], _lstm))
