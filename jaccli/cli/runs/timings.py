"""A file of the seconds that each spec and function took: shards are balanced by it, and no verdict depends on it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from jaccli.cli.files import save
from jaccli.errors import UsageError

if TYPE_CHECKING:
    from jaccli.results.checks import Report

__all__ = ["name_of", "read_timings", "seconds_of", "write_timings"]

MAX_BYTES = 50_000_000  # half a million names
DIGITS = 3  # of a second: what is below does not matter


def read_timings(path: str) -> dict[str, float]:
    """Return the seconds by the name of a spec or function.

    Errors: UsageError where the file is missing or is no file of timings.
    """
    try:
        with Path(path).open("rb") as file:
            document = json.loads(file.read(MAX_BYTES).decode("utf-8"))
        return {_name(name): _seconds(value) for name, value in document["seconds"].items()}
    except FileNotFoundError:
        raise UsageError(f"--timings {path}: there is no such file; make it with --write-timings {path}") from None
    except OSError as error:
        raise UsageError(f"--timings {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError(f"--timings {path} has no timings; make it anew with --write-timings {path}") from None


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError("no name")
    return name


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("no seconds")
    return float(value)


def seconds_of(reports: Iterable[Report]) -> dict[str, float]:
    """Return the seconds that each spec file and function took."""
    found: dict[str, float] = {}
    for report in reports:
        if report.files:
            name = name_of(report.files[0])
            found[name] = found.get(name, 0.0) + report.duration
    return found


def name_of(target: str) -> str:
    """Return the name of the file, or the function, that a report is on: a document of a file belongs to it."""
    return target if "::" in target else target.partition("#")[0]


def write_timings(path: str, found: Mapping[str, float]) -> None:
    """Write seconds by name, beside those of others that the file has already.

    Errors: UsageError where the file cannot be written.
    """
    known = read_timings(path) if Path(path).is_file() else {}
    seconds = {name: round(value, DIGITS) for name, value in sorted((known | dict(found)).items())}
    save(path, json.dumps({"schema_version": 1, "seconds": seconds}, indent=1) + "\n", "--write-timings ")
