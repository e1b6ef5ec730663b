"""A JAX program → the terms that its cotangents are sums of, each called after the operation it comes through."""

from __future__ import annotations

import linecache
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jaccli.adapters.frameworks.jaxpr import CALLS

__all__ = ["MOST", "terms_of"]

MOST = 24  # edges that are cut, those nearest to the outputs

Edge = tuple[int, int]  # an operation and a value that it takes and others take as well, by their numbers


def terms_of(
    jax: Any, run: Callable[[Any], Mapping[str, Any]], inputs: Mapping[str, Any], outputs: Sequence[str]
) -> tuple[list[str], Callable[[Any, Any], Any]] | None:
    """Return what the terms are called, and (inputs, cotangents by output) → all terms, by input, along a leading axis.

    Law: a reverse pass is linear in what runs along one edge: what is missing when nothing does is what it adds. All edges are
         cut in one batch of reverse passes, compiled once. None where no values meet.
    """
    closed, shape = jax.make_jaxpr(lambda arrays: {name: run(arrays)[name] for name in outputs}, return_shape=True)(
        inputs
    )
    tree = jax.tree_util
    edges = _meeting(closed)
    if not edges:
        return None
    numbers = {edge: k for k, (edge, _) in enumerate(edges)}

    def gated(arrays: Any, open_: Any) -> Any:
        found = _evaluated(jax, closed, tree.tree_leaves(arrays), numbers, open_)
        return tree.tree_unflatten(tree.tree_structure(shape), found)

    def all_terms(arrays: Any, y_bar: Any) -> Any:
        def pulled(open_: Any) -> Any:
            return jax.vjp(lambda moved: gated(moved, open_), arrays)[1](y_bar)[0]

        ones = jax.numpy.ones(len(edges))
        whole = pulled(ones)
        without = jax.vmap(pulled)(1 - jax.numpy.eye(len(edges)))
        return tree.tree_map(lambda one, many: one - many, whole, without)

    return _names(jax, [equation for _, equation in edges]), jax.jit(all_terms)


def _meeting(closed: Any) -> list[tuple[Edge, Any]]:
    """Return the edges to values that several operations take, with the operation, the last ones first."""
    uses: list[tuple[Edge, Any]] = []

    def visit(program: Any, known: dict[Any, int], count: list[int]) -> None:
        for equation in program.eqns:
            number = count[0]
            count[0] += 1
            if equation.primitive.name in CALLS:
                inner = _inner(equation)
                given = [None if hasattr(v, "val") else known.get(v) for v in equation.invars]
                inside = {v: k for v, k in zip(inner.invars, given, strict=True) if k is not None}
                visit(inner, inside, count)
                for v, out in zip(inner.outvars, equation.outvars, strict=True):
                    known[out] = inside[v] if not hasattr(v, "val") and v in inside else _fresh(count)
                continue
            uses.extend(((number, known[v]), equation) for v in dict.fromkeys(_variables(equation)) if v in known)
            for out in equation.outvars:
                known[out] = _fresh(count)

    count = [0]
    visit(closed.jaxpr, {v: _fresh(count) for v in closed.jaxpr.invars}, count)
    arriving = Counter(value for (_, value), _ in uses)
    return [use for use in reversed(uses) if arriving[use[0][1]] > 1][:MOST]


def _fresh(count: list[int]) -> int:
    count[0] += 1
    return count[0]


def _variables(equation: Any) -> list[Any]:
    return [v for v in equation.invars if not hasattr(v, "val")]


def _inner(equation: Any) -> Any:
    held = equation.params[CALLS[equation.primitive.name]]
    return getattr(held, "jaxpr", held)


def _constants(equation: Any) -> Sequence[Any]:
    return getattr(equation.params[CALLS[equation.primitive.name]], "consts", ())


def _evaluated(jax: Any, closed: Any, inputs: Sequence[Any], numbers: Mapping[Edge, int], open_: Any) -> list[Any]:
    """Return the outputs of a program in which each edge lets through as much as ``open_`` says, numbered as in ``_meeting``."""
    gate = _gate(jax)

    def smooth(value: Any) -> bool:
        return bool(jax.numpy.issubdtype(jax.numpy.result_type(value), jax.numpy.inexact))

    def run(
        program: Any, given: Sequence[Any], names: Sequence[int | None], consts: Sequence[Any], count: list[int]
    ) -> Any:
        known = dict(zip([*program.constvars, *program.invars], [*consts, *given], strict=True))
        called = {v: k for v, k in zip(program.invars, names, strict=True) if k is not None}
        for equation in program.eqns:
            number = count[0]
            count[0] += 1
            taken = [v.val if hasattr(v, "val") else known[v] for v in equation.invars]
            if equation.primitive.name in CALLS:
                inner = _inner(equation)
                arguments = [None if hasattr(v, "val") else called.get(v) for v in equation.invars]
                found, inside = run(inner, taken, arguments, _constants(equation), count)
                for v, out in zip(inner.outvars, equation.outvars, strict=True):
                    called[out] = inside[v] if not hasattr(v, "val") and v in inside else _fresh(count)
            else:
                edges = [
                    numbers.get((number, called.get(v, -1))) if not hasattr(v, "val") else None for v in equation.invars
                ]
                passed = [
                    value if edge is None or not smooth(value) else gate(value, open_[edge])
                    for value, edge in zip(taken, edges, strict=True)
                ]
                found = equation.primitive.bind(*passed, **equation.params)
                found = found if equation.primitive.multiple_results else [found]
                for out in equation.outvars:
                    called[out] = _fresh(count)
            known.update(zip(equation.outvars, found, strict=True))
        return [v.val if hasattr(v, "val") else known[v] for v in program.outvars], called

    count = [0]
    names = [_fresh(count) for _ in closed.jaxpr.invars]
    return list(run(closed.jaxpr, inputs, names, closed.consts, count)[0])


def _gate(jax: Any) -> Any:
    """Return a function that is its first operand, and lets a share of the cotangent through."""
    gate = jax.custom_vjp(lambda value, share: value)

    def forward(value: Any, share: Any) -> Any:
        return value, share

    def backward(share: Any, bar: Any) -> Any:
        through = jax.numpy.where(share == 0, jax.numpy.zeros_like(bar), bar * share.astype(bar.dtype))
        return through, jax.numpy.zeros_like(share)

    gate.defvjp(forward, backward)
    return gate


def _names(jax: Any, equations: Iterable[Any]) -> list[str]:
    """Return each operation with its line, as ``mul (line 12, x * y)``; numbered where it is not the first of its name."""
    found: list[str] = []
    for equation in equations:
        line = _line(jax, equation)
        name = f"`{equation.primitive.name}` ({line})" if line else f"`{equation.primitive.name}`"
        count = sum(one == name or one.startswith(f"{name}, number ") for one in found)
        found.append(f"{name}, number {count + 1}" if count else name)
    return found


def _line(jax: Any, equation: Any) -> str:
    """Return the line of the user's code that an operation comes from, "" where that is not known."""
    try:
        from jax._src import source_info_util  # JAX has no public way to it

        frames = source_info_util.user_frames(equation.source_info.traceback)
        frame = next(frame for frame in frames if "jaccli" not in frame.file_name.replace("\\", "/").split("/"))
    except Exception:
        return ""
    text = linecache.getline(frame.file_name, frame.start_line).strip()
    return f"line {frame.start_line}, {text}" if text else f"line {frame.start_line}"
