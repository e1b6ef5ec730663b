"""Sizes as a user writes them, ``1..130`` or ``1, 64, 65`` → those worth a check: where tiles begin, end, and do not fit."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from jaccli.errors import UsageError

__all__ = ["MOST", "combinations", "read_sizes", "smaller"]

MOST = 48  # combinations of sizes that are checked
LARGEST = 2**31 - 1


def read_sizes(name: str, said: int | str | Sequence[int] | range) -> list[int]:
    """Return the sizes that are worth a check, the smallest first.

    said:   a number, several, or a range, ``range(1, 131)`` or the text "1..130", both ends included.
    Law:    of a range its ends, 1 to 3, primes, and 2^k - 1, 2^k and 2^k + 1 for each k: where a tile is nearly full, full, or one
            over.
    Errors: UsageError, naming the size, for what is none.
    """
    if isinstance(said, int):
        said = [said]
    if isinstance(said, str):
        first, dots, last = said.partition("..")
        try:
            said = range(int(first), int(last) + 1) if dots else [int(part) for part in said.split(",")]
        except ValueError:
            said = []
    sizes = _edges(said) if isinstance(said, range) and len(said) > 8 else sorted(set(said))
    if not sizes or not all(isinstance(size, int) and 0 <= size <= LARGEST for size in sizes):
        raise UsageError(f"sizes of `{name}` are numbers, 0 or more, as 64, 1,63,64 or 1..130 (got {said!r})")
    return sizes


def _edges(span: range) -> list[int]:
    powers = [2**k + more for k in range(2, 31) for more in (-1, 0, 1)]
    wanted = {span[0], span[-1], 1, 2, 3, *powers, _prime_below(span[-1]), _prime_below((span[0] + span[-1]) // 2)}
    return sorted(size for size in wanted if size in span)


def _prime_below(size: int) -> int:
    """Return the largest prime that is no larger than a size, 2 where there is none."""
    return next((n for n in range(size, 2, -1) if all(n % d for d in range(2, int(n**0.5) + 1))), 2)


def combinations(sizes: Mapping[str, Sequence[int]], seed: int = 0) -> list[dict[str, int]]:
    """Return which sizes are checked together, the smallest product first; of more than ``MOST`` a part.

    Law: each size of each name is in one of them; what is left is drawn.
    """
    count = 1
    for known in sizes.values():
        count *= len(known)
    if count <= MOST:
        found = [dict(zip(sizes, one, strict=True)) for one in product(*sizes.values())]
    else:
        found = list(_some(sizes, random.Random(seed)))
    return sorted(found, key=lambda one: (_size(one), sorted(one.items())))


def _some(sizes: Mapping[str, Sequence[int]], rng: random.Random) -> Iterator[dict[str, int]]:
    """Yield combinations in which every size occurs, and others until there are ``MOST``."""
    known: set[tuple[int, ...]] = set()
    longest = max(len(one) for one in sizes.values())
    for k in range(max(longest, MOST)):
        chosen = tuple(one[k] if k < len(one) else rng.choice(list(one)) for one in sizes.values())
        if chosen not in known:
            known.add(chosen)
            yield dict(zip(sizes, chosen, strict=True))


def smaller(failing: Mapping[str, int], sizes: Mapping[str, Sequence[int]]) -> Iterator[dict[str, int]]:
    """Yield combinations that are smaller than one that fails, in one name at a time, the smallest first."""
    for name, size in failing.items():
        for less in sorted({*(s for s in sizes[name] if s < size), *(s for s in range(min(sizes[name]), size))})[:12]:
            yield {**failing, name: less}


def _size(one: Mapping[str, int]) -> int:
    total = 1
    for size in one.values():
        total *= size
    return total
