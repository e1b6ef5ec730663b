"""A function of a file that fails → a program that shows the failure with the smallest arrays and roundest numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.checker.after.shrink_call import shrunk, written
from jaccli.targets import Case, Target
from jaccli.targets.load import name_of

__all__ = ["example"]

PLAIN = (bool, int, float, complex, str, np.generic, np.ndarray, type(None))


def example(
    target: Target, fn: Any, case: Case, named: Mapping[str, str], options: Mapping[str, Any], fails: Callable[[Case], bool]
) -> str:  # fmt: skip
    """Return the program; "" where the inputs cannot be written in one, or the failure is not the same with NumPy's arrays.

    named:   jacobian, vjp or jvp → the name of a function beside it, where the command line gives one
    options: of ``jaccli.gradcheck``
    fails:   whether a case fails in the same way
    """
    inputs = _arrays_of(case.task.inputs)

    def fails_at(point: Any) -> bool:
        return fails(replace(case, task=replace(case.task, inputs=point)))

    if not _writable(inputs) or not fails_at(inputs):
        return ""
    return _program(target, fn, case, named, options, shrunk(inputs, fails_at))


def _program(
    target: Target, fn: Any, case: Case, named: Mapping[str, str], options: Mapping[str, Any], inputs: Any
) -> str:
    jax = ["import os", "", 'os.environ.setdefault("JAX_ENABLE_X64", "1")  # before JAX is imported', ""]
    derivatives = [f"{form}={_derivative(target, fn, case, form, named)}" for form in ("jacobian", "vjp", "jvp")
                   if getattr(case.task, form) is not None]  # fmt: skip
    compiled = options.get("compiled")
    said = {key: value for key, value in options.items() if key != "compiled"}
    words = [f"{key}={value!r}" for key, value in {"framework": case.framework, **said}.items() if value]
    if case.task.against is not None:
        derivatives.append(f"reference={_derivative(target, fn, case, 'against', named)}")
    home = ", ".join(["load_function", *(["marks"] if any("marks(" in part for part in derivatives) else [])])
    call = ", ".join(["fn", *([_compiled(case, compiled)] if compiled else []), "inputs", *derivatives, *words])
    check = "compare" if compiled else "gradcheck"
    lines = [
        "import numpy as np",
        *([f"import {case.framework}"] if compiled else []),
        "",
        "import jaccli",
        f"from jaccli.targets import {home}",
        "",
        f"fn = load_function({str(target)!r})",
    ]
    lines += [f"inputs = {written(inputs)}", f"report = jaccli.{check}({call})", "print(jaccli.report_text(report))"]
    return "\n".join([*(jax if case.framework == "jax" else []), *lines, ""])


def _compiled(case: Case, backend: str) -> str:
    """Return what compiles the function in the program."""
    return "jax.jit(fn)" if case.framework == "jax" else f"torch.compile(fn, backend={backend!r})"


def _derivative(target: Target, fn: Any, case: Case, form: str, named: Mapping[str, str]) -> str:
    """Return what names a derivative in the program: the function beside it, or what the decorator was given."""
    name = named.get(form) or name_of(target, getattr(case.task, form))
    if name:
        return f"load_function({str(Target(target.place, name))!r})"
    return f"marks(fn)[{case.mark}].derivatives[{form!r}]"


def _arrays_of(inputs: Any) -> Any:
    """Return the inputs with the arrays of frameworks as NumPy's, where they can be."""
    if isinstance(inputs, Mapping):
        return {name: _arrays_of(part) for name, part in inputs.items()}
    if type(inputs) in (tuple, list):
        return type(inputs)(_arrays_of(part) for part in inputs)
    if isinstance(inputs, PLAIN) or not hasattr(inputs, "__array__"):
        return inputs
    try:
        return np.asarray(inputs.detach() if hasattr(inputs, "detach") else inputs).copy()
    except (TypeError, RuntimeError, ValueError):  # bfloat16, or on a device
        return inputs


def _writable(inputs: Any) -> bool:
    """Return whether Python can write the inputs: numbers and arrays of NumPy's own dtypes, nested in plain containers."""
    if isinstance(inputs, Mapping):
        return all(isinstance(name, str) and _writable(part) for name, part in inputs.items())
    if isinstance(inputs, (tuple, list)):
        return type(inputs) in (tuple, list) and all(map(_writable, inputs))
    return isinstance(inputs, PLAIN) and not (isinstance(inputs, np.ndarray) and inputs.dtype.kind not in "biufc")
