"""Layers of a network → what is wrong with them and their options before any size is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from jaccli.errors import short, suggestion
from jaccli.graph.functions import BuildError, LocatedError
from jaccli.graph.network.table import COMMON, KINDS, NESTING, Kind, options_of
from jaccli.spec.network import Layer

__all__ = ["mistakes"]

#: Annotation of an option → what its values are called, and whether a value is one.
_TYPES: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    bool: ("true or false", lambda v: isinstance(v, bool)),
    int: ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
    Fraction: ("a number", lambda v: isinstance(v, int | Fraction) and not isinstance(v, bool)),
    str: ("a word", lambda v: isinstance(v, str)),
    tuple[int, ...]: ("a list of whole numbers", lambda v: isinstance(v, tuple) and all(isinstance(n, int) for n in v)),
    type(None): ("", lambda v: v is None),
}


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


def _mistyped(annotation: Any, value: Any) -> str | None:
    """Return what an option's values are called where ``value`` is none of them."""
    kinds = getattr(annotation, "__args__", ()) if annotation not in _TYPES else (annotation,)
    if any(_TYPES[each][1](value) for each in kinds):
        return None
    return " or ".join(_TYPES[each][0] for each in kinds if _TYPES[each][0])
