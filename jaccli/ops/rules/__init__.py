"""The derivative rules of the ops, apart from their rows: only forward and reverse mode read them, so no witness shares a mistake.

Three forms, after the three kinds of rows: partials of elementwise ops, transposes of linear ones, jvp and vjp of the special ones.
"""

from jaccli.ops.rules import elementwise, matrices, reductions, structural  # noqa: F401  they register themselves
from jaccli.ops.rules.table import RULES, Rules

__all__ = ["RULES", "Rules"]
