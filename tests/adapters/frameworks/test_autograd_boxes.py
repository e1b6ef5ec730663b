"""HIPS autograd's functions that answer with its own sequences and dicts: each part is judged."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import jaccli

np = pytest.importorskip("autograd.numpy", reason="HIPS autograd is not installed: pip install 'jaccli[autograd]'")
builtins = pytest.importorskip("autograd.builtins")
extend = pytest.importorskip("autograd.extend")

X = numpy.array([0.3, -1.2, 0.8, 2.0])
A = numpy.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.1]])


def sine(factor: float) -> Any:
    """Return a primitive sine whose derivative is off by a factor."""
    fn = extend.primitive(lambda x: numpy.sin(x))
    extend.defvjp(fn, lambda y, x: lambda y_bar: factor * y_bar * np.cos(x))
    extend.defjvp(fn, lambda dx, y, x: factor * dx * np.cos(x))
    return fn


#: function, inputs, number of outputs
RIGHT: dict[str, tuple[Any, Any, int]] = {
    "split": (lambda x: np.split(x, 2), X, 2),
    "array_split": (lambda x: np.array_split(x, 3), X, 3),
    "eigh": (lambda a: np.linalg.eigh((a + a.T) / 2 + np.diag(np.array([0.0, 10.0, 20.0]))), A, 2),
    "slogdet": (lambda a: np.linalg.slogdet(a), A, 2),
    "dict": (lambda x: builtins.dict({"a": x**2, "b": np.sin(x)}), X, 2),
    "tuple": (lambda x: builtins.tuple((x**2, np.sin(x))), X, 2),
    "a dict in a list": (lambda x: builtins.list([x**2, builtins.dict({"c": np.sin(x)})]), X, 2),
    "imag of a number": (lambda x: np.imag(x), 1.5, 1),
    "imag of a complex number": (lambda x: np.imag(x), 1.5 + 2j, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_gradcheck_judges_each_part(name: str) -> None:
    fn, x, count = RIGHT[name]
    report = jaccli.gradcheck(fn, x, framework="autograd")
    assert (report.outcome, len({c.of for c in report.checks if c.wrt})) == ("pass", count), jaccli.report_text(report)


@pytest.mark.parametrize("answer", [
    lambda x, y: builtins.tuple((x, y)), lambda x, y: builtins.dict({"x": x, "y": y}), lambda x, y: [x, y],
], ids=["tuple", "dict", "list"])  # fmt: skip
def test_gradcheck_finds_the_part_that_is_wrong(answer: Any) -> None:
    wrong = sine(1.0005)
    report = jaccli.gradcheck(lambda x: answer(x**2, wrong(x)), X, framework="autograd")
    assert len({check.of for check in report.checks if check.outcome == "fail"}) == 1


def solver(factor: float) -> Any:
    """Return a primitive that takes a tuple of arrays as a whole, as odeint does its ``args``, the rule by the second off by a factor."""
    fn = extend.primitive(lambda x, args: numpy.exp(-x) * args[0] + args[1] ** 2)
    extend.defvjp(
        fn,
        lambda y, x, args: lambda y_bar: -y_bar * np.exp(-x) * args[0],
        lambda y, x, args: lambda y_bar: builtins.tuple((y_bar * np.exp(-x), factor * 2 * y_bar * args[1])),
    )
    return fn


@pytest.mark.parametrize(("factor", "wrong"), [(1.0, set()), (1.0005, {"args.1"})])
def test_operation_that_takes_a_tuple_is_followed_as_a_whole(factor: float, wrong: set[str]) -> None:
    fn = solver(factor)
    report = jaccli.gradcheck(lambda x, args: fn(x, args), (X, (X + 1, X - 1)), framework="autograd")
    assert {check.wrt for check in report.checks if check.outcome == "fail"} == wrong
    assert bool(wrong) or report.ok


def test_containers_in_containers_are_read_as_they_are() -> None:
    def fn(p: Any) -> Any:
        return p["a"] * sum(p["b"]) + p["c"][0]["d"]

    inputs = {"a": X, "b": [X + 1, X - 1], "c": ({"d": X},)}
    assert jaccli.gradcheck(lambda p: fn(p), (inputs,), framework="autograd").ok


def test_gradcheck_says_which_rule_autograd_lacks() -> None:
    report = jaccli.gradcheck(lambda a: np.linalg.svd(a), A, framework="autograd")
    notes = [check.message for check in report.checks if check.of == "reverse"]
    assert (report.outcome, notes) == (
        "skipped",
        ["no reverse mode: Gradient of svd not implemented for full_matrices=True"],
    )
