"""What a spec says, as frozen data: the keys it may have, and the types the reader fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jaccli.errors import Span
from jaccli.spec.expression import Expression
from jaccli.spec.network import Network
from jaccli.spec.source import Source

__all__ = [
    "CHECK_KEYS",
    "DATA_KEYS",
    "OUTPUT_KEYS",
    "SPEC_KEYS",
    "TRAIN_KEYS",
    "VARIABLE_KEYS",
    "Check",
    "Claim",
    "Formula",
    "Spec",
    "Train",
    "Variable",
]

SPEC_KEYS = {
    "name": "a title for tables",
    "dims": "named sizes, integers in shapes and expressions",
    "inputs": "variables to differentiate with respect to",
    "params": "likewise, and trainable",
    "constants": "data, labels, indices: never differentiated",
    "network": "a stack of layers with parameters of their own, and a loss",
    "let": "named intermediates, in order",
    "outputs": "what is differentiated",
    "jacobian": "hand-derived derivatives, checked by gradcheck",
    "check": "how gradcheck judges this spec",
    "train": "how `jac train` lowers the loss",
}
VARIABLE_KEYS = {
    "shape": 'sizes or names of dims: [n, d] or "n d"; [] is a scalar',
    "value": "a number or nested lists",
    "init": "normal, zeros, ones or glorot",
    "seed": "makes init: normal and init: glorot repeatable",
    "range": "[low, high], from which gradcheck draws further points",
    "label": "how tables and sentences call it",
}
DATA_KEYS = {
    "value": "a number or nested lists",
    "csv": "a file beside the spec, with a header line",
    "columns": "names of the columns to take",
    "npy": "a file beside the spec, written by numpy.save",
    "npz": "a file beside the spec, written by numpy.savez",
    "key": "which array of the .npz file",
    "shape": "what the shape must be",
    "label": "how tables and sentences call it",
}
OUTPUT_KEYS = {
    "expr": "the expression",
    "label": "how tables and sentences call it",
    "entries": "how the elements of a vector are called: [Museums, in, Paris]",
}
CHECK_KEYS = {
    "rtol": "the relative error that matters",
    "points": "how many points: the given one and others drawn from the ranges",
    "seed": "makes the drawn points repeatable",
    "expect": "pass, or fail for a spec that is wrong on purpose",
}
TRAIN_KEYS = {
    "loss": "the output that is lowered, a number; `loss` where none is named",
    "optimizer": "sgd, momentum or adam",
    "rate": "the learning rate",
    "steps": "how many steps of gradient descent",
    "batch": "{n: 32}: the dim that counts the rows of the data, and how many of them one step takes",
    "holdout": "how many rows, the last ones, are kept from training, to be tested on",
    "seed": "makes the order of the batches repeatable",
}


@dataclass(frozen=True, eq=False)
class Variable:
    """An input, parameter or constant; ``value`` is an array of exact numbers or of doubles, or None where none is given."""

    name: str
    role: str  # "input", "param" or "constant"
    shape: tuple[int, ...] | None  # None: not said, taken from the value
    sizes: tuple[str, ...] = ()  # where each size comes from, for messages
    value: Any = None
    init: str | None = None
    seed: int | None = None
    range: tuple[float, float] | None = None
    label: str | None = None
    span: Span | None = None
    implied: bool = False  # declared by its use in a one-line expression


@dataclass(frozen=True, eq=False)
class Formula:
    """A named expression: a step of ``let`` or an output.

    layout: () for one expression; a list of expressions, or lists of lists, has its shape, and the parts row by row.
    """

    name: str
    parts: tuple[Expression, ...]
    layout: tuple[int, ...] = ()
    label: str | None = None
    entries: tuple[str, ...] = ()  # what the elements of a vector are called
    span: Span | None = None


@dataclass(frozen=True, eq=False)
class Claim:
    """A hand-derived Jacobian block, of shape out.shape + in.shape."""

    of: str
    wrt: str
    formula: Formula
    span: Span | None = None


@dataclass(frozen=True)
class Check:
    """How gradcheck judges a spec; None where the spec leaves it to the default."""

    rtol: float | None = None
    points: int = 1
    seed: int | None = None
    expect: str = "pass"


@dataclass(frozen=True)
class Train:
    """How ``jac train`` descends; None where the spec leaves it to the default."""

    loss: str | None = None
    optimizer: str | None = None
    rate: float | None = None
    steps: int | None = None
    batch: tuple[str, int] | None = None  # the dim of the rows, and how many one step takes
    holdout: int = 0
    seed: int | None = None
    span: Span | None = None


@dataclass(frozen=True, eq=False)
class Spec:
    """A whole spec, read but not yet built."""

    name: str
    source: Source
    dims: Mapping[str, int] = field(default_factory=dict)
    dim_spans: Mapping[str, Span] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    lets: tuple[Formula, ...] = ()
    outputs: tuple[Formula, ...] = ()
    claims: tuple[Claim, ...] = ()
    network: Network | None = None
    entry: Formula | None = None  # what enters the network
    check: Check = Check()
    train: Train | None = None
    title: str | None = None
    broken: frozenset[str] = frozenset()  # names whose declaration is wrong, which has been reported
