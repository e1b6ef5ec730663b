"""Network → graph: each layer becomes a call of the language's function, with parameters of its own."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from jaccli.errors import short, suggestion
from jaccli.graph.functions import BuildError, LocatedError
from jaccli.graph.ir import Block, Expr, Graph
from jaccli.graph.origins import describe
from jaccli.ops import ShapeError
from jaccli.spec.initial import INITIALISERS
from jaccli.spec.network import MAIN, Layer, Network, Option
from jaccli.spec.schema import Variable

__all__ = ["KINDS", "Kind", "Maker", "expand", "kind", "mistakes"]


class Scope(Protocol):
    """What a network needs of the builder: its graph, what names mean, and how to declare more."""

    graph: Graph
    scope: dict[str, Expr | None]

    def variable(self, variable: Variable) -> Expr: ...
    def named(self, x: Expr, name: str) -> None: ...


@dataclass(frozen=True)
class Kind:
    """A kind of layer: how it is made, the option that ``- dense: 10`` means, the stem of its names, and whether others may
    have it for their ``activation``.

    make: (maker, x, options by keyword) → the layer's value; the types of the options are those of its annotations
    """

    make: Callable[..., Expr]
    main: str
    stem: str
    activation: bool

    @property
    def options(self) -> Mapping[str, inspect.Parameter]:
        """The options by name."""
        return dict(list(inspect.signature(self.make, eval_str=True).parameters.items())[2:])


KINDS: dict[str, Kind] = {}
NESTING = ("residual", "repeat")
MAX_RUN = 10_000  # layers, each as often as it is repeated
COMMON = ("name", "activation")  # options of every layer


def kind(
    name: str, main: str = "", stem: str = "", activation: bool = False
) -> Callable[[Callable[..., Expr]], Callable[..., Expr]]:
    """Enter a kind of layer into the table."""

    def enter(make: Callable[..., Expr]) -> Callable[..., Expr]:
        KINDS[name] = Kind(make, main, stem or name, activation)
        return make

    return enter


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
        for position in range(before[0], len(self.scope.graph.nodes)):
            self.scope.graph.blocks.setdefault(position, block)
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


def mistakes(layers: Sequence[Layer]) -> Iterator[LocatedError]:
    """Yield what is wrong with layers and their options before any size is known."""
    for layer in layers:
        found = KINDS.get(layer.kind)
        if found is None:
            help_ = suggestion(layer.kind, KINDS) or f"known layers: {', '.join(KINDS)}"
            yield LocatedError(BuildError(f"unknown layer `{short(layer.kind)}`", help_, "JAC003"), layer.span)
            continue
        if bool(layer.layers) != (layer.kind in NESTING):
            what = f"{layer.kind} has {'no ' * bool(layer.layers)}layers inside"
            yield LocatedError(
                BuildError(what, f"only {' and '.join(NESTING)} have, and need them", "JAC002"), layer.span
            )
        yield from _option_mistakes(layer, found)
        yield from mistakes(layer.layers)


def _option_mistakes(layer: Layer, found: Kind) -> Iterator[LocatedError]:
    known, given = found.options, options_of(layer, found)
    for key, option in given.items():
        if key in COMMON:
            if not isinstance(option.value, str):
                yield LocatedError(BuildError(f"`{key}` must be a word", f"write {key}: a word", "JAC007"), option.span)
            elif key == "activation" and not (option.value in KINDS and KINDS[option.value].activation):
                known_ones = [name for name, row in KINDS.items() if row.activation]
                help_ = suggestion(option.value, known_ones) or f"one of: {', '.join(known_ones)}"
                yield LocatedError(
                    BuildError(f"unknown activation `{short(option.value)}`", help_, "JAC003"), option.span
                )
        elif key not in known:
            what = f"{layer.kind} has no option `{short(key)}`" if key else f"{layer.kind} takes no value"
            help_ = suggestion(key, written := [*known, *COMMON]) or f"known: {', '.join(written)}"
            yield LocatedError(BuildError(what, help_, "JAC002"), option.span)
        elif key == "seed" and isinstance(option.value, int) and option.value < 0:
            message = f"`seed` of {layer.kind} must be 0 or more (got {option.value})"
            yield LocatedError(BuildError(message, "write seed: 0", "JAC007"), option.span)
        elif wrong := _mistyped(known[key].annotation, option.value):
            got = "nothing" if option.value is None else short(str(option.value))
            message = f"`{key}` of {layer.kind} must be {wrong} (got {got})"
            yield LocatedError(BuildError(message, f"write {wrong}", "JAC007"), option.span)
    for key, parameter in known.items():
        if parameter.default is parameter.empty and key not in given:
            error = BuildError(f"{layer.kind} lacks its option `{key}`", f"write {layer.kind}: {{{key}: …}}", "JAC002")
            yield LocatedError(error, layer.span)


def options_of(layer: Layer, found: Kind) -> dict[str, Option]:
    """Return the options by name, that of ``- dense: 10`` under the name it stands for."""
    return {key if key != MAIN else found.main: option for key, option in layer.options.items()}


#: Annotation of an option → what its values are called, and whether a value is one.
_TYPES: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    bool: ("true or false", lambda v: isinstance(v, bool)),
    int: ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
    Fraction: ("a number", lambda v: isinstance(v, int | Fraction) and not isinstance(v, bool)),
    str: ("a word", lambda v: isinstance(v, str)),
    tuple[int, ...]: ("a list of whole numbers", lambda v: isinstance(v, tuple) and all(isinstance(n, int) for n in v)),
    type(None): ("", lambda v: v is None),
}


def _mistyped(annotation: Any, value: Any) -> str | None:
    """Return what an option's values are called where ``value`` is none of them."""
    kinds = getattr(annotation, "__args__", ()) if annotation not in _TYPES else (annotation,)
    if any(_TYPES[each][1](value) for each in kinds):
        return None
    return " or ".join(_TYPES[each][0] for each in kinds if _TYPES[each][0])
