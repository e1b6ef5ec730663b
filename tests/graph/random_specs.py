"""A seed → random specs: one to three inputs of small shapes, and lines that are random pieces of the language.

A piece is a template whose letters stand for what there is so far. One whose shapes do not fit, or whose values are not finite or not of
a size near 1, is drawn again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from other_libraries import REDUCTIONS, UNARY, language
from scipy import special

import jaccli
from jaccli.types import Array

SMALLEST, LARGEST, ELEMENTS = 1e-9, 1e3, 12  # of a value, and how many it may have
SHAPES = [(), (2,), (3,), (2, 3), (3, 2), (3, 3), (2, 2), (1, 3), (2, 1)]
#: What may have no derivative where its value is 0.
STEEP = ("std(", "norm(", "sqrt(", "cbrt(", "**", "hypot(", "arccosh(", "det(")
CONDITION = 1e4  # of matrices that are inverted, at most
#: Lines of a spec in terms of a, b and c, by kind.
TEMPLATES = {
    "arithmetic": [
        "a + b", "a - b*c", "a * b + c", "a / b", "-a**2", "2*a - b/3", "a**3 - b**2", "(a + b) * (c - 0.5)", "a**0.5", "abs(a)**1.5", "abs(a)**b",
        "2**a", "a*b*c", "1/(1 + a**2)", "a - -b", "a / b / c", "a - b - c",
    ],
    "elementwise": [f"{f}(a)" for f in UNARY] + [f"{f}(a*b)" for f in UNARY[::3]]
    + ["maximum(a, b)", "minimum(a, b)", "arctan2(a, b)", "hypot(a, b)", "logaddexp(a, b)", "clip(a, -0.5, 0.8)", "maximum(a, 0.1)"],
    "selections": [
        "where(a > b, a, c)", "where(a < 0.2, sin(a), a**2)", "where(a > 0, sqrt(abs(a)), b)", "where(a >= b, a*b, c/2)", "(a > b) * c",
        "where((a > 0) & (b < 1), a, b)",
    ],
    "reductions": [f"{f}(a)" for f in REDUCTIONS] + [f"{f}(a, axis=0)" for f in REDUCTIONS] + [f"{f}(a, axis=-1)" for f in REDUCTIONS]
    + [f"{f}(a, axis=1, keepdims=True)" for f in REDUCTIONS] + ["a - mean(a)", "a / norm(a)", "a / sum(a)", "trace(a)", "cumsum(a, axis=0)"],
    "products": [
        "a @ b", "a.T @ b", "a @ b.T", "a @ b @ c", "outer(a, b)", "inner(a, b)", "einsum('ij,jk->ik', a, b)", "einsum('ij,kj->ik', a, b)",
        "einsum('i,ij->j', a, b)", "einsum('ii->i', a)", "einsum('ij->ji', a)", "dot(a, b)", "kron(a, b)", "einsum('i,j,k->ijk', a, b, c)",
    ],
    "indexing": [
        "a[0]", "a[-1]", "a[1:]", "a[::-1]", "a[:, 0]", "a[:, 1:]", "a[0, 1]", "a[..., 0]", "a[:-1] * a[1:]", "a[:, ::-1]", "a[None, :] + b", "a[:, None] * b",
        "a.T", "ravel(a)", "reshape(a, (3, 2))", "reshape(a, (6,))", "reshape(a, (1, -1))", "concatenate([a, b])", "concatenate([a, b], axis=1)",
        "stack([a, b])", "diag(a)", "sort(a)", "roll(a, 1)", "tile(a, 2)", "transpose(a)", "a[[1, 0]]", "a[[0, 0, 1]]", "triu(a)", "broadcast_to(a, (2, 3))",
    ],
    "linear algebra": [
        "inv(a)", "det(a)", "solve(a, b)", "logdet(a @ a.T + eye(2))", "cholesky(a @ a.T + eye(2))", "cholesky(a @ a.T + eye(3))", "inv(eye(3) + a)",
        "norm(a, axis=1)", "matrix_power(a, 2)",
    ],
    "layers": [
        "softmax(a)", "softmax(a, axis=0)", "softmax(a, axis=-1)", "log_softmax(a, axis=-1)", "layernorm(a)", "rmsnorm(a)", "attention(a, b, c)",
        "linear(a, b)", "linear(a, b, c)", "mse(a, b)", "mae(a, b)", "huber(a, b)", "softmax(a @ b)", "tanh(a @ b + c)", "relu(a @ b + c)",
        "sigmoid(a @ b + c)", "cross_entropy(a, 0)", "layernorm(a @ b)",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Random:
    """A spec and its values; ``kinds`` are those of its lines."""

    inputs: dict[str, Array]
    lines: dict[str, str]
    output: str
    kinds: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the spec as a mapping."""
        inputs = {name: {"shape": list(x.shape), "value": x.tolist()} for name, x in self.inputs.items()}
        return {"inputs": inputs, "let": self.lines, "outputs": {"y": self.output}}

    def function(self, names: dict[str, Any]) -> Any:
        """Return the same lines as a function of the inputs, read by Python; JAX takes no list for an index."""
        texts = {
            name: re.sub(r"\[\[([\d, ]+)\]\]", r"[index(\1)]", text)
            for name, text in {**self.lines, "y": self.output}.items()
        }
        code = [(name, compile(text, name, "eval")) for name, text in texts.items()]

        def run(*xs: Any) -> Any:
            known = {**names, "index": lambda *places: np.array(places), **dict(zip(self.inputs, xs, strict=True))}
            for name, line in code:
                known[name] = eval(line, {"__builtins__": {}}, known)
            return known["y"]

        return run


def fine(value: Any) -> bool:
    """Return whether a value can be worked on with: finite, of a size near 1, of few elements, and none that is 0 but for rounding."""
    x = np.abs(np.asarray(value, dtype=float))
    return 0 < x.size <= ELEMENTS and bool(np.all(x < LARGEST) and np.all((x == 0) | (x > SMALLEST)))


def drawn(rng: np.random.Generator, numpy_names: dict[str, Any]) -> Random:
    """Return a random spec whose values are fine on the way."""
    inputs = {
        name: rng.normal(size=SHAPES[rng.integers(len(SHAPES))]) for name in ("x", "W", "v")[: rng.integers(1, 4)]
    }
    known, lines, kinds = dict(inputs), {}, []
    wanted = int(rng.integers(2, 7))
    while len(lines) < wanted:
        kind = list(TEMPLATES)[rng.integers(len(TEMPLATES))]
        template = TEMPLATES[kind][rng.integers(len(TEMPLATES[kind]))]
        chosen = {letter: list(known)[-1 - min(int(rng.exponential(2)), len(known) - 1)] for letter in "abc"}
        text = written(template, chosen)
        try:
            value = eval(text, {"__builtins__": {}}, {**numpy_names, **known})
        except (
            ValueError,
            IndexError,
            TypeError,
            AttributeError,
            np.linalg.LinAlgError,
            FloatingPointError,
            ZeroDivisionError,
        ):
            continue  # its shapes do not fit
        name = f"t{len(lines) + 1}"
        if any(word in text for word in STEEP):
            value = np.where(np.asarray(value) == 0, np.nan, value)  # where there is no derivative
        if fine(value) and accepted(Random(inputs, {**lines, name: text}, name, ())):
            known[name], lines[name] = np.asarray(value), text
            kinds.append(kind)
    unused = [name for name in lines if not any(name in line for line in lines.values())]
    output = unused[0] if len(unused) == 1 else " + ".join(f"sum(sin({name}))" for name in unused)
    return Random(inputs, lines, output, tuple(kinds))


def regular(function: Any) -> Any:
    """Return a function of a matrix that refuses one which is nearly singular."""

    def guarded(a: Any, *others: Any) -> Any:
        if np.linalg.cond(a) > CONDITION:
            raise ValueError("a nearly singular matrix")
        return function(a, *others)

    return guarded


def accepted(spec: Random) -> bool:
    """Return whether the language takes the lines: it is stricter than NumPy about axes of numbers, shapes of losses and of biases."""
    try:
        jaccli.parse(spec.document())
    except jaccli.SourceError:
        return False
    return True


def written(template: str, chosen: dict[str, str]) -> str:
    """Return a template with names in the place of the letters that stand alone."""
    return "".join(chosen.get(token, token) for token in re.split(r"('[^']*'|\w+)", template))


def specs(seed: int, count: int) -> Iterator[Random]:
    """Yield the random specs of a seed; the k-th does not depend on how many are asked for."""
    names = language(np, special)
    names |= {name: regular(names[name]) for name in ("inv", "det", "logdet", "solve")}
    for number in range(count):
        with np.errstate(all="ignore"):
            yield drawn(np.random.default_rng([seed, number]), names)
