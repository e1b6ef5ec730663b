"""Jacobians and gradient checking: a spec in, a checked Jacobian out."""

__version__ = "0.1.0"
