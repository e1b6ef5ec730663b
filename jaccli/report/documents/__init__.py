"""A finished run → documents for machines and CI services, one writer per format."""

from jaccli.report.documents.choose import DOCUMENTS, Document, document
from jaccli.results.run import Run

__all__ = ["DOCUMENTS", "Document", "Run", "document"]
