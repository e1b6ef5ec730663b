"""Graph → Jacobian blocks as matrix calculus in the user's names, each compared with the Jacobian before it is printed.

The derivative is formed as products over indices (rules, terms), written as matrices (assembly, algebra), evaluated (numbers) at
random points (samples), and put into words (writer). A number's derivative has the shape of the variable (a gradient is a column);
a vector's by a vector is a matrix; blocks of three and more axes are linear maps, dX ↦ A dX B.
"""

from jaccli.derive.formula.find import tensor_formula, tensor_formulas
from jaccli.results.formula import TensorFormula

__all__ = ["TensorFormula", "tensor_formula", "tensor_formulas"]
