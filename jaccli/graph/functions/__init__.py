"""The language's functions, with NumPy's names and signatures, as macros over ops.

Each entry takes and returns Exprs; misuse raises BuildError with the message and the remedy, the builder adds the place.
"""

from jaccli.graph.functions import (  # noqa: F401  they enter themselves
    aliases,
    elementwise,
    gamma,
    layers,
    linalg,
    logic,
    moving,
    norms,
    products,
    reductions,
    removable,
    running,
    shape,
    sorting,
)
from jaccli.graph.functions.arguments import (
    FUNCTIONS,
    MAX_ELEMENTS,
    BuildError,
    LocatedError,
    align,
    constant_power,
    static_indices,
    static_int,
    tensor,
)
from jaccli.graph.functions.constants import CONSTANTS
from jaccli.graph.functions.products import matmul
from jaccli.graph.functions.shape import attribute, index

__all__ = [
    "CONSTANTS",
    "FUNCTIONS",
    "MAX_ELEMENTS",
    "BuildError",
    "LocatedError",
    "align",
    "attribute",
    "constant_power",
    "index",
    "matmul",
    "static_indices",
    "static_int",
    "tensor",
]
