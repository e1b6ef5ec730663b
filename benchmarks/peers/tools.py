"""Gradient checkers, each as a function of a case and a claimed Jacobian: "pass", "fail", "open", or None where it cannot say."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import jaccli
from benchmarks.peers.cases import Case

Array = Any
Check = Callable[[Case, Array], "str | None"]
SCIPY_LIMIT = 1e-5  # check_grad gives a number and leaves the verdict to its user


class Counted:
    """A case's function that counts the points it is evaluated at."""

    def __init__(self, case: Case) -> None:
        self.fn, self.points = case.fn, 0

    def __call__(self, points: Array) -> Array:
        """Return the values at many points."""
        self.points += len(points)
        with np.errstate(all="ignore"):
            return self.fn(points)

    def one(self, x: Array) -> Array:
        """Return the value at one point."""
        return self(np.asarray(x, dtype=float)[None, :])[0]


def ours(fn: Counted, case: Case, claim: Array) -> str:
    """``jaccli.gradcheck`` with its defaults."""
    report = jaccli.gradcheck(fn, case.x, jacobian=lambda x: claim, vectorized=True)
    outcomes = {check.outcome for check in report.checks}
    return "fail" if "fail" in outcomes else "pass" if outcomes == {"pass"} else "open"


def torch_check(fast: bool) -> Callable[[Counted, Case, Array], str]:
    """``torch.autograd.gradcheck`` with its defaults: eps 1e-6, atol 1e-5, rtol 1e-3, float64."""
    import torch

    def check(fn: Counted, case: Case, claim: Array) -> str:
        class Claimed(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                return torch.from_numpy(fn.one(x.detach().numpy()))

            @staticmethod
            def backward(ctx: Any, y_bar: Any) -> Any:
                return y_bar @ torch.from_numpy(claim)

        x = torch.tensor(case.x, requires_grad=True)
        right = torch.autograd.gradcheck(Claimed.apply, (x,), raise_exception=False, fast_mode=fast)
        return "pass" if right else "fail"

    return check


def jax_check() -> Callable[[Counted, Case, Array], str]:
    """``jax.test_util.check_grads`` of order 1, forward and reverse, with its defaults in float64."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from jax.test_util import check_grads

    now: dict[str, Any] = {}  # one function for all cases: JAX compiles what it sees once

    def value(x: Any) -> Any:
        return now["fn"].one(x)

    @jax.custom_jvp
    def claimed(x: Any) -> Any:
        return jax.pure_callback(value, jax.ShapeDtypeStruct((len(now["claim"]),), jnp.float64), x)

    claimed.defjvp(lambda primals, tangents: (claimed(*primals), now["claim"] @ tangents[0]))

    def check(fn: Counted, case: Case, claim: Array) -> str:
        now.update(fn=fn, claim=jnp.asarray(claim))
        try:
            check_grads(claimed, (jnp.asarray(case.x),), order=1)
        except AssertionError:
            return "fail"
        return "pass"

    return check


def scipy_check(fn: Counted, case: Case, claim: Array) -> str | None:
    """``scipy.optimize.check_grad`` of scalar functions, below 1e-5."""
    from scipy.optimize import check_grad

    if len(claim) != 1:
        return None
    error = check_grad(lambda x: fn.one(x)[0], lambda x: claim[0], case.x)
    return "pass" if error < SCIPY_LIMIT else "fail"


def numdifftools_check(fn: Counted, case: Case, claim: Array) -> str:
    """``numdifftools.Jacobian`` with its defaults, compared by ``numpy.allclose`` with its own."""
    import numdifftools

    found = np.asarray(numdifftools.Jacobian(fn.one)(case.x)).reshape(claim.shape)
    return "pass" if np.allclose(found, claim) else "fail"


def tools() -> dict[str, Callable[[Counted, Case, Array], str | None]]:
    """Return the checkers that are installed, by name."""
    found: dict[str, Callable[[Counted, Case, Array], str | None]] = {"jaccli": ours}
    makers = {
        "PyTorch gradcheck": lambda: torch_check(False),
        "PyTorch gradcheck, fast": lambda: torch_check(True),
        "JAX check_grads": jax_check,
        "SciPy check_grad < 1e-5": lambda: scipy_check,
        "numdifftools, allclose": lambda: __import__("numdifftools") and numdifftools_check,
    }
    for name, make in makers.items():
        try:
            found[name] = make()
        except ImportError as error:
            warnings.warn(f"{name} is left out: {error}", stacklevel=2)
    return found
