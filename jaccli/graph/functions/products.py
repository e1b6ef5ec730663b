"""Products: @, dot, outer, einsum."""

from __future__ import annotations

import math
import string
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, align, function, limit, static_int, tensor
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import broadcast, contract, reshape, sum_over, take


@function("matmul")
def matmul(x: Any, y: Any) -> Expr:
    """The matrix product with NumPy's rules for vectors and stacks."""
    x, y = tensor(x), tensor(y)
    if not x.shape or not y.shape:
        message = f"@ needs arrays: {describe(x)} and {describe(y)}"
        raise BuildError(message, "write * to scale by a number", about=(x, y))
    inner = y.shape[-2] if len(y.shape) > 1 else y.shape[0]
    if x.shape[-1] != inner:
        message = f"cannot multiply {describe(x)} by {describe(y)}: inner sizes {x.shape[-1]} and {inner} differ"
        raise BuildError(message, _transpose_hint(x, y), about=(x, y))
    left, right = len(x.shape) - 2, len(y.shape) - 2
    if left > 0 and right > 0:
        try:
            stacks = np.broadcast_shapes(x.shape[:left], y.shape[:right])
        except ValueError:
            raise BuildError(
                f"stacks do not fit: {describe(x)} and {describe(y)}", "make the leading sizes equal"
            ) from None
        x, y = broadcast(x, stacks + x.shape[left:]), broadcast(y, stacks + y.shape[right:])
        left = right = len(stacks)
    letters = "abcdefghijklmnopqrstuvw"
    lx = letters[: max(left, 0)] + ("ij" if left >= 0 else "j").replace("i", "x").replace("j", "y")
    ly = letters[: max(right, 0)] + ("yz" if right >= 0 else "y")
    out = letters[: max(left, right, 0)] + ("x" if left >= 0 else "") + ("z" if right >= 0 else "")
    limit((*x.shape[:-1], *y.shape[-1:]))
    return contract(x, y, f"{lx},{ly}->{out}")


def _transpose_hint(x: Expr, y: Expr) -> str:
    if len(x.shape) == 2 and x.shape[0] == y.shape[0]:
        return "transpose the left factor with .T, or swap the factors"
    return "the last size of the left factor must equal the first of the right one"


@function("dot")
def dot(x: Any, y: Any) -> Expr:
    """The inner product of vectors, the product of matrices, and scaling by a number."""
    x, y = tensor(x), tensor(y)
    if not x.shape or not y.shape:
        left, right = align(x, y)
        return left * right
    if len(x.shape) > 2 or len(y.shape) > 2:
        return tensordot(x, y, [[x.graph.literal(-1)], [x.graph.literal(-2 if len(y.shape) > 1 else -1)]])
    return matmul(x, y)


@function("outer")
def outer(x: Any, y: Any) -> Expr:
    """The matrix of all products of two vectors."""
    x, y = (reshape(v, (math.prod(v.shape),)) for v in (tensor(x), tensor(y)))
    limit((*x.shape, *y.shape))
    return contract(x, y, "i,j->ij")


@function("vdot")
def vdot(x: Any, y: Any) -> Expr:
    """The sum of the products of all elements of two arrays of equal size."""
    left, right = (reshape(v, (math.prod(v.shape),)) for v in (tensor(x), tensor(y)))
    return tensordot(left, right, left.graph.literal(1))


@function("inner")
def inner(x: Any, y: Any) -> Expr:
    """The sum of products over the last axis of both; the product where one is a number."""
    x, y = tensor(x), tensor(y)
    return tensordot(x, y, [[x.graph.literal(-1)], [y.graph.literal(-1)]]) if x.shape and y.shape else dot(x, y)


@function("tensordot")
def tensordot(x: Any, y: Any, axes: Any = None) -> Expr:
    """The sum of products over pairs of axes: the last n of x and first n of y, 2 where none is given, or two lists."""
    x, y = tensor(x), tensor(y)
    left, right = _paired(x, y, axes)
    sizes = [x.shape[k] for k in left], [y.shape[k] for k in right]
    if sizes[0] != sizes[1]:
        message = f"the axes of {describe(x)} and {describe(y)} differ in size: {sizes[0]} and {sizes[1]}"
        raise BuildError(message, "name pairs of axes of equal size", about=(x, y))
    lx = list(string.ascii_lowercase[: len(x.shape)])
    ly = list(string.ascii_uppercase[: len(y.shape)])
    for k, j in zip(left, right, strict=True):
        ly[j] = lx[k]
    out = [c for c in lx if c not in ly] + [c for c in ly if c not in lx]
    size = dict(zip(lx + ly, x.shape + y.shape, strict=True))
    limit(tuple(size[c] for c in out))
    return contract(x, y, f"{''.join(lx)},{''.join(ly)}->{''.join(out)}")


def _paired(x: Expr, y: Expr, axes: Any) -> tuple[list[int], list[int]]:
    """Return the axes to sum over, of each operand, counted from the left."""
    if isinstance(axes, list | tuple):
        pair = list(axes) if len(axes) == 2 else [[], [None]]
        given = [list(p) if isinstance(p, list | tuple) else [p] for p in pair]
    else:
        n = static_int(axes, "`axes`") if axes is not None else 2
        given = [list(range(-n, 0)), list(range(n))]
    found = []
    for v, chosen in zip((x, y), given, strict=True):
        whole = [static_int(a, "`axes`") for a in chosen]
        if any(not -len(v.shape) <= a < len(v.shape) for a in whole):
            raise BuildError(f"{describe(v)} lacks one of the axes {whole}", "count axes from 0", about=(v,))
        found.append([a % len(v.shape) for a in whole])
    if len(found[0]) != len(found[1]) or any(len(set(f)) < len(f) for f in found):
        raise BuildError("tensordot: the lists do not pair the axes", "name each once: axes=([0, 1], [1, 0])")
    return found[0], found[1]


@function("einsum")
def einsum(subscripts: Any, *operands: Any) -> Expr:
    """The sum of products that ``subscripts`` describes, as in NumPy."""
    if not isinstance(subscripts, str):
        raise BuildError("einsum begins with its subscripts as text", "write einsum('ij,j->i', A, x)")
    xs = [tensor(value) for value in operands]
    text = subscripts.replace(" ", "")
    left, arrow, out = text.partition("->")
    terms = left.split(",")
    if "." in text and len(terms) == len(xs):
        terms, out, xs = _spelled(subscripts, terms, out, bool(arrow), xs)
        left, arrow = ",".join(terms), "->"
    if not all(term.isalpha() or not term for term in terms) or (out and not out.isalpha()):
        raise BuildError(f"einsum: '{subscripts}' holds more than letters, commas and ->", "write one letter per axis")
    if len(terms) != len(xs):
        raise BuildError(
            f"einsum: '{subscripts}' names {len(terms)} operands, {len(xs)} are given", "give one operand per term"
        )
    if not arrow:
        out = "".join(sorted(c for c in set(left) if c.isalpha() and left.count(c) == 1))
    sizes: dict[str, int] = {}
    for term, x in zip(terms, xs, strict=True):
        if len(term) != len(x.shape):
            raise BuildError(
                f"einsum: '{term}' names {len(term)} axes, {describe(x)} has {len(x.shape)}", "one letter per axis"
            )
        for c, n in zip(term, x.shape, strict=True):
            if sizes.setdefault(c, n) != n:
                raise BuildError(
                    f"einsum: '{c}' stands for the sizes {sizes[c]} and {n}, in {describe(x)}",
                    "use another letter",
                    about=xs,
                )
    if not set(out) <= set(sizes) or len(set(out)) < len(out):
        raise BuildError(f"einsum: the result '{out}' must name known letters once", f"letters: {', '.join(sizes)}")
    return _einsum(terms, xs, out)


def _spelled(
    subscripts: str, terms: list[str], out: str, arrow: bool, xs: list[Expr]
) -> tuple[list[str], str, list[Expr]]:
    """Return the terms and the result with letters for each ellipsis, which NumPy lines up from the right and repeats where 1."""
    ranks = [len(x.shape) - len(term.replace("...", "")) for term, x in zip(terms, xs, strict=True)]
    widest = max((n for term, n in zip(terms, ranks, strict=True) if "..." in term), default=0)
    free = [c for c in string.ascii_letters if c not in subscripts]
    if min(ranks) < 0 or widest > len(free) or any(t.replace("...", "", 1).count(".") for t in (*terms, out)):
        raise BuildError(
            f"einsum: '{subscripts}' does not fit its operands", "write one letter per axis, ... once for the others"
        )
    if arrow and widest and "..." not in out:
        raise BuildError(f"einsum: the result of '{subscripts}' lacks the ...", "write ... on the right of -> as well")
    letters = "".join(free[:widest])
    sizes: dict[str, int] = {}
    for term, x, n in zip(terms, xs, ranks, strict=True):
        if "..." in term:
            place = term.index("...")
            for c, size in zip(letters[widest - n :], x.shape[place : place + n], strict=True):
                sizes[c] = max(size, sizes.get(c, 1))
    found = [_dropped_ones(*item, letters, sizes) for item in zip(terms, xs, ranks, strict=True)]
    lone = sorted(c for c in set("".join(terms)) if c.isalpha() and "".join(terms).count(c) == 1)
    out = out.replace("...", letters) if arrow else letters + "".join(lone)
    return [term for term, _ in found], out, [x for _, x in found]


def _dropped_ones(term: str, x: Expr, n: int, letters: str, sizes: dict[str, int]) -> tuple[str, Expr]:
    """Return a term with its ellipsis spelled out, and the operand without the axes of size 1 that NumPy repeats."""
    if "..." not in term:
        return term, x
    place = term.index("...")
    names = letters[len(letters) - n :]
    hidden = x.shape[place : place + n]
    kept = [c for c, size in zip(names, hidden, strict=True) if size == sizes[c]]
    shape = (*x.shape[:place], *(sizes[c] for c in kept), *x.shape[place + n :])
    whole = all(size in (1, sizes[c]) for c, size in zip(names, hidden, strict=True))
    return (term.replace("...", "".join(kept)), reshape(x, shape)) if whole else (term.replace("...", names), x)


def _einsum(terms: list[str], xs: list[Expr], out: str) -> Expr:
    term, x = _simple(terms[0], xs[0], set("".join(terms[1:]) + out))
    for position in range(1, len(terms)):
        needed = set("".join(terms[position + 1 :]) + out)
        other, y = _simple(terms[position], xs[position], needed | set(term))
        term, x = _simple(term, x, needed | set(other))
        joined = "".join(dict.fromkeys(c for c in term + other if c in needed))
        sizes = dict(zip(term + other, x.shape + y.shape, strict=True))
        limit(tuple(sizes[c] for c in joined))
        x, term = contract(x, y, f"{term},{other}->{joined}"), joined
    return x if term == out else x.apply("transpose", order=tuple(term.index(c) for c in out))


def _simple(term: str, x: Expr, needed: set[str]) -> tuple[str, Expr]:
    """Return an operand without repeated letters and without letters that nothing else needs."""
    if len(set(term)) < len(term):
        letters = "".join(dict.fromkeys(term))
        whole = np.arange(math.prod(x.shape)).reshape(x.shape)
        x, term = take(x, Literal(np.einsum(f"{term}->{letters}", whole))), letters
    lone = tuple(k - len(term) for k, c in enumerate(term) if c not in needed)
    return "".join(c for c in term if c in needed), sum_over(x, lone)


@function("kron")
def kron(x: Any, y: Any) -> Expr:
    """The Kronecker product of two matrices, or of two vectors."""
    x, y = tensor(x), tensor(y)
    if len(x.shape) != len(y.shape) or len(x.shape) not in (1, 2):
        raise BuildError(
            f"kron takes two vectors or two matrices: {describe(x)} and {describe(y)}", "reshape one of them"
        )
    sizes = tuple(a * b for a, b in zip(x.shape, y.shape, strict=True))
    limit(sizes)
    return reshape(contract(x, y, "a,b->ab" if len(x.shape) == 1 else "ac,bd->abcd"), sizes)


@function("cross")
def cross(x: Any, y: Any) -> Expr:
    """The cross product along the last axis, whose size is 3."""
    x, y = tensor(x), tensor(y)
    if x.shape[-1:] != (3,) or y.shape[-1:] != (3,):
        raise BuildError(
            f"cross takes vectors of size 3: {describe(x)} and {describe(y)}", "make the last size 3", about=(x, y)
        )
    left, right = align(x, y)
    a, b = (_turned(left, 1), _turned(left, 2)), (_turned(right, 1), _turned(right, 2))
    return a[0] * b[1] - a[1] * b[0]


def _turned(x: Expr, by: int) -> Expr:
    """Return x with its last axis turned: element k is element k + by."""
    whole = np.arange(math.prod(x.shape)).reshape(x.shape)
    return take(x, Literal(np.roll(whole, -by, axis=-1)))
