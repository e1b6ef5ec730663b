"""Second derivatives of a framework's functions: ``order=2`` judges reverse and forward mode over reverse."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli

torch = pytest.importorskip("torch", reason="needs jaccli[torch]")

X = np.array([0.3, -0.7, 1.1])
W = np.array([[0.5, -1.0, 2.0], [1.5, 0.4, -0.3]])


def outcomes(report) -> set[str]:
    return {str(check.outcome) for check in report.checks}


def cubic(double: float, *, detached: bool = False):
    """Return x³ with its gradient, and a factor in the derivative of that; or without a graph for it."""

    class Slope(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y_bar):
            ctx.save_for_backward(x, y_bar)
            return 3 * x**2 * y_bar

        @staticmethod
        def backward(ctx, bar):
            x, y_bar = ctx.saved_tensors
            return double * 6 * x * y_bar * bar, 3 * x**2 * bar

    class Cubic(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, y_bar):
            (x,) = ctx.saved_tensors
            return Slope.apply(x.detach() if detached else x, y_bar)

    return Cubic.apply


def test_order_2_passes_functions_modules_and_several_outputs():
    x, w = torch.tensor(X), torch.tensor(W)
    for fn, inputs in (
        (lambda x, w: torch.tanh(w @ x).sum(), (x, w)),
        (lambda x, w: torch.tanh(w @ x), (x, w)),
        (lambda x: (x.sin(), (x**2).sum()), x),
        (torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh()).double(), x),
        (lambda z: (z.conj() * z).real.sum(), torch.complex(x, x.flip(0))),
    ):
        report = jaccli.gradcheck(fn, inputs, order=2)
        assert outcomes(report) == {"pass"}, report


def test_names_are_those_of_pairs():
    report = jaccli.gradcheck(lambda x, w: torch.tanh(w @ x).sum(), (torch.tensor(X), torch.tensor(W)), order=2)
    pairs = {(check.of, check.wrt) for check in report.checks if check.tested == "reverse"}
    assert pairs == {("y/x", "x"), ("y/x", "w"), ("y/w", "x"), ("y/w", "w")}


@pytest.mark.parametrize("factor", [1.0005, 0.0, -1.0, 1.01])
def test_a_wrong_second_derivative_fails_and_the_first_passes(factor: float):
    x = torch.tensor(X)
    assert jaccli.gradcheck(cubic(factor), x).ok
    assert jaccli.gradcheck(cubic(factor), x, order=2).outcome == "fail"
    assert jaccli.gradcheck(cubic(1.0), x, order=2).ok


def test_a_backward_without_a_graph_fails():
    assert jaccli.gradcheck(cubic(1.0, detached=True), torch.tensor(X)).ok
    assert jaccli.gradcheck(cubic(1.0, detached=True), torch.tensor(X), order=2).outcome == "fail"


def test_a_backward_that_is_declared_to_be_once_differentiable_fails():
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, y_bar):
            return 3 * ctx.saved_tensors[0] ** 2 * y_bar

    report = jaccli.gradcheck(Once.apply, torch.tensor(X), order=2)
    (wrong,) = [check for check in report.checks if check.outcome == "fail"]
    assert (wrong.code, wrong.rerun) == ("JAC112", "jaccli.gradcheck(Once, x, order=2, seed=0)")


def test_jax_and_its_wrong_rules():
    jax = pytest.importorskip("jax", reason="needs jaccli[jax]")
    jnp = jax.numpy

    def make(factor):
        @jax.custom_jvp
        def slope(x):
            return 3 * x**2

        @slope.defjvp
        def _(primals, tangents):
            return slope(*primals), factor * 6 * primals[0] * tangents[0]

        @jax.custom_jvp
        def cube(x):
            return x**3

        @cube.defjvp
        def _(primals, tangents):
            return cube(*primals), slope(*primals) * tangents[0]

        return lambda x: jnp.sum(cube(x))

    assert jaccli.gradcheck(make(1.0), jnp.asarray(X), order=2).ok
    assert jaccli.gradcheck(make(1.01), jnp.asarray(X)).ok
    assert jaccli.gradcheck(make(1.01), jnp.asarray(X), order=2).outcome == "fail"


def test_autograd_and_tensorflow_have_it_too():
    pytest.importorskip("autograd", reason="needs jaccli[autograd]")
    tf = pytest.importorskip("tensorflow", reason="needs jaccli[tensorflow]")
    import autograd.numpy as anp

    assert jaccli.gradcheck(lambda x, w: anp.sum(anp.tanh(anp.dot(w, x))), (X, W), framework="autograd", order=2).ok
    assert jaccli.gradcheck(lambda x: tf.reduce_sum(tf.tanh(x) ** 2), tf.constant(X), order=2).ok

    @tf.custom_gradient
    def cube(x):
        @tf.custom_gradient
        def slope(x, y_bar):
            return 3 * x**2 * y_bar, lambda bar: (6.06 * x * y_bar * bar, 3 * x**2 * bar)

        return x**3, lambda y_bar: slope(x, y_bar)

    assert jaccli.gradcheck(cube, tf.constant(X)).ok
    assert jaccli.gradcheck(cube, tf.constant(X), order=2).outcome == "fail"


def test_what_makes_no_sense_is_refused():
    with pytest.raises(jaccli.UsageError, match="'hessian' or 'hvp', beside 'jacobian' or 'vjp'"):
        jaccli.gradcheck(np.sin, X, framework="numpy", order=2)
    with pytest.raises(jaccli.UsageError, match="'reference' is for first derivatives: leave 'order' 2 out"):
        jaccli.gradcheck(torch.sin, torch.tensor(X), order=2, reference=torch.sin)
    with pytest.raises(jaccli.UsageError, match="'order' must be 1 or 2"):
        jaccli.gradcheck(torch.sin, torch.tensor(X), order=3)
