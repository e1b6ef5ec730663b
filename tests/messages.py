"""A spec → the mistakes in it as rows of a table: code, place, the text under the caret, words and remedy."""

import pytest

from jaccli.errors import SourceError
from jaccli.graph.build import build
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

IN_LINE_6 = "inputs:\n  x: 2\n  v: {shape: [3]}\n  A: {shape: [2, 3]}\noutputs:\n  f: "
HEAD = "inputs: {x: 1}\noutputs:\n  y: "


def mistakes(text, folder=None):
    """Return what is wrong with a spec: (code, line, column, text under the caret, message, help) of each mistake."""
    problems = []
    try:
        build(read_spec(Source("s.yaml", text), folder, problems), problems)
    except SourceError as error:
        problems = error.problems
    return [row(problem) for problem in problems]


def row(problem):
    span = problem.span
    if span is None:
        return (problem.code, problem.message, problem.help)
    end = span.end_column - 1 if span.end_line == span.line else None
    return (problem.code, span.line, span.column, span.text[span.column - 1 : end], problem.message, problem.help)


def unusable(read):
    """Return the one mistake for which ``read`` gives up."""
    with pytest.raises(SourceError, match="JAC") as caught:
        read()
    (problem,) = caught.value.problems
    return row(problem)
