"""Jacobian × reference → verdict: what was tested, whether it is right, how far off it is, what kind of mistake it is."""

from jaccli.verdict.decide import Decision, decide
from jaccli.verdict.diagnose import diagnose
from jaccli.verdict.evidence import Evidence, Factor, Other, Term
from jaccli.verdict.judge import judge
from jaccli.verdict.rules import RULES, Rule

__all__ = [
    "RULES",
    "Decision",
    "Evidence",
    "Factor",
    "Other",
    "Rule",
    "Term",
    "decide",
    "diagnose",
    "judge",
]
