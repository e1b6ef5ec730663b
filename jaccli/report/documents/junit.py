"""A run → JUnit XML: a suite per spec or function, a case per check; what matters and was not verified fails."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from jaccli.errors import Problem
from jaccli.report.documents.findings import text_of
from jaccli.report.gradcheck.problems import WORDS, problem_text
from jaccli.report.words.plain import one_line, printable
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome
from jaccli.results.run import Run

__all__ = ["junit"]


def junit(run: Run) -> str:
    """Return the document; at most one failure, error or skip per case, as the readers of JUnit expect."""
    root = Element("testsuites", name="jaccli", time=f"{run.duration:.3f}")
    for report in run.reports:
        _suite(root, run, report)
    for file in dict.fromkeys(_file(problem) for problem in run.problems):
        suite = SubElement(root, "testsuite", name=file, time="0")
        for problem in (p for p in run.problems if _file(p) == file):
            _broken(suite, file, problem)
    for suite in root:
        _count(suite, list(suite))
    _count(root, [case for suite in root for case in suite])
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, run: Run, report: Report) -> None:
    name = one_line(", ".join(report.files))
    suite = SubElement(root, "testsuite", name=name, time=f"{report.duration:.3f}")
    for check in report.checks:
        case = _case(suite, name, check)
        if check.outcome == Outcome.FAIL and run.allowed(report, check):
            SubElement(case, "system-out").text = "failed, as expected"
        elif check.outcome in (Outcome.FAIL, Outcome.ERROR):
            child = SubElement(
                case, "failure" if check.outcome == Outcome.FAIL else "error", type=check.code or "JAC100"
            )
            child.set("message", _message(check))
            child.text = text_of(check)
        elif check.unverified and check.id not in run.accepted:
            child = SubElement(case, "failure", type=check.code or "JAC207", message=f"not verified: {_reason(check)}")
            child.text = text_of(check)
        elif check.outcome in (Outcome.INCONCLUSIVE, Outcome.SKIPPED):
            SubElement(case, "skipped", message=f"{check.outcome}: {_reason(check)}")
    if report.expect == "fail" and not report.ok and not report.counts["fail"]:
        case = SubElement(suite, "testcase", classname=name, name="expect: fail", time="0")
        SubElement(case, "failure", message="a claim should be wrong, and none is", type="JAC100")


def _case(suite: Element, name: str, check: Check) -> Element:
    case = SubElement(
        suite, "testcase", classname=name, name=one_line(check.name), time="0", file=printable(check.file)
    )
    if check.span:
        case.set("line", str(check.span.line))
    return case


def _message(check: Check) -> str:
    code = check.code or "JAC100"
    return one_line(f"{code} {WORDS.get(code, '')}: {check.message or check.id}")


def _reason(check: Check) -> str:
    return one_line(check.message) or WORDS.get(check.code or "", "")


def _broken(suite: Element, file: str, problem: Problem) -> None:
    place = f" (line {problem.span.line})" if problem.span else ""
    case = SubElement(suite, "testcase", classname=file, name=one_line(f"can be used{place}"), time="0", file=file)
    error = SubElement(case, "error", message=one_line(f"{problem.code} {problem.message}"), type=problem.code)
    error.text = printable(problem_text(problem).plain).rstrip()


def _file(problem: Problem) -> str:
    return printable(problem.span.file) if problem.span else "jaccli"


def _count(element: Element, cases: list[Element]) -> None:
    element.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(case.find(tag) is not None for case in cases)))
