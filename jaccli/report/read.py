"""Documents of ``-f json`` → one run again, as all writers take it: parts of a run that were made on several machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from jaccli.errors import Problem, Span, UsageError
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import JudgedBy, Label, Outcome, Reason
from jaccli.results.run import Run

__all__ = ["merged", "run_of"]

Document = Mapping[str, Any]


def merged(documents: Mapping[str, Document]) -> Run:
    """Return the run that documents are parts of, by the names of their files; what was found stands in their order.

    Law:    of shards all are there, once each, and were chosen from the same work at the same costs; no check is in two.
    Errors: UsageError, naming the files, where that is not so, and for what is no document of this schema.
    """
    if not documents:
        raise UsageError("there is nothing to merge: name the files that `-f json` has written")
    runs = {name: run_of(name, document) for name, document in documents.items()}
    _whole(documents)
    _once(runs)
    versions = sorted({run.version for run in runs.values()})
    if len(versions) > 1:
        raise UsageError(
            f"the reports are of several versions of jaccli, {' and '.join(versions)}: check again with one"
        )
    order = sorted(runs, key=lambda name: documents[name].get("shard", {}).get("number", 0))
    return Run(
        reports=tuple(report for name in order for report in runs[name].reports),
        problems=tuple(problem for name in order for problem in runs[name].problems),
        seed=runs[order[0]].seed, duration=sum(run.duration for run in runs.values()), version=versions[0],
    )  # fmt: skip


def _whole(documents: Mapping[str, Document]) -> None:
    """Refuse shards that are no whole."""
    shards = {name: document["shard"] for name, document in documents.items() if "shard" in document}
    if not shards:
        return
    if other := next((name for name in documents if name not in shards), None):
        raise UsageError(f"{other} is of no shard, and {next(iter(shards))} is of one: merge what belongs together")
    if len({(one["count"], one["digest"]) for one in shards.values()}) > 1:
        found = ", ".join(f"{name}: {one['number']}/{one['count']} of {one['digest']}" for name, one in shards.items())
        raise UsageError(
            f"the shards were not chosen from the same work at the same costs ({found}): "
            "each needs the same files, options and --timings"
        )
    count = next(iter(shards.values()))["count"]
    numbers = Counter(one["number"] for one in shards.values())
    if twice := [number for number, times in sorted(numbers.items()) if times > 1]:
        names = ", ".join(name for name, one in shards.items() if one["number"] == twice[0])
        raise UsageError(f"shard {twice[0]}/{count} is there twice: {names}")
    if missing := [number for number in range(1, count + 1) if number not in numbers]:
        raise UsageError(f"shard {', '.join(f'{number}/{count}' for number in missing)} is missing")


def _once(runs: Mapping[str, Run]) -> None:
    """Refuse a check that two documents have."""
    known: dict[str, str] = {}
    for name, run in runs.items():
        for id_ in {check.id for _, check in run.checks}:
            if id_ in known:
                raise UsageError(f"{id_} stands in {known[id_]} and in {name}: merge each report once")
            known[id_] = name


def run_of(name: str, document: Document) -> Run:
    """Return the run of one document.

    Errors: UsageError for what is none.
    """
    try:
        if document["schema_version"] != 1 or document["tool"]["name"] != "jaccli" or "reports" not in document:
            raise ValueError("another schema")
        checks = iter([_check(row) for row in document["results"]])
        reports = tuple(
            Report(
                checks=tuple(next(checks) for _ in range(about["checks"])), seed=int(about["seed"]),
                duration=float(about["duration_s"]), expect=str(about["expect"]), files=tuple(map(str, about["files"])),
            )
            for about in document["reports"]
        )  # fmt: skip
        if next(checks, None) is not None:
            raise ValueError("checks that belong to no report")
        problems = tuple(map(_problem, document.get("problems", [])))
        shard = document.get("shard")
        if shard is not None and not all(isinstance(shard[key], int) for key in ("number", "count")):
            raise ValueError("no shard")
        return Run(
            reports=reports, problems=problems, seed=int(document["seed"]), duration=float(document["duration_s"]),
            version=str(document["tool"]["version"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError):
        raise UsageError(f"{name} is no report of `jac gradcheck -f json` of this version") from None


def _check(row: Mapping[str, Any]) -> Check:
    names = ("value", "reference", "error_bar", "abs_error", "ulps", "detectable", "rtol")
    words = ("target", "of", "wrt", "file", "help", "rerun")
    share = row["open_share"]
    numbers: dict[str, Any] = {name: float(row[name]) for name in names}
    texts: dict[str, Any] = {name: _text(row[name]) for name in words}
    return Check(
        **texts, **numbers,
        outcome=Outcome(row["outcome"]), tested=Label(row["tested"]), point={}, code=_optional(row["code"]),
        span=_span(row["span"], row["file"]), of_index=tuple(map(int, row["of_index"])),
        wrt_index=tuple(map(int, row["wrt_index"])), reference_route=JudgedBy(row["reference_route"]),
        witnesses=tuple(map(str, row["witnesses"])), evaluations=int(row["evaluations"]), entries=int(row["entries"]),
        decided=int(row["decided"]), failed=int(row["failed"]), kink=_optional(row["kink"]) or "",
        open_share=1.0 if share is None else float(share), point_index=int(row["point_index"]),
        open_allowed=None if row["open_allowed"] is None else float(row["open_allowed"]), reason=Reason(row["reason"]),
        said="" if row["message"] == row["reason"] else _text(row["message"]),
        about=_optional(row["about"]), guarantee=_optional(row["guarantee"]),
    )  # fmt: skip


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _span(found: Mapping[str, int] | None, file: str) -> Span | None:
    if found is None:
        return None
    line, column, end_line, end_column = (int(found[key]) for key in ("line", "column", "end_line", "end_column"))
    return Span(file, line, column, end_line, end_column, text="")


def _problem(row: Mapping[str, Any]) -> Problem:
    span = _span(row["span"], _text(row["file"])) if row["span"] is not None else None
    return Problem(_text(row["code"]), _text(row["message"]), span, _optional(row["help"]))
