"""YAML text → the trees of its documents, each with its own mistakes: one that cannot be read does not hide the others."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from jaccli.errors import Problem, SourceError
from jaccli.spec.source import Source
from jaccli.spec.yaml.compose import Composer, Stop
from jaccli.spec.yaml.misread import yaml_problem
from jaccli.spec.yaml.places import joined_pairs
from jaccli.spec.yaml.tree import Node

__all__ = ["Document", "read_documents", "read_tree", "read_trees"]

MAX_CHARACTERS = 2_000_000  # a spec is written by people; larger data belongs in a .csv or .npz
#: In YAML a line that begins so starts a document wherever it stands, in texts and brackets too; its directives stand above it.
_START = re.compile(r"(?:^%[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*)*^---(?=\s|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """The tree of one document, None where it cannot be read, and what is wrong with it."""

    root: Node | None
    problems: tuple[Problem, ...]


def read_tree(source: Source, problems: list[Problem]) -> Node | None:
    """Return the tree of one YAML document, or None for an empty one; mistakes are appended to ``problems``.

    Errors: SourceError where the text cannot be read to its end, with what was found until then, and for a second document.
    """
    found = read_trees(source, problems)
    if len(found) > 1:
        span = source.span(found[1].start, found[1].start + 1)
        raise SourceError([*problems, Problem("JAC001", "a second YAML document starts here", span, "write one alone")])
    return found[0] if found else None


def read_trees(source: Source, problems: list[Problem]) -> list[Node]:
    """Return the trees of all YAML documents that are not empty; mistakes are appended to ``problems``.

    Errors: SourceError where one of them cannot be read, with what was found in all of them.
    """
    documents = read_documents(source)
    problems += [problem for document in documents for problem in document.problems]
    roots = [document.root for document in documents if document.root is not None]
    if len(roots) < len(documents):
        raise SourceError(problems)
    return roots


def read_documents(source: Source) -> list[Document]:
    """Return the documents that are not empty.

    Errors: SourceError for a text that is too long, or no text.
    """
    _look_at(source)
    shift = int(source.text.startswith("\ufeff"))  # a byte order mark, which PyYAML does not count
    starts = [match.start() for match in _START.finditer(source.text, shift)]
    if not starts or re.sub(r"#.*", "", source.text[shift : starts[0]]).strip():
        starts = [shift, *starts]
    documents: list[Document] = []
    count = 0  # nodes of all documents together, which the composer limits
    for start, stop in itertools.pairwise([*starts, len(source.text)]):
        found, count = _document(source, start, stop, count)
        documents += found
    return documents


def _look_at(source: Source) -> None:
    try:
        source.text.encode()
    except UnicodeEncodeError as error:
        message = f"character U+{ord(source.text[error.start]):04X} is not text"
        span = source.span(error.start, error.start + 1)
        raise SourceError([Problem("JAC001", message, span, "save the file as UTF-8 text")]) from None
    if len(source.text) > MAX_CHARACTERS:
        problem = Problem(
            "JAC009",
            f"the spec has {len(source.text):,} characters, more than {MAX_CHARACTERS:,}",
            source.span(0, 0),
            "keep large data in a .csv or .npz file and name it under `constants:`",
        )
        raise SourceError([problem])


def _document(source: Source, start: int, stop: int, count: int) -> tuple[list[Document], int]:
    """Return the document between two places, none where it is empty, and how many nodes have been read so far."""
    problems: list[Problem] = []
    text, cuts = joined_pairs(source.text[start:stop])
    composer = Composer(source, problems, start, count, cuts)
    try:
        for event in _events(text):
            composer.take(event)
    except yaml.YAMLError as error:
        problems.append(composer.too_deep(error) or yaml_problem(source, error, start))
    except Stop as stopped:
        problems.append(stopped.problem)
    except SourceError as error:  # more mistakes than are listed
        problems = list(error.problems)
    else:
        roots = composer.roots
        return [Document(root, tuple(problems if k == 0 else ())) for k, root in enumerate(roots)], composer.count
    return [Document(None, tuple(problems))], count


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))
