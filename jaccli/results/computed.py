"""What ``jac compute`` found, before it is written in any format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jaccli.graph.ir import Expr, Graph
from jaccli.results.reuse import Change
from jaccli.results.shown import written
from jaccli.types import Array

if TYPE_CHECKING:
    from jaccli.results.formula import TensorFormula

__all__ = [
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Block",
    "Computed",
    "Derived",
    "Product",
    "too_many",
]

MAX_ROWS, MAX_COLUMNS = 20, 12  # of what is shown entry by entry
MAX_BLOCKS = 60  # with a heading each
SHOWN = 8  # derivatives that the repr of a result names


@dataclass(frozen=True, kw_only=True)
class Block:
    """One derivative: of an output with respect to a variable (or two, for second derivatives).

    Shapes: value and symbolic have of_shape + the shapes of the variables.
    symbolic  texts in the spec language and the inputs alone, None for an entry too long to print
    named     texts in the user's named steps, or, where that is too long as well, in the bindings
    formula   the block as matrix calculus, in three notations
    bindings  (name, text) of the intermediates that such long entries are written in
    intermediates  how many there are, where nobody would show them: then there are neither ``named`` nor ``bindings``
    """

    of: str
    wrt: tuple[str, ...]
    of_shape: tuple[int, ...]
    wrt_shapes: tuple[tuple[int, ...], ...]  # one for each variable
    value: Array | None = None
    symbolic: Array | None = None
    named: Array | None = None
    bindings: tuple[tuple[str, str], ...] = ()
    intermediates: int = 0
    formula: TensorFormula | None = None
    note: str | None = None

    @property
    def wrt_shape(self) -> tuple[int, ...]:
        """The shapes of the variables, one after the other."""
        return tuple(size for shape in self.wrt_shapes for size in shape)

    @property
    def printable(self) -> bool:
        """Whether every entry has a symbolic text of its own."""
        return self.symbolic is not None and all(text is not None for text in self.symbolic.ravel())


@dataclass(frozen=True, kw_only=True)
class Product:
    """A Jacobian or Hessian times vectors, which is never built: "jvp" J dx, "vjp" Jᵀ ȳ, "vjvp" ȳᵀ J dx, "hvp" H dx."""

    kind: str
    name: str  # of the output or the variable whose shape the value has
    value: Array

    @property
    def title(self) -> str:
        """The product in the notation of the field."""
        return {
            "jvp": f"J dx, output {self.name}",
            "vjp": f"Jᵀ ȳ, variable {self.name}",
            "vjvp": "ȳᵀ J dx",
            "hvp": f"H dx, {self.name}",
        }[self.kind]


@dataclass(frozen=True, eq=False)
class Derived:
    """What was differentiated, for formats that write programs."""

    graph: Graph
    outputs: Mapping[str, Expr]
    variables: Mapping[str, Expr]


@dataclass(frozen=True, kw_only=True, repr=False)
class Computed:
    """The outputs' values and derivatives of a spec at one point; values are None where the point is incomplete."""

    name: str
    point: Mapping[str, Array]
    values: Mapping[str, Array] | None
    blocks: tuple[Block, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    order: int = 1
    notes: tuple[str, ...] = ()
    products: tuple[Product, ...] = ()
    steps: tuple[tuple[str, str], ...] = ()  # the spec's own named steps, as text
    derived: Derived | None = None
    changes: tuple[Change, ...] = ()  # that were made one after the other before
    full: bool = True  # every block is wanted, however many there are

    def __getitem__(self, names: tuple[str, str]) -> Array:
        """Return the numbers of one block, ``result["y", "x"]``.

        Errors: KeyError for a block that there is not, ValueError where the point is incomplete.
        """
        for block in self.blocks:
            if (block.of, *block.wrt) == tuple(names):
                if block.value is None:
                    raise ValueError(f"{', '.join(self.missing)} has no value: give one with at=")
                return block.value
        known = ", ".join(f"{block.of}/{'/'.join(block.wrt)}" for block in self.blocks[:12])
        raise KeyError(f"there is no derivative {'/'.join(names)}; known: {known}")

    def __repr__(self) -> str:
        rows = [f"∂{b.of}/∂{' ∂'.join(b.wrt)} {(*b.of_shape, *b.wrt_shape)}" for b in self.blocks[:SHOWN]]
        more = f", and {len(self.blocks) - SHOWN} more" if len(self.blocks) > SHOWN else ""
        return f"<Computed {self.name}: {', '.join(rows)}{more}>"

    def save(self, path: str) -> None:
        """Write the page of ``jac compute -o page.html``."""
        written("computed_shown", self).save(path)

    def _repr_html_(self) -> str:
        return str(written("computed_html", self))

    def _repr_latex_(self) -> str:
        return str(written("computed_math", self))

    @property
    def summed_up(self) -> bool:
        """Whether there are so many blocks that a reader is better served by an overview."""
        columns = len({block.wrt for block in self.blocks})
        return not self.full and too_many(len(self.blocks), columns, self.scalars)

    @property
    def scalars(self) -> bool:
        """Whether all outputs and variables are numbers."""
        return all(not block.of_shape and not block.wrt_shape for block in self.blocks)


def too_many(blocks: int, columns: int, scalars: bool) -> bool:
    """Return whether so many blocks are shown by an overview, unless all are asked for; numbers make one matrix."""
    return blocks > (MAX_ROWS * MAX_COLUMNS if scalars and columns <= MAX_COLUMNS else MAX_BLOCKS)
