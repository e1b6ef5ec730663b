"""What the text says of checks that are open or not finite: the cause once, and never a bare word."""

from __future__ import annotations

import numpy as np

import jaccli


def test_report_text_says_of_random_functions_one_thing() -> None:
    rng = np.random.default_rng(0)

    def noisy(x: np.ndarray) -> np.ndarray:
        return x**2 + rng.normal(size=2)

    report = jaccli.gradcheck(noisy, np.ones(2), vjp=lambda x, y_bar: 2 * x * y_bar)
    text = jaccli.report_text(report)
    assert [line.split()[0] for line in text.splitlines() if line.startswith("JAC")] == ["JAC204"]


def test_report_text_names_where_and_zero_times_infinity() -> None:
    def root(x: np.ndarray) -> np.ndarray:
        return np.where(x > 0, np.sqrt(np.abs(x)), 0.0)

    def vjp(x: np.ndarray, y_bar: np.ndarray) -> np.ndarray:
        return np.where(x > 0, y_bar, 0.0) / (2 * np.sqrt(x))

    text = jaccli.report_text(jaccli.gradcheck(root, np.array([-1.0, 4.0]), vjp=vjp))
    assert "look for 0·∞: where(x > 0, sqrt(x), 0) also differentiates sqrt(x) where x < 0" in text
    assert "abs nan" not in text


def test_report_text_tells_one_trouble_of_several_blocks_once() -> None:
    def vjp(x: np.ndarray, b: np.ndarray, y_bar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError("the derivative for 'b' is not implemented")

    text = jaccli.report_text(jaccli.gradcheck(np.multiply, (np.ones(2), np.ones(2)), vjp=vjp))
    assert text.count("= what") == 1
    assert "= also   d y / d x2 (vjp)" in text
    assert "help: hold the inputs that have no derivative fixed" in text


def test_report_table_parts_long_names_at_the_slash() -> None:
    def slope(weights_of_the_first_layer: np.ndarray, d: np.ndarray) -> np.ndarray:
        return 1e-3 * (1 - np.tanh(weights_of_the_first_layer) ** 2) * d

    def fn(weights_of_the_first_layer: np.ndarray) -> np.ndarray:
        return 1e-3 * np.tanh(weights_of_the_first_layer)

    report = jaccli.gradcheck(fn, np.array([[0.1234567, -2.345678]]), jvp=slope, vjp=slope)
    lines = jaccli.report_text(report, width=80).splitlines()
    assert any(line.endswith(" passed") for line in lines)
    assert "y[0,1]/" in [line.split()[0] for line in lines if line]
    assert any(line.startswith("  weights_of_the_fir") for line in lines)
