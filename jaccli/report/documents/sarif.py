"""A run → SARIF 2.1.0, as code scanning reads it.

Source: OASIS, Static Analysis Results Interchange Format Version 2.1.0; GitHub, SARIF support for code scanning, which asks for a
region with all four numbers and for ``primaryLocationLineHash``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jaccli.errors import Span
from jaccli.report.documents.findings import Finding, findings
from jaccli.report.documents.paths import uri
from jaccli.report.words.plain import json_text, printable
from jaccli.results.run import Run
from jaccli.verdict.rules import RULES, Rule

__all__ = ["sarif"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
NO_FILE = "no-file"  # of an expression or a path that is not there; code scanning refuses the whole log if a result has no location
MAX_RESULTS = 5_000  # of one run that GitHub shows; it takes no more than 25,000


def sarif(run: Run) -> str:
    """Return the document: the rules that were drawn, and a result for each finding, the worst first."""
    found = findings(run)[:MAX_RESULTS]
    codes = sorted({finding.code for finding in found})
    content = {
        "tool": {"driver": _driver(run, codes)},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not run.counts["error"]}],
        "results": [_result(finding, codes) for finding in found],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [content]}
    return json_text(log)


def _driver(run: Run, codes: Sequence[str]) -> dict[str, Any]:
    version = {"version": run.version, "semanticVersion": run.version} if run.version else {}
    return {"name": "jaccli", **version, "rules": [_rule(RULES[code]) for code in codes]}


def _rule(rule: Rule) -> dict[str, Any]:
    camel = "".join(word.capitalize() for word in rule.name.split("-"))
    return {
        "id": rule.code,
        "name": camel,
        "shortDescription": {"text": rule.meaning},
        "fullDescription": {"text": rule.meaning},
        "help": {"text": rule.mend, "markdown": f"{rule.mend}\n\n`jac rule {rule.code}` shows an example."},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, codes: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.level,
        "message": {"text": _message(f"{finding.title}\n\n{finding.text}")},
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint[:16]}:1",
            "jaccliId/v1": printable(finding.id),
        },
    }
    place = uri(finding.file)
    base = {"uri": NO_FILE} if place is None else {"uri": place, "uriBaseId": "%SRCROOT%"}
    regions = _regions(finding.span if place else None)
    return {**result, "locations": [{"physicalLocation": {"artifactLocation": base, **regions}}]}


def _message(text: str) -> str:
    """Return text in which the two special forms of messages are harmless: {0} and [text](link), sections 3.11.5 and 3.11.6."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _regions(span: Span | None) -> dict[str, Any]:
    """Return the place of a finding, its source text and the line around it: code scanning shows them without the repository."""
    if span is None:
        return {"region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}}
    region: dict[str, Any] = {
        "startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column,
    }  # fmt: skip
    text = span.text[span.column - 1 : span.end_column - 1]
    if span.line != span.end_line or not text:  # a span knows its first line only
        return {"region": region}
    around = {"startLine": span.line, "endLine": span.line, "snippet": {"text": printable(span.text)}}
    return {"region": {**region, "snippet": {"text": printable(text)}}, "contextRegion": around}
