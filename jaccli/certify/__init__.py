"""Graph → derivatives that are known to be right: enclosed in balls (python-flint), or at high precision (mpmath).

Two ways lead to the balls, and share no derivative rule: truncated power series along a direction (``series``), and a tape of
scalar operations with local partials from SymPy, which the caller hands in (``tape``). One gives the Jacobian, the other is
compared with it along a random direction, in every run. The room takes values from the op table, but no derivative.
"""

from jaccli.certify.balls import available
from jaccli.certify.certified import DisagreementError, certified, covers, unsupported, work
from jaccli.certify.kinks import Kink, nearest_kink
from jaccli.certify.nearby import slopes_around
from jaccli.certify.precise import high_precision, in_long_floats, long_value

__all__ = [
    "DisagreementError",
    "Kink",
    "available",
    "certified",
    "covers",
    "high_precision",
    "in_long_floats",
    "long_value",
    "nearest_kink",
    "slopes_around",
    "unsupported",
    "work",
]
