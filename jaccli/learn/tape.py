"""Arrays with immediate values → a tape rebuilt at every pass, and gradients by ``.backward()``: define by run.

A tape is a graph whose nodes have their values at once. So the language's functions, the op table and reverse mode serve this
engine as they stand; it has no rule of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from jaccli.derive.reverse import vjp
from jaccli.errors import UsageError, short, suggestion
from jaccli.graph.evaluate import apply_kernel
from jaccli.graph.functions import FUNCTIONS
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.learn.operators import Operators, named
from jaccli.learn.recording import Slot, recording
from jaccli.types import Array

__all__ = ["Tape", "Tensor", "function", "tensor"]


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
        self.kept: dict[int, Slot] = {}  # of nodes between, whose gradient was asked for

    def enter(self, value: Array, slot: Slot) -> Tensor:
        """Return the leaf with this value and this slot, which is on the tape once."""
        name = slot.name
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
            if place in other.kept:
                self.kept[made[place].index] = other.kept[place]
        return made[x.index]


class Tensor(Operators):
    """An array with its value, and, for a leaf, with the gradient that ``backward`` has added up.

    Arithmetic, indexing and the functions of ``jaccli.eager`` record what they do where a gradient can flow; Python's own
    ``if``, ``for`` and ``while`` decide what is recorded.
    """

    @property
    def tape(self) -> Tape:
        """The tape the value stands on."""
        assert isinstance(self.graph, Tape)
        return self.graph

    @property
    def value(self) -> Array:  # type: ignore[override]
        """The value; shape: that of the tensor."""
        return np.asarray(np.broadcast_to(self.tape.values[self.index], self.shape))

    @property
    def is_leaf(self) -> bool:
        """Whether it was given, not computed where a gradient flows."""
        return self._slot is not None

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to a leaf from here; that of a leaf can be set."""
        return self.tape.active[self.index]

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        slot = self._slot
        if slot is None or (wanted and self.node.boolean):
            raise UsageError("requires_grad can be set on a leaf with numbers only; detach() makes one")
        slot.requires_grad = self.tape.active[self.index] = bool(wanted)

    def requires_grad_(self, wanted: bool = True) -> Tensor:
        """Set whether this leaf requires a gradient, and return it."""
        self.requires_grad = wanted
        return self

    @property
    def grad(self) -> Array | None:
        """The sum of the gradients since the last ``zero_grad`` of a leaf, or after ``retain_grad``; None before any."""
        slot = self._slot or self.tape.kept.get(self.index)
        return slot.grad if slot else None

    @grad.setter
    def grad(self, value: Any) -> None:
        slot, array = self._slot or self.tape.kept.get(self.index), None if value is None else np.array(value, float)
        if slot is None or (array is not None and array.shape != self.shape):
            raise UsageError(f"only a leaf has a gradient, None or an array of its shape {self.shape}")
        slot.grad = array

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor, too, in the backward passes to come."""
        if not self.requires_grad:
            raise UsageError("retain_grad() needs a tensor that depends on one made with requires_grad=True")
        if self._slot is None:
            self.tape.kept.setdefault(self.index, Slot(False))

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
        array = _array(value)
        if self._slot is None or array.shape != self.shape:
            raise UsageError(f"assign() needs a leaf and a value of its shape {self.shape} (got {array.shape})")
        self.tape.values[self.index] = array

    @property
    def data(self) -> Tensor:
        """A leaf with the same value and no gradient; what it is set to is assigned."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        self.assign(value)

    def detach(self) -> Tensor:
        """Return a leaf with the same value that no gradient flows through."""
        return self if self.node.op == "literal" else Tape(home=True).enter(self.value, Slot(False))

    def apply(self, op: str, *others: Any, **params: Any) -> Expr:
        """Return ``op`` of this tensor and the others, on the longest of their tapes; a plain leaf where nothing is recorded."""
        operands = [self, *(Tensor(x.graph, x.index) for x in map(self._lift, others))]
        if not (recording() and any(x.requires_grad for x in operands)):
            y = Tape().add(op, [x.detach() for x in operands], params)
            return Tensor(y.graph, y.index).detach()
        tape = max((x.tape for x in operands), key=lambda tape: (not tape.home, len(tape.nodes)))
        return (Tape() if tape.home else tape).add(op, operands, params)

    def _lift(self, other: Any) -> Expr:
        other = other.item() if isinstance(other, np.generic) else other
        if isinstance(other, Expr) or (isinstance(other, int | float | Fraction) and math.isfinite(other)):
            return super()._lift(other)
        return tensor(other)

    def _function(self, name: str) -> Any:
        return function(name)

    def _in_place(self, op: str, other: Any) -> Expr:
        """Return the leaf with its new value; of a tensor between, the new tensor, which takes its name."""
        new = self._combine(op, self, other)
        if self._slot is None:
            return new
        if self.requires_grad and recording():
            raise UsageError("a leaf that requires a gradient is changed within `with no_grad():`, or by assign()")
        self.assign(new)
        return self

    def __iadd__(self, other: Any) -> Any:
        return self._in_place("add", other)

    def __isub__(self, other: Any) -> Any:
        return self._in_place("sub", other)

    def __imul__(self, other: Any) -> Any:
        return self._in_place("mul", other)

    def __itruediv__(self, other: Any) -> Any:
        return self._in_place("div", other)

    def __ipow__(self, other: Any) -> Any:
        return self._in_place("pow", other)

    def backward(self, y_bar: Any = None, retain_graph: bool = True) -> None:
        """Add ȳᵀ ∂y/∂x to the gradient of every leaf x that requires one, and of every tensor that retains its own.

        y_bar:        of the shape of this tensor; 1 where none is given and this is a number.
        retain_graph: for those who are used to it; the tape is there as long as a tensor on it is.
        Errors: UsageError where there is nothing to differentiate, or y_bar does not fit.
        """
        if not self.requires_grad:
            raise UsageError("backward() needs a tensor that depends on one made with requires_grad=True")
        if y_bar is None and self.size != 1:
            raise UsageError(f"backward() of a tensor of shape {self.shape} needs y_bar, an array of that shape")
        seed = np.ones(self.shape) if y_bar is None else _array(y_bar)
        if seed.shape != self.shape:
            raise UsageError(f"'y_bar' must have shape {self.shape} (got {seed.shape})")
        tape = self.tape
        wanted = [(Expr(tape, tape.leaves[name]), slot) for name, slot in tape.slots.items() if slot.requires_grad]
        wanted += [(Expr(tape, place), slot) for place, slot in tape.kept.items()]
        tape.backwards = True
        try:
            bars = vjp(tape, {self.index: tape.literal(seed)}, [x for x, _ in wanted])
        finally:
            tape.backwards = False
        for (x, slot), bar in zip(wanted, bars, strict=True):
            if bar is not None:
                x_bar = np.broadcast_to(tape.values[bar.index], x.shape)
                slot.grad = x_bar.copy() if slot.grad is None else slot.grad + x_bar

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(self._function(name), self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in ("grad", "data", "requires_grad"):
            raise AttributeError(f"'{name}' of a tensor cannot be set")
        object.__setattr__(self, name, value)

    def __reduce__(self) -> Any:
        if self._slot is None and self.requires_grad:
            raise UsageError("only leaves can be copied or pickled: what was computed hangs on its tape; detach() it")
        return (tensor, (self.value, self.requires_grad))

    def __repr__(self) -> str:
        more = ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({np.array2string(self.value, precision=6, separator=', ', prefix='tensor(')}{more})"


def tensor(value: Any, requires_grad: bool = False) -> Tensor:
    """Return a leaf with a copy of ``value``, in doubles or truth values; with ``requires_grad`` it collects gradients.

    Errors: UsageError for what is not an array of real numbers.
    Example: ``x = tensor(3.0, requires_grad=True); (x**2).backward(); x.grad  # array(6.)``
    """
    array = _array(value)
    if requires_grad and array.dtype == bool:
        raise UsageError("truth values have no gradient")
    return Tape(home=True).enter(array, Slot(requires_grad))


def _array(value: Any) -> Array:
    """Return a copy of a value in doubles or truth values."""
    if isinstance(value, Tensor):
        return value.value.copy()
    if isinstance(value, list | tuple) and any(isinstance(item, Tensor) and item.requires_grad for item in value):
        raise UsageError("a list of tensors is joined by jaccli.eager.stack, which keeps their gradients")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        raise UsageError("a tensor is made of numbers in rows of equal length") from None
    if array.dtype.kind not in "biuf":
        raise UsageError(f"a tensor is made of real numbers (got {short(repr(value), 40)})")
    return array.astype(bool if array.dtype == bool else np.float64)


def function(name: str) -> Callable[..., Any]:
    """Return the language's function ``name``; numbers, lists and arrays may stand where tensors may.

    Errors: AttributeError for a name that is none.
    """
    if name not in FUNCTIONS:
        hint = suggestion(name, FUNCTIONS) or "see jac info --ops"
        raise AttributeError(f"'{name}' is not a function of the language; {hint}")
    return named(name, _lifted)


def _lifted(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, Expr | str | bool) or value is None:
        return value
    if isinstance(value, list | tuple):
        truths = bool(value) and all(isinstance(item, bool | np.bool_) for item in value)
        return tensor(value) if truths else [_lifted(item) for item in value]
    if isinstance(value, int | float) and math.isfinite(value):
        return Tape(home=True).literal(value)
    return tensor(value)
