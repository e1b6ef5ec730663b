"""The list of layers under ``network:`` → Network, with the place of every option; what they mean is decided while building."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from jaccli.errors import Span, short
from jaccli.spec.fields import Fields, node_text
from jaccli.spec.keys import NETWORK_KEYS
from jaccli.spec.yaml.tree import Mapping as Tree
from jaccli.spec.yaml.tree import Node, Scalar, Sequence

__all__ = ["MAIN", "Layer", "Network", "Option", "read_network"]

MAIN = ""  # the name under which the one value of ``- dense: 10`` is kept
MAX_LAYERS = 1_000


@dataclass(frozen=True, eq=False)
class Option:
    """One option of a layer: a truth value, a number, a word, or a tuple of them."""

    value: Any
    span: Span


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer: its kind, its options by name, and the layers inside it, as for ``residual``."""

    kind: str
    span: Span
    options: Mapping[str, Option] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, eq=False)
class Network:
    """A stack of layers."""

    layers: tuple[Layer, ...]
    span: Span


def read_network(fields: Fields, node: Node, dims: Mapping[str, int]) -> tuple[Network | None, Mapping[str, Node]]:
    """Return the network at ``node``, and where its input and its loss are written; mistakes are reported to ``fields``.

    dims: named sizes, which may stand where numbers may.
    """
    if isinstance(node, Sequence):
        return Network(_layers(fields, dims, node), fields.span(node)), {}
    if not isinstance(node, Tree):
        fields.report("JAC001", node, "`network` must be a list of layers", "write a layer to a line: - dense: 10")
        return None, {}
    parts = fields.fields(node, NETWORK_KEYS, "`network`")
    if "layers" not in parts:
        fields.report("JAC002", node, "`layers` is missing in `network`", "write layers: [{dense: 10}, relu]")
        return None, {}
    return Network(_layers(fields, dims, parts["layers"]), fields.span(node)), parts


def _layers(fields: Fields, dims: Mapping[str, int], node: Node) -> tuple[Layer, ...]:
    if not isinstance(node, Sequence) or not node.items:
        fields.report("JAC001", node, "a list of layers is needed here", "write a layer to a line: - dense: 10")
        return ()
    if len(node.items) > MAX_LAYERS:
        message = f"{len(node.items):,} layers, more than {MAX_LAYERS:,}"
        fields.report("JAC009", node, message, "write repeat: {times: 12, layers: […]}")
        return ()
    return tuple(layer for item in node.items for layer in _layer(fields, dims, item))


def _layer(fields: Fields, dims: Mapping[str, int], node: Node) -> Iterator[Layer]:
    if isinstance(node, Scalar):
        yield Layer(node.text, fields.span(node))
        return
    if not isinstance(node, Tree) or len(node.pairs) != 1:
        help_ = "write its name, or its name and options: - dense: {units: 10, init: he}"
        fields.report("JAC001", node, "a layer is one name", help_)
        return
    ((key, value),) = node.pairs
    span = fields.span(key)
    if isinstance(value, Tree):
        inner = value.get("layers")
        options = {k.text: _option(fields, dims, v) for k, v in value.pairs if k.text != "layers"}
        yield Layer(key.text, span, options, _layers(fields, dims, inner) if inner is not None else ())
    elif isinstance(value, Sequence) and any(isinstance(item, Tree) or _is_word(item) for item in value.items):
        yield Layer(key.text, span, {}, _layers(fields, dims, value))
    else:
        yield Layer(key.text, span, {MAIN: _option(fields, dims, value)})


def _is_word(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str)


def _option(fields: Fields, dims: Mapping[str, int], node: Node) -> Option:
    if isinstance(node, Sequence):
        return Option(tuple(_option(fields, dims, item).value for item in node.items), fields.span(node))
    if isinstance(node, Scalar):
        value = dims.get(node.text, node.value) if node.plain else node.value
        if isinstance(value, str | bool | int | Fraction):
            return Option(value, fields.span(node))
    fields.report("JAC007", node, f"an option cannot be {short(node_text(node))}", "write a number, a word or a list")
    return Option(None, fields.span(node))
