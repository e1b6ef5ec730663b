"""``network:`` → calls of the language's functions: the kinds of layers, what is wrong with a list of them, and its expansion."""

from jaccli.graph.network import kinds  # noqa: F401  they enter themselves
from jaccli.graph.network.expand import expand
from jaccli.graph.network.mistakes import mistakes
from jaccli.graph.network.table import COMMON, KINDS, NESTING, Kind

__all__ = ["COMMON", "KINDS", "NESTING", "Kind", "expand", "mistakes"]
