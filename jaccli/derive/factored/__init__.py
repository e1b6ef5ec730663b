"""Graph → its Jacobian as factors: rows that are zero off a diagonal, or constant, or outer products, are never filled out."""

from jaccli.derive.factored.assembly import Assembly, assembly
from jaccli.derive.factored.backward import factored_jacobian
from jaccli.derive.factored.terms import NotFactoredError

__all__ = ["Assembly", "NotFactoredError", "assembly", "factored_jacobian"]
