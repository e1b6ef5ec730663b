"""Graph → derivatives, and values, that are known to be right: enclosed in balls (python-flint).

Two ways lead to the balls, and share no derivative rule: truncated power series along a direction (``series``), and a tape of
scalar operations with local partials from SymPy, which the caller hands in (``tape``). One gives the Jacobian, the other is
compared with it along a random direction, in every run. The room takes values from the op table, but no derivative.
"""

from jaccli.certify.certified import DisagreementError, certified, covers, unsupported, work
from jaccli.certify.kinks import Kink, nearest_kink
from jaccli.certify.nearby import slopes_around
from jaccli.certify.values import enclosed, in_balls, sharp

__all__ = [
    "DisagreementError",
    "Kink",
    "certified",
    "covers",
    "enclosed",
    "in_balls",
    "nearest_kink",
    "sharp",
    "slopes_around",
    "unsupported",
    "work",
]
