"""Products, reductions and linear algebra where they are special: ties, zeros, singular matrices, nothing to sum."""

import mpmath
import numpy as np
import pytest
from checks import check_dot_product
from samples import Sample

import jaccli
from jaccli.derive.jacobian import hessian, jacobian
from jaccli.derive.products import vjp_at
from jaccli.graph.evaluate import COMPLEX128, evaluate
from jaccli.graph.ir import Graph
from jaccli.ops import ShapeError

SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
REGULAR = np.array([[2.0, 1.0], [1.0, 3.0]])
ROW = {"axes": (-1,)}


def applied(op, shapes, **params):
    graph = Graph()
    leaves = [graph.leaf(f"x{k}", shape) for k, shape in enumerate(shapes)]
    return graph, leaves, graph.add(op, leaves, params)


def value(op, *xs, **params):
    graph, _, y = applied(op, [x.shape for x in xs], **params)
    return evaluate(graph, [y], {f"x{k}": x for k, x in enumerate(xs)})[0]


def gradient(op, x, **params):
    graph, (leaf,), y = applied(op, [x.shape], **params)
    return vjp_at(graph, {y.index: np.ones(y.shape)}, [leaf], {"x0": x})[0]


# --- contract


@pytest.mark.parametrize(
    ("x", "y", "spec"),
    [
        ((2, 3), (3, 4), "ij,jk->ik"),
        ((0, 3), (3, 4), "ij,jk->ik"),
        ((2, 0), (0, 4), "ij,jk->ik"),
        ((2,), (3,), "i,j->ij"),
        ((0,), (3,), "i,j->ij"),
        ((), (3,), ",i->i"),
        ((4, 2, 3), (4, 3), "aij,aj->ai"),
        ((2, 3, 4), (4, 3, 5), "abc,cbd->ad"),
        ((2, 3), (2, 3), "ij,ij->ji"),
    ],
)
def test_contract_is_einsum(x, y, spec, rng):
    a, b = rng.normal(size=x), rng.normal(size=y)
    np.testing.assert_allclose(value("contract", a, b, spec=spec), np.einsum(spec, a, b), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("x", "y"), [((5,), ()), ((), (5,)), ((5,), (5,)), ((5, 1), (1, 4)), ((2, 2), ()), ((2, 2), (2, 2)), ((1,), (2,))]
)
@pytest.mark.parametrize("spec", ["ij,jk->ik", "ij,ij->ij", "ij,jk->ki"])
def test_contract_of_batches_is_einsum_with_an_ellipsis(x, y, spec, rng):
    graph, _, node = applied("contract", [(2, 2), (2, 2)], spec=spec)
    a, b = rng.normal(size=(*x, 2, 2)), rng.normal(size=(*y, 2, 2))
    (found,) = evaluate(graph, [node], {"x0": a, "x1": b})
    left, right = spec.split("->")
    with_batch = f"...{left.replace(',', ',...')}->...{right}"
    np.testing.assert_allclose(found, np.einsum(with_batch, a, b), rtol=1e-13)


@pytest.mark.parametrize(("x", "y", "spec", "message"), [
    ((2, 3), (2, 3), "ij,jk->ik", r"contract ij,jk->ik: sizes 3 and 2 of 'j' differ in \(2, 3\) and \(2, 3\)"),
    ((2, 3), (3,), "i,i->", r"one letter per axis of \(2, 3\) and \(3,\)"),
    ((2, 2), (2,), "ii,i->i", "each letter stands once in two or three"),
    ((2, 3), (2,), "ij,i->i", "each letter stands once in two or three"),
    ((2,), (2,), "i,i->k", "each letter stands once in two or three"),
])  # fmt: skip
def test_contract_refuses(x, y, spec, message):
    with pytest.raises(ShapeError, match=message):
        applied("contract", [x, y], spec=spec)


# --- reductions


@pytest.mark.parametrize("op", ["max", "min"])
def test_extremum_shares_a_tie_equally(op):
    x = np.array([1.0, 1.0, 1.0]) if op == "max" else np.array([-1.0, -1.0, -1.0])
    np.testing.assert_allclose(gradient(op, x, **ROW), [1 / 3] * 3)


@pytest.mark.parametrize("op", ["max", "min"])
def test_extremum_refuses_an_empty_axis(op):
    with pytest.raises(ShapeError, match=rf"{op}: no elements along axis -1 of \(2, 0\)"):
        applied(op, [(2, 0)], **ROW)


def test_norm_at_zero_takes_the_subgradient_zero():
    np.testing.assert_array_equal(gradient("norm", np.zeros(3), **ROW), np.zeros(3))


def test_norm_at_zero_leaves_the_other_rows_alone():
    x = np.array([[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(gradient("norm", x, **ROW), [[0, 0], [0.6, 0.8]])


@pytest.mark.parametrize("shift", [0.0, 800.0, -800.0])
@pytest.mark.parametrize("op", ["softmax", "logsumexp"])
def test_exponentials_neither_overflow_nor_vanish(op, shift):
    x = np.array([0.0, 1.0, -2.0]) + shift
    with mpmath.workdps(50):
        total = mpmath.fsum(mpmath.exp(v) for v in x)
        expected = [float(mpmath.exp(v) / total) for v in x] if op == "softmax" else float(mpmath.log(total))
    np.testing.assert_allclose(value(op, x, **ROW), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("x", "expected"), [([-np.inf, -np.inf], -np.inf), ([np.inf, 0.0], np.inf), ([-np.inf, 1.0], 1.0)]
)
def test_logsumexp_of_infinities(x, expected):
    assert value("logsumexp", np.array(x), **ROW) == expected


@pytest.mark.parametrize(
    ("op", "expected"), [("softmax", np.zeros((2, 0))), ("logsumexp", [-np.inf] * 2), ("norm", [0, 0]), ("sum", [0, 0])]
)
def test_reduction_of_nothing(op, expected):
    np.testing.assert_array_equal(value(op, np.zeros((2, 0)), **ROW), expected)


# --- linear algebra


@pytest.mark.parametrize("op", ["inv", "solve"])
def test_a_singular_matrix_of_a_batch_gives_nan_alone(op):
    graph, _leaves, y = applied(op, [(2, 2)] if op == "inv" else [(2, 2), (2,)], **({} if op == "inv" else {"rank": 1}))
    at = {"x0": np.array([REGULAR, SINGULAR, REGULAR]), "x1": np.ones(2)}
    (found,) = evaluate(graph, [y], at)
    rows = found.reshape(3, -1)
    np.testing.assert_array_equal(np.isnan(rows).all(axis=1), [False, True, False])
    assert np.isfinite(rows[[0, 2]]).all()


@pytest.mark.parametrize("op", ["inv", "solve"])
def test_a_singular_matrix_in_two_batch_axes_gives_nan_alone(op):
    graph, _leaves, y = applied(
        op, [(2, 2)] if op == "inv" else [(2, 2), (2, 2)], **({} if op == "inv" else {"rank": 2})
    )
    at = {"x0": np.array([[REGULAR], [SINGULAR]]), "x1": np.ones((1, 3, 2, 2))}
    (found,) = evaluate(graph, [y], at)
    np.testing.assert_array_equal(np.isnan(found).all(axis=(-1, -2))[:, 0], [False, True])


@pytest.mark.parametrize("op", ["inv", "solve"])
def test_the_derivative_at_a_singular_matrix_is_nan(op):
    graph, leaves, y = applied(op, [(2, 2)] if op == "inv" else [(2, 2), (2,)], **({} if op == "inv" else {"rank": 1}))
    (block,) = jacobian(graph, y, leaves[:1], {"x0": SINGULAR, "x1": np.ones(2)})
    assert np.isnan(block).all()


SINGULAR_MATRICES = {
    "2 × 2": SINGULAR,
    "zero": np.zeros((2, 2)),
    "1 × 1": np.zeros((1, 1)),
    "rank 2 of 3": np.array([[1.0, 2, 3], [4, 5, 6], [5, 7, 9]]),
    "rank 1 of 3": np.outer([1.0, 2, 3], [1.0, -1, 2]),
    "3 × 3 of rounding": np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]),
}


@pytest.mark.parametrize("a", SINGULAR_MATRICES.values(), ids=SINGULAR_MATRICES)
def test_det_has_a_derivative_at_a_singular_matrix(a):
    graph, leaves, y = applied("det", [a.shape])
    (block,) = jacobian(graph, y, leaves, {"x0": a})
    np.testing.assert_allclose(block, _det_differences(a), atol=1e-12)


def _det_differences(a):
    """Return det(A + E_ij) − det(A), which is exact: the determinant is linear in each entry."""
    steps = np.eye(a.size).reshape(a.size, *a.shape)
    with mpmath.workdps(50):
        at, *moved = (mpmath.det(mpmath.matrix(m.tolist())) for m in (a, *(a + steps)))
        return np.array([float(m - at) for m in moved]).reshape(a.shape)


def test_det_has_a_second_derivative_at_a_regular_matrix(rng):
    graph, (a,), y = applied("det", [(3, 3)])
    at = rng.normal(size=(3, 3)) + 3 * np.eye(3)
    second = hessian(graph, y, a, a, {"x0": at})
    step = 1e-30
    (bar,) = jacobian(graph, y, [a], {"x0": at})
    differences = np.array([_det_gradient_step(graph, y, a, at, e, step) for e in np.eye(9).reshape(9, 3, 3)])
    np.testing.assert_allclose(second.reshape(9, 9), differences.reshape(9, 9), atol=1e-11 * np.abs(bar).max())


def _det_gradient_step(graph, y, a, at, direction, step):
    (moved,) = jacobian(graph, y, [a], {"x0": at + 1j * step * direction}, numbers=COMPLEX128)
    return moved.imag / step


@pytest.mark.parametrize("batch", [(2,), (3,), (2, 2)])
def test_solve_takes_a_batch_of_vectors_whose_number_is_their_size(batch, rng):
    graph, _, y = applied("solve", [(2, 2), (2,)], rank=1)
    b = rng.normal(size=(*batch, 2))
    (found,) = evaluate(graph, [y], {"x0": REGULAR, "x1": b})
    np.testing.assert_allclose(np.einsum("ij,...j->...i", REGULAR, found), b, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("op", ["inv", "det", "cofactor", "solve"])
@pytest.mark.parametrize("shape", [(2, 3), (2,), ()])
def test_linear_algebra_refuses_what_is_not_square(op, shape):
    shapes, params = ([shape, (2,)], {"rank": 1}) if op == "solve" else ([shape], {})
    with pytest.raises(ShapeError, match=rf"{op}: a square matrix is needed, not"):
        applied(op, shapes, **params)


def test_solve_refuses_rows_that_differ():
    with pytest.raises(ShapeError, match=r"solve: \(2, 2\) and \(3,\) differ in their number of rows"):
        applied("solve", [(2, 2), (3,)], rank=1)


@pytest.mark.parametrize("op", ["inv", "det", "cofactor"])
def test_linear_algebra_takes_the_empty_matrix(op):
    assert value(op, np.zeros((0, 0))).tolist() == (1.0 if op == "det" else [])


def test_dot_product_identity_holds_for_an_ill_conditioned_solve(rng):
    check_dot_product(Sample("solve", ((8, 8), (8,)), {"rank": 1}, ("real", "real")), rng, rtol=1e-9)


def test_logsumexp_of_one_element_is_that_element_to_the_last_digit_by_every_route():
    x = np.array([[-0.30161747], [0.9302698], [1e-300], [708.0]])
    model = jaccli.parse(
        {"inputs": {"x": x}, "outputs": {"y": "where(x[:, 0] > logsumexp(x, axis=-1), 1, 0) * x[:, 0]"}}
    )
    for route in ("forward", "reverse", "symbolic"):
        assert not np.any(model.jacobian("y", "x", route=route))
