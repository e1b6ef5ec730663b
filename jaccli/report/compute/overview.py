"""Very many derivatives → one screen: a map of all blocks, and the largest ones."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from jaccli.report.compute.heat import heat_map
from jaccli.results import numbers
from jaccli.results.computed import Block, Computed
from jaccli.types import Array

__all__ = ["overview"]

LARGEST = 10


def overview(result: Computed, width: int) -> Text:
    """Return the map of all blocks by their largest entry, outputs downwards and variables across, and the largest blocks."""
    rows = list(dict.fromkeys(block.of for block in result.blocks))
    columns = list(dict.fromkeys(block.wrt for block in result.blocks))
    example = result.blocks[0]
    wrt = " ".join(f"--wrt {name}" for name in dict.fromkeys(example.wrt))
    how = f"--of {example.of} {wrt} shows one block, --full all of them"
    text = Text(f"{len(result.blocks):,} blocks: {len(rows):,} outputs × {len(columns):,} {_across(result)}\n")
    if result.values is not None:
        sizes = np.array([_size(block) for block in result.blocks]).reshape(len(rows), len(columns))
        text.append(f"{_count(sizes)}\n\nlargest\n").append(_largest(result, sizes.ravel()))
        text.append(f"\n{rows[0]} … {rows[-1]} downwards, {_name(columns[0])} … {_name(columns[-1])} across\n")
        text.append("".join(f"  {line}\n" for line in heat_map(sizes, min(width, 120) - 4, "blocks")))
    return text.append(f"\n{how}\n", style="dim")


def _across(result: Computed) -> str:
    return "inputs" if result.order == 1 else "pairs of inputs"


def _name(wrt: tuple[str, ...]) -> str:
    return " ".join(wrt)


def _size(block: Block) -> float:
    """Return the largest |entry| of a block, infinity where one is not finite."""
    size = np.abs(np.asarray(block.value, dtype=np.float64))
    return float(np.max(np.where(np.isfinite(size), size, np.inf), initial=0.0))


def _count(sizes: Array) -> str:
    zero, odd = int(np.sum(sizes == 0)), int(np.sum(np.isinf(sizes)))
    return f"{zero:,} of them 0 everywhere" + (f", {odd:,} not finite somewhere" if odd else "")


def _largest(result: Computed, sizes: Array) -> str:
    order = np.argsort(-sizes, kind="stable")[:LARGEST]
    d = "∂" if result.order == 1 else "∂²"
    names = [f"{d}{result.blocks[k].of}/∂{' ∂'.join(result.blocks[k].wrt)}" for k in order]
    width = max(map(len, names))
    return "".join(
        f"  {name:<{width}}  {_entry(result.blocks[k], float(sizes[k]))}\n"
        for name, k in zip(names, order, strict=True)
    )


def _entry(block: Block, size: float) -> str:
    """Return the largest entry of a block, with its sign, and for an array with a mark that there are others."""
    flat = np.asarray(block.value, dtype=np.float64).ravel()
    value = float(flat[np.argmax(np.where(np.isfinite(flat), np.abs(flat), np.inf))]) if flat.size else size
    return f"{numbers.value(value):>12}" + (f"   largest of {flat.size:,} entries" if flat.size > 1 else "")
