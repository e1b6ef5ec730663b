"""A graph of PyTorch's autograd → the terms that its cotangents are sums of, each called after the operation it comes through."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

__all__ = ["MOST", "remembering_lines", "terms"]

MOST = 24  # edges that are cut, each of which takes a reverse pass
NAME = re.compile(r"Backward\d*$")
FRAME = re.compile(r"line (\d+), in [^\n]*\n\s*([^\n]+)")


def terms(roots: Iterable[Any], pulled: Callable[[], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what each node of a graph adds to the cotangents of the leaves, where it meets others.

    roots:  the nodes that made the outputs.
    pulled: () → the cotangents by leaf, None where there is none.
    Law:    a reverse pass is linear in what runs along one edge: what is missing when nothing does is what it adds.
    """
    whole = pulled()
    found: dict[str, dict[str, Any]] = {}
    for node, places in _meeting(_edges(roots)):
        handle = node.register_hook(_cut(places))
        try:
            without = pulled()
        finally:
            handle.remove()
        term = {name: _apart(bar, without[name]) for name, bar in whole.items()}
        if any(bar is not None and bool(bar.any()) for bar in term.values()):
            found[_called(node, found)] = term
    return found


def _edges(roots: Iterable[Any]) -> Iterator[tuple[Any, int, Any]]:
    """Yield each edge of the graph once: a node, the place among its arguments, the node that made that argument."""
    waiting = [root for root in roots if root is not None]
    seen = set(waiting)
    while waiting:
        node = waiting.pop(0)
        for place, (below, _) in enumerate(node.next_functions):
            if below is None:
                continue
            yield node, place, below
            if below not in seen:
                seen.add(below)
                waiting.append(below)


def _meeting(edges: Iterable[tuple[Any, int, Any]]) -> list[tuple[Any, list[int]]]:
    """Return each node with its arguments that other nodes take as well; one that it takes twice, as x * x does, is one term."""
    bundles: dict[tuple[int, int], tuple[Any, list[int]]] = {}
    for node, place, below in edges:
        bundles.setdefault((id(node), id(below)), (node, []))[1].append(place)
    arriving = Counter(below for _, below in bundles)
    return [bundle for (_, below), bundle in bundles.items() if arriving[below] > 1][:MOST]


def _cut(places: list[int]) -> Callable[[Any, Any], Any]:
    """Return a hook that lets nothing through to some arguments of a node."""

    def hook(given: tuple[Any, ...], _: Any) -> tuple[Any, ...]:
        return tuple(None if bar is None else bar * 0 if k in places else bar for k, bar in enumerate(given))

    return hook


def _apart(whole: Any, without: Any) -> Any:
    return whole if without is None or whole is None else whole - without


def remembering_lines(torch: Any) -> AbstractContextManager[None]:
    """Return what lets a graph know the lines of the code that makes it, while it is entered."""
    held: AbstractContextManager[None] = torch.autograd.set_detect_anomaly(True, check_nan=False)
    return held


def _called(node: Any, known: Iterable[str]) -> str:
    """Return the operation of a node with its line, as ``mean (line 12, (x * x).mean(-1))``; numbered where it is not the first."""
    name = NAME.sub("", str(node.name())).lower() or "operation"
    line = _line(node.metadata.get("traceback_", ()))
    name = f"`{name}` ({line})" if line else f"`{name}`"
    count = sum(one == name or one.startswith(f"{name}, number ") for one in known)
    return f"{name}, number {count + 1}" if count else name


def _line(stack: Iterable[str]) -> str:
    """Return the line of the user's code that made a node, "" where that is not known."""
    foreign = [f'File "{Path(sys.modules[name].__file__ or name).parent}{os.sep}' for name in ("torch", "jaccli")]
    users = [frame for frame in stack if not any(folder in frame for folder in foreign)]
    match = FRAME.search(users[-1]) if users else None
    return f"line {match[1]}, {match[2].strip()}" if match else ""
