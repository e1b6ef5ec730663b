"""Partials that would cancel where their op does not, against 40 digits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check

#: Where SciPy's beta has all its digits.
POINTS = [
    (1e10, 2.0),
    (1e10, 0.5),
    (3e9, 7.3),
    (1e12, 1.5),
    (10.0, 1e-10),
    (2.0, 3.0),
    (5.0, 0.004),
    (0.01, 1e-9),
    (7.0, 0.00684),
]


@pytest.mark.parametrize(("a", "b"), [*POINTS, *((b, a) for a, b in POINTS)])
def test_slopes_of_beta_keep_their_digits_beside_a_far_larger_number(a: float, b: float) -> None:
    with mpmath.workdps(40):
        whole = mpmath.psi(0, mpmath.mpf(a) + b)
        right = {x: float(mpmath.beta(a, b) * (mpmath.psi(0, at) - whole)) for x, at in (("a", a), ("b", b))}
    checks = check(
        jaccli.parse({"inputs": {"a": a, "b": b}, "outputs": {"y": "beta(a, b)"}}).built, CheckOptions()
    ).checks
    own = [one for one in checks if one.tested in ("forward", "reverse")]
    assert len(own) == 4
    for one in own:
        assert one.outcome == "pass"
        np.testing.assert_allclose(float(str(one.value)), right[str(one.wrt)], rtol=2e-12)
