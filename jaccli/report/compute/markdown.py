"""Computed derivatives → Markdown tables, as GitHub shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from jaccli.report.words.plain import code_span, markdown_text
from jaccli.results import numbers
from jaccli.results.computed import Block, Computed
from jaccli.results.names import columns_of, entry_names

__all__ = ["computed_markdown"]

MAX_ROWS, MAX_COLUMNS = 100, 20


def computed_markdown(result: Computed) -> str:
    """Return a section per derivative: its formula, its entries as text, its numbers."""
    parts = [f"# {markdown_text(result.name)}"]
    if result.values:
        parts.append(_table(("output", "value"), ((n, _short(v)) for n, v in result.values.items())))
    for product in result.products:
        names = entry_names(product.name, product.value.shape)
        rows = zip(names, map(_number, product.value.ravel()), strict=True)
        parts += [f"## {markdown_text(product.title)}", _table(("entry", "value"), rows)]
    columns = len({block.wrt for block in result.blocks})
    if result.scalars and 0 < columns <= MAX_COLUMNS and len(result.blocks) <= MAX_COLUMNS * MAX_ROWS:
        return "\n\n".join([*parts, *_numbers(result)]) + "\n"
    for block in result.blocks:
        parts += _section(block)
    return "\n\n".join(parts) + "\n"


def _numbers(result: Computed) -> list[str]:
    """Return the derivatives of numbers by numbers as one matrix, in symbols and in numbers."""
    rows = list(dict.fromkeys(block.of for block in result.blocks))
    wheres = list(dict.fromkeys(block.wrt for block in result.blocks))
    blocks = {(block.of, block.wrt): block for block in result.blocks}
    columns = [" ".join(wrt) for wrt in wheres]
    parts = ["## Jacobian" if result.order == 1 else "## Second derivatives"]
    named = [[blocks[of, wrt].named for wrt in wheres] for of in rows]
    if all(entry is not None for line in named for entry in line):
        parts.append(_matrix(rows, columns, named, lambda entry: str(entry[()])))
        bindings = dict.fromkeys(pair for block in result.blocks for pair in block.bindings)
        parts += ["\n".join(f"- {code_span(f'{name} = {text}')}" for name, text in bindings)] if bindings else []
    values = [[blocks[of, wrt].value for wrt in wheres] for of in rows]
    if all(entry is not None for line in values for entry in line):
        parts.append(_matrix(rows, columns, values, lambda entry: _number(entry[()])))
    return parts


def _section(block: Block) -> list[str]:
    below = " ∂".join(block.wrt)
    title = f"∂{'²' if len(block.wrt) == 2 else ''}{block.of}/∂{below}"
    parts = [f"## {markdown_text(title)}", f"Shape {block.of_shape + block.wrt_shape}."]
    if block.formula:
        where = "".join(f", where {code_span(words)}" for words in block.formula.where)
        parts.append(f"{code_span(f'{title} = {block.formula.text}')}{where}")
    rows, columns = entry_names(block.of, block.of_shape), columns_of(block)
    if len(rows) > MAX_ROWS or len(columns) > MAX_COLUMNS:
        return [
            *parts,
            f"{len(rows) * len(columns):,} entries, too many for a table; `-f csv` and `-f npz` hold them all.",
        ]
    size = (len(rows), len(columns))
    if block.named is not None and rows and columns:
        parts.append(_matrix(rows, columns, block.named.reshape(size), str))
        parts += [f"- {code_span(f'{name} = {text}')}" for name, text in block.bindings]
    if block.value is not None and rows and columns:
        parts.append(_matrix(rows, columns, block.value.reshape(size), _number))
    return parts


def _matrix(rows: Sequence[str], columns: Sequence[str], cells: Any, make: Any) -> str:
    return _table(("", *columns), ((row, *map(make, line)) for row, line in zip(rows, cells, strict=True)))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text if text in ("", "---") else code_span(text)


def _short(value: Any) -> str:
    array = np.asarray(value)
    return (
        str([_number(v) for v in array.ravel()]).replace("'", "")
        if array.ndim > 0 and array.size <= 20
        else (_number(array[()]) if array.ndim == 0 else f"{array.size:,} numbers")
    )


def _number(value: Any) -> str:
    return numbers.value(float(value))
