"""Mistakes in frameworks' own derivatives: the lost conjugate, the place of a wrapped function, early stops, overflow."""

import numpy as np
import pytest

import jaccli
from jaccli.adapters.source import file_of, span_of, title_of


def test_conjugate_that_is_lost_is_named():
    torch = pytest.importorskip("torch")

    class Fourier(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            return torch.fft.fft(z)

        @staticmethod
        def backward(ctx, z_bar):
            return torch.fft.fft(z_bar)  # and not of its conjugate

    z = torch.tensor([1 + 2j, 0.5 - 1j, 2 + 0.3j], dtype=torch.complex128)
    found = {(c.of, c.wrt): c for c in jaccli.gradcheck(Fourier.apply, z).checks if c.tested == "reverse"}
    assert {pair: check.outcome for pair, check in found.items()} == {
        ("y.real", "z.real"): "pass", ("y.real", "z.imag"): "fail", ("y.imag", "z.real"): "fail", ("y.imag", "z.imag"): "pass",
    }  # fmt: skip
    assert "the conjugate is lost" in found["y.real", "z.imag"].help


def test_sign_of_a_real_function_is_no_conjugate():
    found = jaccli.gradcheck(np.sin, np.array([0.3, 1.0]), jacobian=lambda x: -np.diag(np.cos(x))).checks[0]
    assert "conjugate" not in found.help


def test_function_inside_a_wrapper_of_jax_is_the_users():
    jax = pytest.importorskip("jax")

    @jax.custom_gradient
    def cube(x):
        return x**3, lambda g: (2 * x**2 * g,)

    assert title_of(cube) == "cube"
    assert file_of(cube).endswith("test_mistakes_of_frameworks.py")
    found = [c for c in jaccli.gradcheck(cube, np.array([1.0, 2.0]), framework="jax").checks if c.outcome == "fail"]
    assert [check.span.file.endswith("test_mistakes_of_frameworks.py") for check in found] == [True]


def test_second_derivative_of_a_rule_is_at_the_rule():
    torch = pytest.importorskip("torch")

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x**3

        @staticmethod
        def backward(ctx, x_bar):
            return x_bar

    assert title_of(Cube.apply) == "Cube"
    assert span_of(Cube.apply).text.strip().startswith("def forward")


@pytest.mark.parametrize(
    ("tol", "outcome", "words"),
    [
        (1e-3, "inconclusive", "moves in steps of"),
        (1e-4, "inconclusive", "moves in steps of"),
        (1e-5, "fail", "no one factor or term explains that"),
    ],
)
def test_solver_that_stops_early_is_named(tol, outcome, words):
    def root(a):
        x, step = 1.0, 1.0
        while abs(step) > tol:
            step = 0.3 * (x**3 + x - a) / (3 * x * x + 1)
            x -= step
        return x

    def roots(a):
        return np.array([root(part) for part in a])

    x = np.array([2.3, 5.1, 3.7])
    (found,) = jaccli.gradcheck(roots, x, jacobian=lambda a: np.diag(1 / (3 * roots(a) ** 2 + 1))).checks
    assert (found.outcome, words in found.message + found.help) == (outcome, True)
    (wrong,) = jaccli.gradcheck(roots, x, jacobian=lambda a: np.diag(1.1 / (3 * roots(a) ** 2 + 1))).checks
    assert wrong.outcome == "fail"


def test_claim_of_a_spec_is_no_solver():
    spec = {
        "inputs": {"x": [1.0, 2.0]},
        "outputs": {"y": "sum(x**3)"},
        "jacobian": {"y": {"x": "3*x**2*[1.001, 1.004]"}},
    }
    (found,) = [c for c in jaccli.parse(spec).gradcheck().checks if c.tested == "claim"]
    assert "solver" not in found.help


def test_overflow_in_a_claim_is_named():
    spec = {"inputs": {"x": 800}, "outputs": {"y": "softplus(x)"}, "jacobian": {"y": {"x": "exp(x) / (1 + exp(x))"}}}
    (found,) = [c for c in jaccli.parse(spec).gradcheck().checks if c.tested == "claim"]
    assert found.code == "JAC110"
    assert "`exp(x)` (a number) is inf at this point" in found.help
