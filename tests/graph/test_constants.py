"""What depends on constants alone is computed when a function is compiled, and takes no more memory than it may."""

import numpy as np
import pytest

import jaccli
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import ancestors
from jaccli.graph.static import folded

SPECS = {
    "vandermonde": {"V": "x[:, None]**arange(6)", "r": "V @ w - x"},
    "mask": {"m": "where(x > 0.5, x, 0)", "r": "m * sum(w) - sin(x)"},
    "broadcast": {"c": "sum(x)", "r": "x*0 + c + w[0]*cos(x)"},
    "inverse": {"A": "outer(x[:4], x[:4]) + eye(4)", "r": "inv(A) @ w[:4]"},
    "nothing": {"r": "w*w"},
    "all": {"s": "sum(w)*0 + sum(exp(x))", "r": "x * 2"},
}


def model_of(lets):
    return jaccli.parse(
        {
            "constants": {"x": np.linspace(0.1, 1, 9).tolist()},
            "params": {"w": {"shape": [6], "value": [1.0, 2, 3, 4, 5, 6]}},
            "let": lets,
            "outputs": {"loss": "sum(r*r)"},
        }
    )


def works(graph, outputs):
    return [
        graph.nodes[index].op for index in ancestors(graph, [y.index for y in outputs]) if graph.nodes[index].inputs
    ]


@pytest.mark.parametrize("lets", SPECS.values(), ids=SPECS)
def test_folding_changes_no_value(lets):
    built = model_of(lets).built
    outputs, point = [built.outputs["loss"], built.lets["r"]], built.point()
    others = folded(built.graph, outputs)
    for actual, expected in zip(
        evaluate(others[0].graph, others, point), evaluate(built.graph, outputs, point), strict=True
    ):
        np.testing.assert_allclose(actual, expected, rtol=1e-15)


@pytest.mark.parametrize("lets", SPECS.values(), ids=SPECS)
def test_compiled_gradient_is_the_gradient(lets):
    model = model_of(lets)
    value, gradient = model.compile("loss")()
    np.testing.assert_allclose(value, model.evaluate()["loss"], rtol=1e-13)
    np.testing.assert_allclose(gradient["w"], model.gradients("loss")["w"], rtol=1e-12, atol=1e-12)


def test_powers_of_constants_are_not_computed_again():
    built = model_of(SPECS["vandermonde"]).built
    outputs = folded(built.graph, [built.outputs["loss"]])
    assert "pow" in works(built.graph, [built.outputs["loss"]])
    assert "pow" not in works(outputs[0].graph, outputs)


def test_what_would_take_too_much_memory_is_left_to_each_run():
    built = model_of(SPECS["vandermonde"]).built
    large = 9 * 6 * 8
    outputs = folded(built.graph, [built.outputs["loss"]], cap=large - 1)
    assert "pow" in works(outputs[0].graph, outputs)
    literals = [n for n in outputs[0].graph.nodes if n.op == "literal"]
    assert sum(8 * n.size for n in literals) < large + 200


def test_variables_are_never_folded():
    built = model_of(SPECS["all"]).built
    outputs = folded(built.graph, [built.lets["s"]])
    assert "w" in outputs[0].graph.leaves


def test_rows_that_change_with_every_batch_are_not_folded():
    built = model_of(SPECS["vandermonde"]).built
    outputs = folded(built.graph, [built.outputs["loss"]], varying=["x"])
    point, other = built.point(), {**built.point(), "x": np.linspace(2, 3, 9)}
    for at in (point, other):
        (found,), (expected,) = (
            evaluate(g, y, at) for g, y in ((outputs[0].graph, outputs), (built.graph, [built.outputs["loss"]]))
        )
        np.testing.assert_allclose(found, expected, rtol=1e-15)
