"""The backward pass one can watch, in a browser: steps by button and key, numbers, words, folding, zooming, training."""

from __future__ import annotations

import re

import numpy as np
import pytest

import jaccli
from jaccli.compute.watch import watched
from jaccli.report.pages.watch import watch_page

ARROWS = {"left": "\ue012", "right": "\ue014", "home": "\ue011", "end": "\ue010", "tab": "\ue004", "enter": "\ue007"}
PARIS = {
    "name": "word importance",
    "dims": {"n": 5},
    "params": {"u": {"value": [0.5, -1.0, 1.5, -0.5, 1.0], "entries": ["Museums", "in", "Paris", "are", "amazing"]}},
    "inputs": {"h": {"value": [2.0, 0.5, 3.0, 0.0, 1.0]}},
    "let": {"p": "softmax(u)"},
    "outputs": {"s": "p @ h"},
}
NETWORK = {
    "constants": {"x": {"value": [[0.1, 0.2], [0.3, -0.1], [0.5, 0.4], [0.0, 0.3]]}},
    "network": {"input": "x", "layers": [{"lstm": {"hidden": 3, "seed": 0}}, {"dense": {"units": 1, "seed": 1}}]},
    "outputs": {"loss": "mean(output**2)"},
}


def page_of(spec: dict, **options) -> str:
    return watch_page(watched(jaccli.parse(spec).built, **options))


def press(page, *names: str) -> None:
    for name in names:
        page.find_element("css selector", "body").send_keys(ARROWS.get(name, name))


def heading(page) -> str:
    return page.find_element("css selector", "#now h2").text


def seen(page, name: str) -> dict[str, str]:
    """Return what a node shows of its value and gradient."""
    found = {}
    for node in page.find_elements("css selector", ".node"):
        if node.find_element("css selector", ".name").get_attribute("textContent").removeprefix("▸ ") == name:
            for kind in ("value", "gradient"):
                part = node.find_element("css selector", f"text.{kind}")
                text = part.get_attribute("textContent").strip()
                found[kind] = text if part.value_of_css_property("visibility") == "visible" else ""
    return found


def test_steps_by_arrow_keys_show_values_then_gradients(opened) -> None:
    page = opened(page_of({"inputs": {"x": 3.0}, "outputs": {"y": "x**2"}}))
    assert (heading(page), seen(page, "x"), seen(page, "y")["value"]) == (
        "Forward: x",
        {"value": "3.0", "gradient": ""},
        "",
    )
    press(page, "right")
    assert (heading(page), seen(page, "y")["value"]) == ("Forward: y", "9.0")
    press(page, "right")
    assert (heading(page), seen(page, "y")["gradient"]) == ("Backward: ∂y/∂y", "1.0")
    press(page, "right")
    assert (heading(page), seen(page, "x")["gradient"]) == ("Backward: ∂y/∂x", "6.0")
    press(page, "left", "left")
    assert seen(page, "y")["gradient"] == ""
    press(page, "end")
    assert heading(page) == "Backward: ∂y/∂x"
    press(page, "home")
    assert heading(page) == "Forward: x"


def test_upstream_times_local_is_the_product(opened) -> None:
    page = opened(page_of({"inputs": {"x": 0.5, "w": -2.0}, "let": {"z": "w * x"}, "outputs": {"y": "tanh(z)"}}))
    press(page, "end", "left")  # the last two are x and w, in either order
    rows = [row.text for row in page.find_elements("css selector", "#detail .times")]
    upstream, local, product, gradient = (
        float(re.search(r"= ?(\S+)$|product (\S+)$", row.replace("\n", " ")).group(0).split()[-1]) for row in rows
    )
    assert upstream * local == pytest.approx(product, rel=1e-5)
    assert gradient == product
    assert "z" in page.find_element("css selector", "#detail").text


def test_words_label_the_places_of_what_is_made_of_them(opened) -> None:
    page = opened(page_of(PARIS))
    press(page, "end")
    while "∂s/∂u" not in heading(page):
        press(page, "left")
    words = [cell.text for cell in page.find_elements("css selector", "#detail table.matrix th")]
    assert words[:5] == ["Museums", "in", "Paris", "are", "amazing"]


def test_line_of_the_spec_is_lit(opened) -> None:
    page = opened(page_of(PARIS))
    press(page, "end", "home")
    lit = page.find_element("css selector", "#spec span.now")
    assert re.sub(r"^\d+", "", lit.text).strip().startswith(("u:", "h:"))


def test_layers_and_time_steps_unfold_by_keyboard_and_fold_again(opened) -> None:
    page = opened(page_of(NETWORK))
    names = lambda: [node.text for node in page.find_elements("css selector", ".node .name")]  # noqa: E731
    assert "▸ lstm1" in names()
    folded = next(
        n
        for n in page.find_elements("css selector", ".node")
        if "▸ lstm1" in n.text or n.find_element("css selector", ".name").text == "▸ lstm1"
    )
    page.execute_script("arguments[0].focus()", folded)
    page.switch_to.active_element.send_keys(ARROWS["enter"])
    assert [f"▸ lstm1[{t}]" for t in range(4)] == [name for name in names() if name.startswith("▸ lstm1[")]
    page.find_element("id", "fold").click()
    assert "▸ lstm1" in names()


def test_unfolded_numbers_are_those_of_the_program(opened) -> None:
    model = jaccli.parse(NETWORK)
    page = opened(page_of(NETWORK))
    page.find_element("id", "unfold").click()
    page.find_element("id", "whole").click()
    shown = seen(page, "dense1.b")["gradient"].strip("[]")
    assert float(shown) == pytest.approx(float(model.gradients("loss")["dense1.b"][0]), rel=1e-5)


def test_every_output_is_drawn_and_can_be_gone_back_from(opened) -> None:
    from selenium.webdriver.support.ui import Select

    page = opened(page_of({"inputs": {"x1": 1.0, "x2": 2.0}, "outputs": {"y1": "2*x1", "y2": "x1 + 3*x2"}}))
    names = {node.text for node in page.find_elements("css selector", ".node .name")}
    assert {"y1", "y2"} <= names
    page.find_element("id", "whole").click()
    assert seen(page, "x1")["gradient"] == "2.0"
    Select(page.find_element("id", "flow")).select_by_visible_text("y2")
    assert (seen(page, "x1")["gradient"], seen(page, "x2")["gradient"]) == ("1.0", "3.0")
    assert page.find_element("id", "of").text == "y2"


def test_picture_fits_zooms_and_fits_again(opened) -> None:
    page = opened(page_of(PARIS))
    place = lambda: page.find_element("id", "stage").get_attribute("transform")  # noqa: E731
    fitted = place()
    press(page, "+")
    assert place() != fitted
    press(page, "0")
    assert place() == fitted
    canvas, stage = (page.find_element("id", name).rect for name in ("canvas", "stage"))
    assert stage["width"] <= canvas["width"]
    assert stage["height"] <= canvas["height"]


def test_paper_shows_the_whole_picture_and_every_number(opened) -> None:
    page = opened(page_of(PARIS))
    before = page.find_element("id", "stage").get_attribute("transform")
    page.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    page.execute_script("document.getElementById('canvas').style.width = '300px'")  # paper tells no one its width
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    canvas = page.find_element("id", "canvas").rect
    nodes = [node.rect for node in page.find_elements("css selector", ".node")]
    assert all(box["x"] >= canvas["x"] and box["x"] + box["width"] <= canvas["x"] + canvas["width"] for box in nodes)
    assert all(box["y"] >= canvas["y"] and box["y"] + box["height"] <= canvas["y"] + canvas["height"] for box in nodes)
    assert seen(page, "p")["value"] != ""
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    page.execute_script("document.getElementById('canvas').style.width = ''")
    page.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert page.find_element("id", "stage").get_attribute("transform") == before


def test_play_goes_on_by_itself_and_stops(opened) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    page = opened(page_of({"inputs": {"x": 3.0}, "outputs": {"y": "x**2"}}))
    button = page.find_element("id", "play")
    pressed = page.execute_script("arguments[0].click(); return arguments[0].getAttribute('aria-pressed')", button)
    assert pressed == "true"  # read at once: a short page has played to its end soon
    WebDriverWait(page, 30).until(lambda page: heading(page) == "Backward: ∂y/∂x")
    WebDriverWait(page, 30).until(lambda _: button.get_attribute("aria-pressed") == "false")


def test_slider_goes_through_training(opened) -> None:
    built = jaccli.parse({"params": {"w": 1.0}, "outputs": {"loss": "(w - 3)**2"}}).built
    run = [(k + 1, {"w": np.array(1.0 + k)}) for k in range(3)]
    page = opened(watch_page(watched(built, run=run, losses=[4.0, 1.0, 0.0])))
    assert seen(page, "w") == {"value": "3.0", "gradient": "0.0"}
    slider = page.find_element("id", "moment")
    slider.send_keys(ARROWS["left"])
    assert (seen(page, "w"), page.find_element("id", "loss").text) == (
        {"value": "2.0", "gradient": "-2.0"},
        "before step 2: loss 1.0",
    )
    assert page.find_element("css selector", "#losses path").get_attribute("d").count("L") == 2


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_page_is_as_wide_as_the_screen(opened, width, dark) -> None:
    page = opened(page_of(PARIS), width=width, dark=dark)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_controls_and_nodes_have_names_and_order(opened) -> None:
    page = opened(page_of(PARIS))
    things = page.find_elements("css selector", "button, select, input, .node, .frame")
    assert [thing.tag_name for thing in things if thing.is_displayed() and not thing.accessible_name] == []
    found = []
    for _ in range(4):
        page.switch_to.active_element.send_keys(ARROWS["tab"])
        found.append(page.switch_to.active_element.get_attribute("id"))
    assert found[1:] == ["theme", "play", "next"]  # what does nothing at the first step is passed over


def test_page_runs_in_the_frame_of_a_notebook(opened) -> None:
    model = jaccli.function("y = x**2", at={"x": 3.0})
    page = opened(f"<!DOCTYPE html><title>notebook</title>{model.explain(at={'x': 3.0})._repr_html_()}")
    page.switch_to.frame(0)
    assert heading(page) == "Forward: x"
    assert len(page.find_elements("css selector", ".node")) == 2
    page.switch_to.default_content()


HOSTILE = "</script><script>window.owned=1</script><img src=x onerror=window.owned=1>"


def test_hostile_names_do_nothing(opened) -> None:
    spec = {
        "name": HOSTILE,
        "inputs": {"x": {"value": [1.0, 2.0], "label": HOSTILE, "entries": [HOSTILE, "b"]}},
        "outputs": {"y": "sum(x**2)"},
    }
    page = opened(page_of(spec))
    press(page, "end")
    assert page.execute_script("return window.owned") is None
    assert page.find_elements("css selector", "img") == []
    assert HOSTILE in page.find_element("css selector", "h1").text
