"""The words for results: outcomes, labels of what was tested, what it was judged by, and why an entry is open."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["JudgedBy", "Label", "Outcome", "Reason", "Route"]


class Outcome(StrEnum):
    """How a check, or a whole run, ended."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    SKIPPED = "skipped"


class Label(StrEnum):
    """What a check has tested: a route of the program, a derivative by the user, or a property of several."""

    FORWARD = "forward"
    REVERSE = "reverse"
    SYMBOLIC = "symbolic"
    CLAIM = "claim"
    JACOBIAN = "jacobian"
    VJP = "vjp"
    JVP = "jvp"
    PRODUCTS = "jvp·vjp"  # <v, J u> = <Jᵀ v, u>
    HESSIAN = "hessian"
    HVP = "hvp"
    SYMMETRY = "symmetry"
    TARGET = "target"  # the values of a spec's code; its derivatives are called "target-vjp" and so on
    TARGET_JACOBIAN = "target-jacobian"
    TARGET_VJP = "target-vjp"
    TARGET_JVP = "target-jvp"
    TARGET_REVERSE = "target-reverse"
    TARGET_FORWARD = "target-forward"
    TARGET_DIFFERENCE = "target-difference"
    VALUES = "values"  # of a function, held against a reference
    FUNCTION = "function"  # a Python function as a whole, which could not be checked or has a note
    SPEC = "spec"

    @property
    def of_code(self) -> bool:
        """Whether it is about the code that a spec names."""
        return self in OF_CODE


OF_CODE = frozenset({
    Label.TARGET, Label.TARGET_JACOBIAN, Label.TARGET_VJP, Label.TARGET_JVP, Label.TARGET_REVERSE, Label.TARGET_FORWARD,
    Label.TARGET_DIFFERENCE,
})  # fmt: skip


class Reason(StrEnum):
    """Why a reference, or a verdict, is not what it is elsewhere at an entry."""

    NONE = ""
    KINK = "kink"
    JUMP = "jump"
    CUSP = "cusp"
    DOMAIN = "domain"
    EDGE = "edge"  # of the domain
    STEP_WINDOW = "step window"
    STAIRCASE = "staircase"
    NOISE = "noise"
    TIME = "time"
    NOT_ANALYTIC = "not analytic"
    NOT_FINITE = "non-finite"
    SUBGRADIENT = "subgradient"  # accepted between the slopes of a kink


class JudgedBy(StrEnum):
    """What a derivative was held against."""

    DIFFERENCE = "difference"
    CERTIFIED = "certified"
    COMPLEX_STEP = "complex step"
    FORMULA = "formula"
    VJP = "vjp"
    LINEARITY = "linearity"
    DIRECTIONS = "directions"
    SEGMENTS = "segments"  # the values at both ends, which the derivative between them adds up to
    REFERENCE = "reference"  # the same mathematics in float64, at the same numbers
    ROWS = "rows"  # of a Jacobian, added up: a product is linear in its seed
    COLUMNS = "columns"


class Route(StrEnum):
    """How ``jac compute`` is asked to get a Jacobian."""

    AUTO = "auto"
    SYMBOLIC = "symbolic"
    FORWARD = "forward"
    REVERSE = "reverse"
    DIFFERENCE = "difference"
    CERTIFIED = "certified"
