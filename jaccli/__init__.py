"""Jacobians and gradient checking: a spec in, a checked Jacobian out.

     spec.yaml / -e "…"
            │
            ▼
       ┌────────┐   ┌─────────┐   ┌───────────────────────────────┐   ┌─────────┐   ┌──────────┐
       │  spec  │──▶│  graph  │──▶│ routes to one Jacobian        │──▶│ verdict │──▶│  report  │──▶ exit code
       └────────┘   └─────────┘   │  derive      forward, reverse,│   └─────────┘   └──────────┘
        text →       ops →        │              symbolic         │    pass, fail,    tables, JSON
        Spec         Graph        │  difference  with error bars  │    inconclusive
                       ▲          └───────────────────────────────┘
                    ┌─────┐
                    │ ops │  every operation once, in one row
                    └─────┘

The graph is one list of nodes; values, shapes, derivatives, symbols and costs are interpretations of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Check", "JaccliError", "Model", "Problem", "Report", "SourceError", "Tensor", "UsageError",
    "assert_gradients", "check", "compare", "eager", "function", "gradcheck", "gradcheck_all", "jacobian", "load", "no_grad",
    "parse", "report_text", "smallest_example", "sparsity", "sweep", "tensor",
]  # fmt: skip

if TYPE_CHECKING:
    from jaccli.api import (
        assert_gradients,
        compare,
        gradcheck,
        gradcheck_all,
        jacobian,
        report_text,
        smallest_example,
        sweep,
    )
    from jaccli.errors import JaccliError, Problem, SourceError, UsageError
    from jaccli.learn import eager
    from jaccli.learn.eager import Tensor, no_grad, tensor
    from jaccli.model import Model, function, load, parse, sparsity
    from jaccli.results.checks import Check, Report
    from jaccli.targets.decorator import check

_HOMES = {
    "JaccliError": "errors",
    "Problem": "errors", "SourceError": "errors", "UsageError": "errors", "Check": "results.checks", "Report": "results.checks",
    "assert_gradients": "api", "compare": "api",
    "gradcheck": "api", "gradcheck_all": "api", "jacobian": "api", "report_text": "api", "smallest_example": "api", "sweep": "api",
    "Tensor": "learn.eager", "eager": "learn", "no_grad": "learn.eager", "tensor": "learn.eager",
    "check": "targets.decorator",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``jac --version`` imports neither NumPy nor SymPy."""
    if name not in __all__:
        raise AttributeError(f"module 'jaccli' has no attribute {name!r}")
    from importlib import import_module

    home = f"jaccli.{_HOMES.get(name, 'model')}"
    return import_module(f"{home}.eager") if name == "eager" else getattr(import_module(home), name)
