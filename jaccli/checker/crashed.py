"""An unexpected exception → a report with one row that asks the user to report it; the other checks go on."""

from __future__ import annotations

import platform
import re
import traceback

from jaccli.errors import short
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Label, Outcome

__all__ = ["INTERNAL_ERROR", "crash_report", "is_crash", "lost_report"]

INTERNAL_ERROR = "JAC399"
FRAMES = 6  # of the traceback, the innermost ones: enough to see what called what


def crash_report(name: str, text: str = "", seed: int = 0) -> Report:
    """Return the report on a spec or function in whose check this program has raised an exception.

    text: the traceback, that of the exception being handled where none is given.
    """
    from importlib.metadata import version

    lines = (text or traceback.format_exc()).strip().splitlines()
    place, _, function = name.partition("::")
    check = Check(
        target=name, about="", outcome=Outcome.ERROR,
        of=function or place or name, wrt="", tested=Label.FUNCTION if function else Label.SPEC, point={},
        file=place, code=INTERNAL_ERROR, said=f"{short(lines[-1], 300)} ({_way(lines)})",
        help=f"this is a bug in jaccli, please report it with this message, what was checked, and the versions: jaccli "
        f"{version('jaccli')}, Python {platform.python_version()}, NumPy {version('numpy')}; the other checks have gone on",
        rerun=f"jac gradcheck {name}" if not name.startswith("<") else "",
    )  # fmt: skip
    return Report(checks=(check,), seed=seed, files=(name,))


def lost_report(name: str, reason: str, seed: int = 0, rerun: str = "") -> Report:
    """Return the report on a spec or function whose process, or worker, has ended: what became of it."""
    place, _, function = name.partition("::")
    check = Check(
        target=name, about="", outcome=Outcome.ERROR,
        of=function or place, wrt="", tested=Label.FUNCTION, point={}, file=place, code="JAC322",
        said=f"checking {name} {reason}", help="the other checks have gone on; run it by itself to see why",
        rerun=rerun or f"jac gradcheck {name}",
    )  # fmt: skip
    return Report(checks=(check,), seed=seed, files=(name,))


def is_crash(report: Report) -> bool:
    """Return whether a report is that of an unexpected exception."""
    return any(check.code == INTERNAL_ERROR for check in report.checks)


def _way(lines: list[str]) -> str:
    """Return the innermost frames of a traceback, one after the other: ``certify/tape.py:175 in _norm``."""
    frames = [re.match(r'\s*File "(.*?)", line (\d+), in (.*)', line) for line in lines]
    found = [f"{_inside(frame[1])}:{frame[2]} in {frame[3]}" for frame in frames if frame]
    return ", ".join(reversed(found[-FRAMES:]))


def _inside(path: str) -> str:
    """Return a file's path from its package on: where a user keeps packages is private."""
    return "/".join(path.replace("\\", "/").split("/")[-2:])
