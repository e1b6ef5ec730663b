"""The settings: how each is written in TOML and in the environment, and its default."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jaccli.errors import suggestion

__all__ = ["KEYS", "Key", "Kind", "one_of", "words_of"]

PREFIX = "JACCLI_"
TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is read.

    expected  what it must be, in words
    fitting   what TOML holds → the value, None where it does not fit
    reading   the text of an environment variable → what TOML would hold; ValueError where it is nothing of the kind
    words     the only ones there are, for a suggestion
    replaced  a word of earlier versions → the word that does its work now
    spelled   what the text must be, in words, where that is not the same
    """

    expected: str
    fitting: Callable[[Any], Any]
    reading: Callable[[str], Any] = str
    words: tuple[str, ...] = ()
    spelled: str = ""
    replaced: Mapping[str, str] = field(default_factory=dict)

    def hint(self, value: Any) -> str:
        """Return a suggestion for a word that is none of the known ones, or nothing."""
        if isinstance(value, str) and value in self.replaced:
            return f"; `{self.replaced[value]}` replaces it"
        near = suggestion(value, self.words) if isinstance(value, str) else None
        return f"; {near}" if near else ""


@dataclass(frozen=True, slots=True)
class Key:
    """A setting: its kind and its default."""

    kind: Kind
    default: str


def _whole(low: int, high: int | None = None) -> Kind:
    words = f"a whole number from {low}" + (f" to {high:,}" if high else ", not negative" if low == 0 else "")
    fits = lambda value: value if type(value) is int and low <= value <= (high or math.inf) else None  # noqa: E731
    return Kind(words, fits, int)


def _number(high: float, expected: str) -> Kind:
    def fitting(value: Any) -> float | None:
        return float(value) if type(value) in (int, float) and 0 < value < high else None

    return Kind(expected, fitting, float)


def _at_least_zero(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and 0 <= value < math.inf else None


def one_of(*words: str, **replaced: str) -> Kind:
    """Return the kind of a setting that is one of some words."""
    expected = ", ".join(f'"{word}"' for word in words[:-1]) + f' or "{words[-1]}"'
    return Kind(expected, lambda value: value if value in words else None, words=words, replaced=replaced)


def _texts(value: Any) -> tuple[str, ...] | None:
    fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return tuple(value) if fits else None


def _truth(text: str) -> bool:
    if text.lower() not in TRUTH:
        raise ValueError(text)
    return TRUTH[text.lower()]


def _jobs(value: Any) -> str | None:
    return str(value) if value == "auto" or (type(value) is int and 1 <= value <= MOST_JOBS) else None


def _jobs_text(text: str) -> Any:
    return text if text == "auto" else int(text)


MOST_JOBS = 1_000
_PATHS = Kind(
    'a list of texts, such as ["specs", "ops.py::gelu"]',
    _texts,
    shlex.split,
    spelled="names with spaces between, such as specs ops.py::gelu",
)
_REPORTS = Kind(
    'a list of texts, such as ["junit=junit.xml"]',
    _texts,
    shlex.split,
    spelled="FORMAT=PATH with spaces between, such as junit=junit.xml",
)
_TRUTH = Kind("true or false", lambda value: value if isinstance(value, bool) else None, _truth)
_REFERENCE = one_of("auto", "certified", "complex-step", "difference", "segments", **{"high-precision": "certified"})
_FILE = Kind("the name of a file", lambda value: value if isinstance(value, str) and value else None)

#: setting → its kind, and what holds without it; a test compares them with the options of ``jac gradcheck``.
KEYS: Mapping[str, Key] = {
    "paths": Key(_PATHS, "specs/ and *.jac.yaml"),
    "seed": Key(_whole(0), "0"),
    "rtol": Key(_number(1.0, "a number between 0 and 1"), "1e-6, larger below double precision"),
    "atol": Key(Kind("a number, 0 or more", _at_least_zero, float), "0"),
    "points": Key(_whole(1, 10_000), "1"),
    "directions": Key(_whole(1, 1_000), "8 where a block is large"),
    "reference": Key(_REFERENCE, "auto"),
    "timeout": Key(_number(math.inf, "a positive number of seconds"), "none"),
    "framework": Key(one_of("auto", "numpy", "torch", "jax", "tensorflow", "autograd"), "auto"),
    "allow-code": Key(_TRUTH, "false"),
    "jobs": Key(Kind('a whole number from 1 to 1,000, or "auto"', _jobs, _jobs_text), "1"),
    "fail-on": Key(one_of("fail", "inconclusive", "never"), "fail"),
    "baseline": Key(_FILE, "none"),
    "report": Key(_REPORTS, "none"),
    "max-operations": Key(_number(math.inf, "a positive number"), "1e11"),
    "max-memory": Key(_number(math.inf, "a positive number of gigabytes"), "8"),
}  # fmt: skip


def words_of(key: str) -> tuple[str, ...]:
    """Return the words that a setting may be."""
    return KEYS[key].kind.words
