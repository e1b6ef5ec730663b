"""Node → where each of its sizes came from, for messages about shapes that do not fit."""

from __future__ import annotations

from collections.abc import Mapping

from jaccli.errors import short
from jaccli.graph.ir import Expr, ancestors

__all__ = ["describe", "size_origins", "sizes_text", "typed", "written"]

Origins = tuple[str | None, ...]


def size_origins(x: Expr, declared: Mapping[str, Origins]) -> Origins:
    """Return for each axis of ``x`` the words that say where its size was declared, or None.

    declared: leaf name → origins of its axes. Sizes are followed through elementwise ops, products, sums, transposes.
    """
    graph, found = x.graph, dict[int, Origins]()
    for index in ancestors(graph, [x.index]):
        node, params = graph.nodes[index], dict(graph.nodes[index].params)
        sources = [found[source] for source in node.inputs]
        origins: Origins = (None,) * len(node.shape)
        if node.op == "leaf":
            origins = declared.get(str(params["name"]), origins)
        elif node.row.kind == "elementwise":
            origins = next((o for o in sources if len(o) == len(node.shape) and any(o)), origins)
        elif node.op == "contract":
            left, out = str(params["spec"]).split("->")
            labels = {
                c: o
                for side, known in zip(left.split(","), sources, strict=True)
                for c, o in zip(side, known, strict=True)
            }
            origins = tuple(labels[c] for c in out)
        elif node.op == "transpose":
            origins = tuple(sources[0][k] for k in params["order"])  # type: ignore[attr-defined]
        elif node.op == "sum":
            rank = len(sources[0])
            origins = tuple(o for k, o in enumerate(sources[0]) if k - rank not in params["axes"])  # type: ignore[operator]
        elif node.op == "broadcast":
            known = (None,) * (len(node.shape) - len(sources[0])) + sources[0]
            old = (1,) * (len(node.shape) - len(sources[0])) + graph.nodes[node.inputs[0]].shape
            origins = tuple(o if a == b else None for o, a, b in zip(known, old, node.shape, strict=True))
        found[index] = origins
    return found[x.index]


def sizes_text(x: Expr, declared: Mapping[str, Origins]) -> str:
    """Return where the sizes of ``x`` were declared: "in `W` 5 from n (line 2), 3 from d (line 3)", or ""."""
    words: dict[str, list[str]] = {}
    for size, origin in zip(x.shape, size_origins(x, declared), strict=True):
        if origin:
            words.setdefault(origin, []).append(str(size))
    if not words:
        return ""
    text = ", ".join(f"{' and '.join(dict.fromkeys(sizes))} from {origin}" for origin, sizes in words.items())
    return f"in {written(x) or 'one operand'} {text}"


def describe(x: Expr) -> str:
    """Return how the user wrote ``x``, with its shape: "`W @ x` (shape (5,))"."""
    text = written(x)
    shape = "a number" if x.shape == () else f"shape {x.shape}"
    return f"{text} ({shape})" if text else shape


def written(x: Expr) -> str | None:
    """Return how the user wrote ``x``: "`W @ x`", None where nobody did."""
    text = x.graph.names.get(x.index) or typed(x)
    return f"`{short(text, 50)}`" if text else None


def typed(x: Expr) -> str | None:
    """Return the text of the spec that ``x`` was read from, where that is one line."""
    span = x.graph.spans.get(x.index)
    return span.text[span.column - 1 : span.end_column - 1] if span is not None and span.line == span.end_line else None
