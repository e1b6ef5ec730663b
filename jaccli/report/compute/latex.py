"""Computed derivatives → LaTeX, one aligned block of equations per derivative; needs amsmath and nothing else."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from jaccli.report.words.mathematics import mathematics, name_of, words
from jaccli.results import numbers
from jaccli.results.computed import Block, Computed
from jaccli.results.names import entry_names

__all__ = ["computed_latex"]

MAX_LINES = 60  # of one block: a page
MAX_COLUMNS = 10  # of a pmatrix: amsmath takes no more without being told
_PRODUCTS = {
    "jvp": "J\\,\\dot{x}",
    "vjp": "J^\\top\\bar{y}",
    "vjvp": "\\bar{y}^\\top J\\,\\dot{x}",
    "hvp": "H\\,\\dot{x}",
}


def computed_latex(result: Computed) -> str:
    """Return a fragment to be read by a document: a comment with what it is, then equations."""
    parts = [f"% {words(result.name)}\n% needs \\usepackage{{amsmath}}"]
    for product in result.products:
        names = entry_names(product.name, product.value.shape)
        lines = [
            f"\\left({_PRODUCTS[product.kind]}\\right)_{{{mathematics(n)}}} &= {_number(v)}"
            for n, v in zip(names, product.value.ravel(), strict=True)
        ]
        parts.append(_aligned([f"&\\text{{{words(product.title)}}}", *lines]))
    parts += [_matrix(result)] if _is_matrix(result) else []
    parts += [_aligned(_lines(block, result)) for block in result.blocks if not _is_matrix(result)]
    return "\n\n".join(parts) + "\n"


def _is_matrix(result: Computed) -> bool:
    """Return whether the blocks are one Jacobian of vectors and numbers that fits on a page, without formulas of their own."""
    blocks = result.blocks
    if result.order != 1 or not blocks or any(block.bindings or block.formula for block in blocks):
        return False
    few = all(len(block.of_shape) <= 1 and len(block.wrt_shapes[0]) <= 1 for block in blocks)
    rows, columns = _sides(result)
    cells = [_cells_of(block) for block in blocks]
    whole = len(blocks) == len({b.of for b in blocks}) * len({b.wrt for b in blocks}) and all(
        c is not None for c in cells
    )
    return few and whole and len(columns) <= MAX_COLUMNS and 1 < len(rows) * len(columns) <= MAX_LINES


def _cells_of(block: Block) -> Any:
    return block.named if block.named is not None else block.value


def _sides(result: Computed) -> tuple[list[str], list[str]]:
    """Return the names of the rows, which are outputs, and of the columns, which are inputs."""
    shapes_of = {block.of: block.of_shape for block in result.blocks}
    shapes_wrt = {block.wrt[0]: block.wrt_shapes[0] for block in result.blocks}
    rows = [name for of, shape in shapes_of.items() for name in entry_names(of, shape)]
    return rows, [name for wrt, shape in shapes_wrt.items() for name in entry_names(wrt, shape)]


def _matrix(result: Computed) -> str:
    """Return the whole Jacobian in round brackets, ∂(outputs)/∂(inputs), and what its entries name."""
    rows, columns = _sides(result)
    by_output: dict[str, list[Block]] = {}
    for block in result.blocks:
        by_output.setdefault(block.of, []).append(block)
    lines, used = [], ""
    for blocks in by_output.values():
        height = max(1, int(np.prod(blocks[0].of_shape, dtype=int)))
        parts = [np.asarray(_cells_of(block), dtype=object).reshape(height, -1) for block in blocks]
        for row in np.hstack(parts):
            lines.append(" & ".join(mathematics(c) if isinstance(c, str) else _number(c) for c in row))
            used += " ".join(map(str, row))
    left = f"\\frac{{\\partial ({', '.join(map(mathematics, rows))})}}{{\\partial ({', '.join(map(mathematics, columns))})}}"
    joined = " \\\\\n".join(lines)
    equation = f"{left} &= \\begin{{pmatrix}}\n{joined}\n\\end{{pmatrix}}"
    return _aligned([equation, *_steps(used, result)])


def _aligned(lines: list[str]) -> str:
    return "\\[\n\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n\\]"


def _lines(block: Block, result: Computed) -> list[str]:
    power = "^{2}" if len(block.wrt) == 2 else ""
    lines = []
    if block.formula:
        lines.append(f"{_over(power, block.of, block.wrt)} &= {block.formula.latex}")
        lines += [f"&\\quad\\text{{where {words(where)}}}" for where in block.formula.where]
    names = [
        entry_names(n, s) for n, s in zip((block.of, *block.wrt), (block.of_shape, *block.wrt_shapes), strict=True)
    ]
    shape = tuple(map(len, names))
    cells = block.named if block.named is not None else block.value
    if cells is None or cells.size > MAX_LINES or not cells.size:
        return [*lines, f"&\\text{{{words(f'd {block.of} / d {block.wrt[0]}')}: {int(np.prod(shape))} entries}}"]
    used = ""
    for place, cell in np.ndenumerate(cells.reshape(shape)):
        of, *wrt = (texts[k] for texts, k in zip(names, place, strict=True))
        lines.append(f"{_over(power, of, wrt)} &= {mathematics(cell) if isinstance(cell, str) else _number(cell)}")
        used += f" {cell}"
    lines += [f"&\\quad\\text{{where }} {mathematics(name)} = {mathematics(text)}" for name, text in block.bindings]
    return lines + _steps(used, result)


def _steps(used: str, result: Computed) -> list[str]:
    """Return the user's own steps that the entries name, and those that these name."""
    words_ = set(re.findall(r"\w+", used))
    lines = []
    for name, text in reversed(result.steps):
        if name in words_:
            words_ |= set(re.findall(r"\w+", text))
            lines.append(f"&\\quad\\text{{where }} {name_of(name)} = {mathematics(text)}")
    return lines[::-1]


def _over(power: str, of: str, wrt: tuple[str, ...] | list[str]) -> str:
    below = " \\, ".join(f"\\partial {mathematics(name)}" for name in wrt)
    return f"\\frac{{\\partial{power} {mathematics(of)}}}{{{below}}}"


def _number(value: float) -> str:
    text = numbers.value(float(value))
    head, e, exponent = text.partition("e")
    special = {"nan": "\\text{nan}", "inf": "\\infty", "-inf": "-\\infty"}
    return special.get(text, f"{head} \\cdot 10^{{{int(exponent)}}}" if e else text)
