"""A file of known failures and open checks: those in it do not fail a run, new ones do, and vanished ones are reported."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jaccli.cli.files import save
from jaccli.errors import UsageError

__all__ = ["Baseline", "read_baseline", "write_baseline"]

MAX_BYTES = 50_000_000  # half a million ids


@dataclass(frozen=True, slots=True)
class Baseline:
    """The ids of known failures, and of checks known to leave something open that matters."""

    failures: frozenset[str] = frozenset()
    unverified: frozenset[str] = frozenset()


def read_baseline(path: str) -> Baseline:
    """Return what is known.

    Errors: UsageError where the file is missing or is not a baseline.
    """
    try:
        document = json.loads(_text(path))
        return Baseline(_ids(document["known_failures"]), _ids(document.get("known_unverified", [])))
    except FileNotFoundError:
        raise UsageError(f"--baseline {path}: there is no such file; make it with --write-baseline {path}") from None
    except OSError as error:
        raise UsageError(f"--baseline {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError(f"--baseline {path} is not a baseline; make it anew with --write-baseline {path}") from None


def _text(path: str) -> str:
    """Return the text of the file, up to the length of a baseline: a device never ends."""
    with Path(path).open("rb") as file:
        return file.read(MAX_BYTES).decode("utf-8")


def _ids(found: object) -> frozenset[str]:
    if not isinstance(found, list) or not all(isinstance(id_, str) for id_ in found):
        raise ValueError("not a list of ids")
    return frozenset(found)


def write_baseline(path: str, failures: Iterable[str], unverified: Iterable[str] = ()) -> None:
    """Write the ids of failures, and of checks that leave something open that matters: they are known from now on.

    Errors: UsageError where the file cannot be written.
    """
    known = {"known_failures": sorted(set(failures)), "known_unverified": sorted(set(unverified))}
    text = json.dumps({"schema_version": 1, **known}, indent=1)
    save(path, f"{text}\n", "--write-baseline ")
