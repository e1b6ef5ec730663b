"""Computed derivatives → CSV, one line per entry, as pandas and spreadsheets read it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

import numpy as np

from jaccli.results.computed import Block, Computed

__all__ = ["computed_csv"]


def computed_csv(result: Computed) -> str:
    """Return lines of of, of_index, wrt, wrt_index, value (for second derivatives wrt2, wrt2_index before the value).

    An index is its numbers with spaces between, empty for a number: W[1, 0] is W and "1 0".
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    second = ("wrt2", "wrt2_index") if any(len(block.wrt) == 2 for block in result.blocks) else ()
    if result.products:
        writer.writerow(("product", "name", "index", "value"))
        for product in result.products:
            for place, number in np.ndenumerate(product.value):
                writer.writerow((product.kind, product.name, " ".join(map(str, place)), repr(float(number))))
        return text.getvalue()
    writer.writerow(("of", "of_index", "wrt", "wrt_index", *second, "value"))
    for block in result.blocks:
        writer.writerows(_lines(block))
    return text.getvalue()


def _lines(block: Block) -> Iterator[tuple[str, ...]]:
    names, shapes = (block.of, *block.wrt), (block.of_shape, *block.wrt_shapes)
    indices = [[" ".join(map(str, place)) for place in np.ndindex(*shape)] for shape in shapes]
    sizes = [math.prod(shape) for shape in shapes]
    assert block.value is not None
    for places, number in np.ndenumerate(block.value.reshape(sizes)):
        pairs = [part for name, texts, k in zip(names, indices, places, strict=True) for part in (name, texts[k])]
        yield (*pairs, repr(float(number)))
