"""A run → GitLab's code quality report, shown beside the lines of a merge request.

Source: GitLab, Code Quality: description, check_name, fingerprint, severity, location.path and location.lines.begin are asked for;
equal fingerprints in two runs are one finding, which is neither new nor mended.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

from jaccli.report.documents.findings import Finding, findings
from jaccli.report.documents.paths import relative
from jaccli.report.words.plain import json_text, printable
from jaccli.results.run import Run

__all__ = ["gitlab"]

SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def gitlab(run: Run) -> str:
    """Return the list of findings that lie in files, each with a fingerprint of its own."""
    seen: Counter[str] = Counter()
    rows = []
    for finding in findings(run):
        path = relative(finding.file)
        if path is not None:
            seen[finding.fingerprint] += 1
            rows.append(_row(finding, printable(path), seen[finding.fingerprint]))
    return json_text(rows)


def _row(finding: Finding, path: str, number: int) -> dict[str, Any]:
    fingerprint = finding.fingerprint
    if number > 1:  # the same mistake twice in one file
        fingerprint = hashlib.sha256(f"{fingerprint}{number}".encode()).hexdigest()[:32]
    return {
        "description": f"{finding.code} {finding.title}",
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": SEVERITIES[finding.level],
        "location": {"path": path, "lines": {"begin": finding.span.line if finding.span else 1}},
    }
