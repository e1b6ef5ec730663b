"""Names and their costs → the shard of each; equal costs give equal shards on every machine."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterable, Mapping
from statistics import median

from jaccli.results.run import Shard

__all__ = ["assigned", "costs_of", "shard_of"]

BEGIN = 0.1  # seconds that a spec takes at least, as the smallest of the shipped ones do
OPERATION = 6e-10  # seconds of one (``checker.effort.demand``)


def costs_of(names: Iterable[str], seconds: Mapping[str, float]) -> dict[str, float]:
    """Return what each name is going to take, in seconds: the recorded ones, else by the operations that are counted on its graph.

    Law: what can be neither looked up nor counted, as a function, takes what the others take in the middle.
    """
    known = {name: seconds[name] if name in seconds else _counted(name) for name in set(names)}
    middle = median([cost for cost in known.values() if cost is not None] or [1.0])
    return {name: middle if cost is None else cost for name, cost in known.items()}


def _counted(name: str) -> float | None:
    from jaccli.targets import is_target

    if name in ("", "-") or is_target(name):
        return None
    from jaccli.checker.specs.counted import operations_of

    found = operations_of(name)
    return None if found is None else BEGIN + OPERATION * found


def shard_of(costs: Mapping[str, float], number: int, count: int) -> set[str]:
    """Return the names of shard ``number`` of ``count``.

    Law: the shards are disjoint, together they are all names, and depend on names and costs alone. The largest cost goes first,
         each to the shard that has least so far: the fullest has at most 4/3 of what would be possible.
    Source: Graham, Bounds on Multiprocessing Timing Anomalies, SIAM J. Appl. Math. 17 (1969), theorem 2.
    """
    order = sorted(costs, key=lambda name: (-costs[name], _hash(name)))
    shards: list[set[str]] = [set() for _ in range(count)]
    loads = [(0.0, 0, k) for k in range(count)]
    for name in order:
        load, held, k = heapq.heappop(loads)
        shards[k].add(name)
        heapq.heappush(loads, (load + costs[name], held + 1, k))
    return shards[number - 1]


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()


def assigned(costs: Mapping[str, float], number: int, count: int) -> Shard:
    """Return what a report says of its shard: shards that do not belong together have other digests."""
    text = json.dumps([count, sorted((name, repr(cost)) for name, cost in costs.items())], ensure_ascii=True)
    return Shard(
        number, count, hashlib.sha256(text.encode()).hexdigest()[:16], tuple(sorted(shard_of(costs, number, count)))
    )
