"""The failures of the last run, kept in ``.jaccli_cache/`` as plain data: what to check again, never what to run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaccli.cli.settings import Settings

if TYPE_CHECKING:
    from jaccli.verdict import Check, Report

__all__ = ["FOLDER", "Failure", "read", "record", "settings_for", "write"]

FOLDER = Path(".jaccli_cache")
NAME = "failures.json"
VERSION = 2


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed check, and what makes it happen again: its spec, its values, its point, its seed, its tolerance."""

    id: str
    code: str
    spec: str  # "" for one-line expressions
    expressions: tuple[str, ...]
    at: tuple[str, ...]
    points: int
    seed: int
    rtol: float | None
    reference: str
    directions: int | None
    full: bool
    framework: str
    jacobian: str | None
    vjp: str | None
    jvp: str | None


def record(check: Check, report: Report, settings: Settings) -> Failure:
    """Return what is kept of a failed check of a report."""
    code = [name for name in report.files if "::" in name]  # of a function, whose file is not all of its name
    return Failure(
        check.id, check.code or "", "" if settings.expressions else code[0] if code else check.file, settings.expressions,
        settings.at, check.point_index + 1, report.seed, settings.rtol, settings.reference, settings.directions, settings.full,
        settings.framework, settings.jacobian, settings.vjp, settings.jvp,
    )  # fmt: skip


def settings_for(failure: Failure, settings: Settings) -> Settings:
    """Return ``settings`` with those under which the failure was seen."""
    specs = (failure.spec,) if failure.spec else ()
    return replace(
        settings, specs=specs, expressions=failure.expressions, at=failure.at, points=failure.points, seed=failure.seed,
        rtol=failure.rtol, reference=failure.reference, directions=failure.directions, full=failure.full,
        order=2 if "[hessian-" in failure.id else 1, framework=failure.framework, jacobian=failure.jacobian, vjp=failure.vjp,
        jvp=failure.jvp,
    )  # fmt: skip


def read(folder: Path = FOLDER) -> tuple[list[Failure], str]:
    """Return the kept failures, and a note where the file cannot be used; both are empty where there is none."""
    path = folder / NAME
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != VERSION:
            raise ValueError("another version")
        return [_failure(row) for row in document["failures"]], ""
    except FileNotFoundError:
        return [], ""
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return [], f"note: {path} cannot be read and is ignored; the next failure writes it anew"


def _failure(row: dict[str, Any]) -> Failure:
    if set(row) != {field.name for field in fields(Failure)}:
        raise ValueError("unknown fields")
    texts = {name: row[name] for name in ("id", "code", "spec", "reference", "framework")}
    beside = {name: row[name] for name in ("jacobian", "vjp", "jvp")}
    expressions, at = tuple(row["expressions"]), tuple(row["at"])
    named = [name for name in beside.values() if name is not None]
    if not all(isinstance(text, str) for text in (*texts.values(), *expressions, *at, *named)):
        raise ValueError("a text is missing")
    if not all(type(row[name]) is int and 0 <= row[name] < 2**63 for name in ("points", "seed")):
        raise ValueError("a number is missing")
    rtol = None if row["rtol"] is None else float(row["rtol"])
    directions = None if row["directions"] is None else max(1, min(int(row["directions"]), 10_000))
    points = max(1, min(row["points"], 10_000))
    return Failure(
        points=points, seed=row["seed"], rtol=rtol, expressions=expressions, at=at, directions=directions, full=bool(row["full"]),
        **texts, **beside,
    )  # fmt: skip


def write(failures: Sequence[Failure], checked: Iterable[str], folder: Path = FOLDER) -> None:
    """Keep ``failures``, and of the earlier ones those whose ids were not ``checked`` now; a read-only folder does no harm."""
    done = set(checked)
    kept = [old for old in read(folder)[0] if old.id not in done]
    if not failures and not folder.is_dir():
        return
    document = {"version": VERSION, "failures": [asdict(failure) for failure in (*kept, *failures)]}
    try:
        folder.mkdir(exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        fresh = folder / f"{NAME}.{os.getpid()}"
        fresh.write_text(json.dumps(document, indent=1), encoding="utf-8")
        fresh.replace(folder / NAME)
    except OSError:
        return
