"""A file of known failures: those in it do not fail a run, new ones do, vanished ones are told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from jaccli.cli.files import save
from jaccli.errors import UsageError

__all__ = ["read_baseline", "write_baseline"]

MAX_BYTES = 50_000_000  # half a million ids


def read_baseline(path: str) -> frozenset[str]:
    """Return the ids of the known failures.

    Errors: UsageError where the file is missing or is no baseline.
    """
    try:
        document = json.loads(_text(path))
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


def _text(path: str) -> str:
    """Return what the file holds, as far as a baseline may be long; a device has no end."""
    with Path(path).open("rb") as file:
        return file.read(MAX_BYTES).decode("utf-8")


def write_baseline(path: str, ids: Iterable[str]) -> None:
    """Write the ids of failures that are known from now on.

    Errors: UsageError where the file cannot be written.
    """
    text = json.dumps({"schema_version": 1, "known_failures": sorted(set(ids))}, indent=1)
    save(path, f"{text}\n", "--write-baseline ")
