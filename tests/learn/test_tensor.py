"""A tensor in Python's and NumPy's own words: operators, parts, conversions, and the error for what it is not."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli import eager, no_grad, tensor

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
X, A = [1.0, 2.0, 3.0], [[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]]
MASK = np.array([True, False, True])
N = np.array([2.0, 4.0, 8.0])


def same(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(getattr(ours, "value", ours), theirs.detach().numpy(), rtol=1e-12)


#: The same text for both libraries, of a vector x and a matrix A.
AS_IN_PYTORCH: dict[str, Callable[..., Any]] = {
    "A[..., 0]": lambda x, A: A[..., 0], "x[None, :]": lambda x, A: x[None, :], "A[1]": lambda x, A: A[1], "x[-1]": lambda x, A: x[-1],
    "x[MASK]": lambda x, A: x[MASK], "x[x > 1]": lambda x, A: x[x > 1], "A[A > 2]": lambda x, A: A[A > 2], "x[[0, 0, 2]]": lambda x, A: x[[0, 0, 2]],
    "A[:, 1:]": lambda x, A: A[:, 1:], "A[0, [0, 2]]": lambda x, A: A[0, [0, 2]], "unpacked": lambda x, A: x[0] * list(x)[2] + sum(A[1]),
    "A + x": lambda x, A: A + x, "x - A": lambda x, A: x - A, "A * x[0]": lambda x, A: A * x[0], "A / x": lambda x, A: A / x, "x ** x": lambda x, A: x**x,
    "column * row": lambda x, A: A[:, :1] * x[None, :], "2 ** x": lambda x, A: 2**x, "1 / x": lambda x, A: 1 / x, "abs": lambda x, A: abs(x - 2.5),
    "A @ x": lambda x, A: A @ x, "x @ A.T": lambda x, A: x @ A.T, "-x": lambda x, A: -x, "+x": lambda x, A: +x,
    "sum(dim)": lambda x, A: A.sum(dim=0), "mean(keepdim)": lambda x, A: A - A.mean(dim=1, keepdim=True), "softmax": lambda x, A: A.softmax(dim=1),
    "reshape(3, 2)": lambda x, A: A.reshape(3, 2), "view(-1)": lambda x, A: A.view(-1), "permute": lambda x, A: A.permute(1, 0), "transpose": lambda x, A: A.transpose(0, 1),
    "unsqueeze": lambda x, A: x.unsqueeze(0) * x.unsqueeze(1), "clone": lambda x, A: x.clone() * 2, "iadd": lambda x, A: operator.iadd(x * 2, 1.0),
    "imul": lambda x, A: operator.imul(A * 1.5, x), "isub": lambda x, A: operator.isub(x * 2, x), "itruediv": lambda x, A: operator.itruediv(A * 2, x),
}  # fmt: skip


@pytest.mark.parametrize("name", AS_IN_PYTORCH)
def test_tensor_means_what_pytorchs_does(name: str) -> None:
    build = AS_IN_PYTORCH[name]
    ours = [tensor(v, requires_grad=True) for v in (X, A)]
    theirs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (X, A)]
    y, z = build(*ours), build(*theirs)
    same(y, z)
    y_bar = np.linspace(1, 2, z.numel()).reshape(tuple(z.shape))
    y.backward(y_bar)
    z.backward(torch.tensor(y_bar))
    for one, other in zip(ours, theirs, strict=True):
        if other.grad is None:
            assert one.grad is None
        else:
            same(one.grad, other.grad)


@pytest.mark.parametrize(
    ("of_tensor", "of_array"),
    [
        pytest.param(lambda x: x[::-1], lambda x: x[::-1], id="negative step"),
        pytest.param(lambda x: N + x, lambda x: N + x, id="array + x"),
        pytest.param(lambda x: N[:, None] - x, lambda x: N[:, None] - x, id="array - x, broadcast"),
        pytest.param(lambda x: N / x, lambda x: N / x, id="array / x"),
        pytest.param(lambda x: N**x, lambda x: N**x, id="array ** x"),
        pytest.param(lambda x: np.ones((2, 3)) @ x, lambda x: np.ones((2, 3)) @ x, id="array @ x"),
        pytest.param(lambda x: np.float64(2) * x, lambda x: 2 * x, id="NumPy number"),
        pytest.param(lambda x: operator.add(X, x), lambda x: np.array(X) + x, id="list + x"),
        pytest.param(lambda x: np.sin(x), np.sin, id="ufunc"),
        pytest.param(lambda x: np.maximum(x, N - 3), lambda x: np.maximum(x, N - 3), id="ufunc of two"),
        pytest.param(lambda x: np.sum(x**2), lambda x: np.sum(x**2), id="np.sum"),
        pytest.param(lambda x: np.where(x > 1, x, 0), lambda x: np.where(x > 1, x, 0), id="np.where"),
        pytest.param(lambda x: np.concatenate([x, N]), lambda x: np.concatenate([x, N]), id="np.concatenate"),
    ],
)
def test_arrays_and_tensors_mix(of_tensor: Any, of_array: Any) -> None:
    y = of_tensor(tensor(X, requires_grad=True))
    assert y.requires_grad
    np.testing.assert_allclose(y.value, of_array(np.array(X)), rtol=1e-15)


@pytest.mark.parametrize("op", ["lt", "le", "gt", "ge", "eq", "ne"])
@pytest.mark.parametrize("other", [2.0, N, X[::-1]], ids=["number", "array", "list"])
def test_comparison_is_elementwise(op: str, other: Any) -> None:
    compare = getattr(operator, op)
    np.testing.assert_array_equal(compare(tensor(X), other).value, compare(np.array(X), np.array(other)))


def test_conditions_are_joined() -> None:
    x = tensor(X)
    assert ((x > 1) & ~(x > 2) | (x == 1)).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("convert", "expected"),
    [
        pytest.param(float, 2.5, id="float"), pytest.param(int, 2, id="int"), pytest.param(bool, True, id="bool"),
        pytest.param(lambda x: x.item(), 2.5, id="item"), pytest.param(lambda x: x.tolist(), 2.5, id="tolist"),
        pytest.param(lambda x: f"{x:.2f}", "2.50", id="format"), pytest.param(lambda x: round(x, 1), 2.5, id="round"),
        pytest.param(lambda x: x.detach().numpy(), 2.5, id="numpy"), pytest.param(lambda x: np.asarray(x.detach()), 2.5, id="asarray"),
        pytest.param(lambda x: x.data.requires_grad, False, id="data"), pytest.param(repr, "tensor(2.5, requires_grad=True)", id="repr"),
        pytest.param(lambda x: (x.ndim, x.size, x.numel(), x.dtype, x.is_leaf), (0, 1, 1, np.float64, True), id="what it is"),
        pytest.param(lambda x: (len(tensor(A)), 4.0 in tensor(A), 9.0 in tensor(A)), (2, True, False), id="container"),
    ],
)  # fmt: skip
def test_a_number_converts(convert: Callable[[Any], Any], expected: Any) -> None:
    assert convert(tensor(2.5, requires_grad=True)) == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(lambda x: bool(x > 1), r"shape \(3,\) is not a truth value: write .any\(\)", id="bool"),
        pytest.param(float, r"shape \(3,\) is not a single number", id="float"),
        pytest.param(int, r"shape \(3,\) is not a single number", id="int"),
        pytest.param(lambda x: x.item(), r"shape \(3,\) is not a single number", id="item"),
        pytest.param(lambda x: f"{x:.2f}", r"shape \(3,\) is not a single number", id="format"),
        pytest.param(lambda x: len(x[0]), "a number has no length", id="len"),
        pytest.param(lambda x: list(x[0]), "cannot be iterated over", id="iteration"),
        pytest.param(lambda x: x.numpy(), r"write x.detach\(\).numpy\(\), or x.value", id="numpy"),
        pytest.param(lambda x: np.asarray(x), "an array has no gradient", id="asarray"),
        pytest.param(lambda x: np.histogram(x), "np.histogram has no gradient here: give it x.value", id="function of NumPy's"),
        pytest.param(lambda x: np.spacing(x), "np.spacing has no gradient here", id="ufunc of NumPy's"),
        pytest.param(lambda x: operator.iadd(np.ones(3), x), "an array cannot be changed by a tensor", id="array += x"),
        pytest.param(lambda x: x + tensor([1.0, 2.0]), r"shapes do not fit: shape \(3,\) and shape \(2,\)", id="shapes"),
        pytest.param(lambda x: tensor(A) @ tensor(A), "inner sizes 3 and 2 differ", id="matmul"),
        pytest.param(lambda x: x[5], "has no element 5; its indices go from 0 to 2", id="index"),
        pytest.param(lambda x: x[1.5], "1.5 is not an index; write whole numbers", id="half an index"),
        pytest.param(lambda x: x["a"], "'a' is not an index", id="text"),
        pytest.param(lambda x: x[1.5:], "1.5 is not an index", id="half a bound"),
        pytest.param(lambda x: operator.setitem(x, 0, 1.0), r"single elements of a tensor cannot be set: write where\(mask", id="set"),
        pytest.param(lambda x: x.sum(axes=0), "sum has no argument `axes`", id="argument"),
        pytest.param(lambda x: x.tanh(1), "tanh takes 1 argument without a name|tanh takes 1 argument", id="too many"),
        pytest.param(lambda x: x.reshape(2, 2), "3 elements are not 4", id="reshape"),
        pytest.param(lambda x: operator.iadd(x, 1), r"is changed within `with no_grad\(\):`", id="leaf in place"),
        pytest.param(lambda x: tensor([x[0], x[1]]), "joined by jaccli.eager.stack", id="list of tensors"),
        pytest.param(lambda x: tensor(["a"]), "made of real numbers", id="words"),
        pytest.param(lambda x: tensor([1j]), "made of real numbers", id="complex"),
        pytest.param(lambda x: tensor([[1.0], [1.0, 2.0]]), "rows of equal length", id="ragged"),
        pytest.param(lambda x: tensor([True], requires_grad=True), "truth values have no gradient", id="truths"),
        pytest.param(lambda x: x + None, "made of real numbers", id="None"),
        pytest.param(lambda x: copy.deepcopy(x * 2), r"only leaves can be copied", id="copy"),
        pytest.param(lambda x: tensor(X).retain_grad(), "depends on one made with requires_grad=True", id="retain"),
        pytest.param(lambda x: setattr(x * 2, "grad", None), "only a leaf has a gradient", id="gradient of a step"),
        pytest.param(lambda x: setattr(x * 2, "requires_grad", False), "can be set on a leaf with numbers only", id="requires_grad of a step"),
    ],
)  # fmt: skip
def test_what_a_tensor_is_not_is_a_public_error(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(jaccli.JaccliError, match=message):
        call(tensor(X, requires_grad=True))


@pytest.mark.parametrize("name", ["tanhh", "foo"])
def test_unknown_method_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match="is not a function of the language"):
        getattr(tensor(X), name)


def test_leaf_in_place_is_still_the_leaf() -> None:
    w = alias = tensor(X, requires_grad=True)
    (w * w).sum().backward()
    with no_grad():
        w -= 0.1 * w.grad
    w.data *= 2
    w.data = w.data + 1
    assert (w is alias, w.requires_grad) == (True, True)
    np.testing.assert_allclose(w.value, 2 * (np.array(X) * 0.8) + 1)


def test_a_pass_that_has_been_recorded_keeps_the_values_it_saw() -> None:
    w = tensor(X, requires_grad=True)
    y = (w * w).sum()
    with no_grad():
        w *= 10
    y.backward()
    np.testing.assert_array_equal(w.grad, [2, 4, 6])  # type: ignore[arg-type]


@pytest.mark.parametrize("joined", [False, True], ids=["on its tape", "carried to a longer one"])
def test_retained_gradient_is_that_of_pytorch(joined: bool) -> None:
    def run(make: Callable[[list[float]], Any]) -> Any:
        x, w = make(X), make(X)
        y = x * 2
        y.retain_grad()
        long = ((w * 3) * w * w).sum() if joined else 1.0
        ((y * y).sum() * long).backward()
        return y.grad

    theirs = run(lambda v: torch.tensor(v, dtype=torch.float64, requires_grad=True))
    same(run(lambda v: tensor(v, requires_grad=True)), theirs)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_is_another_leaf(copied: Callable[[Any], Any]) -> None:
    x = tensor(X, requires_grad=True)
    y = copied(x)
    (x * y * y).sum().backward()
    np.testing.assert_allclose(x.grad, np.square(X))  # type: ignore[arg-type]
    np.testing.assert_allclose(y.grad, 2 * np.square(X))


def test_gradient_is_asked_for_later_and_forgotten() -> None:
    x = tensor(X).requires_grad_()
    (x * x).sum().backward(retain_graph=True)
    x.grad = None
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [2, 4, 6])  # type: ignore[arg-type]


def test_indices_of_an_embedding_may_be_an_array() -> None:
    W = tensor(A, requires_grad=True)
    eager.embedding(np.array([1, 1, 0]), W).sum().backward()
    np.testing.assert_array_equal(W.grad, [[1, 1, 1], [2, 2, 2]])  # type: ignore[arg-type]
