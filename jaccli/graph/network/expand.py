"""Network → graph: each layer becomes a call of the language's function, with parameters of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jaccli.errors import short, suggestion
from jaccli.graph.functions import BuildError, LocatedError
from jaccli.graph.ir import Block, Expr, Graph
from jaccli.graph.network.table import KINDS, Kind, options_of
from jaccli.graph.origins import describe
from jaccli.ops import ShapeError
from jaccli.spec.initial import INITIALISERS
from jaccli.spec.network import Layer, Network, Option
from jaccli.spec.schema import Variable

__all__ = [
    "KINDS",
    "Kind",
    "Maker",
    "expand",
]


class Scope(Protocol):
    """What a network needs of the builder: its graph, what names mean, and how to declare more."""

    graph: Graph
    scope: dict[str, Expr | None]

    def variable(self, variable: Variable) -> Expr: ...
    def named(self, x: Expr, name: str) -> None: ...


MAX_RUN = 10_000  # layers, each as often as it is repeated


def expand(scope: Scope, network: Network, entry: Expr) -> tuple[Expr, list[Variable]]:
    """Return the value of the last layer, and the parameters that the layers have; there must be no ``mistakes``.

    Errors: LocatedError for sizes that do not fit, or a name that is taken.
    """
    refuse_many(network.layers)
    stack = Stack(scope)
    return stack.run(network.layers, entry), stack.declared


def refuse_many(layers: Sequence[Layer]) -> None:
    """Raise for layers that are repeated too often, counted before any is run."""
    count = 0
    for layer in layers:
        count += layers_in([layer])
        if count > MAX_RUN:
            what = f"{count:,} layers are run, more than {MAX_RUN:,}"
            raise LocatedError(BuildError(what, "repeat fewer layers", "JAC009"), layer.span)


def layers_in(layers: Sequence[Layer]) -> int:
    """Return how many layers are run, each as often as it is repeated; nesting is as deep as a spec's."""
    count = 0
    for layer in layers:
        options = options_of(layer, KINDS[layer.kind])
        times = options["times"].value if layer.kind == "repeat" and "times" in options else 1
        count += 1 + (times if isinstance(times, int) else 1) * layers_in(layer.layers)
    return count


class Stack:
    """Runs layers in order, naming them dense1, dense2 …"""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.counts = scope, Counter[str]()
        self.declared: list[Variable] = []
        self.inside: Block | None = None  # the layer whose inner layers are run
        self.single = False  # whether a convolution has met an input without a batch axis

    def run(self, layers: Sequence[Layer], x: Expr) -> Expr:
        """Return what ``layers`` make of x."""
        for layer in layers:
            try:
                x = self.one(layer, x)
            except BuildError as error:
                raise LocatedError(error, layer.span) from None
            except ShapeError as error:
                raise LocatedError(BuildError(str(error)), layer.span) from None
        return x

    def one(self, layer: Layer, x: Expr) -> Expr:
        """Return what one layer makes of x, under the layer's name."""
        found = KINDS[layer.kind]
        options = options_of(layer, found)
        name, after = self.name(found, options.pop("name", None)), options.pop("activation", None)
        before, outer = self.scope.graph.extent, self.inside
        block = Block(name, layer.kind, outer)
        self.inside = outer if layer.kind == "repeat" else block
        y = found.make(Maker(self, name, layer), x, **{key: option.value for key, option in options.items()})
        if after is not None:
            y = self.one(Layer(str(after.value), after.span), y)
        self.inside = outer
        self.scope.scope[name] = y
        self.scope.named(y, name)
        self.scope.graph.place(before, layer.span)
        self.scope.graph.enclose(before[0], block)
        return y

    def name(self, found: Kind, given: Option | None) -> str:
        """Return the name a layer is given, or its stem and number."""
        self.counts[found.stem] += 1
        name = str(given.value) if given is not None else f"{found.stem}{self.counts[found.stem]}"
        if not name.isidentifier():
            raise BuildError(f"`{short(name)}` cannot be a name", "use letters, digits and _", "JAC003")
        if name in self.scope.scope:
            raise BuildError(f"`{name}` is already defined", f"give the layer a name: {{name: my_{name}}}", "JAC005")
        return name


@dataclass(frozen=True)
class Maker:
    """What a layer is made with: its name, where its parameters go, and the layers inside it."""

    stack: Stack
    name: str
    layer: Layer

    def param(self, name: str, shape: tuple[int, ...], init: str, seed: int | None = None) -> Expr:
        """Return a parameter called LAYER.NAME that is declared now."""
        known = [kind for kind, row in INITIALISERS.items() if not row.needed]
        if init not in known:
            help_ = suggestion(init, known) or "one of: glorot, he, lecun, orthogonal, normal, zeros"
            raise BuildError(f"`init` of {self.layer.kind} cannot be {short(init)}", help_, "JAC002")
        whole, span = f"{self.name}.{name}", self.layer.span
        sizes = (f"layer {self.name} (line {span.line})",) * len(shape)
        variable = Variable(whole, "param", shape, sizes, init=init, seed=seed, span=span)
        self.stack.declared.append(variable)
        return self.stack.scope.variable(variable)

    def named(self, name: str | None) -> Expr | None:
        """Return what a name in an option means, None for none."""
        if name is None:
            return None
        value = self.stack.scope.scope.get(name)
        if value is None:
            help_ = suggestion(name, self.stack.scope.scope) or "declare it under `constants:`"
            raise BuildError(f"unknown name `{short(name)}`", help_, "JAC003")
        return value

    def image(self, x: Expr, rank: int) -> None:
        """Note whether x, the input of a convolution over ``rank`` axes, has a batch axis."""
        if len(x.shape) not in (rank + 1, rank + 2):
            axes = "C, L" if rank == 1 else "C, H, W"
            message = f"{self.layer.kind} takes shape ({axes}) or (N, {axes}), not {describe(x)}"
            raise BuildError(message, "declare x with a channel axis, or put a reshape layer before it", about=(x,))
        self.stack.single = len(x.shape) == rank + 1
