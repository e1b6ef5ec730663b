"""The failures of the last run, kept in ``.jaccli_cache/`` as plain data: what to check again, never what to run.

A record may have come with a checked-out tree, so it carries no permission: the code and the files outside that it names are used
only where the command line names or allows them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaccli.cli.files import save
from jaccli.cli.runs.settings import Settings
from jaccli.errors import UsageError
from jaccli.results.ids import id_of
from jaccli.trust import is_below, names_code

if TYPE_CHECKING:
    from jaccli.results.checks import Check, Report

__all__ = ["FOLDER", "Failure", "read", "record", "refusal", "settings_for", "write"]

FOLDER = Path(".jaccli_cache")
NAME = "failures.json"
VERSION = 5
MAX_BYTES = 50_000_000  # a device that a link leads to has no end


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed check, and what makes it happen again: its spec, its values, its point, its seed, its tolerance."""

    target: str  # what the check is of
    name: str  # of the check in it, "" where it is about the target as a whole
    code: str
    spec: str  # "" for one-line expressions
    expressions: tuple[str, ...]
    at: tuple[str, ...]
    points: int
    seed: int
    rtol: float | None
    atol: float
    order: int
    reference: str
    directions: int | None
    full: bool
    framework: str
    beside: tuple[tuple[str, str], ...]
    compiled: str | None
    sweep: tuple[str, ...]
    layouts: bool
    scale: tuple[str, ...]
    domain: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id of the check."""
        return id_of(self.target, self.name)


def record(check: Check, report: Report, settings: Settings) -> Failure:
    """Return what is kept of a failed check of a report."""
    code = [name for name in report.files if "::" in name]  # of a function, whose file is not all of its name
    return Failure(
        check.target, "" if check.about == "" else check.name, check.code or "",
        "" if settings.expressions else code[0] if code else check.file, settings.expressions, settings.at, check.point_index + 1,
        report.seed, settings.rtol, settings.atol, settings.order, settings.reference,
        settings.directions, settings.full, settings.framework, settings.beside,
        settings.compiled, settings.sweep, settings.layouts, settings.scale, settings.domain,
    )  # fmt: skip


def settings_for(failure: Failure, settings: Settings) -> Settings:
    """Return ``settings`` with those under which the failure was seen."""
    specs = (failure.spec,) if failure.spec else ()
    return replace(
        settings, specs=specs, expressions=failure.expressions, at=failure.at, points=failure.points, seed=failure.seed,
        rtol=failure.rtol, atol=failure.atol, reference=failure.reference, directions=failure.directions, full=failure.full,
        order=failure.order, framework=failure.framework, beside=failure.beside,
        compiled=failure.compiled, sweep=failure.sweep, layouts=failure.layouts, scale=failure.scale, domain=failure.domain,
    )  # fmt: skip


def refusal(failure: Failure, settings: Settings, named: Iterable[str]) -> UsageError | None:
    """Return the reason not to check a record again, None where there is none.

    named: what the command line names: specs, functions, files of functions.
    """
    if settings.allow_code:
        return None
    is_named = bool({failure.spec, failure.spec.partition("::")[0]} & set(named))
    if names_code(failure.spec):
        if is_named and set(failure.beside) <= set(settings.beside):
            return None
        remedy = f"allow it with --allow-code, or check it by name: jac gradcheck {failure.spec}"
        return UsageError(
            f"the record {failure.id} names code, {failure.spec}, and a record by itself runs none; {remedy}"
        )
    read = [text for text in failure.at if "=" not in text and text not in settings.at]
    read += [failure.spec.partition("#")[0]] if failure.spec and not is_named else []
    outside = next((name for name in read if not is_below(name, Path())), None)
    if outside is None:
        return None
    remedy = "check it by name with jac gradcheck"
    return UsageError(f"the record {failure.id} names {outside}, which lies outside this folder; {remedy}")


def read(folder: Path = FOLDER) -> tuple[list[Failure], str]:
    """Return the kept failures, and a note where the file cannot be used; both are empty where there is none."""
    path = folder / NAME
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(MAX_BYTES).decode("utf-8"))
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
    texts = {name: row[name] for name in ("target", "name", "code", "spec", "reference", "framework")}
    beside, compiled = tuple((form, name) for form, name in row["beside"]), row["compiled"]
    lists: dict[str, Any] = {name: tuple(row[name]) for name in ("expressions", "at", "sweep", "scale", "domain")}
    named = [*(part for pair in beside for part in pair), *(part for texts in lists.values() for part in texts)]
    if not all(isinstance(text, str) for text in (*texts.values(), *named, "" if compiled is None else compiled)):
        raise ValueError("a text is missing")
    if not all(type(row[name]) is int and 0 <= row[name] < 2**63 for name in ("points", "seed", "order")):
        raise ValueError("a number is missing")
    rtol, atol = None if row["rtol"] is None else float(row["rtol"]), float(row["atol"])
    directions = None if row["directions"] is None else max(1, min(int(row["directions"]), 10_000))
    points = max(1, min(row["points"], 10_000))
    return Failure(
        points=points, seed=row["seed"], rtol=rtol, atol=atol, order=row["order"], compiled=compiled, beside=beside,
        directions=directions, full=bool(row["full"]), layouts=bool(row["layouts"]),
        **texts, **lists,
    )  # fmt: skip


def write(failures: Sequence[Failure], checked: Iterable[str], folder: Path = FOLDER) -> None:
    """Keep ``failures``, and the earlier ones that were not ``checked`` now; does nothing in a read-only folder."""
    done = set(checked)
    kept = [old for old in read(folder)[0] if old.id not in done]
    if (not failures and not folder.is_dir()) or not is_below(folder, Path()):
        return
    document = {"version": VERSION, "failures": [asdict(failure) for failure in (*kept, *failures)]}
    try:
        folder.mkdir(exist_ok=True)
        save(str(folder / ".gitignore"), "*\n")  # in the place of links, not through them
        save(str(folder / NAME), json.dumps(document, indent=1))
    except (OSError, UsageError):
        return
