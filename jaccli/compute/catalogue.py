"""The op table and the language's functions → the entries of a catalogue: domain, kinks, and which routes have a rule."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jaccli import certify
from jaccli.derive import forward, reverse
from jaccli.errors import UsageError, suggestion
from jaccli.graph.functions import CONSTANTS, FUNCTIONS, BuildError
from jaccli.graph.ir import Expr, Graph, Node, ancestors
from jaccli.ops import TABLE, Op, ShapeError
from jaccli.ops.registry import DOMAINS
from jaccli.results.catalogue import Entry

__all__ = ["catalogue"]

#: Operators of the language, for operations that no function has the name of.
_WRITTEN = {
    "add": "x + y", "sub": "x - y", "mul": "x * y", "div": "x / y", "contract": "x @ y", "greater": "x > y", "less": "x < y",
    "greater_equal": "x >= y", "less_equal": "x <= y", "equal": "x == y", "not_equal": "x != y", "pi": "pi", "euler": "e",
    "take": "x[index]",
}  # fmt: skip
_SILENT = ("leaf", "literal", "cast", "broadcast")  # what arguments become, no operation of their own
#: Arguments a function is tried with, to see what it is made of; others are arrays.
_ARGUMENTS: Mapping[str, Any] = {
    "shape": [2, 2], "axis": 0, "axis1": 0, "axis2": 1, "axes": None, "source": 0, "destination": 1, "shift": 1, "repeats": 2,
    "reps": 2, "subscripts": "ij,jk->ik", "kernel": 1, "classes": 2, "fill_value": 1, "n": 2, "num": 2, "length": 2, "size": 2,
    "start": 0, "stop": 2, "indices": [0, 1], "pad_width": 1, "min": 0, "max": 1,
}  # fmt: skip
_HALVES = {"quantile": Fraction(1, 2), "percentile": 50}  # their argument q, which is an array elsewhere
_TRUTHS = ("logical_and", "logical_or", "logical_xor", "logical_not", "any", "all")
_GIVEN = ("min", "max")  # of clip, which has no kink without them
_SHAPES = ((2, 2), (2,), (), (3,), (1, 2, 2), (1, 2, 2, 2))
_PAIRS = tuple(itertools.product(_SHAPES, repeat=2))  # of the first array, and of the others
_ATTENTION = {"x": (3, 2), "W_in": (6, 2), "b_in": (6,), "W_out": (2, 2)}
_EXAMPLES: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    **{name: {"x": (3, 2), "": (2 * gates, 2)} for name, gates in (("rnn", 1), ("gru", 3), ("lstm", 4))},
    "self_attention": _ATTENTION,
    "transformer_encoder": {**_ATTENTION, "W1": (4, 2), "b1": (4,), "W2": (2, 4)},
}
_LETTERS = ("x", "y", "z")


def catalogue(part: str | None = None) -> list[Entry]:
    """Return the entries whose names contain ``part``; of the function of exactly this name, that alone.

    Errors: UsageError where there is none, with the nearest name.
    """
    entries = [*_functions(), *_operations()]
    if part is None:
        return entries
    exact = [entry for entry in entries if part in entry.names]
    found = exact or [entry for entry in entries if any(part in name for name in entry.names)]
    if not found:
        names = [name for entry in entries for name in entry.names]
        raise UsageError(f"no function is called like {part}; {suggestion(part, names) or 'jac info --ops lists them'}")
    return found


def _functions() -> Iterator[Entry]:
    macros = {**FUNCTIONS, **CONSTANTS}
    names: dict[Callable[..., Any], list[str]] = {}
    for name, macro in macros.items():
        names.setdefault(macro, []).append(name)
    for macro, called in names.items():
        op_name = next((name for name in called if name in TABLE), called[0])
        ordered = (op_name, *(name for name in called if name != op_name))
        traced = _traced(op_name, macro)
        yield _entry(ordered, f"{op_name}({_parameters(macro)})", inspect.getdoc(macro) or _about(op_name), traced)


def _operations() -> Iterator[Entry]:
    for name, row in TABLE.items():
        if name not in FUNCTIONS and name not in _SILENT:
            domain = tuple(words for words in map(_words, row.domains, _LETTERS) if words)
            call = _WRITTEN.get(name, f"{name} (inside of functions)")
            yield _entry((name,), call, "", _Trace((name,), domain))


def _about(name: str) -> str:
    return f"{name} of each element" if name in TABLE and TABLE[name].kind == "elementwise" else ""


def _parameters(macro: Callable[..., Any]) -> str:
    """Return a macro's parameters as a user writes them."""
    words = []
    for name, parameter in inspect.signature(macro).parameters.items():
        if name == "like":
            continue
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        default = parameter.default
        value = float(default) if isinstance(default, Fraction) else default
        words.append(f"{star}{name}" + (f"={value!r}" if default is not parameter.empty else ""))
    return ", ".join(words)


def _entry(names: tuple[str, ...], call: str, about: str, traced: _Trace) -> Entry:
    rows = [TABLE[op] for op in traced.ops]
    return Entry(
        names=names,
        call=call,
        about=about.partition("\n")[0].rstrip("."),
        ops=traced.ops,
        domain=", ".join(traced.domain),
        kink=_kink(rows),
        routes=tuple(route for route, has in _RULES.items() if all(map(has, rows))),
    )


def _words(domain: str, name: str) -> str:
    """Return where an operand must lie, "" for everywhere."""
    words = DOMAINS[domain].words
    return words.format(name) if words else ""


def _kink(rows: Sequence[Op]) -> str:
    """Return the derivative that is taken where it jumps; a choice by a condition has that of the branch it picks."""
    kinked = [row for row in rows if row.subgradient]
    if any(row.name == "where" for row in rows) and any(row.boolean for row in rows):
        kinked = [row for row in kinked if not row.boolean]
        chosen = ["that of the branch the condition picks"]
    else:
        chosen = []
    single = len(kinked) == 1 and not chosen
    return "; ".join(
        [*chosen, *(str(row.subgradient) if single else f"{row.name}: {row.subgradient}" for row in kinked)]
    )


def _symbolic(row: Op) -> bool:
    from jaccli.derive.symbolic import covers

    return covers(row.name)


_RULES: Mapping[str, Callable[[Op], bool]] = {
    "forward": lambda row: forward.covers(row.name),
    "reverse": lambda row: reverse.covers(row.name),
    "symbolic": _symbolic,
    "balls": lambda row: certify.covers(row.name),
}


@dataclass(frozen=True, slots=True)
class _Trace:
    """What a function appends to a graph: its ops, and what must hold for arguments that an op takes as they are."""

    ops: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()


def _traced(name: str, macro: Callable[..., Any]) -> _Trace:
    """Return the trace of a function with the first arguments that it takes."""
    parameters = [p for key, p in inspect.signature(macro).parameters.items() if key != "like"]
    wanted = [p for p in parameters if p.default is p.empty or p.name in _GIVEN]
    shapes = [_EXAMPLES[name]] if name in _EXAMPLES else [dict.fromkeys(("x", "a"), s) | {"": t} for s, t in _PAIRS]
    for known in shapes:
        graph = Graph()
        values = [_argument(graph, name, p, known.get(p.name, known.get("", (2,)))) for p in wanted]
        flat = [
            v
            for p, value in zip(wanted, values, strict=True)
            for v in (value if p.kind is p.VAR_POSITIONAL else [value])
        ]
        try:
            y = macro(*([graph.literal(0)] if name in CONSTANTS else []), *flat)
        except (BuildError, ShapeError, AttributeError, TypeError, ValueError, IndexError, KeyError):
            continue
        if isinstance(y, Expr):
            return _read(y)
    return _Trace()


def _read(y: Expr) -> _Trace:
    nodes = [y.graph.nodes[index] for index in ancestors(y.graph, [y.index])]
    domain = dict.fromkeys(
        words
        for node in nodes
        for words in map(_limit, itertools.repeat(y.graph), node.inputs, _domains_of(y.graph, node))
        if words
    )
    return _Trace(tuple(sorted({node.op for node in nodes if node.op not in _SILENT})), tuple(domain))


def _domains_of(graph: Graph, node: Node) -> tuple[str, ...]:
    """Return the domains of a node's operands; a power with a whole positive exponent has none."""
    exponent = Expr(graph, node.inputs[1]).constant if node.op == "pow" else None
    return () if exponent is not None and exponent > 0 and exponent.denominator == 1 else node.row.domains


def _limit(graph: Graph, operand: int, domain: str) -> str:
    """Return what must hold for an operand that is an argument itself, "" where nothing must."""
    node = graph.nodes[operand]
    while node.op in _SILENT and node.inputs:
        node = graph.nodes[node.inputs[0]]
    return _words(domain, str(dict(node.params)["name"])) if node.op == "leaf" else ""


def _argument(graph: Graph, function: str, parameter: inspect.Parameter, shape: tuple[int, ...]) -> Any:
    name = parameter.name
    if name == "q" and function in _HALVES:
        return graph.literal(_HALVES[function])
    if name in ("arrays", "operands"):
        return [graph.leaf(f"{name}{k}", (2, 2)) for k in range(2)]
    if name == "condition" or function in _TRUTHS:
        return graph.leaf(name, shape, boolean=True)
    if name in _ARGUMENTS:
        value = _ARGUMENTS[name]
        if isinstance(value, list):
            return [graph.literal(size) for size in value]
        return graph.literal(value) if isinstance(value, int) else value
    return graph.leaf(name, shape)
