"""Which framework a function is written in, by its inputs, itself and the code it reaches, without importing any."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Iterator, Mapping
from types import CodeType, ModuleType
from typing import Any

from jaccli.adapters.source import unwrapped
from jaccli.adapters.trees import leaves_of

__all__ = ["framework_of", "frameworks_of"]

#: The first part of a module's name → the framework its objects belong to.
ROOTS = {
    "torch": "torch", "jax": "jax", "jaxlib": "jax", "tensorflow": "tensorflow", "keras": "tensorflow", "autograd": "autograd",
    "numpy": "numpy", "scipy": "numpy",
}  # fmt: skip
REACH = 200  # functions of the user's own that are read, at most


def framework_of(fn: Any, inputs: Any, derivatives: Mapping[str, Any] | None = None) -> str:
    """Return the framework of the inputs, else of the function, of what its code reaches, or the only one of its module.

    A function whose derivatives are given is one of NumPy, unless its inputs are of another framework. Code that names NumPy
    beside another framework is the other's: constants and shapes are often NumPy's.
    """
    names = [name for value in _leaves(inputs) for name in frameworks_of(value) if name != "numpy"]
    if names or any(derivative is not None for derivative in (derivatives or {}).values()):
        return names[0] if names else "numpy"
    found = list(_of_code(fn))
    return next((name for name in found if name != "numpy"), None) or (found[0] if found else _of_module(fn))


def frameworks_of(value: Any) -> Iterator[str]:
    """Yield the frameworks of an object: of its module and of its type's, or of a class's bases."""
    kinds = value.__mro__ if inspect.isclass(value) else type(value).__mro__
    modules = [value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)]
    for module in [*modules, *(kind.__module__ for kind in kinds)]:
        root = str(module).partition(".")[0]
        if root in ROOTS:
            yield ROOTS[root]


def _leaves(inputs: Any) -> Iterator[Any]:
    return (value for _, value in leaves_of(inputs, "", lambda value: not isinstance(value, (Mapping, tuple, list))))


def _of_code(fn: Any) -> Iterator[str]:
    """Yield the frameworks of a function, of what its code names or imports, and of what its own helpers do."""
    waiting: list[Any] = [fn]
    seen: set[int] = set()
    while waiting and len(seen) < REACH:
        value = waiting.pop(0)
        if id(value) in seen:
            continue
        seen.add(id(value))
        known = list(frameworks_of(value))
        yield from known
        if not known and _is_near(value, fn):
            yield from _imported(value)
            waiting.extend(_named(value))


def _is_near(value: Any, fn: Any) -> bool:
    """Return whether a value is code of the same package as ``fn``: what libraries use inside says nothing of it."""
    return value is fn or not _root(value) or _root(value) in (_root(unwrapped(fn)), _root(fn))


def _root(value: Any) -> str:
    return str(getattr(value, "__module__", None) or "").partition(".")[0]


def _codes(value: Any) -> Iterator[CodeType]:
    """Yield the code of a function and of the functions and lambdas inside it."""
    waiting = [getattr(getattr(value, "__func__", value), "__code__", None)]
    while waiting:
        code = waiting.pop()
        if isinstance(code, CodeType):
            yield code
            waiting.extend(code.co_consts)


def _imported(value: Any) -> Iterator[str]:
    """Yield the frameworks that a function imports inside."""
    for code in _codes(value):
        for step in dis.get_instructions(code):
            root = str(step.argval).partition(".")[0]
            if step.opname == "IMPORT_NAME" and root in ROOTS:
                yield ROOTS[root]


def _named(value: Any) -> Iterator[Any]:
    """Yield what a function wraps, closes over, is bound to, or names among its globals; how an object is called."""
    if isinstance(value, functools.partial):
        yield value.func
        return
    function = getattr(value, "__func__", value)
    yield from (getattr(value, name) for name in ("__self__", "__wrapped__") if hasattr(value, name))
    yield from _cells(function)
    names = getattr(function, "__globals__", {})
    yield from (names[name] for code in _codes(value) for name in code.co_names if name in names)
    if not hasattr(function, "__code__") and not inspect.isclass(value):
        yield from (kind.__dict__["__call__"] for kind in type(value).__mro__ if "__call__" in kind.__dict__)


def _cells(function: Any) -> Iterator[Any]:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not bound yet
            continue


def _of_module(fn: Any) -> str:
    """Return the only framework among the modules that a function's module has imported; numpy where there are none or several."""
    names = getattr(inspect.unwrap(fn), "__globals__", {})
    found = {name for value in list(names.values()) if isinstance(value, ModuleType) for name in frameworks_of(value)}
    others = found - {"numpy"}
    return others.pop() if len(others) == 1 else "numpy"
