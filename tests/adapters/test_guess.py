"""Which framework a function is taken for, and what is said where it was another: one rule for specs, files and Python."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.adapters import Task, adapt, framework_of
from jaccli.adapters.remedies import remedy

X = np.array([0.5, 1.0])


def function(code: str, *modules: str) -> Any:
    """Return the ``f`` of a file that imports these modules, which need not be installed."""
    names: dict[str, Any] = {"__name__": "ops", **{module: ModuleType(module) for module in modules}}
    for module in modules:
        names[module].g = type("g", (), {"__module__": module})
    exec(code, names)
    return names["f"]


HELPER = "def g(x): return numpy.tanh(x)\ndef f(x): return 2 * g(x)"
#: (code of a file, what it imports, the framework)
CODES = {
    "numpy beside torch": ("def f(x): return numpy.tanh(x)", ("numpy", "torch"), "numpy"),
    "numpy in a helper, beside torch": (HELPER, ("numpy", "torch"), "numpy"),
    "numpy in a helper, beside jax": (HELPER, ("numpy", "jax"), "numpy"),
    "in a helper": (
        "def g(x): return torch.tanh(x)\ndef f(x): return numpy.pi * g(x)",
        ("numpy", "torch", "jax"),
        "torch",
    ),
    "imported inside": ("def f(x):\n    import torch\n    return torch.tanh(x)", ("numpy",), "torch"),
    "in a lambda inside": (
        "def f(x): return list(map(lambda v: jax.sin(v), x))",
        ("numpy", "torch", "jax"),
        "jax",
    ),
    "in a closure": (
        "def made(m):\n    def f(x): return m.tanh(x)\n    return f\nf = made(torch)",
        ("jax", "torch"),
        "torch",
    ),
    "in an object": (
        "class F:\n    def __call__(self, x): return tensorflow.tanh(x)\nf = F()",
        ("jax", "tensorflow"),
        "tensorflow",
    ),
    "in a partial": (
        "import functools\ndef g(x, n): return autograd.g(x)\nf = functools.partial(g, n=2)",
        ("jax", "autograd"),
        "autograd",
    ),
    "calls itself": ("def f(x): return f(x) if 0 else jax.g(x)", ("jax", "torch"), "jax"),
    "names nothing, one import": ("def f(x): return x.abs()", ("numpy", "torch"), "torch"),
    "names nothing, two imports": ("def f(x): return x * x", ("jax", "torch"), "numpy"),
}


@pytest.mark.parametrize("name", CODES)
def test_framework_of_reads_what_a_function_reaches(name: str) -> None:
    code, modules, framework = CODES[name]
    assert framework_of(function(code, *modules), X) == framework


def test_framework_of_takes_derivatives_by_hand_for_those_of_numpy() -> None:
    assert framework_of(function("def f(x): return torch.g(x)", "torch"), X, {"vjp": abs, "jvp": None}) == "numpy"


def test_framework_of_finds_arrays_in_nested_inputs() -> None:
    tensor = type("Tensor", (), {"__module__": "torch"})
    assert framework_of(lambda p: p, ({"W": [tensor()]},)) == "torch"


@pytest.mark.parametrize(
    ("kind", "message", "help"),
    [
        ("RuntimeError", "Can't call numpy() on Tensor that requires grad.", "stay in torch, .* framework='numpy'"),
        ("TracerArrayConversionError", "The numpy.ndarray conversion", "use jax.numpy inside, .* framework='numpy'"),
        ("TypeError", "'ArrayBox' object does not support item assignment", "cannot follow writing into an array"),
        ("TypeError", "loop of ufunc does not support argument 0 of type ArrayBox", "use autograd.numpy inside"),
        ("AttributeError", "'Tensor' object has no attribute 'astype'", "with tensors; .*--framework numpy"),
        ("TypeError", "tanh(): argument 'input' must be Tensor, not numpy.ndarray", "name that with framework="),
        ("ValueError", "no", "call it by hand at this point"),
    ],
)  # fmt: skip
def test_remedy_of_what_is_raised_most(kind: str, message: str, help: str) -> None:
    import re

    assert re.search(help, remedy(kind, message))


TORCH = """\
import numpy as np
import torch

def base(x): return np.tanh(x)
def scaled(x): return base(x)
def tensor(x): return torch.tanh(x)
def converted(x): return torch.from_numpy(np.tanh(x.detach().numpy()))
def through(x): return torch.tensor(x.numpy() ** 2)
"""


@pytest.mark.parametrize(("name", "framework"), [("scaled", "numpy"), ("tensor", "torch"), ("converted", "torch")])
def test_gradcheck_and_files_take_a_function_for_the_same(name: str, framework: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    from jaccli.targets import Said, Target, cases, functions

    (tmp_path / "ops.py").write_text(TORCH)
    ((_, fn),) = functions(Target(str(tmp_path / "ops.py"), name))
    (case,) = cases(name, fn, Said({"x": "[0.5, 1.0]"}, {}))
    direct = adapt(Task(fn, X, checked=False))
    assert (case.framework, bool(direct.derivatives)) == (framework, False)
    assert framework_of(fn, X) == framework_of(fn, case.task.inputs) == framework
    assert torch is not None


def test_gradcheck_says_what_to_do_where_a_function_leaves_torch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    report = jaccli.gradcheck(lambda x: torch.tensor(x.numpy() ** 2), torch.ones(2, dtype=torch.float64))
    assert any(check.help.startswith("stay in torch") for check in report.checks)


def test_gradcheck_says_what_to_do_where_a_function_answers_with_numpy() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    (check,) = jaccli.gradcheck(lambda x: torch.tanh(x).numpy(), X).checks
    assert (check.code, check.help[:58]) == ("JAC303", "return an array of PyTorch; if it is a NumPy function, say")


def test_gradcheck_without_a_derivative_names_the_framework_as_a_way_out() -> None:
    with pytest.raises(jaccli.UsageError, match="where it is no NumPy function, give 'framework'"):
        jaccli.gradcheck(lambda x: np.tanh(x), X)
