"""Arrays with immediate values → a tape rebuilt at every pass, and gradients by ``.backward()``: define by run.

A tape is a graph whose nodes have their values at once. So the language's functions, the op table and reverse mode serve this
engine as they stand; it has no rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import numpy as np

from jaccli.derive.reverse import vjp
from jaccli.errors import UsageError
from jaccli.graph.evaluate import apply_kernel
from jaccli.graph.functions import FUNCTIONS, index, matmul
from jaccli.graph.ir import Expr, Graph, ancestors

__all__ = ["Tape", "Tensor", "no_grad", "tensor"]

Array = np.ndarray[Any, Any]
_recording: ContextVar[bool] = ContextVar("recording", default=True)


class Slot:
    """A leaf's gradient, shared by all tapes that the leaf stands on."""

    def __init__(self, requires_grad: bool) -> None:
        self.requires_grad = requires_grad
        self.grad: Array | None = None


class Tape(Graph):
    """A graph that computes each node when it is added.

    home  whether this is the tape on which a leaf waits between passes; what is computed from it stands on another
    """

    def __init__(self, home: bool = False) -> None:
        super().__init__()
        self.home = home
        self.backwards = False
        self.values: list[Array] = []
        self.active: list[bool] = []  # whether a gradient can flow through the node to a leaf
        self.slots: dict[str, Slot] = {}  # by the leaf's name

    def enter(self, value: Array, slot: Slot) -> Tensor:
        """Return the leaf with this value and this slot, which is on the tape once."""
        name = f"leaf{id(slot)}"
        leaf = super().add("leaf", (), {"name": name, "shape": value.shape, "boolean": value.dtype == bool})
        if leaf.index == len(self.values):
            self.values.append(value)
            self.active.append(slot.requires_grad)
            self.slots[name] = slot
        return Tensor(self, leaf.index)

    def seen(self, index: int) -> Array:
        """Return the value of a node: a loss looks at its labels at once."""
        return self.values[index]

    def add(self, op: str, operands: Sequence[Expr], params: dict[str, Any]) -> Expr:
        """Return the node of ``op`` on ``operands``, with its value; a plain handle, not a tensor, while going backward."""
        place = super().add(op, [self.take_over(operand) for operand in operands], params).index
        if place == len(self.values):
            node = self.nodes[place]
            with np.errstate(all="ignore"):
                self.values.append(apply_kernel(node, [self.values[source] for source in node.inputs]))
            self.active.append(not node.boolean and any(self.active[source] for source in node.inputs))
        return Expr(self, place) if self.backwards else Tensor(self, place)

    def take_over(self, x: Expr) -> Expr:
        """Return ``x`` as a node of this tape; what it was computed from comes along, with its values."""
        other = x.graph
        if other is self:
            return x
        assert isinstance(other, Tape)
        made: dict[int, Expr] = {}
        for place in ancestors(other, [x.index]):
            node = other.nodes[place]
            if node.op == "leaf":
                made[place] = self.enter(other.values[place], other.slots[str(dict(node.params)["name"])])
                continue
            made[place] = super().add(node.op, [made[source] for source in node.inputs], dict(node.params))
            if made[place].index == len(self.values):
                self.values.append(other.values[place])
                self.active.append(other.active[place])
        return made[x.index]


class Tensor(Expr):
    """An array with its value, and, for a leaf, with the gradient that ``backward`` has added up.

    Arithmetic, indexing and the functions of ``jaccli.eager`` record what they do where a gradient can flow; Python's own
    ``if``, ``for`` and ``while`` decide what is recorded.
    """

    __array_ufunc__ = None  # array + tensor comes to __radd__

    @property
    def tape(self) -> Tape:
        """The tape the value stands on."""
        assert isinstance(self.graph, Tape)
        return self.graph

    @property
    def value(self) -> Array:
        """The value; shape: that of the tensor."""
        return np.asarray(np.broadcast_to(self.tape.values[self.index], self.shape))

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to a leaf from here."""
        return self.tape.active[self.index]

    @property
    def grad(self) -> Array | None:
        """The sum of a leaf's gradients since the last ``zero_grad``; None before the first backward pass."""
        return slot.grad if (slot := self._slot) else None

    def zero_grad(self) -> None:
        """Forget the gradient."""
        if self._slot:
            self._slot.grad = None

    @property
    def _slot(self) -> Slot | None:
        node = self.node
        return self.tape.slots[str(dict(node.params)["name"])] if node.op == "leaf" else None

    def assign(self, value: Any) -> None:
        """Give a leaf another value of the same shape; tapes that it already stands on keep the old one."""
        array = np.array(value.value if isinstance(value, Tensor) else value, dtype=np.float64)
        if self._slot is None or array.shape != self.shape:
            raise UsageError(f"assign() needs a leaf and a value of its shape {self.shape} (got {array.shape})")
        self.tape.values[self.index] = array

    def detach(self) -> Tensor:
        """Return a leaf with the same value that no gradient flows through."""
        return self if self.node.op == "literal" else Tape(home=True).enter(self.value, Slot(False))

    def apply(self, op: str, *others: Any, **params: Any) -> Expr:
        """Return ``op`` of this tensor and the others, on the longest of their tapes; a plain leaf where nothing is recorded."""
        operands = [self, *(Tensor(x.graph, x.index) for x in map(self._lift, others))]
        if not (_recording.get() and any(x.requires_grad for x in operands)):
            y = Tape().add(op, [x.detach() for x in operands], params)
            return Tensor(y.graph, y.index).detach()
        tape = max((x.tape for x in operands), key=lambda tape: (not tape.home, len(tape.nodes)))
        return (Tape() if tape.home else tape).add(op, operands, params)

    def _lift(self, other: Any) -> Expr:
        return tensor(other) if isinstance(other, np.ndarray | list) else super()._lift(other)

    def backward(self, y_bar: Any = None) -> None:
        """Add ȳᵀ ∂y/∂x to the gradient of every leaf x that requires one.

        y_bar: of the shape of this tensor; 1 where none is given and this is a number.
        Errors: UsageError where there is nothing to differentiate, or y_bar does not fit.
        """
        if not self.requires_grad:
            raise UsageError("backward() needs a tensor that depends on one made with requires_grad=True")
        if y_bar is None and self.shape:
            raise UsageError(f"backward() of a tensor of shape {self.shape} needs y_bar, an array of that shape")
        seed = np.asarray(1.0 if y_bar is None else y_bar, dtype=np.float64)
        if seed.shape != self.shape:
            raise UsageError(f"'y_bar' must have shape {self.shape} (got {seed.shape})")
        tape, leaves = self.tape, self.tape.inputs()
        wanted = {name: slot for name, slot in tape.slots.items() if slot.requires_grad}
        tape.backwards = True
        try:
            bars = vjp(tape, {self.index: tape.literal(seed)}, [leaves[name] for name in wanted])
        finally:
            tape.backwards = False
        for name, bar in zip(wanted, bars, strict=True):
            if bar is not None:
                x_bar = np.broadcast_to(tape.values[bar.index], leaves[name].shape)
                slot = wanted[name]
                slot.grad = x_bar.copy() if slot.grad is None else slot.grad + x_bar

    def __getattr__(self, name: str) -> Any:
        from jaccli.learn import eager

        if name.startswith("_"):
            raise AttributeError(name)
        return partial(getattr(eager, name), self)

    @property
    def T(self) -> Expr:  # noqa: N802  NumPy's name
        """The tensor with its axes reversed."""
        return FUNCTIONS["transpose"](self)

    def __getitem__(self, key: Any) -> Expr:
        return index(self, key if isinstance(key, tuple) else (key,))

    def __matmul__(self, other: Any) -> Expr:
        return matmul(self, self._lift(other))

    def __rmatmul__(self, other: Any) -> Expr:
        return matmul(self._lift(other), self)

    def __bool__(self) -> bool:
        if self.shape:
            raise ValueError(f"a tensor of shape {self.shape} is no truth value: use its .value")
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        more = ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({np.array2string(self.value, precision=6, separator=', ')}{more})"


def tensor(value: Any, requires_grad: bool = False) -> Tensor:
    """Return a leaf with a copy of ``value``, in doubles or truth values; with ``requires_grad`` it collects gradients.

    Example: ``x = tensor(3.0, requires_grad=True); (x**2).backward(); x.grad  # array(6.)``
    """
    array = np.asarray(value)
    return Tape(home=True).enter(array.astype(bool if array.dtype == bool else np.float64), Slot(requires_grad))


@contextmanager
def no_grad() -> Iterator[None]:
    """Within this block nothing is recorded, so that parameters can be changed."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)
