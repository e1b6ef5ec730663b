"""Headings, sentences and tables → text, Markdown, HTML or LaTeX, with the user's words escaped."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from jaccli.report.words.cells import columns, padded, wrapped
from jaccli.report.words.mathematics import name_of
from jaccli.report.words.painted import FAINT, GRADIENT, HEADING, PLAIN, Line, plain
from jaccli.report.words.plain import html_text, markdown_text, one_line

__all__ = ["SUFFIXES", "WRITERS", "Document", "Section", "lines", "text"]


@dataclass(frozen=True)
class Section:
    """A heading, sentences below it, and a table, whose columns in ``right`` are numbers, of gradients those in ``gradients``."""

    heading: str
    lines: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    right: frozenset[int] = frozenset()
    gradients: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Document:
    """A title and its sections."""

    title: str
    sections: tuple[Section, ...]


def text(document: Document, width: int = 120) -> str:
    """Return the document for a terminal; columns are as wide as their cells, sentences are broken at ``width``."""
    return plain(lines(document, width))


def lines(document: Document, width: int = 120) -> list[Line]:
    """Return the lines of ``text`` in their colours: gradients in blue."""
    parts: list[Line] = [((document.title, HEADING),)]
    for section in document.sections:
        parts += [(), ((section.heading, HEADING),), *_plain_table(section)]
        for line in section.lines:
            parts += [((row, PLAIN),) for row in wrapped(line, max(width, 20))]
    return parts


def _plain_table(section: Section) -> list[Line]:
    if not section.rows:
        return []
    table = [section.header, *section.rows]
    widths = [max(columns(row[k]) for row in table) for k in range(len(section.header))]

    def line(row: tuple[str, ...]) -> Line:
        pieces = []
        for k, (cell, width) in enumerate(zip(row, widths, strict=True)):
            style = GRADIENT if k in section.gradients else PLAIN
            pieces += [("  " if k else "", PLAIN), (padded(cell, width, right=k in section.right), style)]
        return tuple(pieces)

    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    return [line(section.header), ((rule, FAINT),), *map(line, section.rows)]


def markdown(document: Document) -> str:
    """Return the document as GitHub-flavoured Markdown."""
    parts = [f"# {markdown_text(document.title)}"]
    for section in document.sections:
        parts += ["", f"## {markdown_text(section.heading)}"]
        if section.rows:
            rule = "|".join("---:" if k in section.right else "---" for k in range(len(section.header)))
            parts += ["", *(f"| {' | '.join(map(markdown_text, row))} |" for row in (section.header,)), f"|{rule}|"]
            parts += [f"| {' | '.join(map(markdown_text, row))} |" for row in section.rows]
        if section.lines:
            parts += ["", *(f"- {markdown_text(line)}" for line in section.lines)]
    return "\n".join(parts) + "\n"


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 Georgia, serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; }}
table {{ border-collapse: collapse; margin: .5rem 0; }}
th, td {{ padding: .2rem .8rem; text-align: left; border-bottom: 1px solid #ddd; font: 14px/1.4 monospace; }}
th {{ border-bottom: 2px solid #111; }}
.number {{ text-align: right; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def page(document: Document) -> str:
    """Return the document as one HTML page that needs nothing else."""
    parts = []
    for section in document.sections:
        parts.append(f"<h2>{html_text(section.heading)}</h2>")
        if section.rows:
            body = "\n".join(_html_row(section, row, "td") for row in section.rows)
            parts.append(
                f"<table>\n<thead>\n{_html_row(section, section.header, 'th')}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"
            )
        if section.lines:
            parts.append("\n".join(f"<p>{html_text(line)}</p>" for line in section.lines))
    return _PAGE.format(title=html_text(document.title), body="\n".join(parts))


def _html_row(section: Section, row: tuple[str, ...], tag: str) -> str:
    cells = (
        f"<{tag}{' class=number' if k in section.right else ''}>{html_text(cell)}</{tag}>" for k, cell in enumerate(row)
    )
    return f"<tr>{''.join(cells)}</tr>"


def latex(document: Document) -> str:
    """Return the document as LaTeX, a whole one for pdflatex, or for lualatex or xelatex, which have letters of any script."""
    parts = [
        "% for pdflatex; names in letters other than Latin, and small Greek, ones need lualatex or xelatex",
        r"\documentclass{article}",
        r"\usepackage[margin=2cm]{geometry}",
        r"\usepackage{iftex,amssymb,booktabs,longtable}",
        r"\ifPDFTeX\usepackage[T1]{fontenc}\else\usepackage{fontspec}\fi",
        r"\begin{document}",
        r"\small",
    ]
    parts.append(rf"\section*{{{_latex(document.title)}}}")
    for section in document.sections:
        parts.append(rf"\subsection*{{{_latex(section.heading)}}}")
        if section.rows:
            layout = "".join("r" if k in section.right else "l" for k in range(len(section.header)))
            lines = [" & ".join(map(_latex, row)) + r" \\" for row in (section.header, *section.rows)]
            parts += [
                rf"\begin{{longtable}}{{{layout}}}",
                r"\toprule",
                lines[0],
                r"\midrule",
                *lines[1:],
                r"\bottomrule",
                r"\end{longtable}",
            ]
        parts += [_latex(line) + r"\par" for line in section.lines]
    return "\n".join([*parts, r"\end{document}"]) + "\n"


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "…": r"\ldots{}", "∂": r"$\partial$", "×": r"$\times$", "→": r"$\to$", "′": "$'$", "‖": r"$\|$", "·": r"$\cdot$", "−": "$-$",
    "≥": r"$\ge$", "≤": r"$\le$", "≠": r"$\ne$", "²": "$^2$", "ᵀ": r"$^\top$", "⊙": r"$\odot$", "±": r"$\pm$",
    "½": r"$\frac12$", "∞": r"$\infty$", "°": r"$^\circ$", "≈": r"$\approx$",
}  # fmt: skip


def _latex(cell: str) -> str:
    return "".join(_LATEX.get(c) or _letter(c) for c in one_line(cell))


def _letter(c: str) -> str:
    """Return a letter; a Greek one in math mode, since LaTeX's fonts for text lack them."""
    name = name_of(c) if unicodedata.name(c, "").startswith("GREEK") else ""
    return f"${name}$" if name and "mathrm" not in name else c


WRITERS: dict[str, Callable[[Document], str]] = {"text": text, "markdown": markdown, "html": page, "latex": latex}
SUFFIXES = {"text": (".txt",), "markdown": (".md",), "html": (".html", ".htm"), "latex": (".tex",)}
