"""A whole Jacobian as a list of rows → the block of each output by each input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jaccli.errors import short
from jaccli.spec.yaml.tree import Node
from jaccli.spec.yaml.tree import Sequence as Rows

__all__ = ["Block", "Misfit", "blocks_of_output", "blocks_of_spec"]

Block = tuple[str, str, Node]  # output, input, what is claimed


class Misfit(Exception):  # noqa: N818 - it says what does not fit
    """A matrix with other rows or columns than the spec has outputs and inputs."""

    def __init__(self, node: Node, message: str, help: str) -> None:
        super().__init__(message)
        self.node, self.message, self.help = node, message, help


def blocks_of_spec(node: Rows, outputs: Sequence[str], inputs: Sequence[str]) -> Iterator[Block]:
    """Yield the blocks of ``jacobian: [[…], […]]``: a row for each output, or the rows of the only one.

    Errors: Misfit.
    """
    if len(outputs) == 1:
        yield from blocks_of_output(outputs[0], node, inputs)
        return
    if len(node.items) != len(outputs):
        message = f"`jacobian` has {len(node.items)} rows for {len(outputs)} outputs"
        raise Misfit(node, message, f"give a row for each of {short(', '.join(outputs))}")
    for output, row in zip(outputs, node.items, strict=True):
        cells = row if isinstance(row, Rows) else Rows((row,), row.start, row.end)
        yield from blocks_of_output(output, cells, inputs)


def blocks_of_output(output: str, node: Rows, inputs: Sequence[str]) -> Iterator[Block]:
    """Yield the blocks of an output's matrix: all of it for the only input, else a column, or a cell, for each.

    Errors: Misfit.
    """
    rows = [item.items for item in node.items if isinstance(item, Rows)]
    if len(inputs) == 1:
        columns: list[Node] = [node]
    elif len(rows) == len(node.items) and rows and all(len(row) == len(inputs) for row in rows):
        columns = [_column([row[k] for row in rows]) for k in range(len(inputs))]
    elif not rows and len(node.items) == len(inputs):
        columns = list(node.items)
    else:
        message = f"the claim for `{output}` needs a column for each of {len(inputs)} inputs"
        raise Misfit(node, message, f"in this order: {short(', '.join(inputs))}; or name them, {output}: {{x: …}}")
    yield from ((output, name, column) for name, column in zip(inputs, columns, strict=True))


def _column(cells: list[Node]) -> Node:
    """Return a column of a matrix as a list; a matrix of one row has numbers for columns."""
    return cells[0] if len(cells) == 1 else Rows(tuple(cells), cells[0].start, cells[-1].end)
