"""Graph → symbolic Jacobian by SymPy's own rules: named intermediates, and the entries in terms of them.

The graph is unrolled into a list of scalar bindings, each of one op on symbols; every op is differentiated once, by SymPy, on
dummies; the chain rule then runs backwards over the bindings and names the sums it forms. The time grows linearly with the
graph, and no expression is ever simplified or expanded beyond what stays small.

The room takes values (kernels, definitions) from the op table, but none of its derivative rules: those of SymPy take their
place, so that the two can be compared.
"""

from jaccli.derive.symbolic.limits import TooLarge
from jaccli.derive.symbolic.partials import local_partials
from jaccli.derive.symbolic.program import Derivation, covers, symbolic
from jaccli.derive.symbolic.result import Symbolic

__all__ = ["Derivation", "Symbolic", "TooLarge", "covers", "local_partials", "symbolic"]
