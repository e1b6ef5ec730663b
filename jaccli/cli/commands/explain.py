"""``jac explain``: forward and backward pass, node by node."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from jaccli.cli.console import consoles, guarded, say
from jaccli.cli.files import written
from jaccli.cli.loading import one_spec, watch_text
from jaccli.cli.options import At, Depth, Expressions, OneOutput, Spec, Unfold, Wrt
from jaccli.errors import UsageError

if TYPE_CHECKING:
    from jaccli.report.words.sentences import Sentences
    from jaccli.results.explained import Explained

__all__ = ["explain"]

#: The most characters of a name, 0 for any number: the first with which a page fits is taken.
NAMES = (0, 24, 18, 14, 12, 10)
CLOSE = 1e-3  # relative: three digits of an answer are enough


@guarded
def explain(
    spec: Spec = None,
    expression: Expressions = None,
    at: At = None,
    of: OneOutput = None,
    wrt: Wrt = None,
    entry: Annotated[
        str | None,
        typer.Option("--entry", metavar="OUTPUT/INPUT", help="List the paths to an entry, such as 's/b[2]'."),
    ] = None,
    depth: Depth = None,
    unfold: Unfold = None,
    full: Annotated[bool, typer.Option("--full", help="Every operation, and arrays in full.")] = False,
    output_format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            help="text, markdown, html or latex.  [default: by the suffix of -o, or text]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to a file; .html is a page to step through."),
    ] = None,
    hide_answers: Annotated[
        bool, typer.Option("--hide-answers", help="Blanks for the numbers of the backward pass.")
    ] = False,
    quiz: Annotated[bool, typer.Option("--quiz", help="Ask for the gradients, and check the answers.")] = False,
    language: Annotated[
        str, typer.Option("--lang", metavar="LANGUAGE", help="Language of the sentences: en or zh (Chinese).")
    ] = "en",
) -> None:
    """Show the forward and the backward pass, node by node, and the Jacobian in words.

    A page, `-o page.html`, shows the graph and walks through both passes; with --entry or --hide-answers it is a document to print.
    """
    from jaccli.compute.explain import explain as run
    from jaccli.report.learn.document import WRITERS, format_of
    from jaccli.report.learn.explained import explained_document
    from jaccli.report.words.sentences import sentences

    words = sentences(language)
    name = output_format or format_of(output)
    if name not in WRITERS:
        raise UsageError(f"--format must be one of {', '.join(WRITERS)} (got {name})")
    built, values = one_spec("explain", spec, expression, at)
    if name == "html" and not (entry or hide_answers or quiz):
        written(watch_text(built, of, values), output)
        return
    found = run(
        built, of=of, wrt=tuple(wrt or ()), entry=entry, at=values, full=full, depth=depth, unfold=tuple(unfold or ())
    )
    hide = hide_answers or quiz
    written(
        _page(found, hide, words) if name == "text" else WRITERS[name](explained_document(found, hide, words=words)),
        output,
    )
    if quiz:
        _quiz(found, words)


def _page(found: Explained, hide: bool, words: Sentences) -> str:
    """Return the text, with shorter names and numbers on a narrow terminal."""
    from jaccli.report.learn.document import text
    from jaccli.report.learn.explained import explained_document
    from jaccli.report.words.cells import columns

    width = consoles()[0].width
    for names in NAMES:
        page = text(explained_document(found, hide, names, words), width)
        if found.full or max(map(columns, page.splitlines())) <= width:
            break
    return page


def _quiz(found: Explained, words: Sentences) -> None:
    """Ask question after question until the last or the end of input, then print the score."""
    from jaccli.report.learn.explained import questions
    from jaccli.results import numbers

    asked = questions(found)
    if not asked:
        raise UsageError("there is nothing to ask: no gradient is a single number; try jac explain --hide-answers")
    right, answered = 0, 0
    for question in asked:
        given = _answer(f"{question.text} = ", words)
        if given is None:
            break
        answered += 1
        good = math.isclose(given, question.answer, rel_tol=CLOSE, abs_tol=1e-9)
        right += good
        say(words.right if good else words.wrong.format(answer=numbers.value(question.answer)))
    unanswered = words.unanswered.format(count=len(asked) - answered) if answered < len(asked) else ""
    say(words.score.format(right=right, asked=len(asked)) + unanswered)


def _answer(prompt: str, words: Sentences) -> float | None:
    """Return the number that is typed, asking again until it is one; None at the end of input."""
    while True:
        try:
            text = input(prompt).strip()
        except EOFError:
            say("")
            return None
        try:
            return _number(text)
        except (ValueError, ZeroDivisionError):
            say(words.number)


def _number(text: str) -> float:
    above, slash, below = text.replace("−", "-").partition("/")
    return float(above) / float(below) if slash else float(above)
