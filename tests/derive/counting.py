"""The bytecodes that jaccli executes: how long something takes, told by no clock."""

import sys
from pathlib import Path

import jaccli

PACKAGE = str(Path(jaccli.__file__).parent)


def steps(action, *args):
    """Return the bytecodes that jaccli's own functions execute."""
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
