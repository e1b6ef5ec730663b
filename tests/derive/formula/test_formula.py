"""Matrix calculus: the printed block is the Jacobian, in the user's names, or there is no print."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counting import steps
from identities import IDENTITIES, spec_of

import jaccli
from jaccli.derive.formula import find, numbers, slopes, tensor_formula, tensor_formulas
from jaccli.graph.build import Built
from jaccli.results.formula import TensorFormula

SPEC: dict[str, Any] = {
    "inputs": {"x": {"shape": [3], "init": "normal"}},
    "params": {
        "W": {"shape": [4, 3], "init": "glorot"}, "b": {"shape": [4], "init": "normal"}, "u": {"shape": [4], "init": "normal"},
        "k": 2, "theta": {"shape": [3], "init": "normal"},
    },
    "constants": {
        "S": [[2, 1, 0], [1, 3, 1], [0, 1, 4]], "t": [0, 1, 0, 0], "half": [0.5, 0, 0, 0],
    },
    "let": {"z": "W @ x + b", "h": "tanh(z)", "r": "relu(z)", "p": "softmax(u)"},
}  # fmt: skip


def found(output: str, wrt: str) -> TensorFormula | None:
    built = jaccli.parse({**SPEC, "outputs": {"s": output}}).built
    fixed = {v.name: np.asarray(v.value, dtype=float) for v in built.spec.variables if v.role == "constant"}
    return tensor_formula(built.graph, built.outputs["s"], built.variables[wrt], fixed)


def formula(output: str, wrt: str) -> str | None:
    result = found(output, wrt)
    return result.text if result else None


@pytest.mark.parametrize(
    ("output", "wrt", "text"),
    [
        ("u @ h", "b", "u ⊙ (1 − h²)"),
        ("u @ r", "b", "u ⊙ [z > 0]"),
        ("u @ h", "x", "Wᵀ (u ⊙ (1 − h²))"),
        ("u @ h", "W", "(u ⊙ (1 − h²)) xᵀ"),
        ("u @ h", "u", "h"),
        ("p @ h", "u", "p ⊙ (h − hᵀ p)"),
        ("W @ x", "x", "W"),
        ("x @ W.T", "x", "W"),
        ("logsumexp(z) - u @ z", "b", "softmax(z) − u"),
        ("logsumexp(z) - u @ z", "W", "(softmax(z) − u) xᵀ"),
        ("-sum(t * log(softmax(z)))", "b", "softmax(z) − t"),
        ("-sum(half * log(softmax(z)))", "b", "sum(half) softmax(z) − half"),
        ("x @ S @ x", "x", "2 S x"),
        ("u @ (h * r)", "u", "h ⊙ r"),
        ("h", "b", "diag(1 − h²)"),
        ("h", "x", "diag(1 − h²) W"),
        ("h", "W", "dW ↦ (1 − h²) ⊙ (dW x)"),
        ("k * u @ h", "b", "k (u ⊙ (1 − h²))"),
        ("u @ h", "k", None),
        ("h", "theta", None),
        ("W", "x", None),
        ("k * W", "k", "W"),
        ("x[0] * x[1]", "x", None),
        ("prod(x)", "x", None),
    ],
)
def test_tensor_formula_is_what_a_textbook_writes(output: str, wrt: str, text: str | None) -> None:
    assert formula(output, wrt) == text


@pytest.mark.parametrize(
    ("output", "wrt", "where"),
    [
        ("-sum(t * log(softmax(z)))", "b", ("Σ t = 1",)),
        ("x @ S @ x", "x", ("S = Sᵀ",)),
        ("u @ h", "b", ()),
    ],
)
def test_tensor_formula_says_what_it_takes_from_the_data(output: str, wrt: str, where: tuple[str, ...]) -> None:
    result = found(output, wrt)
    assert result is not None
    assert result.where == where


@pytest.mark.parametrize(
    ("output", "wrt", "ascii", "latex"),
    [
        ("u @ h", "b", "u .* (1 - h^2)", "u \\odot (1 - h^2)"),
        ("h", "x", "diag(1 - h^2) W", "\\operatorname{diag}(1 - h^2) W"),
        ("norm(theta)", "theta", "theta/||theta||", "\\frac{\\theta}{\\lVert \\theta \\rVert}"),
        ("h", "W", "dW -> (1 - h^2) .* (dW x)", "\\mathrm{d}W \\mapsto (1 - h^2) \\odot (\\mathrm{d}W x)"),
        ("u @ r", "b", "u .* [z > 0]", "u \\odot [z > 0]"),
        ("inv(S * k)", "k", "-(k S)^-1 S (k S)^-1", "-(k S)^{-1} S (k S)^{-1}"),
        ("h", "theta", None, None),
    ],
)
def test_tensor_formula_is_written_in_three_notations(
    output: str, wrt: str, ascii: str | None, latex: str | None
) -> None:
    result = found(output, wrt)
    assert (result and result.ascii, result and result.latex) == (ascii, latex)


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_of_the_literature_pass(name: str) -> None:
    identity = IDENTITIES[name]
    report = jaccli.parse(spec_of(identity, identity.right)).gradcheck()
    assert {check.outcome for check in report.checks if check.tested == "claim"} == {"pass"}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_with_a_slip_fail(name: str) -> None:
    identity = IDENTITIES[name]
    report = jaccli.parse(spec_of(identity, identity.wrong)).gradcheck()
    assert {check.outcome for check in report.checks if check.tested == "claim"} == {"fail"}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_printed_as_in_the_literature(name: str) -> None:
    identity = IDENTITIES[name]
    built = jaccli.parse(spec_of(identity, identity.right)).built
    result = tensor_formula(built.graph, built.outputs["f"], built.variables[identity.wrt])
    assert result is not None
    assert result.text == identity.printed
    assert result.ascii.isascii()


def test_tensor_formula_that_is_wrong_by_a_little_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {**slopes.SLOPES, "tanh": (lambda y, x: 1 - y**2 * x.graph.literal(1.0005),)}
    monkeypatch.setattr("jaccli.derive.formula.rules.SLOPES", wrong)
    assert formula("u @ h", "b") is None


def test_tensor_formula_whose_number_is_wrong_by_a_little_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(numbers.FUNCTIONS, "softmax", lambda x: 1.0005 * np.exp(x) / np.sum(np.exp(x)))  # type: ignore[arg-type]
    assert formula("logsumexp(z)", "b") is None


def test_tensor_formula_that_is_long_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "MAX_TEXT", 5)
    assert formula("u @ h", "b") is None


def layer(n: int) -> Built:
    """Return a layer with n × n weights."""
    spec = {
        "inputs": {"x": {"shape": [n], "init": "normal"}, "W": {"shape": [n, n], "init": "glorot"}},
        "outputs": {"h": "tanh(W @ x)"},
    }
    return jaccli.parse(spec).built


def texts_of(built: Built) -> list[str | None]:
    wrt = [built.variables[name] for name in ("x", "W")]
    return [found and found.text for found in tensor_formulas(built.graph, built.outputs["h"], wrt)]


def test_tensor_formula_of_a_large_layer_is_printed() -> None:
    assert texts_of(layer(1_000)) == ["diag(1 − h²) W", "dW ↦ (1 − h²) ⊙ (dW x)"]


def test_tensor_formula_of_a_large_layer_takes_the_steps_of_a_small_one() -> None:
    steps(texts_of, layer(10))
    small, large = (steps(texts_of, layer(n)) for n in (20, 500))
    assert large <= 1.02 * small


def test_tensor_formula_of_a_large_layer_takes_the_memory_of_a_few_products() -> None:
    """The Jacobian by the weights would be 300 times as large as they are."""
    built = layer(300)
    tracemalloc.start()
    texts_of(built)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 12 * 8 * 300**2


def test_tensor_formula_of_numbers_alone_is_not_sought() -> None:
    built = jaccli.function("y = a * b").built
    assert tensor_formulas(built.graph, built.outputs["y"], [built.variables["a"], built.variables["b"]]) == [
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("name", "block", "text"),
    [
        ("inverse", "f/X", "−X⁻ᵀ a bᵀ X⁻ᵀ"),
        ("quadratic_form", "f/x", "(B + Bᵀ) x"),
        ("determinant", "d/X", "det(X) X⁻ᵀ"),
        ("determinant", "l/X", "X⁻ᵀ"),
        ("unit_vector", "v/x", "(I − x xᵀ/‖x‖²)/‖x‖"),
    ],
)
def test_specs_of_identities_pass_and_print_their_formula(name: str, block: str, text: str) -> None:
    model = jaccli.load(Path(__file__).parents[3] / "specs" / "identities" / f"{name}.yaml")
    of, wrt = block.split("/")
    result = tensor_formula(model.built.graph, model.built.outputs[of], model.built.variables[wrt])
    assert result is not None
    assert (model.gradcheck().counts["fail"], result.text) == (0, text)
