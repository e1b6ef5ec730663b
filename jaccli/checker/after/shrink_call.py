"""A call of ``gradcheck`` that fails → a program with the smallest arrays and roundest numbers that still fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["program", "shrunk", "written"]

Named = Mapping[str, Any]
MAX_TRIALS = 100  # calls of the check
SIZES = (1, 2, 3)


def shrunk(inputs: Any, fails: Callable[[Any], bool]) -> Any:
    """Return inputs like the given ones, smaller and rounder, with which the call still ``fails``.

    Law:  greedy: all axes of one length are cut to 1, 2 or 3, then values are rounded; a step is kept where the call still fails.
    Cost: a few dozen checks, 100 at most.
    """
    trials = 0
    for change in (*_cuts(inputs), *_roundings()):
        changed = _each(inputs, change)
        if _same(changed, inputs):
            continue
        trials += 1
        if trials > MAX_TRIALS:
            break
        if fails(changed):
            inputs = changed
    return inputs


def _cuts(inputs: Any) -> Iterator[Callable[[Any], Any]]:
    lengths = sorted({n for a in _arrays(inputs) for n in a.shape}, reverse=True)
    for n in lengths:
        for k in SIZES:
            if k < n:
                yield lambda a, n=n, k=k: a[tuple(slice(k if m == n else None) for m in a.shape)]  # type: ignore[misc]


def _roundings() -> Iterator[Callable[[Any], Any]]:
    for digits in (2, 1, 0):
        yield lambda a, digits=digits: np.round(a, digits) if a.dtype.kind == "f" else a  # type: ignore[misc]


def _arrays(inputs: Any) -> list[Any]:
    """Return the arrays and floating-point numbers among the inputs, as arrays."""
    parts = inputs.values() if isinstance(inputs, Mapping) else inputs if type(inputs) in (tuple, list) else None
    if parts is not None:
        return [array for part in parts for array in _arrays(part)]
    return [np.asarray(inputs)] if isinstance(inputs, (np.ndarray, np.floating, float)) else []


def _each(inputs: Any, change: Callable[[Any], Any]) -> Any:
    """Return the inputs with every array and number changed, and everything else as it is."""
    if isinstance(inputs, Mapping):
        return {name: _each(value, change) for name, value in inputs.items()}
    if type(inputs) in (tuple, list):
        return type(inputs)(_each(value, change) for value in inputs)
    if isinstance(inputs, (np.floating, float)):
        return type(inputs)(change(np.asarray(inputs)))
    return change(inputs) if isinstance(inputs, np.ndarray) else inputs


def _same(a: Any, b: Any) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(_arrays(a), _arrays(b), strict=True))


def program(fn: Any, inputs: Any, claims: Named, options: Named) -> str:
    """Return a program that makes the call; functions that cannot be imported are left to be put in, and it says so."""
    used = {"fn": fn, **{name: claim for name, claim in claims.items() if claim is not None}}
    imports = [_import(part) for part in used.values()]
    lines = ["import numpy as np", "", "import jaccli", *dict.fromkeys(line for line in imports if line), ""]
    lines += [f"# put the definition of {name} here" for name, line in zip(used, imports, strict=True) if not line]
    words = ", ".join(f"{key}={value!r}" for key, value in options.items() if value not in (None, False, "auto"))
    names = [f"{name}={_name(claim, name)}" for name, claim in used.items() if name != "fn"]
    call = ", ".join([_name(fn, "fn"), "inputs", *names, *([words] if words else [])])
    return "\n".join(
        [*lines, f"inputs = {written(inputs)}", f"print(jaccli.report_text(jaccli.gradcheck({call})))", ""]
    )


def _import(part: Any) -> str:
    module, name = getattr(part, "__module__", None), getattr(part, "__qualname__", "")
    found = bool(module) and module != "__main__" and name.isidentifier()
    return f"from {module} import {name}" if found else ""


def _name(part: Any, otherwise: str) -> str:
    name = str(getattr(part, "__qualname__", ""))
    return name if name.isidentifier() else otherwise


def written(value: Any) -> str:
    """Return inputs as Python writes them, with ``np`` for NumPy."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name!r}: {written(part)}" for name, part in value.items()) + "}"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))}{',' * (len(value) == 1)})"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, np.ndarray):
        dtype = "" if value.dtype in (np.float64, np.int64) and value.size else f", dtype=np.{value.dtype}"
        return f"np.array({value.tolist()!r}{dtype})"
    if isinstance(value, (np.floating, np.integer)) and value.dtype not in (np.float64, np.int64):
        return f"np.{value.dtype}({value.item()!r})"
    return repr(value.item() if isinstance(value, np.generic) else value)
