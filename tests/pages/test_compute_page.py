"""The page of ``jac compute -o page.html`` in a browser: tables for small matrices, bars for gradients, heat maps for large ones."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.compute.compute import compute
from jaccli.report.compute.formats import FORMATS

SPEC = {
    "name": "three sizes",
    "inputs": {
        "x": {"value": list(np.linspace(-1, 1, 12))},
        "W": {"value": np.arange(600.0).reshape(20, 30) / 100},
        "t": 2.0,
    },
    "outputs": {"s": "sum(x**3) * t", "y": "W[:, :12] @ x", "n": "sum(W**2)"},
}


@pytest.fixture(scope="module")
def text() -> str:
    return str(FORMATS["html"].write(compute(jaccli.parse(SPEC).built)))


def section(page, title: str):
    return next(
        part
        for part in page.find_elements("css selector", "section.card")
        if part.find_element("css selector", "h2").text.startswith(title)
    )


def test_gradient_of_a_number_is_bars(opened, text) -> None:
    page = opened(text)
    bars = section(page, "∂s/∂x").find_elements("css selector", ".bars rect")
    assert len(bars) == 12
    lengths = [float(bar.get_attribute("width")) for bar in bars]
    assert lengths == sorted(lengths[:6], reverse=True) + sorted(lengths[6:])


def test_large_matrix_is_a_heat_map_that_says_what_it_holds(opened, text) -> None:
    page = opened(text)
    part = section(page, "∂y/∂x")
    assert len(part.find_elements("css selector", "rect.cell")) == 20 * 12
    part.find_element("css selector", "svg").send_keys("\ue015\ue014")
    assert part.find_element("css selector", "[role=status]").text == "y[1] by x[1]: 0.31"


def test_gradient_by_a_matrix_has_its_shape(opened, text) -> None:
    page = opened(text)
    part = section(page, "∂n/∂W")
    assert len(part.find_elements("css selector", "rect.cell")) == 600


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_page_is_as_wide_as_the_screen(opened, text, width, dark) -> None:
    page = opened(text, width=width, dark=dark)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
