"""Layers of networks and their losses, as macros over ops: they need no derivative rules of their own.

Layouts and defaults are PyTorch's, so that numbers can be compared one to one.
"""

from jaccli.graph.functions.layers import (  # noqa: F401  they enter themselves into the language
    attention,
    convolution,
    dense,
    losses,
    normalization,
    pooling,
    recurrent,
)
