"""Keras layers of low precision are differenced in float64, by a copy made from their configuration."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest

import jaccli
from jaccli.adapters import Task, adapt

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with warnings.catch_warnings():  # of its own import
    warnings.simplefilter("ignore")
    tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install 'jaccli[tensorflow]'")
    keras = pytest.importorskip("keras")
pytestmark = pytest.mark.filterwarnings("ignore")

W = tf.constant([[0.3, -0.7, 1.1], [0.2, 0.9, -0.4]], tf.float32)
layers = keras.layers


class Scaled(layers.Layer):
    """A layer with a gradient of its own, off by a factor, and a constant that no configuration knows."""

    def __init__(self, factor: float = 1.0, constant: Any = 1.0, **more: Any) -> None:
        super().__init__(**more)
        self.factor, self.constant = factor, constant

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}

    def call(self, x: Any) -> Any:
        return tf.custom_gradient(lambda x: (x**3, lambda y_bar: self.factor * 3 * x**2 * y_bar))(x) * self.constant


WIDE = {
    "dense": (lambda: layers.Dense(2, activation="tanh"), True),
    "layers in layers": (lambda: keras.Sequential([layers.Dense(2), layers.LayerNormalization()]), True),
    "half precision": (lambda: layers.Dense(2, dtype="float16"), True),
    "mixed precision": (lambda: layers.Dense(2, dtype="mixed_bfloat16"), True),
    "a class with a configuration": (Scaled, True),
    "a constant of float32": (lambda: Scaled(constant=tf.constant(2.0)), False),
    "random numbers": (lambda: layers.GaussianNoise(1.0, seed=0), False),
}


@pytest.mark.parametrize(("make", "wide"), WIDE.values(), ids=WIDE)
def test_layer_is_differenced_in_float64_where_a_copy_gives_the_same(make: Any, wide: bool) -> None:
    layer = make()
    fn = (lambda x: layer(x, training=True)) if isinstance(layer, layers.GaussianNoise) else layer
    x = tf.cast(W, tf.float16) if getattr(layer, "compute_dtype", "") == "float16" else W
    assert adapt(Task(fn, x), "tensorflow").in_float64 is wide


@pytest.mark.parametrize("factor", [1.005, -1.0])
def test_gradient_of_a_float32_layer_is_judged_at_its_own_precision(factor: float) -> None:
    checks = jaccli.gradcheck(Scaled(factor), W).checks
    assert {check.outcome for check in checks if check.tested == "reverse"} == {"fail"}


def test_layer_of_float32_passes_to_its_own_digits() -> None:
    report = jaccli.gradcheck(layers.Dense(3, activation="softmax"), W)
    assert all(check.outcome == "pass" for check in report.checks), jaccli.report_text(report)


def test_precision_of_keras_stays_as_it_was() -> None:
    before = (keras.config.floatx(), keras.config.dtype_policy().name)
    jaccli.gradcheck(layers.Dense(2), W)
    assert (keras.config.floatx(), keras.config.dtype_policy().name) == before
