"""A Python callable → its name, file and the line where it is defined; an exception → the user's line it came from."""

from __future__ import annotations

import functools
import inspect
import linecache
import os
import traceback
from pathlib import Path
from types import FunctionType
from typing import Any

from jaccli.adapters.remedies import remedy
from jaccli.adapters.subject import Trouble
from jaccli.errors import Span, short, words_of

__all__ = ["file_of", "first_line", "positional_names", "raised", "span_of", "title_of", "unwrapped"]

_HERE = str(Path(__file__).resolve().parents[1])


def title_of(fn: Any) -> str:
    """Return what the user calls a function; example: ``title_of(np.sin)  # "sin"``."""
    fn = _rule_of(unwrapped(fn)) or unwrapped(fn)
    return str(getattr(fn, "__name__", None) or type(fn).__name__)


def span_of(fn: Any) -> Span | None:
    """Return the place of a function's ``def`` or ``lambda``, None where there is no source to show."""
    code = _code(fn)
    if code is None or not os.path.isfile(code.co_filename):
        return None
    lines = linecache.getlines(code.co_filename)
    start = code.co_firstlineno
    while start < len(lines) and lines[start - 1].lstrip().startswith("@"):  # decorators come before the def
        start += 1
    text = lines[start - 1].rstrip("\n") if start <= len(lines) else ""
    column = len(text) - len(text.lstrip()) + 1
    return Span(_shown(code.co_filename), start, column, start, max(len(text.rstrip()) + 1, column + 1), text)


def file_of(fn: Any) -> str:
    """Return the file a function is defined in, as seen from the current folder; ``<python>`` where there is none."""
    code = _code(fn)
    return _shown(code.co_filename) if code is not None and os.path.isfile(code.co_filename) else "<python>"


def positional_names(fn: Any, count: int) -> list[str]:
    """Return names for ``count`` positional inputs: those of the signature, else x or x0, x1 …"""
    names = (_plain_names(fn) or _names(fn))[:count]
    if len(names) == count:
        return names
    return ["x"] if count == 1 else [f"x{k}" for k in range(count)]


def _plain_names(fn: Any) -> list[str]:
    """Return the names of a plain function's positional parameters; none of a callable that declares another signature."""
    given = len(fn.args) if isinstance(fn, functools.partial) and not fn.keywords else 0
    inner = fn.func if isinstance(fn, functools.partial) else fn
    inner = getattr(inner, "__wrapped__", inner) if given else inner
    if type(inner) is not FunctionType or {"__wrapped__", "__signature__"} & inner.__dict__.keys():
        return []
    return list(inner.__code__.co_varnames[given : inner.__code__.co_argcount])


def _names(fn: Any) -> list[str]:
    """Return the positional names that a callable's signature has."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds]


def raised(what: str, error: BaseException) -> Trouble:
    """Return what the user's code raised, with the last line of theirs that was running."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_HERE + os.sep)]
    users = [f for f in frames if "site-packages" not in f.filename and not f.filename.startswith("<")] or frames
    place = f", in {_shown(users[-1].filename)}:{users[-1].lineno}: {short(users[-1].line or '')}" if users else ""
    text = short(words_of(error), 200)
    kind = type(error).__name__
    return Trouble("JAC302", f"{what} raised {kind}{f': {text}' if text else ''}{place}", remedy(kind, words_of(error)))


def first_line(error: BaseException) -> str:
    """Return the first sentence of an exception's message."""
    text = words_of(error).strip().split("\n")[0].split(". ")[0]
    return short(text or type(error).__name__, 160)


def unwrapped(fn: Any) -> Any:
    """Return the user's function: that inside ``functools.partial``, decorators and wrappers of a framework's own.

    A wrapper in an installed package, as ``jax.custom_gradient`` makes one, holds the function of somebody else in its closure.
    """
    while isinstance(fn, functools.partial):
        fn = fn.func
    fn = inspect.unwrap(fn) if callable(fn) else fn
    if _is_installed(_plain_code(fn)):
        held = [cell.cell_contents for cell in getattr(fn, "__closure__", None) or () if _is_filled(cell)]
        inside = [one for one in held if callable(one) and (code := _plain_code(one)) and not _is_installed(code)]
        return inside[0] if len(inside) == 1 else fn
    return fn


def _rule_of(fn: Any) -> Any:
    """Return the class whose ``apply`` ``fn`` is, as that of a torch.autograd.Function; None for any other function."""
    owner = getattr(fn, "__self__", None)
    is_rule = isinstance(owner, type) and callable(getattr(owner, "forward", None)) and _is_installed(_plain_code(fn))
    return owner if is_rule else None


def _is_installed(code: Any) -> bool:
    return code is not None and _in_packages(code.co_filename)


@functools.lru_cache
def _in_packages(path: str) -> bool:
    return bool({"site-packages", "dist-packages"} & set(Path(path).parts))


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # not yet
        return False


def _plain_code(fn: Any) -> Any:
    return getattr(getattr(fn, "__func__", fn), "__code__", None)


def _code(fn: Any) -> Any:
    inner = unwrapped(fn)
    inner = rule.forward if (rule := _rule_of(inner)) is not None else inner
    if not hasattr(inner, "__code__") and not inspect.isroutine(inner):
        inner = type(inner).__dict__.get("__call__", inner)
    return getattr(getattr(inner, "__func__", inner), "__code__", None)


def _shown(path: str) -> str:
    try:
        return _seen_from(path, os.getcwd())
    except (OSError, ValueError):
        return path


@functools.lru_cache
def _seen_from(path: str, folder: str) -> str:
    return os.path.relpath(path, folder) if Path(path).resolve().is_relative_to(Path(folder).resolve()) else path
