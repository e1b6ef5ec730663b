"""How derivatives, their entries and their checks are called."""

from __future__ import annotations

import itertools

import numpy as np

from jaccli.results.computed import Block

__all__ = ["columns_of", "entry_names"]


def entry_names(name: str, shape: tuple[int, ...]) -> list[str]:
    """Return what each element is called; example: ``entry_names("x", (2,))  # ["x[0]", "x[1]"]``."""
    return [f"{name}[{', '.join(map(str, place))}]" if place else name for place in np.ndindex(*shape)]


def columns_of(block: Block) -> list[str]:
    """Return what each element of a block's variables is called, of pairs of them for second derivatives."""
    each = [entry_names(name, shape) for name, shape in zip(block.wrt, block.wrt_shapes, strict=True)]
    return [" ".join(parts) for parts in itertools.product(*each)]
