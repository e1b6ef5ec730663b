"""A problem or a failed check → lines with the place, the source and a caret under it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
from rich.text import Text

from jaccli.errors import Problem, Span
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome
from jaccli.verdict import RULES

__all__ = [
    "ROUTES",
    "WORDS",
    "clipped",
    "entry_name",
    "failure_text",
    "judged_by",
    "point_text",
    "problem_text",
    "slopes_words",
    "smallest_seen",
    "told_once",
    "trouble_text",
]

#: Derivatives that have no line of their own: how messages call them.
ROUTES = {"forward": "forward mode", "reverse": "reverse mode", "symbolic": "the symbolic route", "jvp·vjp": "<v, J u>"}
#: How a rule is called in tables and headings.
WORDS = {
    "JAC100": "wrong value", "JAC101": "wrong sign", "JAC102": "wrong factor", "JAC103": "transposed", "JAC110": "not finite",
    "JAC112": "detached (zero)", "JAC202": "kink", "JAC203": "step window", "JAC205": "domain", "JAC207": "noise",
    "JAC208": "timed out", "JAC301": "references disagree", "JAC108": "jvp and vjp disagree", "JAC201": "lower precision",
    "JAC204": "not repeatable", "JAC302": "raised", "JAC303": "answer", "JAC304": "inputs", "JAC305": "shape",
    "JAC306": "changes its input", "JAC320": "import", "JAC321": "code not allowed", "JAC322": "process ended",
    "JAC399": "internal error", "JAC300": "cannot run", "JAC206": "staircase", "JAC307": "no rule",
    "JAC104": "missing term", "JAC105": "extra term", "JAC106": "overwritten", "JAC107": "missing sum",
    "JAC109": "outside the pattern", "JAC111": "permuted", "JAC113": "missing factor", "JAC114": "no subgradient",
    "JAC115": "not linear",
}  # fmt: skip


POINT_WIDTH = 68  # characters of a point on one line, beside its heading on a terminal of 80 columns


def problem_text(problem: Problem) -> Text:
    """Return a spec's mistake as ``jac validate`` shows it."""
    text = Text()
    text.append(f"{problem.code} ", style="bold red").append(problem.message, style="bold").append("\n")
    if problem.span:
        _source(text, problem.span, "")
    if problem.help:
        _hanging(text, "help: ", problem.help)
    return text


def told_once(checks: Iterable[Check]) -> list[tuple[Check, list[Check]]]:
    """Return the checks, each with the later ones that the same trouble left without a verdict.

    Failures of one block that are the same mistake, made by both modes of a function, are reported once as well.
    """
    found: dict[object, tuple[Check, list[Check]]] = {}
    for check in checks:
        found.setdefault(_mistake(check), (check, []))[1].append(check)
    return [(check, others[1:]) for check, others in found.values()]


def _mistake(check: Check) -> object:
    """Return a key that is equal for two checks exactly if they are one finding."""
    if check.outcome in (Outcome.ERROR, Outcome.INCONCLUSIVE):
        return check.code, check.message, check.outcome
    block = (check.file, check.span, check.of, check.wrt, check.point_index, check.of_index, check.wrt_index)
    return *block, check.code, check.help, f"{check.value:.4g}"


def failure_text(check: Check, also: Sequence[Check] = (), *, expected: bool = False) -> Text:
    """Return a failed check: where, what, got, expected, try, and the command that shows it again.

    expected: whether its spec says that it fails.
    """
    if check.outcome == Outcome.ERROR:
        return trouble_text(check, also)
    code = check.code or "JAC100"
    text = Text()
    text.append(f"{code} {WORDS[code]}", style="bold red").append(f": {entry_name(check)}", style="bold").append("\n")
    right = f"{numbers.value(check.reference)} ± {numbers.error(check.error_bar)}"
    if check.slopes:
        right = f"a slope of the kink, {slopes_words(check.slopes)}"
    got = f"gives {numbers.value(check.value)}, expected {right}"
    route = ROUTES.get(check.tested)
    if check.span:
        _source(text, check.span, "" if route else got)
    if route or not check.span:
        text.append(f"  = got    {route or check.tested} {got}\n")
    if point := point_text(check):
        text.append(f"  = at     {point}\n")
    if not check.slopes and np.isfinite(check.abs_error):
        bars = f", {numbers.error(check.abs_error / check.error_bar)} error bars" if check.error_bar > 0 else ""
        text.append(
            f"  = error  abs {check.abs_error:.2e}, rel {check.rel_error:.2e}{bars}"
            f"   (allowed: rel {numbers.error(check.rtol)})\n"
        )
    if also:
        text.append(f"  = also   {', '.join(ROUTES.get(one.tested) or one.tested for one in also)}, in the same way\n")
    if check.entries > 1:
        text.append(f"  = in     {check.failed} of {check.entries} entries; the worst is shown\n")
    if check.kink:
        text.append(f"  = kink   {check.kink}\n")
    text.append(f"  = by     {judged_by(check)}\n")
    if expected:
        text.append("  = note   the spec says that it fails: check: {expect: fail}\n")
    if check.help:
        _hanging(text, "help: ", check.help)
    text.append("  rerun: ", style="dim").append(f"{check.rerun}\n")
    text.append("  more:  ", style="dim").append(f"jac rule {code}\n")
    return text


def trouble_text(check: Check, also: Sequence[Check] = ()) -> Text:
    """Return a check that could not be made or decided, with others that share the reason: where, what, try."""
    code = check.code or "JAC302"
    text = Text()
    text.append(f"{code} {WORDS[code]}", style="bold yellow" if check.outcome == Outcome.INCONCLUSIVE else "bold red")
    text.append(f": {_block(check)}\n", style="bold")
    if check.span:
        _source(text, check.span, "")
    what, help_ = (RULES[code].meaning, RULES[code].mend) if check.is_bare else (check.message, check.help)
    text.append(f"  = what   {what}\n")
    if (least := smallest_seen(check)) is not None:
        text.append(
            f"  = here   errors up to {numbers.error(least)} of {numbers.value(check.value)} would not have been seen\n"
        )
    if also:
        rest = f" and {len(also) - 1} more" if len(also) > 1 else ""
        text.append(f"  = also   {_block(also[0])}{rest}\n")
    if help_:
        _hanging(text, "help: ", help_)
    if check.rerun:
        text.append("  rerun: ", style="dim").append(f"{check.rerun}\n")
    text.append("  more:  ", style="dim").append(f"jac rule {code}\n")
    return text


def _block(check: Check) -> str:
    return f"d {check.of} / d {check.wrt} ({check.tested})" if check.wrt else check.of


def smallest_seen(check: Check) -> float | None:
    """Return the smallest error that would show in an entry left open by noise; None for any other check."""
    least = check.tolerance + check.error_bar
    return least if check.code == "JAC207" and np.isfinite(least) else None


def judged_by(check: Check) -> str:
    """Return what judged a check, and what agrees with it: ``certified (31 digits); central differences and SymPy agree``."""
    if check.reference_route == JudgedBy.VJP:
        return "<J^T v, u> of the vjp, for one pair of random directions"
    if check.reference_route == JudgedBy.LINEARITY:
        return "what the product itself gives for other seeds"
    if check.reference_route == JudgedBy.DIRECTIONS:
        return f"central differences along random directions, {check.evaluations} evaluations"
    if check.reference_route == JudgedBy.DIFFERENCE:
        return f"central differences, {check.evaluations} evaluations"
    if check.reference_route == JudgedBy.FORMULA:
        return "the formula of the spec"
    digits = f" ({check.digits} digits)" if check.digits else ""
    agree = f"; {' and '.join(check.witnesses)} agree{'s' if len(check.witnesses) == 1 and check.witnesses[0] == 'SymPy' else ''}"
    return f"{check.reference_route}{digits}{agree if check.witnesses else ''}"


def slopes_words(slopes: tuple[float, float]) -> str:
    """Return the one-sided slopes of a kink: ``0.0 … 2.0``; rounding beside a larger slope is written as 0."""
    size = max(map(abs, slopes))
    return " … ".join(numbers.value(0.0 if abs(slope) < 1e-9 * size else slope) for slope in slopes)


def entry_name(check: Check) -> str:
    """Return the worst entry in the user's words: ``d f[1] / d x[0]``, of a Hessian ``d² f / d x[0] d y``."""
    first, slash, second = check.wrt.partition("/")
    if slash:
        one, other = check.wrt_index[: check.first_rank], check.wrt_index[check.first_rank :]
        return f"d² {check.of}{_index(check.of_index)} / d {first}{_index(one)} d {second}{_index(other)}"
    of = f"{check.of}{_index(check.of_index)}"
    return f"d {of} / d {check.wrt}{_index(check.wrt_index)}" if check.wrt else of


def _index(index: Sequence[int]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def point_text(check: Check) -> str:
    """Return the point in words; empty where it has too many inputs."""
    parts = []
    for name, value in check.point.items():
        array = np.asarray(value)
        if array.size > 6:
            parts.append(f"{name} of shape {array.shape}")
        else:
            parts.append(f"{name} = {numbers.listed(array.tolist())}")
    between = ", " if sum(map(len, parts)) <= POINT_WIDTH else f",\n{' ' * len('  = at     ')}"
    return between.join(parts) if len(parts) <= 8 else ""


def _source(text: Text, span: Span, note: str) -> None:
    gutter = " " * len(str(span.line))
    text.append(f"{gutter}--> ", style="blue").append(f"{span}\n")
    text.append(f"{gutter} |\n", style="blue")
    shown, start, end = clipped(span)
    text.append(f"{span.line} | ", style="blue").append(f"{shown}\n")
    text.append(f"{gutter} | ", style="blue").append(" " * _width(shown[:start]))
    text.append("^" * max(_width(shown[start:end]), 1), style="bold red").append(f" {note}\n" if note else "\n")


def clipped(span: Span, width: int = 100) -> tuple[str, int, int]:
    """Return the source line, cut to a window around the caret where it is long, and the caret's place in it."""
    line = span.text.replace("\t", " ")
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    if len(line) <= width:
        return line, start, max(end, start + 1)
    left = max(0, start - width // 3)
    cut = ("…" if left else "") + line[left : left + width] + ("…" if left + width < len(line) else "")
    shift = left - (1 if left else 0)
    return cut, start - shift, max(min(end - shift, len(cut)), start - shift + 1)


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _hanging(text: Text, title: str, body: str) -> None:
    """Append ``title`` and the parts of ``body``, one below the other."""
    indent = "\n" + " " * len(title)
    text.append(title, style="green").append(body.replace("; ", indent) + "\n")
