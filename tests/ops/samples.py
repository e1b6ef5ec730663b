"""The op table → samples: operands and parameters on which every op is tested.

An elementwise op needs nothing here: its samples come from its row. Any other op has at least one line below.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaccli.ops import TABLE, Literal
from jaccli.ops.registry import DOMAINS


@dataclass(frozen=True)
class Sample:
    """One application of an op, whose domains are keys of DOMAINS; without them they are those of its row."""

    op: str
    shapes: tuple[tuple[int, ...], ...]
    params: dict[str, Any] = field(default_factory=dict)
    domains: tuple[str, ...] = ()

    @property
    def id(self):
        shapes = "-".join("x".join(map(str, shape)) or "scalar" for shape in self.shapes)
        return f"{self.op}-{shapes}-{'-'.join(f'{v}' for v in self.params.values())}".rstrip("-")

    @property
    def row(self):
        return TABLE[self.op]

    def domain(self, position):
        domains = self.domains or self.row.domains
        return domains[position] if domains else "real"

    def draw(self, rng, batches=None):
        """Return one operand per shape, with batch axes to the left."""
        batches = batches or [()] * len(self.shapes)
        return [
            draw(rng, batch + shape, self.domain(k))
            for k, (batch, shape) in enumerate(zip(batches, self.shapes, strict=True))
        ]


def draw(rng, shape, domain):
    if domain == "regular":
        return rng.normal(size=shape) + 3 * np.eye(shape[-1])
    if domain == "positive definite":
        factor = rng.normal(size=shape)
        return factor @ np.swapaxes(factor, -1, -2) + np.eye(shape[-1])
    low, high, _, mirrored = DOMAINS[domain]
    values = rng.uniform(low, high, size=shape)
    if domain == "boolean":
        return values > 0.5
    if domain == "whole":
        return np.floor(values)
    return values * rng.choice([-1.0, 1.0], size=shape) if mirrored else values


def elementwise_samples(shape=(3,)):
    rows = [row for row in TABLE.values() if row.kind == "elementwise"]
    return [Sample(row.name, (shape,) * row.arity, domains=row.domains) for row in rows]


def _index(*numbers):
    return Literal(np.array(numbers))


_REDUCTIONS = [((3,), (-1,)), ((2, 3), (-1,)), ((2, 3), (-2,)), ((2, 2), (-2, -1)), ((2, 3, 2), (-3, -1))]
_CONTRACTIONS = [
    (",->", (), ()),
    (",i->i", (), (2,)),
    ("i,i->", (3,), (3,)),
    ("i,i->i", (3,), (3,)),
    ("i,j->ij", (2,), (2,)),
    ("i,j->ji", (2,), (3,)),
    ("ij,j->i", (2, 2), (2,)),
    ("i,ij->j", (2,), (2, 3)),
    ("ij,jk->ik", (2, 2), (2, 2)),
    ("ij,jk->ki", (2, 3), (3, 4)),
    ("ij,kj->ik", (2, 3), (2, 3)),
    ("ij,ji->", (2, 3), (3, 2)),
    ("ij,ij->ij", (2, 2), (2, 2)),
    ("ij,i->ij", (2, 2), (2,)),
    ("aij,ajk->aik", (2, 2, 2), (2, 2, 2)),
    ("aij,jk->aik", (2, 3, 2), (2, 2)),
    ("ab,cab->c", (2, 3), (2, 2, 3)),
]

SAMPLES = [
    Sample("reshape", ((2, 3),), {"shape": (3, 2), "rank": 2}),
    Sample("reshape", ((),), {"shape": (1, 1), "rank": 0}),
    Sample("broadcast", ((),), {"shape": (2,), "rank": 0}),
    Sample("broadcast", ((3,),), {"shape": (2, 3), "rank": 1}),
    Sample("broadcast", ((2, 1),), {"shape": (2, 2, 3), "rank": 2}),
    Sample("transpose", ((2, 3),), {"order": (1, 0)}),
    Sample("transpose", ((2, 2, 3),), {"order": (2, 0, 1)}),
    Sample("take", ((3,),), {"index": _index(2, 0, 0), "rank": 1}),
    Sample("take", ((2, 2),), {"index": _index([3, 0], [0, 1]), "rank": 2}),
    Sample("take", ((2, 2),), {"index": Literal(np.array(2)), "rank": 2}),
    Sample("scatter", ((2,),), {"index": _index(1, 3), "shape": (2, 2)}),
    Sample("scatter", ((3,),), {"index": _index(1, 1, 0), "shape": (3,)}),
    Sample("scatter", ((2, 2),), {"index": _index([0, 1], [1, 3]), "shape": (5,)}),
    Sample("scatter", ((),), {"index": Literal(np.array(1)), "shape": (2,)}),
    Sample("concatenate", ((2,), (3,)), {"axis": -1, "rank": 1}),
    Sample("concatenate", ((2, 2), (2, 2), (1, 2)), {"axis": -2, "rank": 2}),
    *(Sample("contract", (x, y), {"spec": spec}) for spec, x, y in _CONTRACTIONS),
    *(
        Sample(op, (shape,), {"axes": axes})
        for op in ("sum", "max", "min", "norm", "softmax", "logsumexp")
        for shape, axes in _REDUCTIONS
    ),
    *(Sample(op, ((n, n),), domains=("regular",)) for op in ("inv", "det", "logdet", "cofactor") for n in (1, 2, 3)),
    *(Sample("svdvals", (shape,)) for shape in ((1, 1), (2, 2), (3, 2), (2, 3), (1, 3))),
    *(Sample("svd_dyads", (shape,)) for shape in ((1, 1), (2, 2), (3, 2), (2, 3), (3, 1))),
    *(Sample("cholesky", ((n, n),)) for n in (1, 2, 3)),
    Sample("solve", ((2, 2), (2,)), {"rank": 1}, ("regular", "real")),
    Sample("solve", ((2, 2), (2, 2)), {"rank": 2}, ("regular", "real")),
    Sample("solve", ((3, 3), (3, 2)), {"rank": 2}, ("regular", "real")),
]
