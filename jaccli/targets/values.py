"""``--at`` for Python functions: ``x=1.5``, ``x=[1.0, 2.0]``, ``x=normal(3, 4)``, ``x=positive(3, dtype=float32)`` → values.

A literal is what it is in Python, so that 3 is a whole number, which is not differentiated, and 3.0 is. Nothing is evaluated.
"""

from __future__ import annotations

import ast
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.errors import UsageError, short, suggestion
from jaccli.spec.domains import DOMAINS
from jaccli.spec.domains import drawn as drawn_from
from jaccli.spec.initial import INITIALISERS, filled

__all__ = ["drawn", "read_at", "read_domain", "read_scale"]

MAX_TEXT, MAX_DEPTH, MAX_SIZE = 20_000, 50, 10_000_000
_DOMAINS = {name.replace(" ", "_"): name for name in DOMAINS}
DTYPES = ("float64", "float32", "float16", "int64", "int32", "bool")


def read_at(settings: Sequence[str]) -> dict[str, str]:
    """Return the texts of ``--at NAME=VALUE`` by name.

    Errors: UsageError for one that is not of this form.
    """
    found = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.strip().isidentifier() or not text.strip():
            raise UsageError(f"--at {setting}: expected NAME=VALUE, such as --at x=1.5 or --at 'x=normal(3, 4)'")
        found[name.strip()] = text.strip()
    return found


def read_scale(settings: Sequence[str]) -> dict[str, float]:
    """Return the numbers of ``--scale NAME=VALUE`` by name.

    Errors: UsageError for one that is not of this form, or not positive.
    """
    found = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        try:
            size = float(text)
        except ValueError:
            size = float("nan")
        if not name.strip() or not 0 < size < float("inf"):
            raise UsageError(f"--scale {setting}: expected NAME=VALUE with a positive number, such as --scale x=1")
        found[name.strip()] = size
    return found


def read_domain(settings: Sequence[str]) -> dict[str, str]:
    """Return the domains of ``--domain NAME=DOMAIN`` by name, spaces written as such or as ``_``.

    Errors: UsageError for one that is not of this form.
    """
    found = {}
    for setting in settings:
        name, _, word = (part.strip() for part in setting.partition("="))
        domain = _DOMAINS.get(word.replace(" ", "_").replace("-", "_"))
        if not name or domain is None:
            known = ", ".join(_DOMAINS)
            hint = suggestion(word, _DOMAINS) or f"known: {known}"
            raise UsageError(f"--domain {setting}: expected NAME=DOMAIN, such as --domain A=symmetric; {hint}")
        found[name] = domain
    return found


def drawn(name: str, text: str, seed: int) -> Any:
    """Return the value that a text stands for; what is drawn depends on the name and the seed alone.

    Errors: UsageError naming the input.
    """
    try:
        tree = _parsed(text)
        if isinstance(tree, ast.Call):
            return _filled(name, tree, seed)
        value = ast.literal_eval(tree)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError) as error:
        reason = str(error) if type(error) is ValueError and not str(error).startswith("malformed") else ""
        raise _unusable(name, text, reason or "is not a number, list or call such as normal(3, 4)") from None
    if not isinstance(value, (list, tuple)):
        return value
    try:
        return np.array(value)
    except ValueError:
        raise _unusable(name, text, "has rows of different lengths") from None


def _unusable(name: str, text: str, reason: str) -> UsageError:
    return UsageError(f"{name}={short(text)} {reason}")


def _parsed(text: str) -> ast.expr:
    nesting = max((text[:k].count("[") - text[:k].count("]") for k in range(min(len(text), 400))), default=0)
    if len(text) > MAX_TEXT or nesting > MAX_DEPTH or text.count("(") > MAX_DEPTH:
        raise ValueError("is too long; put it into the decorator @jaccli.check, or into the function's default")
    return ast.parse(text, mode="eval").body


def _filled(name: str, call: ast.Call, seed: int) -> Any:
    """Return the array of a call such as normal(3, 4, std=2, dtype=float32)."""
    known = [*INITIALISERS, *_DOMAINS]
    kind = call.func.id if isinstance(call.func, ast.Name) else ""
    if kind not in known:
        raise ValueError(
            f"is not a way to fill an array; {suggestion(kind, known) or 'such as ' + ', '.join(known[:7])}"
        )
    sizes = [ast.literal_eval(argument) for argument in call.args]
    shape = tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], tuple) else tuple(sizes)
    if not all(type(size) is int and size >= 0 for size in shape) or np.prod(shape, dtype=float) > MAX_SIZE:
        raise ValueError(f"needs sizes, whole numbers with a product of at most {MAX_SIZE:,}: {kind}(3, 4)")
    options = {word.arg or "**": word.value for word in call.keywords}
    dtype = _dtype(options.pop("dtype", None))
    array = _array(kind, shape, {word: float(ast.literal_eval(v)) for word, v in options.items()}, name, seed)
    return array.astype(dtype) if array.ndim else np.dtype(dtype).type(array[()])


def _dtype(node: ast.expr | None) -> str:
    if node is None:
        return "float64"
    dtype = node.id if isinstance(node, ast.Name) else str(ast.literal_eval(node))
    if dtype not in DTYPES:
        raise ValueError(f"has an unknown dtype {dtype}; {suggestion(dtype, DTYPES) or 'known: ' + ', '.join(DTYPES)}")
    return dtype


def _array(kind: str, shape: tuple[int, ...], options: Mapping[str, float], name: str, seed: int) -> Any:
    of_name = zlib.crc32(name.encode("utf-8", "backslashreplace"))  # two inputs of one shape get different numbers
    if kind in _DOMAINS:
        if set(options) - {"low", "high"} or len(options) == 1:
            raise ValueError("takes low and high, both or none")
        least = DOMAINS[_DOMAINS[kind]].least_axes
        if len(shape) < least:
            raise ValueError(f"needs {least} size{'s' * (least > 1)}")
        bounds = (options["low"], options["high"]) if options else None
        return np.asarray(drawn_from(np.random.default_rng([seed, of_name]), shape, _DOMAINS[kind], bounds))
    row = INITIALISERS[kind]
    if unknown := set(options) - set(row.options):
        words = suggestion(min(unknown), row.options) or f"its options: {', '.join(row.options) or 'none'}"
        raise ValueError(f"has an unknown option {min(unknown)}; {words}")
    if missing := [option for option in row.needed if option not in options]:
        raise ValueError(f"needs {missing[0]}=…")
    if len(shape) < row.least_axes or len(shape) > (row.most_axes or len(shape)):
        raise ValueError(f"needs {row.least_axes} size{'s' * (row.least_axes > 1)}")
    return np.asarray(filled(kind, shape, [seed, of_name], options))
