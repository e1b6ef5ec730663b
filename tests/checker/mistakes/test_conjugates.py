"""A lost conjugate is named where it shows: in the halves of complex arrays, in pairs of real ones, in the order of a spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

RNG = np.random.default_rng(5)
RE, IM, X, PLANE = RNG.normal(size=5), RNG.normal(size=5), RNG.normal(size=6), RNG.normal(size=(3, 4))


def halves(z: Any) -> tuple[Any, Any]:
    return z.real, z.imag


def spectrum(re: Any, im: Any) -> Any:
    return halves(np.fft.fft(re + 1j * im))


def right(re: Any, im: Any, re_bar: Any, im_bar: Any) -> Any:
    return halves(len(re) * np.fft.ifft(re_bar + 1j * im_bar))


def lost(re: Any, im: Any, re_bar: Any, im_bar: Any) -> Any:
    return halves(np.fft.fft(re_bar + 1j * im_bar))


def square(re: Any, im: Any) -> Any:
    return halves((re + 1j * im) ** 2)


def square_lost(re: Any, im: Any, re_bar: Any, im_bar: Any) -> Any:
    return halves(2 * (re + 1j * im) * (re_bar + 1j * im_bar))


def helps(fn: Any, inputs: Any, **claims: Any) -> list[str]:
    return [check.help for check in jaccli.gradcheck(fn, inputs, **claims).checks if check.outcome == "fail"]


@pytest.mark.parametrize(
    ("fn", "vjp"), [pytest.param(spectrum, lost, id="fft"), pytest.param(square, square_lost, id="square")]
)
def test_conjugate_lost_between_real_arrays_is_named(fn: Any, vjp: Any) -> None:
    found = helps(fn, (RE, IM), vjp=vjp)
    assert len(found) == 2
    assert all("the conjugate is lost" in help_ and "`y0` and `y1` move with `re` and `im`" in help_ for help_ in found)


def test_conjugate_that_is_there_passes() -> None:
    assert helps(spectrum, (RE, IM), vjp=right) == []


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(lambda a, b: (np.array([1.0, -2.0]), np.array([3.0, 4.0])), id="one sign"),
        pytest.param(lambda a, b: (np.array([1.0, -2.0]), np.array([-3.0, 4.0])), id="two signs, but no complex number"),
    ],
)  # fmt: skip
def test_wrong_signs_of_other_pairs_are_called_nothing_else(claim: Any) -> None:
    def fn(a: Any, b: Any) -> Any:
        return {"u": a + 3 * b, "v": 2 * a + 4 * b}

    def jacobian(a: Any, b: Any) -> Any:
        by_a, by_b = claim(a, b)
        return {"u": (by_a[0], by_b[0]), "v": (by_a[1], by_b[1])}

    found = helps(fn, (0.7, -0.4), jacobian=jacobian)
    assert found
    assert not any("conjugate" in help_ for help_ in found)


POWERS = {
    "each line": (lambda x: np.abs(np.fft.fft(x)) ** 2, X, lambda x, y_bar: 2 * np.fft.fft(y_bar * np.fft.fft(x)).real),
    "weighed": (
        lambda x: np.sum(np.arange(6) * np.abs(np.fft.fft(x)) ** 2), X,
        lambda x, y_bar: 2 * y_bar * np.fft.fft(np.arange(6) * np.fft.fft(x)).real,
    ),
    "in the plane": (
        lambda x: np.sum(np.arange(12).reshape(3, 4) * np.abs(np.fft.fft2(x)) ** 2), PLANE,
        lambda x, y_bar: 2 * y_bar * np.fft.fft2(np.arange(12).reshape(3, 4) * np.fft.fft2(x)).real,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", POWERS)
def test_spectrum_in_the_order_of_the_other_transform_is_named(name: str) -> None:
    fn, x, vjp = POWERS[name]
    (found,) = helps(fn, x, vjp=vjp)
    assert "place k holds that of -k (modulo the length)" in found
    assert ("along axes 0, 1" in found) == (name == "in the plane")


def test_reversed_order_is_named() -> None:
    (found,) = helps(lambda x: np.arange(6) @ x**2, X, jacobian=lambda x: (np.arange(6) * 2 * x)[::-1])
    assert "place k holds that of n - 1 - k: look for a lost or doubled reversal" in found


def test_exchange_of_two_is_no_reversal() -> None:
    (found,) = helps(lambda x: x[0] ** 2 * x[1], X[:2], jacobian=lambda x: np.array([x[0] ** 2, 2 * x[0] * x[1]]))
    assert "place 0 holds that of 1, 1 holds that of 0" in found


def test_other_orders_keep_their_places() -> None:
    (found,) = helps(lambda x: np.arange(6) @ x**2, X, jacobian=lambda x: (np.arange(6) * 2 * x)[[1, 0, 2, 3, 5, 4]])
    assert "place 0 holds that of 1" in found
