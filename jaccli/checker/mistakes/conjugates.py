"""Failures by one half of complex numbers → the conjugate that is lost, where the real parts are right and the others flipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jaccli.results.checks import Check

__all__ = ["conjugates"]

REAL, IMAG = ".real", ".imag"


def conjugates(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks, those that are a lost conjugate saying so.

    Law: by the imaginary part of an input, or of an output, the sign is wrong, and by its real part nothing is.
    """
    known = {(check.tested, check.of, check.wrt): check for check in checks}
    return tuple(_named(check, known) for check in checks)


def _named(check: Check, known: dict[tuple[str, str, str], Check]) -> Check:
    if check.outcome != "fail" or check.code != "JAC101":
        return check
    for name, partner in (
        (check.wrt, (check.tested, check.of, check.wrt.removesuffix(IMAG) + REAL)),
        (check.of, (check.tested, check.of.removesuffix(IMAG) + REAL, check.wrt)),
    ):
        real = known.get(partner)
        if name.endswith(IMAG) and real is not None and real.outcome == "pass":
            whole = name.removesuffix(IMAG)
            help_ = (
                f"the conjugate is lost: the derivative is right for the real part of `{whole}`, and has the wrong sign for its "
                f"imaginary part; a cotangent of `{whole}` goes back through the conjugate transpose, as that of fft does"
            )
            return replace(check, help=help_)
    return check
