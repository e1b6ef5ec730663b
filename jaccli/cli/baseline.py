"""A file of known failures: those in it do not fail a run, new ones do, vanished ones are told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from jaccli.errors import UsageError

__all__ = ["read_baseline", "write_baseline"]


def read_baseline(path: str) -> frozenset[str]:
    """Return the ids of the known failures.

    Errors: UsageError where the file is missing or is no baseline.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        ids = document["known_failures"]
        if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
            raise ValueError("not a list of ids")
    except FileNotFoundError:
        raise UsageError(f"--baseline {path}: there is no such file; make it with --write-baseline {path}") from None
    except OSError as error:
        raise UsageError(f"--baseline {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UsageError(f"--baseline {path} is no baseline; make it anew with --write-baseline {path}") from None
    return frozenset(ids)


def write_baseline(path: str, ids: Iterable[str]) -> None:
    """Write the ids of failures that are known from now on.

    Errors: UsageError where the file cannot be written.
    """
    text = json.dumps({"schema_version": 1, "known_failures": sorted(set(ids))}, indent=1)
    try:
        Path(path).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--write-baseline {path} cannot be written: {error.strerror}") from None
