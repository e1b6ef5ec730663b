"""Building: names, dims, places of nodes, and one node for equal expressions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.spec.points import given_point


def value(expression: str, **spec: Any) -> Any:
    return jaccli.parse({"inputs": {"x": 2}, **spec, "outputs": {"f": expression}}).evaluate()["f"]


@pytest.mark.parametrize("name", ["E", "I", "S", "N", "beta", "gamma", "zeta", "Q", "λ", "sum", "e"])
def test_any_identifier_can_be_a_variable(name: str) -> None:
    assert jaccli.parse({"inputs": {name: 3}, "outputs": {"f": f"2*{name}"}}).evaluate()["f"] == 6


def test_a_variable_may_share_its_name_with_a_function() -> None:
    assert value("max*2 + max([x, 5])", params={"max": 1}) == 7


def test_names_are_normalised_as_python_does() -> None:
    assert value("ﬁ + fi", params={"fi": 1}) == 2


@pytest.mark.parametrize(
    ("expression", "expected"), [("n*x", 10), ("sum(zeros((n, 3)) + 1)", 15), ("arange(n)[-1]", 4), ("x**(n - 3)", 4)]
)
def test_dims_are_whole_numbers_in_expressions(expression: str, expected: float) -> None:
    assert value(expression, dims={"n": 5}) == expected


def test_equal_expressions_are_one_node() -> None:
    built = jaccli.parse({"inputs": {"x": 2}, "outputs": {"f": "sin(x) + sin(x)"}}).built
    assert [node.op for node in built.graph.nodes].count("sin") == 1


def test_nodes_know_the_expression_they_came_from() -> None:
    built = jaccli.parse({"inputs": {"x": 2}, "outputs": {"f": "1 + sin(2*x)"}}).built
    (index,) = [k for k, node in enumerate(built.graph.nodes) if node.op == "sin"]
    span = built.graph.spans[index]
    assert span.text[span.column - 1 : span.end_column - 1] == "sin(2*x)"


def test_a_sum_of_a_thousand_terms_is_read() -> None:
    assert value(" + ".join(["x"] * 900)) == 1800


def test_outputs_may_use_earlier_outputs() -> None:
    model = jaccli.parse({"inputs": {"x": 2}, "outputs": {"f": "x**2", "g": "f + x"}})
    assert model.jacobian("g", "x") == 5


def test_a_list_of_expressions_is_stacked() -> None:
    model = jaccli.parse({"inputs": {"x": 2, "y": 3}, "outputs": {"f": ["x*y", "x + y", "4"]}})
    np.testing.assert_array_equal(model.jacobian("f", "x"), [3, 1, 0])


def test_a_number_as_a_claim_stands_for_every_entry() -> None:
    model = jaccli.parse({"inputs": {"x": [1, 2]}, "outputs": {"f": "3*sum(x)"}, "jacobian": {"f": {"x": 3}}})
    assert model.gradcheck().ok


def test_decimals_are_exact_in_symbols() -> None:
    (entry,) = jaccli.parse({"inputs": {"x": 2}, "outputs": {"f": "0.1*x"}}).symbolic("f", "x").entries.ravel()
    assert str(entry) == "1/10"


MUSEUMS = {
    "dims": {"n": 5, "d": 3},
    "inputs": {"x": {"shape": ["d"], "value": [0.5, -1.0, 2.0], "range": [-2, 2], "label": "word vector"}},
    "params": {
        "W": {"shape": ["n", "d"], "init": "glorot", "seed": 0},
        "b": {"shape": ["n"], "init": "zeros"},
        "u": {"shape": ["n"], "init": "normal", "seed": 1},
    },
    "constants": {},
    "let": {"z": "W @ x + b", "h": "relu(z)", "p": "softmax(u)"},
    "outputs": {"s": "p @ h"},
    "jacobian": {"s": {"b": "p * (z > 0)"}},
    "check": {"rtol": 1e-6, "points": 3, "seed": 0},
}


def test_the_spec_of_the_introduction_means_what_numpy_means() -> None:
    model = jaccli.parse(MUSEUMS)
    point = given_point(model.built.spec)
    weights = np.exp(point["u"]) / np.exp(point["u"]).sum()
    expected = weights @ np.maximum(point["W"] @ point["x"] + point["b"], 0)
    np.testing.assert_allclose(model.evaluate()["s"], expected, rtol=1e-14)


def test_the_spec_of_the_introduction_has_its_names_and_shapes() -> None:
    built = jaccli.parse(MUSEUMS).built
    named = {**built.variables, **built.lets, **built.outputs}
    assert {name: expr.shape for name, expr in named.items()} == {
        "x": (3,), "W": (5, 3), "b": (5,), "u": (5,), "z": (5,), "h": (5,), "p": (5,), "s": (),
    }  # fmt: skip


def test_constants_are_not_differentiable() -> None:
    built = jaccli.parse(
        {"inputs": {"x": 1}, "params": {"w": 2}, "constants": {"c": 3}, "outputs": {"f": "c*w*x"}}
    ).built
    assert built.differentiable == ["x", "w"]


@pytest.mark.parametrize(
    ("op", "written"),
    [
        pytest.param("add", "1 + sin(2*x) + x", id="a sum is placed at its last term"),
        pytest.param("mul", "2*x", id="a product"),
        pytest.param("sin", "sin(2*x)", id="a call"),
    ],
)
def test_a_node_knows_the_stretch_it_came_from(op: str, written: str) -> None:
    graph = jaccli.parse({"inputs": {"x": 2}, "outputs": {"f": "1 + sin(2*x) + x"}}).built.graph
    span = graph.spans[max(k for k, node in enumerate(graph.nodes) if node.op == op)]
    assert span.text[span.column - 1 : span.end_column - 1] == written


def test_a_used_name_gets_the_place_of_its_definition() -> None:
    graph = jaccli.parse({"inputs": {"x": 2}, "let": {"h": "sin(x)"}, "outputs": {"f": "h + sin(x)"}}).built.graph
    (index,) = [k for k, node in enumerate(graph.nodes) if node.op == "sin"]
    assert (graph.names[index], graph.spans[index].text.strip()) == ("h", "h: sin(x)")


def test_mask_picks_elements_that_are_true():
    model = jaccli.parse(
        {
            "inputs": {"x": [1.0, 2.0, 4.0]},
            "constants": {"keep": [True, False, True]},
            "outputs": {"y": "x[keep]", "z": "where(keep, x, 0)"},
        }
    )
    assert {name: value.tolist() for name, value in model.evaluate().items()} == {"y": [1, 4], "z": [1, 0, 4]}


def test_mask_of_another_length_is_refused():
    with pytest.raises(jaccli.SourceError, match="boolean index did not match"):
        jaccli.parse({"inputs": {"x": [1.0, 2.0]}, "constants": {"k": [True]}, "outputs": {"y": "x[k]"}})
