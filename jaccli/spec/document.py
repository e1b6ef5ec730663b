"""YAML text → the trees of its documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from jaccli.errors import Problem, SourceError
from jaccli.spec.compose import Composer, Stop
from jaccli.spec.misread import yaml_problem
from jaccli.spec.source import Source
from jaccli.spec.tree import Node

__all__ = ["read_tree", "read_trees"]

MAX_CHARACTERS = 2_000_000  # a spec is written by people; larger data belongs in a .csv or .npz


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

    Errors: SourceError where the text cannot be read to its end, with what was found until then.
    """
    try:
        source.text.encode()
    except UnicodeEncodeError as error:
        message = f"character U+{ord(source.text[error.start]):04X} is no text"
        span = source.span(error.start, error.start + 1)
        raise SourceError([*problems, Problem("JAC001", message, span, "save the file as UTF-8 text")]) from None
    if len(source.text) > MAX_CHARACTERS:
        problem = Problem(
            "JAC009",
            f"the spec has {len(source.text):,} characters, more than {MAX_CHARACTERS:,}",
            source.span(0, 0),
            "keep large data in a .csv or .npz file and name it under `constants:`",
        )
        raise SourceError([*problems, problem])
    shift = source.text.startswith("\ufeff")  # a byte order mark, which PyYAML does not count
    composer = Composer(source, problems, shift)
    try:
        for event in _events(source.text[shift:]):
            composer.take(event)
    except yaml.YAMLError as error:
        found = composer.too_deep(error) or yaml_problem(source, error, shift)
        raise SourceError([*problems, found]) from None
    except Stop as stop:
        raise SourceError([*problems, stop.problem]) from None
    return composer.roots


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))
