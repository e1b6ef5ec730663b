"""Mistakes planted in custom functions of four frameworks: who finds them, this checker and the framework's own.

    python benchmarks/framework_mistakes.py [--frameworks torch,jax]

Every mistake is written once, in terms of a NumPy-like namespace, and made a custom function of each framework. A mistake counts
as found where the checker does not pass it. The same functions with right rules are checked as well. Everything is in float64.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

import jaccli

Rule = Callable[..., Any]
X = np.array([0.5, -1.0, 2.0, -0.3])
M = np.array([[0.3, -0.7, 1.1, 0.2], [0.2, 0.9, -0.4, 1.3], [-0.6, 0.8, 0.5, -1.2], [1.0, -0.1, 0.4, 0.7]])


@dataclass(frozen=True)
class Case:
    """A function, its right derivative and a wrong one: rules are called with (namespace, cotangent, *inputs)."""

    name: str
    inputs: tuple[Any, ...]
    value: Rule
    right: Rule
    wrong: Rule


def case(name: str, inputs: tuple[Any, ...], value: Rule, right: Rule, wrong: Rule) -> Case:
    return Case(name, inputs, value, right, wrong)


CASES = (
    case("sign", (X,), lambda p, x: p.cos(x),
         lambda p, y, x: -p.sin(x) * y,
         lambda p, y, x: p.sin(x) * y),
    case("factor", (X,), lambda p, x: x * x,
         lambda p, y, x: 2 * x * y,
         lambda p, y, x: x * y),
    case("factor 1.001", (X,), lambda p, x: p.sin(x),
         lambda p, y, x: p.cos(x) * y,
         lambda p, y, x: 1.001 * p.cos(x) * y),
    case("transpose", (M, X), lambda p, W, x: p.matvec(W, x),
         lambda p, y, W, x: (p.outer(y, x), p.matvec(p.transpose(W), y)),
         lambda p, y, W, x: (p.outer(y, x), p.matvec(W, y))),
    case("missing broadcast sum", (M, X), lambda p, A, b: A * b,
         lambda p, y, A, b: (y * b, p.sum0(y * A)),
         lambda p, y, A, b: (y * b, (y * A)[0])),
    case("missing term", (X,), lambda p, x: x * p.exp(x),
         lambda p, y, x: (p.exp(x) + x * p.exp(x)) * y,
         lambda p, y, x: p.exp(x) * y),
    case("detached branch", (X,), lambda p, x: x * p.tanh(x),
         lambda p, y, x: (p.tanh(x) + x * (1 - p.tanh(x) ** 2)) * y,
         lambda p, y, x: x * (1 - p.tanh(x) ** 2) * y),
    case("float32 in the value", (X,), lambda p, x: p.single(p.tanh(p.single(x))),
         lambda p, y, x: None,
         lambda p, y, x: (1 - p.tanh(x) ** 2) * y),
    case("float32 in the derivative", (X,), lambda p, x: p.tanh(x),
         lambda p, y, x: (1 - p.tanh(x) ** 2) * y,
         lambda p, y, x: p.single(1 - p.tanh(x) ** 2) * y),
    case("negative inputs only", (X,), lambda p, x: p.where(x > 0, x, p.exp(x) - 1),
         lambda p, y, x: p.where(x > 0, 1 + 0 * x, p.exp(x)) * y,
         lambda p, y, x: p.where(x > 0, 1 + 0 * x, p.exp(x) - 1) * y),
    case("one index", (X,), lambda p, x: p.sin(x),
         lambda p, y, x: p.cos(x) * y,
         lambda p, y, x: p.cos(x) * y * p.array([1.0, 1.0, 1.01, 1.0])),
    case("cotangent ignored", (X,), lambda p, x: p.exp(x),
         lambda p, y, x: p.exp(x) * y,
         lambda p, y, x: p.exp(x)),
    case("reversed", (X,), lambda p, x: p.cumsum(x),
         lambda p, y, x: p.flip(p.cumsum(p.flip(y))),
         lambda p, y, x: p.cumsum(y)),
)  # fmt: skip


def main() -> None:
    """Print a row for each mistake: how each checker called it, in each framework."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frameworks", default="torch,jax,tensorflow,autograd")
    warnings.simplefilter("ignore")
    makers = {name: FRAMEWORKS[name]() for name in parser.parse_args().frameworks.split(",")}
    print(f"{'mistake':28s}" + "".join(f"{name:>24s}" for name in makers))
    found = {name: [0, 0, 0] for name in makers}
    falsely = {name: [0, 0] for name in makers}
    for one in CASES:
        cells = []
        for name, maker in makers.items():
            wrong = maker.custom(one.value, one.wrong)
            inputs = tuple(maker.array(x) for x in one.inputs)
            report = jaccli.gradcheck(wrong, inputs, framework=name)
            ours, theirs = not report.ok, not maker.own(wrong, inputs)
            code = next((c.code for c in report.checks if c.outcome not in ("pass", "skipped")), None)
            found[name] = [a + b for a, b in zip(found[name], (1, ours, theirs), strict=True)]
            cells.append(f"{code or 'passed'}, own {'found' if theirs else 'passed'}")
            if one.name != "float32 in the value":
                right = maker.custom(one.value, one.right)
                falsely[name][0] += not jaccli.gradcheck(right, inputs, framework=name).ok
                falsely[name][1] += not maker.own(right, inputs)
        print(f"{one.name:28s}" + "".join(f"{cell:>24s}" for cell in cells), flush=True)
    print("planted, found, found by its own " + "".join(f"{'/'.join(map(str, row)):>22s}" for row in found.values()))
    print("right ones rejected, by its own  " + "".join(f"{'/'.join(map(str, row)):>22s}" for row in falsely.values()))


class Torch:
    def __init__(self) -> None:
        self.torch = t = import_module("torch")
        self.cos, self.sin, self.exp, self.tanh, self.where, self.outer = t.cos, t.sin, t.exp, t.tanh, t.where, t.outer

    def array(self, x: Any) -> Any:
        return self.torch.tensor(np.asarray(x), dtype=self.torch.float64)

    def transpose(self, A: Any) -> Any:
        return A.T

    def matvec(self, A: Any, x: Any) -> Any:
        return A @ x

    def sum0(self, A: Any) -> Any:
        return A.sum(0)

    def cumsum(self, x: Any) -> Any:
        return x.cumsum(0)

    def flip(self, x: Any) -> Any:
        return x.flip(0)

    def single(self, x: Any) -> Any:
        return x.float().double()

    def custom(self, value: Rule, rule: Rule) -> Any:
        def forward(ctx: Any, *inputs: Any) -> Any:
            ctx.save_for_backward(*inputs)
            return value(self, *inputs)

        rules = {
            "forward": staticmethod(forward),
            "backward": staticmethod(lambda ctx, y: rule(self, y, *ctx.saved_tensors)),
        }
        return type("Custom", (self.torch.autograd.Function,), rules).apply

    def own(self, fn: Any, inputs: Any) -> bool:
        try:
            return bool(self.torch.autograd.gradcheck(fn, tuple(x.clone().requires_grad_() for x in inputs)))
        except Exception:
            return False


class Jax:
    def __init__(self) -> None:
        self.jax = import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.jnp = n = self.jax.numpy
        self.cos, self.sin, self.exp, self.tanh, self.where, self.outer = n.cos, n.sin, n.exp, n.tanh, n.where, n.outer
        self.cumsum, self.flip, self.transpose, self.matvec = n.cumsum, n.flip, n.transpose, n.matmul

    def array(self, x: Any) -> Any:
        return self.jnp.asarray(x)

    def sum0(self, A: Any) -> Any:
        return A.sum(0)

    def single(self, x: Any) -> Any:
        return x.astype("float32").astype("float64")

    def custom(self, value: Rule, rule: Rule) -> Any:
        fn = self.jax.custom_vjp(lambda *inputs: value(self, *inputs))
        fn.defvjp(lambda *inputs: (value(self, *inputs), inputs), lambda inputs, y: _several(rule(self, y, *inputs)))
        return fn

    def own(self, fn: Any, inputs: Any) -> bool:
        try:
            import_module("jax.test_util").check_grads(fn, inputs, 1, modes=("rev",))
        except AssertionError:
            return False
        return True


class TensorFlow:
    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        self.tf = tf = import_module("tensorflow")
        self.cos, self.sin, self.exp, self.tanh, self.where, self.matvec = (
            tf.cos,
            tf.sin,
            tf.exp,
            tf.tanh,
            tf.where,
            tf.linalg.matvec,
        )
        self.cumsum, self.transpose = tf.cumsum, tf.transpose

    def array(self, x: Any) -> Any:
        return self.tf.constant(np.asarray(x), self.tf.float64)

    def outer(self, x: Any, y: Any) -> Any:
        return x[:, None] * y[None, :]

    def sum0(self, A: Any) -> Any:
        return self.tf.reduce_sum(A, 0)

    def flip(self, x: Any) -> Any:
        return self.tf.reverse(x, [0])

    def single(self, x: Any) -> Any:
        return self.tf.cast(self.tf.cast(x, self.tf.float32), self.tf.float64)

    def custom(self, value: Rule, rule: Rule) -> Any:
        return self.tf.custom_gradient(lambda *inputs: (value(self, *inputs), lambda y: rule(self, y, *inputs)))

    def own(self, fn: Any, inputs: Any) -> bool:
        """Compare what ``tf.test.compute_gradient`` returns; it leaves the tolerance to its user: 1e-4 here."""
        theirs, numeric = self.tf.test.compute_gradient(fn, list(inputs))
        return all(np.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in zip(theirs, numeric, strict=True))


class Autograd:
    def __init__(self) -> None:
        self.extend, n = import_module("autograd.extend"), np
        self.cos, self.sin, self.exp, self.tanh, self.where, self.outer = n.cos, n.sin, n.exp, n.tanh, n.where, n.outer
        self.cumsum, self.flip, self.transpose, self.matvec, self.array = (
            n.cumsum,
            n.flip,
            n.transpose,
            n.matmul,
            n.asarray,
        )

    def sum0(self, A: Any) -> Any:
        return A.sum(0)

    def single(self, x: Any) -> Any:
        return x.astype("float32").astype("float64")

    def custom(self, value: Rule, rule: Rule) -> Any:
        fn = self.extend.primitive(lambda *inputs: value(self, *inputs))
        rules = [lambda ans, *inputs, k=k: lambda y: _several(rule(self, y, *inputs))[k] for k in range(2)]
        self.extend.defvjp(fn, *rules)
        return lambda *inputs: fn(*inputs)

    def own(self, fn: Any, inputs: Any) -> bool:
        np.random.seed(0)  # noqa: NPY002 - its own checker draws from there
        try:
            import_module("autograd.test_util").check_grads(fn, tuple(range(len(inputs))), modes=["rev"], order=1)(
                *inputs
            )
        except AssertionError:
            return False
        return True


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


FRAMEWORKS: dict[str, Any] = {"torch": Torch, "jax": Jax, "tensorflow": TensorFlow, "autograd": Autograd}

if __name__ == "__main__":
    main()
