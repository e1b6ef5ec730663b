"""``jac explain``: forward and backward pass, node by node."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from jaccli.cli.console import consoles, guarded, say
from jaccli.cli.files import painted, written
from jaccli.cli.loading import one_spec, watch_text
from jaccli.cli.options import (
    At,
    Color,
    Depth,
    Expressions,
    OneOutput,
    Spec,
    Unfold,
    Wrt,
    completing,
    format_option,
)
from jaccli.cli.runs.progress import working
from jaccli.errors import UsageError

if TYPE_CHECKING:
    from jaccli.report.words.painted import Line
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
        format_option(
            "text, markdown, html or latex.  [default: by the suffix of -o, or text]",
            "text",
            "markdown",
            "html",
            "latex",
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
        str,
        typer.Option(
            "--lang",
            metavar="LANGUAGE",
            help="Language of the sentences: en or zh (Chinese).",
            autocompletion=completing("en", "zh"),
        ),
    ] = "en",
    color: Color = "auto",
) -> None:
    """Show the forward and the backward pass, node by node, and the Jacobian in words.

    A page, `-o page.html`, shows the graph and walks through both passes; with --entry or --hide-answers it is a document to print.
    """
    from jaccli.compute.explain import explain as run
    from jaccli.report.choice import format_of
    from jaccli.report.learn.document import SUFFIXES, WRITERS
    from jaccli.report.learn.explained import explained_document
    from jaccli.report.words.sentences import sentences

    words = sentences(language)
    name = format_of(output_format, output, SUFFIXES)
    out, err = consoles(color)
    with working(err, "explaining", spec or "the expression"):
        built, values = one_spec("explain", spec, expression, at)
        if name == "html" and not (entry or hide_answers or quiz):
            document = watch_text(built, of, values, language)
            found = None
        else:
            unfolded = tuple(unfold or ())
            found = run(
                built, of=of, wrt=tuple(wrt or ()), entry=entry, at=values, full=full, depth=depth, unfold=unfolded
            )
            document = (
                "" if name == "text" else WRITERS[name](explained_document(found, hide_answers or quiz, words=words))
            )
    if found is not None and name == "text":
        painted(_page(found, hide_answers or quiz, words, out.width), output, out)
    else:
        written(document, output)
    if found is not None and quiz:
        _quiz(found, words)


def _page(found: Explained, hide: bool, words: Sentences, width: int) -> list[Line]:
    """Return the text, with shorter names and numbers on a narrow terminal."""
    from jaccli.report.learn.document import lines
    from jaccli.report.learn.explained import explained_document
    from jaccli.report.words.painted import widest

    for names in NAMES:
        page = lines(explained_document(found, hide, names, words), width)
        if found.full or widest(page) <= width:
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
