"""Patterns → a picture of dots with counts and colours, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jaccli.report.words.plain import json_text, printable
from jaccli.results.sparsity import Declared, Sparsity

__all__ = ["sparsity_json", "sparsity_text"]

#: The bits of a character of two by four dots, by row and column. Source: The Unicode Standard, Braille Patterns, U+2800.
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
HIGHEST = 24  # lines of a picture
SHOWN = 5  # wrong entries that are listed


def sparsity_text(found: Sequence[Sparsity], width: int = 80) -> str:
    """Return for each output its counts, its picture and its products, in lines of at most ``width``."""
    return "\n\n".join(_one(sparsity, width) for sparsity in found)


def _one(found: Sparsity, width: int) -> str:
    m, n = found.shape
    lines = [printable(f"d {found.of} / d {', '.join(found.wrt)}"), ""]
    lines += [f"  {line}" for line in _picture(found, width - 2)]
    share = 100 * found.count / (m * n) if m * n else 0.0
    lines += [
        "",
        f"{m:,} × {n:,}, {found.count:,} of {m * n:,} entries can be nonzero ({share:.3g} %)",
        _products(found),
    ]
    if found.declared is not None:
        lines += _held(found, found.declared)
    return "\n".join(lines)


def _products(found: Sparsity) -> str:
    sides = [
        f"{count:,} {name}{'s' * (count != 1)}"
        for count, name in ((found.forward, "forward product"), (found.reverse, "reverse product"))
        if count
    ]
    total = found.forward + found.reverse
    if not total:
        return "no product: the Jacobian is zero everywhere"
    saving = f", {found.dense / total:.3g} times fewer" if found.dense > total else ""
    by = "" if found.selected is None else f" by {len(found.selected):,} selected elements"
    return f"{' and '.join(sides)}{by} instead of {found.dense:,}{saving}"


def _picture(found: Sparsity, width: int) -> list[str]:
    """Return lines of braille; where the matrix has more rows or columns than dots, a dot stands for a block of them."""
    m, n = found.shape
    if not m * n:
        return []
    step = max(1, -(-n // (2 * width)), -(-m // (4 * HIGHEST)))
    dots = np.zeros((-(-m // (4 * step)) * 4, -(-n // (2 * step)) * 2), dtype=bool)
    dots[found.rows // step, found.columns // step] = True
    blocks = dots.reshape(dots.shape[0] // 4, 4, dots.shape[1] // 2, 2).transpose(0, 2, 1, 3)
    codes = 0x2800 + (blocks * _DOTS).sum(axis=(2, 3))
    lines = ["".join(map(chr, row)) for row in codes]
    return [*lines, f"(a dot is {step} × {step} entries)"] if step > 1 else lines


def _held(found: Sparsity, declared: Declared) -> list[str]:
    lines = []
    if declared.wrong:
        lines.append(f"FAIL JAC109: {_count(len(declared.wrong))} outside the declared pattern not zero:")
        lines += [
            f"  row {i}, column {j} ({_element(found, j)}): {value:.6g}" for i, j, value in declared.wrong[:SHOWN]
        ]
        more = len(declared.wrong) - SHOWN
        lines += [f"  and {more:,} more"] if more > 0 else []
    if declared.unseen:
        lines.append(
            f"inconclusive: {_count(declared.unseen)} outside the declared pattern without a known value here; "
            "a path of operations leads there"
        )
    if not lines:
        lines.append("pass: every entry that can be nonzero is in the declared pattern")
    if declared.spare:
        lines.append(f"note: {_count(declared.spare)} of the declared pattern zero at every point")
    return lines


def _count(count: int) -> str:
    return "1 entry is" if count == 1 else f"{count:,} entries are"


def _element(found: Sparsity, column: int) -> str:
    for name, size in zip(found.wrt, found.sizes, strict=True):
        if column < size:
            return printable(f"element {column} of {name}")
        column -= size
    raise IndexError(column)


def sparsity_json(found: Sequence[Sparsity]) -> str:
    """Return the patterns as rows and columns, counted from 0, with colours and what was held against them."""
    return json_text({"schema_version": 1, "sparsity": {one.of: _document(one) for one in found}}, None)


def _document(found: Sparsity) -> dict[str, Any]:
    document: dict[str, Any] = {
        "wrt": dict(zip(found.wrt, found.sizes, strict=True)),
        "shape": list(found.shape),
        "nonzeros": found.count,
        "forward_products": found.forward,
        "reverse_products": found.reverse,
        "rows": found.rows.tolist(),
        "columns": found.columns.tolist(),
        "column_colours": found.column_colours.tolist(),
        "row_colours": found.row_colours.tolist(),
    }
    if found.selected is not None:
        document["selected"] = found.selected.tolist()
    if (declared := found.declared) is not None:
        wrong = [{"row": i, "column": j, "value": value} for i, j, value in declared.wrong]
        document["declared"] = {"wrong": wrong, "unseen": declared.unseen, "spare": declared.spare}
    return document
