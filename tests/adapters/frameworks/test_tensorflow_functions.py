"""TensorFlow's functions, custom gradients and Keras layers: planted mistakes fail by name, right derivatives pass."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest

import jaccli

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with warnings.catch_warnings():  # of its own import
    warnings.simplefilter("ignore")
    tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install 'jaccli[tensorflow]'")
pytestmark = pytest.mark.filterwarnings("ignore")

X = tf.constant([0.5, -1.0, 2.0], tf.float64)
W = tf.constant([[0.3, -0.7, 1.1], [0.2, 0.9, -0.4]], tf.float32)


def custom(backward: Any) -> Any:
    return tf.custom_gradient(lambda x: (x**3, lambda y_bar: backward(x, y_bar)))


#: (function, inputs, the code of what is wrong or None)
CASES: dict[str, tuple[Any, Any, str | None]] = {
    "function": (tf.tanh, X, None),
    "several": (lambda W, x: (tf.linalg.matvec(W, x), tf.reduce_sum(x**2), tf.argmax(x)), (tf.ones((2, 3), tf.float64), X), None),
    "tf.function": (tf.function(lambda x: tf.sin(x)), X, None),
    "float32": (tf.nn.softmax, W, None),
    "bfloat16": (lambda x: tf.nn.softmax(x), tf.cast(X, tf.bfloat16), None),
    "complex": (lambda z: z * z + tf.math.conj(z), tf.complex(X, X), None),
    "gather": (lambda W: tf.gather(W, [0, 1, 1]), W, None),
    "layer that is not built": (tf.keras.layers.Dense(2, activation="tanh"), W, None),
    "batch norm": (tf.keras.layers.BatchNormalization(), W, None),
    "custom": (custom(lambda x, y_bar: 3 * x**2 * y_bar), X, None),
    "sign": (custom(lambda x, y_bar: -3 * x**2 * y_bar), X, "JAC101"),
    "0.05 % off": (custom(lambda x, y_bar: 3.0015 * x**2 * y_bar), X, "JAC100"),
    "wrong shape": (custom(lambda x, y_bar: tf.ones(4, tf.float64)), X, "JAC305"),
    "wrong dtype": (custom(lambda x, y_bar: tf.cast(3 * x**2 * y_bar, tf.float32)), X, "JAC305"),
    "none": (custom(lambda x, y_bar: None), X, "JAC112"),
    "rule raises": (custom(lambda x, y_bar: 1 / 0), X, "JAC302"),
    "detached": (lambda x: tf.stop_gradient(x) ** 2, X, "JAC112"),
    "integers": (lambda x: x, tf.range(3), "JAC304"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_gradcheck_judges_functions_of_tensorflow(name: str) -> None:
    fn, inputs, code = CASES[name]
    report = jaccli.gradcheck(fn, inputs, framework="tensorflow")
    wrong = {check.code for check in report.checks if check.outcome in ("fail", "error", "inconclusive")}
    assert code in wrong if code else report.ok, jaccli.report_text(report)


def test_gradcheck_leaves_a_layer_as_it_was() -> None:
    layer = tf.keras.layers.Dense(2)
    layer(W)
    before = layer.kernel.numpy()
    jaccli.gradcheck(layer, W)
    assert (layer.kernel.numpy() == before).all()


SCALE = tf.Variable([1.0, 2.0, 3.0], dtype=tf.float64, name="scale")


@pytest.mark.parametrize(("fn", "notes"), [(lambda x: SCALE * x, 1), (lambda x: x * x, 0)], ids=["closed over", "none"])
def test_gradcheck_notes_variables_that_are_not_checked(fn: Any, notes: int) -> None:
    found = [check for check in jaccli.gradcheck(fn, X).checks if check.code == "JAC304"]
    assert ([check.outcome for check in found], "scale" in str(found)) == (["skipped"] * notes, bool(notes))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(tf.ragged.constant([[1.0, 2.0], [3.0]]), "input is a RaggedTensor", id="ragged"),
        pytest.param({"s": tf.sparse.from_dense([1.0, 0.0])}, "input `s` is a SparseTensor", id="sparse"),
    ],
)
def test_gradcheck_names_a_tensor_made_of_several(value: Any, message: str) -> None:
    (check,) = jaccli.gradcheck(lambda s: s, value, framework="tensorflow").checks
    assert (check.code, check.message, check.help.startswith("take its values")) == ("JAC304", message, True)


@pytest.mark.parametrize("inputs", [1, 2])
def test_gradcheck_of_recompute_grad_has_no_forward_mode(inputs: int) -> None:
    fn = tf.recompute_grad(lambda *x: tf.sin(x[0]) * x[-1])
    report = jaccli.gradcheck(fn, (tf.constant([0.5, 2.0], tf.float64),) * inputs)
    assert [(c.of, c.code) for c in report.checks if c.outcome == "skipped"] == [("forward", "JAC307")]
    assert report.ok, jaccli.report_text(report)
