"""Signs of balls and of exact numbers."""

from __future__ import annotations

import pytest

from jaccli.certify import available
from jaccli.certify.balls import sign_of

pytestmark = pytest.mark.skipif(not available(), reason="python-flint is not installed (extra flint)")


@pytest.mark.parametrize(("x", "sign"), [(0, 0), (3, 1), (-2, -1), (0.0, 0)])
def test_sign_of_an_exact_number_is_its_own(x: float, sign: int) -> None:
    assert sign_of(x) == sign
