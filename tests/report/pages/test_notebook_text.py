"""What a notebook shows of models, derivatives and reports: names, failures open, nothing of the user's acts; a repr fits a screen."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import jaccli

WRONG = {
    "inputs": {"x": {"value": [1.0, 2.0]}, "t": {"value": 0.3}},
    "outputs": {"y": "x**2", "k": "abs(t - 0.3)"},
    "jacobian": {"y": {"x": "diag(x)"}},
}
HOSTILE = "</details><script>alert(1)</script><img src=x onerror=y>"


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append(tag)


def test_report_opens_failures_and_folds_the_rest() -> None:
    text = jaccli.parse(WRONG).gradcheck()._repr_html_()
    assert re.findall(r"<details open><summary><b>(JAC\d+)", text) == ["JAC102"]
    assert "<details><summary><b>JAC202" in text
    assert "<details><summary>All checks" in text


@pytest.mark.parametrize("count", [1, 200])
def test_repr_of_a_report_fits_a_screen(count) -> None:
    spec = {
        "inputs": {"x": 2.0},
        "outputs": {f"y{k}": f"{k + 1}*x" for k in range(count)},
        "jacobian": {f"y{k}": {"x": "7.5"} for k in range(count)},
    }
    text = repr(jaccli.parse(spec).gradcheck())
    assert text.startswith("<Report fail: ")
    assert len(text.splitlines()) <= 16
    assert max(map(len, text.splitlines())) <= 120


def test_jacobians_are_found_and_shown_by_name() -> None:
    found = jaccli.parse({"inputs": {"a": {"value": [1.0, 2.0]}, "b": 3.0}, "outputs": {"y": "a*b"}}).jacobians()
    assert np.array_equal(found["y", "a"], 3 * np.eye(2))
    assert re.findall(r"<th>([^<]+)</th>", found._repr_html_())[:4] == ["a[0]", "a[1]", "y[0]", "y[1]"]
    with pytest.raises(KeyError, match="known: y/a, y/b"):
        _ = found["y", "c"]


def test_derivatives_of_numbers_are_one_matrix() -> None:
    spec = {"inputs": {"x1": 1.0, "x2": {"value": 2.0, "label": "milk"}}, "outputs": {"y1": "2*x1", "y2": "x1 + 3*x2"}}
    text = jaccli.parse(spec).jacobians()._repr_html_()
    assert re.findall(r"<t[hd]>([^<]*)</t[hd]>", text)[:9] == [
        "",
        "x1",
        "x2 milk",
        "y1",
        "2.0",
        "0.0",
        "y2",
        "1.0",
        "3.0",
    ]


def test_derivatives_are_mathematics() -> None:
    model = jaccli.function("y = x**2", at={"x": 3.0})
    assert "2" in model.jacobians(at={"x": 3.0})._repr_latex_()
    assert model.jacobians(at={"x": 3.0})._repr_latex_().startswith("$$")
    assert model._repr_latex_() == "$$\\begin{aligned}\ny &= x^{2}\n\\end{aligned}$$"
    assert model.symbolic("y", "x")._repr_latex_() == "$2 x$"


def test_symbols_of_a_jacobian_are_a_matrix() -> None:
    model = jaccli.parse({"inputs": {"x": {"value": [1.0, 2.0]}}, "outputs": {"y": "x**2"}})
    assert model.symbolic("y", "x")._repr_latex_() == "$\\begin{pmatrix} 2 x[0] & 0 \\\\ 0 & 2 x[1] \\end{pmatrix}$"


def test_graph_is_a_picture_and_a_page_is_saved(tmp_path) -> None:
    model = jaccli.function("y = sin(x)", at={"x": 3.0})
    graph, page = model.graph(at={"x": 3.0}), model.explain(at={"x": 3.0})
    assert graph._repr_html_().startswith("<svg")
    assert "∂y/∂node" in repr(graph)
    assert "Backward pass" in repr(page)
    page.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_page_lies_in_a_frame_that_can_do_nothing_outside() -> None:
    text = jaccli.function("y = sin(x)", at={"x": 3.0}).explain(at={"x": 3.0})._repr_html_()
    assert Tags(text).found == ["iframe"]
    assert 'sandbox="allow-scripts' in text
    assert "allow-same-origin" not in text


def test_report_is_shown_as_text_outside_of_a_notebook(capsys) -> None:
    jaccli.parse(WRONG).gradcheck().show()
    assert "wrong factor" in capsys.readouterr().out


def test_report_is_saved_as_a_page(tmp_path) -> None:
    jaccli.parse(WRONG).gradcheck().save(tmp_path / "r.html")
    assert "wrong factor" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_hostile_text_does_nothing_in_a_notebook() -> None:
    spec = {
        "name": HOSTILE,
        "inputs": {"x": {"value": [1.0, 2.0], "label": HOSTILE}},
        "outputs": {"y": {"expr": "x**2", "label": HOSTILE}},
        "jacobian": {"y": {"x": "diag(x)"}},
    }
    model = jaccli.parse(spec)
    for shown in (model, model.jacobians(), model.gradcheck()):
        assert {"script", "img"}.isdisjoint(Tags(shown._repr_html_()).found)


def test_error_is_rendered_without_a_traceback() -> None:
    with pytest.raises(jaccli.UsageError, match="did you mean") as caught:
        jaccli.parse({"inputs": {"speed": 1.0}, "outputs": {"y": "speed**2"}}).jacobian("y", "sped")
    assert caught.value._render_traceback_() == [f"UsageError: {caught.value}"]
