"""Someone else's function and derivatives → a Subject that the checker can judge; one small file per framework."""

from jaccli.adapters.choose import FRAMEWORKS, adapt
from jaccli.adapters.guess import framework_of, frameworks_of
from jaccli.adapters.overflows import overflows
from jaccli.adapters.subject import Batch, Derivative, Leaf, Subject, Task, Trouble, TroubleError, without_trouble

__all__ = [
    "FRAMEWORKS",
    "Batch",
    "Derivative",
    "Leaf",
    "Subject",
    "Task",
    "Trouble",
    "TroubleError",
    "adapt",
    "framework_of",
    "frameworks_of",
    "overflows",
    "without_trouble",
]
