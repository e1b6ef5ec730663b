"""The formats of a finished run by name: the writer of each, imported when it is used, and what its files are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from jaccli.results.run import Run

__all__ = ["DOCUMENTS", "Document", "document"]


@dataclass(frozen=True, slots=True)
class Document:
    """One format: who reads it, and the function of its module that writes it."""

    reader: str
    writer: tuple[str, str]


_HERE = "jaccli.report.documents"
DOCUMENTS = {
    "json": Document("programs: one document, `jac schema --of gradcheck`", ("jaccli.report.json", "gradcheck_json")),
    "jsonl": Document("programs: a line per check, then one of the run", ("jaccli.report.json", "gradcheck_jsonl")),
    "junit": Document("CI services: tests and their failures", (f"{_HERE}.junit", "junit")),
    "sarif": Document("code scanning: SARIF 2.1.0", (f"{_HERE}.sarif", "sarif")),
    "github": Document("GitHub Actions: annotations, as workflow commands", (f"{_HERE}.github", "github")),
    "gitlab": Document("GitLab: a code quality report", (f"{_HERE}.gitlab", "gitlab")),
    "concise": Document("editors: a line per finding, file:line:column: CODE text", (f"{_HERE}.concise", "concise")),
    "html": Document("people: one page with pictures, for a browser", ("jaccli.report.pages.gradcheck", "html")),
    "markdown": Document("people: a page, such as GitHub's step summary", (f"{_HERE}.markdown", "markdown")),
}


def document(name: str, run: Run) -> str:
    """Return the run in the named format, ending with a newline."""
    module, function = DOCUMENTS[name].writer
    write: Callable[[Run], str] = getattr(import_module(module), function)
    text = write(run)
    return text if not text or text.endswith("\n") else f"{text}\n"
