"""Time of ``assert_gradients`` on small functions, next to PyTorch's gradcheck and JAX's check_grads in the same process.

    python benchmarks/framework_times.py [--repeat 7]

Both check reverse and forward mode where the function has it. Processor time, so that a busy machine does not matter; the least of
several runs, after one that warms up.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

import jaccli

X = np.array([0.5, -1.0, 2.0, -0.3, 1.2])
W = np.linspace(-1, 1, 15).reshape(3, 5)


def main() -> None:
    """Print milliseconds for each function, and the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    warnings.simplefilter("ignore")
    print(f"{'function':28s}{'jaccli ms':>12s}{'its own ms':>12s}{'ratio':>8s}")
    for name, fn, inputs, own in (*_torch(), *_jax()):
        ours = _least(lambda fn=fn, inputs=inputs: jaccli.assert_gradients(fn, inputs), repeat)
        theirs = _least(own, repeat)
        print(f"{name:28s}{1e3 * ours:12.2f}{1e3 * theirs:12.2f}{ours / theirs:8.2f}", flush=True)


def _torch() -> list[tuple[str, Any, Any, Callable[[], Any]]]:
    torch = import_module("torch")
    torch.set_num_threads(1)

    def tensor(x: Any) -> Any:
        return torch.tensor(x, requires_grad=True)

    cases = {
        "torch tanh": (torch.tanh, (tensor(X),)),
        "torch softmax": (lambda x: torch.softmax(x, 0), (tensor(X),)),
        "torch layer": (lambda W, x: torch.tanh(W @ x), (tensor(W), tensor(X))),
        "torch layer norm": (lambda x: torch.nn.functional.layer_norm(x, (5,)), (tensor(W),)),
        "torch loss": (lambda W, x: torch.logsumexp(W @ x, 0), (tensor(W), tensor(X))),
    }
    check = torch.autograd.gradcheck
    return [
        (name, fn, xs, lambda fn=fn, xs=xs: check(fn, xs, check_forward_ad=True)) for name, (fn, xs) in cases.items()
    ]


def _jax() -> list[tuple[str, Any, Any, Callable[[], Any]]]:
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp, check_grads = jax.numpy, import_module("jax.test_util").check_grads
    x, weights = jnp.asarray(X), jnp.asarray(W)
    cases = {
        "jax tanh": (jnp.tanh, (x,)),
        "jax softmax": (jax.nn.softmax, (x,)),
        "jax layer": (lambda W, x: jnp.tanh(W @ x), (weights, x)),
        "jax loss": (lambda W, x: jax.nn.logsumexp(W @ x), (weights, x)),
        "jax layer, jit": (jax.jit(lambda W, x: jnp.tanh(W @ x)), (weights, x)),
    }
    return [(name, fn, xs, lambda fn=fn, xs=xs: check_grads(fn, xs, 1)) for name, (fn, xs) in cases.items()]


def _least(call: Callable[[], Any], repeat: int) -> float:
    call()
    times = []
    for _ in range(repeat):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    main()
