"""Results → JSON, schema version 1: additions are allowed, removals need a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.errors import Problem, Span
from jaccli.report.compute.reuse import reuse_entries
from jaccli.report.words.plain import json_text
from jaccli.results.checks import Check, Report
from jaccli.results.computed import Computed
from jaccli.results.kinds import Outcome
from jaccli.results.numbers import json_number
from jaccli.results.run import Run, Shard
from jaccli.verdict import RULES

__all__ = [
    "compute_document",
    "compute_json",
    "gradcheck_json",
    "gradcheck_jsonl",
    "head",
    "problems_json",
    "result_json",
]

VERSION = 1
MAX_POINT = 100  # a larger point is left out; the seed reproduces it


def _dump(document: Mapping[str, Any], indent: int | None = 1) -> str:
    return json_text(document, indent)


def _nested(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype == object:
        return array.tolist()
    if array.ndim == 0:
        return json_number(float(array))
    return [_nested(row) for row in array]


def _point(point: Mapping[str, Any]) -> dict[str, Any] | None:
    if sum(np.size(value) for value in point.values()) > MAX_POINT:
        return None
    return {name: _nested(value) for name, value in point.items()}


def compute_json(result: Computed) -> str:
    """Return the document of ``jac compute -f json``; tensors are nested lists of shape out.shape + in.shape."""
    return _dump(compute_document(result))


def compute_document(result: Computed) -> dict[str, Any]:
    """Return that document as data."""
    key = "jacobian" if result.order == 1 else "hessian"
    document: dict[str, Any] = {"schema_version": VERSION, "name": result.name, "point": _point(result.point)}
    document["values"] = {n: _nested(v) for n, v in result.values.items()} if result.values is not None else None
    for field in (key, "symbolic", "formula"):
        document[field] = {}
    for block in result.blocks:
        inner = ".".join(block.wrt)
        document[key].setdefault(block.of, {})
        if block.value is not None:
            document[key][block.of][inner] = _nested(block.value)
        if block.printable and block.symbolic is not None:
            document["symbolic"].setdefault(block.of, {})[inner] = _nested(block.symbolic)
        if block.formula:
            document["formula"].setdefault(block.of, {})[inner] = block.formula.text
    if result.changes:
        document["reuse"] = reuse_entries(result.changes)
    if result.products:
        del document[key]
        document["products"] = {}
    for product in result.products:
        document["products"].setdefault(product.kind, {})[product.name] = _nested(product.value)
    return {name: value for name, value in document.items() if value not in (None, {}) or name == key}


def gradcheck_json(run: Run) -> str:
    """Return the document of ``jac gradcheck -f json``: one result per block with its worst entry."""
    document = {**head(run), "results": [result_json(check, report) for report, check in run.checks]}
    if branches := [{"file": name, "message": m} for r in run.reports for name in r.files[:1] for m in r.unvisited]:
        document["unvisited"] = branches
    if run.problems:
        document["problems"] = [_problem(problem) for problem in run.problems]
    document["reports"] = [_about(report) for report in run.reports]
    return _dump(document)


def _about(report: Report) -> dict[str, Any]:
    """Return the fields of a report beside its checks; the checks themselves follow in the order of ``results``."""
    return {
        "files": list(report.files), "duration_s": round(report.duration, 3), "expect": report.expect, "seed": report.seed,
        "checks": len(report.checks),
    }  # fmt: skip


def gradcheck_jsonl(run: Run) -> str:
    """Return one line per result and per problem, each with its ``type``, and a last one about the run."""
    rows: list[dict[str, Any]] = [{"type": "result", **result_json(check, report)} for report, check in run.checks]
    rows += [{"type": "problem", **_problem(problem)} for problem in run.problems]
    return "".join(f"{_dump(row, indent=None)}\n" for row in (*rows, {"type": "run", **head(run)}))


def head(run: Run) -> dict[str, Any]:
    """Return what every document says of the run as a whole."""
    return {
        "schema_version": VERSION,
        "tool": {"name": "jaccli", "version": run.version},
        "seed": run.seed,
        "duration_s": round(run.duration, 3),
        "summary": run.counts,
        **({"shard": _shard(run.shard)} if run.shard is not None else {}),
    }


def _shard(shard: Shard) -> dict[str, Any]:
    return {"number": shard.number, "count": shard.count, "digest": shard.digest, "names": list(shard.names)}


def problems_json(problems: Sequence[Problem]) -> str:
    """Return the document of ``jac validate -f json``."""
    return _dump({"schema_version": VERSION, "problems": [_problem(problem) for problem in problems]})


def result_json(check: Check, report: Report) -> dict[str, Any]:
    """Return one check as every JSON document has it."""
    numbers = {
        "value": check.value, "reference": check.reference, "error_bar": check.error_bar, "abs_error": check.abs_error,
        "rel_error": check.rel_error, "ulps": check.ulps, "detectable": check.detectable, "rtol": check.rtol,
    }  # fmt: skip
    point = _point(check.point)
    return {
        "id": check.id,
        "outcome": check.outcome,
        "code": check.code,
        "name": RULES[check.code].name if check.code else None,
        "file": check.file,
        "span": _span(check.span),
        "of": check.of,
        "wrt": check.wrt,
        "of_index": list(check.of_index),
        "wrt_index": list(check.wrt_index),
        **({"point": point} if point is not None else {}),
        "tested": check.tested,
        **{name: json_number(number) for name, number in numbers.items()},
        "entries": check.entries,
        "decided": check.decided,
        "open_share": json_number(check.open_share) if check.outcome == Outcome.INCONCLUSIVE else None,
        "failed": check.failed,
        "expected_to_fail": report.expect == "fail",
        "rows": report.rows or None,
        "reference_route": check.reference_route,
        "evaluations": check.evaluations,
        "guarantee": check.guarantee,
        "witnesses": list(check.witnesses),
        "message": check.message,
        "kink": check.kink or None,
        "help": check.help,
        "rerun": check.rerun,
        "target": check.target,
        "about": check.about,
        "point_index": check.point_index,
        "open_allowed": None if check.open_allowed is None else json_number(check.open_allowed),
        "reason": check.reason,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "name": RULES[problem.code].name,
        "message": problem.message,
        "file": problem.span.file if problem.span else None,
        "span": _span(problem.span),
        "help": problem.help,
    }


def _span(span: Span | None) -> dict[str, int] | None:
    if span is None:
        return None
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}
