"""Function → derivative with an error bar for every entry, by central differences over a ladder of steps."""

from jaccli.difference.columns import of_columns
from jaccli.difference.complex_step import complex_step
from jaccli.difference.directions import along, locate
from jaccli.difference.ladder import differences
from jaccli.difference.sawtooth import reject_roundoff_sawtooth
from jaccli.difference.staircases import on_stairs, perhaps_broken
from jaccli.difference.strata import Strata, strata
from jaccli.difference.sudden import leaves_suddenly
from jaccli.difference.taylor import scan
from jaccli.difference.unmoved import unmoved
from jaccli.results.scan import Scan

__all__ = [
    "Scan",
    "Strata",
    "along",
    "complex_step",
    "differences",
    "leaves_suddenly",
    "locate",
    "of_columns",
    "on_stairs",
    "perhaps_broken",
    "reject_roundoff_sawtooth",
    "scan",
    "strata",
    "unmoved",
]
