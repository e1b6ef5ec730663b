"""Failures by one half of complex numbers → the conjugate that is lost, where the real parts are right and the others flipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np

from jaccli.adapters.subject import Blocks, Trouble
from jaccli.results.checks import Check
from jaccli.results.kinds import Label, Outcome

__all__ = ["conjugates"]

REAL, IMAG = ".real", ".imag"
CLOSE = 1e-6  # of the largest entry, by which blocks that must be equal may differ
MOST = 8  # inputs, or outputs, that are tried in pairs
BACK = "a cotangent goes back through the conjugate transpose, which for fft is len(x)*ifft"


def conjugates(checks: Sequence[Check], blocks: Mapping[str, Blocks] | None = None) -> tuple[Check, ...]:
    """Return the checks, with a lost conjugate named where that is the mistake.

    blocks: those of each tested derivative, for real arrays that are the two halves of complex numbers.
    Law:    by the imaginary part of an input, or of an output, the sign is wrong, and by its real part nothing is. Of real arrays
            the wrong signs must also be those that Cauchy and Riemann's equations would have otherwise, in every entry.
    """
    known = {(check.tested, check.of, check.wrt): check for check in checks}
    halves = {id(check): words for check, words in _halves(known, blocks or {})}
    return tuple(
        replace(check, help=halves[id(check)]) if id(check) in halves else _named(check, known) for check in checks
    )


def _named(check: Check, known: dict[tuple[Label, str, str], Check]) -> Check:
    if check.outcome != Outcome.FAIL or check.code != "JAC101":
        return check
    for name, partner in (
        (check.wrt, (check.tested, check.of, check.wrt.removesuffix(IMAG) + REAL)),
        (check.of, (check.tested, check.of.removesuffix(IMAG) + REAL, check.wrt)),
    ):
        real = known.get(partner)
        if name.endswith(IMAG) and real is not None and real.outcome == Outcome.PASS:
            whole = name.removesuffix(IMAG)
            help_ = (
                f"the conjugate is lost: the derivative is right for the real part of `{whole}`, and has the wrong sign for its "
                f"imaginary part; a cotangent of `{whole}` goes back through the conjugate transpose, as that of fft does"
            )
            return replace(check, help=help_)
    return check


def _halves(known: Mapping[tuple[Label, str, str], Check], blocks: Mapping[str, Blocks]) -> Iterator[tuple[Check, str]]:
    """Yield the checks of a lost conjugate among real arrays, with the words for it.

    Law: of two outputs and two inputs those on the diagonal are right and equal, the others of the wrong sign and opposite.
    """
    for tested, found in blocks.items():
        outputs, inputs = (list(dict.fromkeys(pair[k] for pair in found)) for k in (0, 1))
        if max(len(outputs), len(inputs)) > MOST:
            continue
        for re, im in permutations(outputs, 2):
            for a, b in permutations(inputs, 2):
                four = [known.get((Label(tested), y, x)) for y, x in ((re, a), (re, b), (im, a), (im, b))]
                if outputs.index(re) < outputs.index(im) and _flipped(four) and _conjugate(found, re, im, a, b):
                    words = (
                        f"the conjugate is lost, of a rotation the transpose: `{re}` and `{im}` move with `{a}` and `{b}` as the "
                        "two parts of a complex number do, and the derivative is right but for the sign of the imaginary one; "
                        f"{BACK}"
                    )
                    yield from ((check, words) for check in four[1:3] if check is not None)


def _flipped(four: Sequence[Check | None]) -> bool:
    """Return whether the blocks off the diagonal have the wrong sign, and those on it are right."""
    return all(
        check is not None
        and (check.outcome == Outcome.PASS if k in (0, 3) else check.outcome == Outcome.FAIL and check.code == "JAC101")
        for k, check in enumerate(four)
    )


def _conjugate(found: Blocks, re: str, im: str, a: str, b: str) -> bool:
    """Return whether the tested blocks are those of the conjugate of an analytic function, none of them zero."""
    parts = [found[pair] for pair in ((re, a), (re, b), (im, a), (im, b))]
    if any(isinstance(part, Trouble) for part in parts):
        return False
    one, two, three, four = (np.asarray(part, dtype=np.float64) for part in parts)
    if not one.shape == two.shape == three.shape == four.shape:
        return False
    most = max(float(np.max(np.abs(part), initial=0.0)) for part in (one, two))
    apart = max(float(np.max(np.abs(one - four), initial=0.0)), float(np.max(np.abs(two + three), initial=0.0)))
    return bool(np.any(one) and np.any(two) and apart <= CLOSE * most)
