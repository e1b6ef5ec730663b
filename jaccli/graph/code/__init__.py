"""Graph → straight-line NumPy source: one line per node, helpers for what takes more than one, nothing of this package."""

from jaccli.graph.code.generate import Code, generate, identifier
from jaccli.graph.code.helpers import HELPERS
from jaccli.graph.code.sources import SOURCES, source

__all__ = ["HELPERS", "SOURCES", "Code", "generate", "identifier", "source"]
