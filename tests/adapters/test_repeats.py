"""A derivative that is not the same when it is asked for again, and a value that is another one where it is differentiated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.adapters.modes import _differs
from jaccli.adapters.products import _repeats
from jaccli.adapters.subject import TroubleError

EPS = float(np.finfo(np.float64).eps)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6], ids="{:g}".format)
@pytest.mark.parametrize(("roundings", "apart"), [(0, False), (900, False), (1_100, True)])
def test_value_is_apart_beyond_a_thousand_roundings(size: float, roundings: int, apart: bool) -> None:
    part: Any = SimpleNamespace(value=np.array([size, 0.0]), precision=EPS)
    assert _differs(part, part.value + roundings * EPS * max(size, 1.0)) is apart


def test_value_of_another_shape_is_apart() -> None:
    part: Any = SimpleNamespace(value=np.zeros(2), precision=EPS)
    assert _differs(part, np.zeros((2, 1)))


@pytest.mark.parametrize("factor", [1.0, 1.0009, 0.9991])
def test_answers_repeat_within_a_thousandth(factor: float) -> None:
    _repeats("x", np.array([2.0, np.nan]), np.array([2.0, 1.0]) * factor)


@pytest.mark.parametrize("factor", [1.0011, 0.9989, -1.0])
def test_answers_that_do_not_repeat_are_trouble(factor: float) -> None:
    with pytest.raises(TroubleError, match="`x` differently when asked twice with the same cotangent"):
        _repeats("x", np.array([2.0, 0.0]), np.array([2.0, 0.0]) * factor)


def test_torch_backward_that_doubles_what_it_is_asked_again_is_trouble() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    asked: set[bytes] = set()

    class Accumulating(torch.autograd.Function):  # type: ignore[misc,name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, *y_bar: Any) -> Any:
            (x,), key = ctx.saved_tensors, y_bar[0].numpy().tobytes()
            again = key in asked
            asked.add(key)
            return 3 * x**2 * y_bar[0] * (2 if again else 1)

    report = jaccli.gradcheck(Accumulating.apply, torch.linspace(0.5, 1.5, 3, dtype=torch.float64))
    assert ("JAC204" in {check.code for check in report.checks}, report.ok) == (True, False)
