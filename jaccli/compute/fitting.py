"""A Jacobian that would not fit into memory → a refusal that says its size, before any work."""

from __future__ import annotations

from collections.abc import Mapping

from jaccli.errors import UsageError
from jaccli.graph.ir import Expr
from jaccli.memory import total_memory

__all__ = ["refuse_unless_all_fit", "refuse_unless_it_fits"]


def refuse_unless_it_fits(of: str, output: Expr, variables: Mapping[str, Expr]) -> None:
    """Refuse dense blocks that take more memory than the machine has.

    Errors: UsageError with the entries, the size and what to ask for instead.
    """
    entries = output.node.size * sum(x.node.size for x in variables.values())
    _refuse(
        entries,
        f"d {of} / d {', '.join(variables)} has",
        "ask for sparse_jacobian, for products by jvp or vjp, or for fewer variables",
    )


def refuse_unless_all_fit(count: int, entries: int) -> None:
    """Refuse a number of blocks whose entries together take more memory than the machine has.

    Errors: UsageError with the entries, the size and what to ask for instead.
    """
    _refuse(
        entries,
        f"the {count:,} blocks together have",
        "choose blocks with --of and --wrt, products with --tangent and --cotangent, or sparse_jacobian in Python",
    )


def _refuse(entries: int, what: str, remedy: str) -> None:
    there = total_memory()
    if 8 * entries > there:
        size = f"{entries:,} entries, {_size(8 * entries)}, more than the {_size(there)} of this machine"
        raise UsageError(f"{what} {size}; {remedy}")


def _size(count: float) -> str:
    return f"{count / 2**30:,.0f} GiB" if count >= 2**30 else f"{count / 2**20:,.0f} MiB"
