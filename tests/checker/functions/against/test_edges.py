"""Kernels where numbers end: domains, infinities, saturation, choices that wander; right ones never fail, and mistakes never pass."""

from __future__ import annotations

import pytest

import jaccli
from jaccli.results.kinds import Outcome

torch = pytest.importorskip("torch", reason="needs jaccli[torch]")

from low_precision_kernels import kernel  # noqa: E402

DTYPES = (torch.bfloat16, torch.float16, torch.float32)
INF = float("inf")


def rows(plain, numbers, dtype, mistake=None, inside=torch.float32):
    """Return the outcomes of values and derivative."""
    report = jaccli.gradcheck(
        kernel(plain, mistake, inside, refuses_doubles=True), torch.tensor(numbers, dtype=dtype), reference=plain
    )
    return {check.wrt: check for check in report.checks if not check.help.startswith("this is about the reference")}


PARTS = {
    "log(1 - x)": (lambda x: torch.log(1 - x), [0.1, 0.5, 0.9, 0.97]),
    "arcsin": (torch.arcsin, [0.1, -0.5, 0.95]),
    "arcsin at its end": (torch.arcsin, [0.5, 1.0]),
    "arccosh": (torch.acosh, [1.01, 1.5, 1.1]),
    "both ends": (lambda x: torch.log(2 - x) + torch.sqrt(x - 1), [1.02, 1.5, 1.97]),
    "log at zero": (torch.log, [0.5, 0.0]),
    "minus infinity": (lambda x: x.masked_fill(x < 0, -INF), [0.5, -1.0, 2.0]),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PARTS)
def test_a_function_of_a_part_of_the_line(name, dtype):
    plain, numbers = PARTS[name]
    right, wrong = rows(plain, numbers, dtype), rows(plain, numbers, dtype, lambda x_bar: 1.1 * x_bar)
    assert Outcome.FAIL not in {check.outcome for check in right.values()}
    assert wrong["x"].outcome == Outcome.FAIL
    if dtype == torch.float32:
        assert {check.outcome for check in right.values()} == {Outcome.PASS}


@pytest.mark.parametrize(
    ("plain", "numbers", "dtype"),
    [
        (lambda x: x * x, [1.0, 300.0, 2.0], torch.float16),
        (torch.exp, [1.0, 100.0], torch.float32),
        (
            lambda x: torch.softmax(x.masked_fill(x < 0, -INF), -1),
            [[0.5, -1.0, 2.0], [-1.0, -2.0, -3.0]],
            torch.bfloat16,
        ),
        (lambda x: x / x.norm(), [0.0, 0.0], torch.bfloat16),
    ],
    ids=["beyond float16", "beyond float32", "a row of nothing", "zero over zero"],
)
def test_numbers_that_the_format_does_not_hold_say_nothing(plain, numbers, dtype):
    check = rows(plain, numbers, dtype)[""]
    assert (check.outcome, check.code, check.message) == (Outcome.INCONCLUSIVE, "JAC207", "not finite at some points")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bad", [INF, -INF, float("nan")])
def test_an_entry_that_is_not_finite_fails(bad, dtype):
    def first(x_bar):
        return torch.cat([x_bar[:1] * 0 + bad, x_bar[1:]])

    check = rows(torch.sin, [0.3, 1.0, 2.0], dtype, first)["x"]
    assert (check.outcome, check.code) == (Outcome.FAIL, "JAC110")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_what_the_formula_loses_in_that_format_is_not_the_kernels(dtype):
    """A saturated tanh computed in low precision has a slope of zero where that in float64 has 1e-9 or so: whole columns."""
    numbers = [[0.1, 2.0, -0.3], [0.2, -1.9, 0.01]]
    right = rows(lambda x: torch.tanh(10 * x), numbers, dtype, inside=dtype)
    wrong = rows(lambda x: torch.tanh(10 * x), numbers, dtype, lambda x_bar: 1.1 * x_bar, inside=dtype)
    assert right["x"].outcome != Outcome.FAIL
    assert wrong["x"].outcome != Outcome.PASS


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_mistake_at_the_largest_entry_does_not_pass_though_it_is_another_at_each_point(dtype):
    def largest(x_bar):
        return torch.where(x_bar.abs() == x_bar.abs().max(), 0.5 * x_bar, x_bar)

    torch.manual_seed(0)
    numbers = torch.randn(8, 64).tolist()
    check = rows(lambda x: torch.layer_norm(x, x.shape[-1:]), numbers, dtype, largest)["x"]
    assert check.outcome in (Outcome.INCONCLUSIVE, Outcome.FAIL)
    if "others at each" in check.message:
        assert "compare the entries at one point" in check.help


def test_a_factor_is_not_called_tf32():
    check = rows(torch.sin, [0.3, 1.0, 2.0], torch.float32, lambda x_bar: 1.0005 * x_bar)["x"]
    assert check.code == "JAC102"
    assert "TF32" not in check.help
