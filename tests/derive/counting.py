"""The bytecodes that jaccli executes: how long something takes, told by no clock."""

import sys
from pathlib import Path

import jaccli

PACKAGE = str(Path(jaccli.__file__).parent)
_warm = False


def steps(action, *args):
    """Return the bytecodes that jaccli's own functions execute."""
    global _warm
    if not _warm:  # from Python 3.12 the first trace of a process misses bytecodes
        _warm = True
        steps(jaccli.parse, {"outputs": {"y": "1 + 1"}})
    count = 0

    def within(frame, event, arg):
        nonlocal count
        count += event == "opcode"
        return within

    def entered(frame, event, arg):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes = True
        return within

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        action(*args)
    finally:
        sys.settrace(before)
    return count
