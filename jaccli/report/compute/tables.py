"""Computed derivatives → tables: one matrix for numbers, one block per pair for arrays, a summary of what is too large."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from jaccli.report.compute.formats import MAX_BINDINGS
from jaccli.report.compute.heat import heat_map
from jaccli.report.compute.overview import overview
from jaccli.report.compute.reuse import reuse_lines
from jaccli.report.words.terminal import Terminal
from jaccli.results import numbers
from jaccli.results.computed import MAX_COLUMNS, MAX_ROWS, Block, Computed, Product
from jaccli.results.names import entry_names
from jaccli.types import Array

__all__ = ["computed_tables", "computed_text"]

Titled = tuple[str, Table]
MAX_LINES = 16  # of a block whose symbolic entries stand one to a line
LARGEST = 5


def computed_tables(result: Computed, console: Console) -> Group:
    """Return everything ``jac compute`` shows, laid out for the console's width."""
    parts: list[RenderableType] = [reuse_lines(result.changes)] if result.changes else []
    parts.append(_title(result))
    parts += [part for product in result.products for part in _product(product)]
    if result.summed_up:
        parts.append(overview(result, console.width))
    elif _all_numbers(result):
        parts.append(_matrix(result, console))
    else:
        parts += [part for block in result.blocks for part in _block(block, result, console)]
    for note in result.notes:
        parts.append(Text(f"note: {note}", style="yellow"))
    if result.missing:
        names = " ".join(f"--at {name}=…" for name in result.missing)
        parts.append(Text(f"for numbers give every input a value: {names}", style="dim"))
    return Group(*parts)


def computed_text(result: Computed) -> str:
    """Return the tables as plain text, 100 columns wide, for a file."""
    console = Terminal(file=io.StringIO(), width=100, markup=False, emoji=False, highlight=False, no_color=True)
    console.print(computed_tables(result, console))
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def _product(product: Product) -> list[RenderableType]:
    """Return a product's entries, a line each; of a long one the largest."""
    flat, names = product.value.ravel(), entry_names(product.name, product.value.shape)
    order = range(len(flat))
    text = Text(f"{product.title}   shape {product.value.shape}\n", style="bold cyan")
    if len(flat) > MAX_ROWS:
        norm = float(np.linalg.norm(flat))
        text.append(f"  {len(flat):,} entries, norm {numbers.value(norm)}; the largest:\n", style="default")
        order = np.argsort(-np.abs(flat), kind="stable")[:LARGEST]  # type: ignore[assignment]
    width = max((len(names[k]) for k in order), default=0)
    for k in order:
        text.append(f"  {names[k]:<{width}}  {numbers.value(float(flat[k])):>12}\n", style="default")
    return [text]


def _title(result: Computed) -> Text:
    outputs = {block.of: math.prod(block.of_shape) for block in result.blocks}
    inputs = {block.wrt[0]: math.prod(block.wrt_shape) for block in result.blocks} if result.order == 1 else {}
    text = Text(result.name, style="bold")
    if result.products:
        return text.append(" · products with vectors\n", style="default")
    if result.order == 2:
        named = list(outputs) if len(outputs) <= MAX_COLUMNS else [f"{next(iter(outputs))} … {list(outputs)[-1]}"]
        return text.append(f" · second derivatives of {', '.join(named)}\n", style="default")
    m, n = sum(outputs.values()), sum(inputs.values())
    return text.append(f" · {m} output{'s' * (m != 1)} × {n} input{'s' * (n != 1)}\n", style="default")


def _all_numbers(result: Computed) -> bool:
    columns = {block.wrt for block in result.blocks}
    return result.scalars and 0 < len(columns) <= MAX_COLUMNS and len(result.blocks) <= MAX_COLUMNS * MAX_ROWS


# --- all outputs and variables are numbers: one matrix


def _matrix(result: Computed, console: Console) -> RenderableType:
    wheres = list(dict.fromkeys(block.wrt for block in result.blocks))
    rows = list(dict.fromkeys(block.of for block in result.blocks))
    cells = {(block.of, block.wrt): block for block in result.blocks}
    titles = ["".join(f"d{name}" for name in wrt) if result.order == 2 else wrt[0] for wrt in wheres]
    labels = [result.labels.get(of, "") for of in rows]

    def table(title: str, cell: Any, labelled: bool) -> Titled:
        out = _grid()
        if labelled and any(labels):
            out.add_column("", style="dim")
        out.add_column("", style="bold")
        for name in titles:
            out.add_column(Text(name), justify="right", overflow="fold")
        for of, label in zip(rows, labels, strict=True):
            head = [Text(label), Text(of)] if labelled and any(labels) else [Text(of)]
            out.add_row(*head, *(Text(cell(cells[of, wrt])) for wrt in wheres))
        return title, out

    tables = []
    symbolic = all(block.printable for block in result.blocks)
    if symbolic:
        tables.append(table("symbolic", lambda b: str(b.symbolic[()]), True))
    if result.values is not None:
        tables.append(table(_at(result), lambda b: numbers.value(float(b.value[()])), not symbolic))
    extra: list[RenderableType] = []
    if result.values is not None:
        extra.append(
            Text("values  " + "  ".join(f"{of} = {numbers.value(float(v))}" for of, v in result.values.items()))
        )
    if not symbolic:
        extra += [part for block in result.blocks if not block.printable for part in _lines(block)]
    if any(name in result.labels for wrt in wheres for name in wrt):
        named = dict.fromkeys(name for wrt in wheres for name in wrt if name in result.labels)
        extra.append(Text("inputs  " + ", ".join(f"{name} = {result.labels[name]}" for name in named), style="dim"))
    return Group(_beside(tables, console), *extra)


def _at(result: Computed) -> str:
    parts = [
        f"{name}={numbers.value(float(v)).removesuffix('.0')}" for name, v in result.point.items() if np.ndim(v) == 0
    ]
    return "at " + ", ".join(parts) if parts and len(parts) <= 6 else "at the given point"


def _grid() -> Table:
    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))


def _width(table: Titled, console: Console) -> int:
    wide = console.options.update(max_width=10_000)
    return max(len(table[0]), console.measure(table[1], options=wide).maximum)


def _beside(tables: Sequence[Titled], console: Console) -> RenderableType:
    """Return the tables, under their titles, side by side where the console is wide enough, else one below the other."""
    groups = [Group(Text(title, style="italic"), table) for title, table in tables]
    if sum(_width(table, console) for table in tables) + 4 * (len(tables) - 1) > console.width:
        return Group(*groups)
    frame = Table.grid(padding=(0, 4, 0, 0))
    frame.add_row(*groups)
    return frame


# --- arrays: one block per pair


def _block(block: Block, result: Computed, console: Console) -> list[RenderableType]:
    size = math.prod(block.of_shape + block.wrt_shape)
    parts: list[RenderableType] = [_heading(block, result)]
    if not size:
        return [*parts, Text("  no entries\n", style="dim")]
    if block.value is not None and not np.any(block.value) and block.printable and _zero(block):
        why = "no path leads from this input to this output" if result.order == 1 else "nothing of second order"
        return [*parts, Text(f"  0 everywhere: {why}\n", style="dim")]
    rows, columns = _rows_and_columns(block)
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        return [*parts, *_summary(block, console.width)]
    shown: list[Titled] = []
    if block.symbolic is not None and block.printable:
        shown.append(_cells(block, "symbolic", _short(block), str))
    if block.value is not None:
        shown.append(_cells(block, "value", block.value, lambda v: numbers.value(float(v))))
    widths = [_width(table, console) for table in shown]
    if block.symbolic is not None and (not block.printable or (len(shown) and widths[0] > console.width)):
        first = 1 if block.printable else 0
        shown, widths = shown[first:], widths[first:]
        parts += _lines(block)
    if any(width > console.width for width in widths):
        return [*parts, *_summary(block, console.width)]
    return [*parts, _beside(shown, console), Text("")] if shown else parts


def _short(block: Block) -> Array:
    """Return the shorter text of each entry: the one in the inputs, or the one in the user's steps."""
    assert block.symbolic is not None
    if block.named is None or block.bindings:
        return block.symbolic
    out = np.empty(block.symbolic.shape, dtype=object)
    for position, text in np.ndenumerate(block.symbolic):
        out[position] = min(block.named[position], text or block.named[position], key=len)
    return out


def _zero(block: Block) -> bool:
    return block.symbolic is not None and all(text == "0" for text in block.symbolic.ravel())


def _heading(block: Block, result: Computed) -> Text:
    below = " ∂".join(block.wrt)
    text = Text(f"∂{block.of}/∂{below}" if len(block.wrt) == 1 else f"∂²{block.of}/∂{below}", style="bold cyan")
    shape = block.of_shape + block.wrt_shape
    if block.formula:
        text.append(f" = {block.formula.text}", style="bold")
    text.append(f"   shape {shape}" if shape else "", style="dim")
    labels = [result.labels[name] for name in (block.of, *block.wrt) if name in result.labels]
    if labels:
        text.append(f"   {' by '.join(labels)}", style="dim")
    for where in block.formula.where if block.formula else ():
        text.append(f"\n  where {where}", style="default")
    return text


def _names(names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> list[str]:
    """Return what each element of a product of variables is called: x[0], x[1], …, or x[0] y[0], x[0] y[1], …"""
    each = [
        [_index(name, shape, k) for k in range(math.prod(shape))] for name, shape in zip(names, shapes, strict=True)
    ]
    return [" ".join(parts) for parts in itertools.product(*each)]


def _heads(block: Block) -> tuple[list[str], list[str]]:
    """Return the names of rows and columns: a gradient in the shape of its matrix, a Hessian by its two variables."""
    if not block.of_shape and len(block.wrt) == 2:
        return _names(block.wrt[:1], block.wrt_shapes[:1]), _names(block.wrt[1:], block.wrt_shapes[1:])
    if not block.of_shape and len(block.wrt_shape) == 2:
        return [f"[{k}]" for k in range(block.wrt_shape[0])], [
            f"{block.wrt[0]}[·, {k}]" for k in range(block.wrt_shape[1])
        ]
    return _names([block.of], [block.of_shape]), _names(block.wrt, block.wrt_shapes)


def _rows_and_columns(block: Block) -> tuple[int, int]:
    if not block.of_shape and len(block.wrt_shapes) == 1 and len(block.wrt_shape) == 2:
        return block.wrt_shape[0], block.wrt_shape[1]
    rows = math.prod(block.of_shape) if block.of_shape or len(block.wrt) == 1 else math.prod(block.wrt_shapes[0])
    return rows, math.prod(block.of_shape + block.wrt_shape) // max(rows, 1)


def _cells(block: Block, title: str, array: Array, make: Any) -> Titled:
    rows, columns = _heads(block)
    table = _grid()
    table.add_column("", style="dim")
    for name in columns:
        table.add_column(Text(name), justify="right", no_wrap=True)
    for name, row in zip(rows, np.asarray(array).reshape(len(rows), len(columns)), strict=True):
        table.add_row(Text(name), *(Text(make(item)) for item in row))
    return title, table


def _index(name: str, shape: tuple[int, ...], flat: int) -> str:
    return f"{name}[{', '.join(str(int(k)) for k in np.unravel_index(flat, shape))}]" if shape else name


def _entry(block: Block, flat: int) -> str:
    """Return what an entry of a block is called: d f[1] / d x[0]."""
    rest, parts = flat, list[str]()
    for name, shape in zip(reversed(block.wrt), reversed(block.wrt_shapes), strict=True):
        rest, k = divmod(rest, max(math.prod(shape), 1))
        parts.insert(0, f"d {_index(name, shape, k)}")
    return f"d {_index(block.of, block.of_shape, rest)} / {' '.join(parts)}"


def _lines(block: Block) -> list[RenderableType]:
    """Return symbolic entries one to a line, and the named intermediates that long ones are written in."""
    if block.symbolic is None or (block.named is None and not block.intermediates):
        return []
    count, entries = block.intermediates or len(block.bindings), block.symbolic.size
    if entries > MAX_LINES or count > MAX_BINDINGS:
        many = f" in {count} named intermediates" if count else ""
        return [Text(f"  symbolic: {entries} long entr{'y' if entries == 1 else 'ies'}{many}, not shown", style="dim")]
    assert block.named is not None
    flat = list(enumerate((block.named if block.bindings else _short(block)).ravel()))
    text = Text()
    for k, whole in flat:
        text.append(f"  {_entry(block, k)} = {whole}\n")
    for name, expression in block.bindings:
        text.append(f"    {name} = {expression}\n", style="dim")
    return [text]


def _summary(block: Block, width: int) -> list[RenderableType]:
    """Return a summary of a block that is too large to show: its size, its pattern and its largest entries."""
    size = math.prod(block.of_shape + block.wrt_shape)
    if block.value is None:
        return [Text(f"  {size:,} entries\n", style="dim")]
    flat = np.asarray(block.value).ravel()
    with np.errstate(all="ignore"):
        magnitude = np.abs(flat)
        norm = float(np.sqrt(np.sum(magnitude**2)))
    zeros, odd = int(np.sum(flat == 0)), int(np.sum(~np.isfinite(flat)))
    text = Text(f"  {size:,} entries, {zeros:,} of them 0")
    text.append(f", {odd:,} not finite" if odd else "", style="red")
    text.append(
        f"; Frobenius norm {numbers.value(norm)}, from {numbers.value(float(flat.min()))} to {numbers.value(float(flat.max()))}\n"
    )
    order = np.argsort(-np.nan_to_num(magnitude, nan=np.inf), kind="stable")[:LARGEST]
    names = [_entry(block, int(k)) for k in order]
    longest = max(map(len, names))
    text.append(
        "  largest  "
        + "\n           ".join(
            f"{n:<{longest}}  {numbers.value(float(flat[k])):>10}" for n, k in zip(names, order, strict=True)
        )
        + "\n"
    )
    text.append(
        "".join(f"  {line}\n" for line in heat_map(flat.reshape(_rows_and_columns(block)), min(width, 120) - 4))
    )
    return [text]
