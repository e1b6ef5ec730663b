"""The table of layers that ``network:`` knows: each kind enters itself, with its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jaccli.graph.ir import Expr
from jaccli.spec.network import MAIN, Layer, Option

__all__ = ["COMMON", "KINDS", "NESTING", "Kind", "kind", "options_of"]

KINDS: dict[str, Kind] = {}
NESTING = ("residual", "repeat")
COMMON = ("name", "activation")  # options of every layer


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


def kind(
    name: str, main: str = "", stem: str = "", activation: bool = False
) -> Callable[[Callable[..., Expr]], Callable[..., Expr]]:
    """Enter a kind of layer into the table."""

    def enter(make: Callable[..., Expr]) -> Callable[..., Expr]:
        KINDS[name] = Kind(make, main, stem or name, activation)
        return make

    return enter


def options_of(layer: Layer, found: Kind) -> dict[str, Option]:
    """Return the options by name, that of ``- dense: 10`` under the name it stands for."""
    return {key if key != MAIN else found.main: option for key, option in layer.options.items()}
