"""Graph → one straight-line function of NumPy calls, compiled once and run many times: the static engine."""

from jaccli.graph.static.constants import folded
from jaccli.graph.static.engine import Engine
from jaccli.graph.static.program import Program, compile_program

__all__ = ["Engine", "Program", "compile_program", "folded"]
