"""A two-operand einsum → NumPy source: ``@`` where it reads like mathematics, tensordot where that is one BLAS call."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["contraction"]

_MATRIX_PRODUCTS = {"a,a->", "ab,b->a", "a,ab->b", "ab,bc->ac"}


def contraction(spec: str, xs: Sequence[str], batched: Sequence[bool]) -> str:
    """Return the source of ``spec`` on operands named ``xs``, of which some carry a batch axis to the left."""
    sides, out = spec.split("->")
    labels = sides.split(",")
    run = next(letter for letter in "zyxwvutsrqponmlkjihgfedcba" if letter not in spec)
    left, right = (run + side if here else side for side, here in zip(labels, batched, strict=True))
    out = run + out if any(batched) else out
    if _canonical(f"{left},{right}->{out}") in _MATRIX_PRODUCTS:
        return f"{xs[0]} @ {xs[1]}"
    if left == right == out or not left or not right:
        return f"{xs[0]} * {xs[1]}" if out == (left or right) else _einsum(left, right, out, xs)
    summed = [c for c in left if c in right and c not in out]
    if any(c in right and c in out for c in left):
        return _einsum(left, right, out, xs)
    axes = ([left.index(c) for c in summed], [right.index(c) for c in summed])
    product = f"np.tensordot({xs[0]}, {xs[1]}, {axes if summed else 0})"
    found = "".join(c for c in left + right if c not in summed)
    return product if found == out else f"np.transpose({product}, {tuple(found.index(c) for c in out)})"


def _einsum(left: str, right: str, out: str, xs: Sequence[str]) -> str:
    return f"np.einsum({f'{left},{right}->{out}'!r}, {xs[0]}, {xs[1]})".replace("'", '"')


def _canonical(spec: str) -> str:
    letters: dict[str, str] = {}
    return "".join(letters.setdefault(c, "abcdefghijkl"[len(letters)]) if c.isalpha() else c for c in spec)
