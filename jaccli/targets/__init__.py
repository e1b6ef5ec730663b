"""Functions in other people's files → tasks for the adapters: what is named, imported, and at which inputs it is checked.

Only what the command line names is imported, or what a spec names where that is allowed. ``sys.path`` is never touched.
"""

from jaccli.targets.applied import applied
from jaccli.targets.cases import Case, Said, cases, packed
from jaccli.targets.decorator import marks
from jaccli.targets.load import functions, load_function
from jaccli.targets.names import Target, is_target, target_of

__all__ = [
    "Case",
    "Said",
    "Target",
    "applied",
    "cases",
    "functions",
    "is_target",
    "load_function",
    "marks",
    "packed",
    "target_of",
]
