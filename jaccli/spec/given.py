"""Options such as ``--at x=1.5``, ``--at 'W=normal(2, 3)'`` and ``--shape W=2x3`` → values and shapes by name."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaccli.errors import Problem, SourceError, UsageError, short, suggestion
from jaccli.spec.data import MAX_ELEMENTS
from jaccli.spec.expressions.expression import safe_name
from jaccli.spec.initial import INITIALISERS
from jaccli.spec.initial import filled as array_of
from jaccli.spec.reader import read_numbers
from jaccli.spec.source import Source
from jaccli.spec.yaml.document import read_tree

__all__ = ["parse_at", "parse_shapes"]


def parse_at(settings: Sequence[str], option: str = "--at") -> dict[str, Any]:
    """Return the values of options such as ``x=1.5`` and ``x=[1, 2]``, as arrays of exact numbers, and those of .npz files.

    Errors: UsageError naming the option as it was written.
    """
    found: dict[str, Any] = {}
    for text in settings:
        saved = text.endswith(".npz") and "=" not in text
        found.update(_saved(text, option) if saved else [_setting(text, option)])
    return found


def _saved(path: str, option: str) -> dict[str, Any]:
    """Return the arrays of an .npz file, as ``jac train -o`` writes it; pickles are refused."""
    try:
        with Path(path).open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise ValueError("it is a single array, saved as .npy")
            return {name: arrays[name] for name in arrays.files}
    except FileNotFoundError:
        raise UsageError(f"{option} {path}: the file does not exist") from None
    except Exception as error:  # of a damaged file NumPy raises what its parts raise, TokenError for one
        raise UsageError(f"{option} {path}: not readable as .npz ({_reason(error)})") from None


def _reason(error: Exception) -> str:
    """Return why NumPy cannot read a file, without its advice to let pickles run."""
    if "allow_pickle" in str(error):
        return "it holds Python objects, which are never unpickled here; store numbers"
    return short(str(error), 100) or type(error).__name__


def _setting(text: str, option: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    parts = [safe_name(part) for part in name.strip().split(".")]  # the parameters of layers are called dense1.W
    key = ".".join(part for part in parts if part) if all(parts) and len(parts) <= 2 else None
    if not equals or key is None or not value.strip():
        raise UsageError(f"{option} {text}: expected NAME=VALUE, such as {option} x=1.5 or {option} 'x=[1, 2]'")
    source = Source(f"{option} {name.strip()}", value.strip())
    problems: list[Problem] = []
    try:
        node = read_tree(source, problems)
    except SourceError as error:
        raise UsageError(_complaint(option, text, error.problems[0])) from None
    if filled := _FILLED.match(value.strip()):
        return key, _drawn(f"{option} {text}", key, filled)
    if re.fullmatch(r"[-+.\deE/\s]+(,[-+.\deE/\s]+)+", value.strip()):
        raise UsageError(
            f"{option} {text}: a list needs brackets, and quotes for the shell: {option} '{name.strip()}=[{value.strip()}]'"
        )
    array = read_numbers(source, node, key, problems) if node is not None else None
    if problems or array is None:
        raise UsageError(
            _complaint(option, text, problems[0] if problems else Problem("JAC007", "a number is missing"))
        )
    return key, array


_FILLED = re.compile(r"(?P<kind>[a-z_]+)\((?P<sizes>[\d,\s]*)\)\Z")


def _drawn(said: str, name: str, filled: re.Match[str]) -> Any:
    """Return the array of a text such as normal(2, 3), drawn by the name of the input; the same in every run.

    Errors: UsageError where there is no such way to fill an array, or it does not suit the sizes.
    """
    kinds = [kind for kind, row in INITIALISERS.items() if not row.needed]
    kind, sizes = filled["kind"], tuple(int(size) for size in filled["sizes"].split(",") if size.strip())
    if kind not in kinds:
        raise UsageError(
            f"{said}: {kind} does not fill an array; {suggestion(kind, kinds) or 'known: ' + ', '.join(kinds)}"
        )
    row = INITIALISERS[kind]
    if len(sizes) < row.least_axes or len(sizes) > (row.most_axes or len(sizes)):
        raise UsageError(f"{said}: {kind} needs {row.least_axes} sizes, such as {kind}(2, 3)")
    if np.prod(sizes, dtype=float) > MAX_ELEMENTS:
        raise UsageError(f"{said}: more than {MAX_ELEMENTS:,} numbers")
    return np.asarray(array_of(kind, sizes, zlib.crc32(name.encode("utf-8", "backslashreplace")), {}))


def parse_shapes(settings: Sequence[str], option: str = "--shape") -> dict[str, tuple[int, ...]]:
    """Return the shapes of options such as ``W=2x3``, ``x=3`` and ``c=()``.

    Errors: UsageError naming the option as it was written.
    """
    found = {}
    for text in settings:
        name, _, sizes = text.partition("=")
        numbers = [size for size in re.split(r"[x×,\s]+", sizes.strip().strip("()[]")) if size]
        if safe_name(name.strip()) is None or not sizes.strip() or not all(size.isdecimal() for size in numbers):
            raise UsageError(f"{option} {text}: expected NAME=SIZES, such as {option} W=2x3 or {option} x=3")
        shape = tuple(map(int, numbers))
        if np.prod(shape, dtype=float) > MAX_ELEMENTS:
            raise UsageError(f"{option} {text}: more than {MAX_ELEMENTS:,} numbers")
        found[name.strip()] = shape
    return found


def _complaint(option: str, text: str, problem: Problem) -> str:
    return f"{option} {text}: {problem.message}" + (f"; {problem.help}" if problem.help else "")
