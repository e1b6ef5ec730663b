"""A block whose right numbers stand in the wrong places: transposed, axes exchanged, rows or columns permuted."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from jaccli.types import Array
from jaccli.verdict.block import CLOSE, Block, Finding, Found

__all__ = ["permuted", "transposed"]

MAX_AXES = 5  # 120 orders of the axes are tried at most
SHORT = 2  # places, whose exchange does not show that anything runs backwards
SPECTRUM = "a conjugate is lost, or fft and ifft are exchanged, if a Fourier transform is inside"
MAX_LINES = 500  # rows or columns among which a permutation is looked for


def transposed(block: Block) -> Finding:
    """JAC103 where the axes are in another order, as they stand or laid out again in the right shape."""
    rank, out = block.value.ndim, block.out_rank
    if rank < 2 or rank > MAX_AXES:
        return None
    straight = tuple(range(rank))
    turned = (*straight[out:], *straight[:out])
    orders = [turned, *(order for order in permutations(straight) if order not in (straight, turned))]
    for order in orders:
        moved = block.value.transpose(order)
        if block.fits(moved) or (moved.shape != block.value.shape and block.fits(moved.reshape(block.value.shape))):
            return Found("JAC103", _words(order, straight, out))
    return None


def _words(order: tuple[int, ...], straight: tuple[int, ...], out: int) -> str:
    if order == (*straight[out:], *straight[:out]):
        return "the transpose of the right one; rows belong to outputs, columns to inputs: J[out…, in…]"
    if order[:out] == straight[:out]:
        return "the input's axes are exchanged; J[out…, in…] has them in the order of the variable's shape"
    if order[out:] == straight[out:]:
        return "the output's axes are exchanged; J[out…, in…] has them in the order of the output's shape"
    return "output and input axes are mixed up; J[out…, in…] has those of the output first"


def permuted(block: Block) -> Finding:
    """JAC111 where rows or columns are right but in another order."""
    rows, columns = block.matrix_shape
    tested, value = block.tested.reshape(rows, columns), block.value.reshape(rows, columns)
    if not np.all(block.decided):
        return None
    for what, a, d in (("outputs", tested, value), ("inputs", tested.T, value.T)):
        order = _order(a, d, CLOSE * block.error) if 1 < len(a) <= MAX_LINES else None
        if order is not None:
            shape = block.value.shape[: block.out_rank] if what == "outputs" else block.value.shape[block.out_rank :]
            if turned := _turned(a, d, shape, CLOSE * block.error):
                return Found("JAC111", f"the {what} are right but in another order; {turned}")
            moved = [k for k, source in enumerate(order) if k != source][:4]
            words = ", ".join(f"{k} holds that of {order[k]}" for k in moved)
            return Found(
                "JAC111",
                f"the {what} are right but in another order; place {words} (counted along the flattened {what})",
            )
    return None


def _turned(tested: Array, value: Array, shape: tuple[int, ...], close: float) -> str | None:
    """Return the words for rows that run backwards along some axes, from 0 on (-k modulo n) or from the end."""
    places = np.arange(len(value)).reshape(shape)
    for count in range(1, min(len(shape), MAX_AXES) + 1):
        for axes in combinations((k for k, n in enumerate(shape) if n > SHORT), count):
            back = np.flip(places, axes)
            along = f" along {'axes' if count > 1 else 'axis'} {', '.join(map(str, axes))}" if len(shape) > 1 else ""
            for order, words in (
                (np.roll(back, (1,) * count, axes), f"place k holds that of -k (modulo the length){along}: {SPECTRUM}"),
                (back, f"place k holds that of n - 1 - k{along}: look for a lost or doubled reversal [::-1]"),
            ):
                if np.max(np.abs(tested - value[order.reshape(-1)]), initial=0.0) <= close:
                    return words
    return None


def _order(tested: Array, value: Array, close: float) -> list[int] | None:
    """Return for each row of ``tested`` the row of ``value`` it is, each used once; None where there is no such order."""
    free, order = np.ones(len(value), dtype=bool), []
    for k, row in enumerate(tested):
        same = np.max(np.abs(value - row), axis=1, initial=0.0) <= close
        same &= free
        if not np.any(same):
            return None
        order.append(k if same[k] else int(np.argmax(same)))
        free[order[-1]] = False
    return order
