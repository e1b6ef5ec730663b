"""Functions of very many parameters, evaluated as a whole: modules of PyTorch, and JAX functions of pytrees."""

from jaccli.adapters.whole.choose import whole_of
from jaccli.adapters.whole.point import Whole

__all__ = ["Whole", "whole_of"]
