"""The page of ``--report html=…`` in a browser: filters, heat map by keyboard, copying, colours, narrow screens."""

from __future__ import annotations

from dataclasses import replace

import pytest

import jaccli
from jaccli.report.documents import document
from jaccli.results.run import Run

SPEC = {
    "dims": {"n": 8, "d": 5},
    "inputs": {"x": {"shape": ["d"], "init": "normal", "seed": 1}, "t": 0.3},
    "constants": {"W": {"value": [[0.1 * (i - j) + 0.3 for j in range(5)] for i in range(8)]}},
    "outputs": {"y": "tanh(W @ x) * t", "k": "abs(t - 0.3)"},
    "jacobian": {
        "y": {"x": "-t*(1 - tanh(W @ x)**2)[:, None] * W", "t": "tanh(W @ x) + where(arange(8) == 2, 0.001, 0)"},
        "k": {"t": "3"},
    },
}


@pytest.fixture(scope="module")
def text() -> str:
    return document("html", Run(reports=(jaccli.parse(SPEC).gradcheck(),), version="1"))


def cards(page):
    return [card for card in page.find_elements("css selector", "article.card") if card.is_displayed()]


def until(page, condition):
    """Return what ``condition`` finds, as soon as there is something: some events come after the click returns."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(page, 20).until(condition)


def choose(page, name: str, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(page.find_element("id", name)).select_by_value(value)


def test_filters_show_what_they_ask_for(opened, text) -> None:
    page = opened(text)
    everything = len(cards(page))
    page.find_element("id", "by-text").send_keys("wrong sign")
    (card,) = cards(page)
    assert card.get_attribute("data-code") == "JAC101"
    assert page.find_element("id", "shown").text == f"1 of {everything} shown"
    page.find_element("id", "by-text").clear()
    page.find_element("id", "by-text").send_keys(" ")
    choose(page, "by-outcome", "inconclusive")
    assert {card.get_attribute("data-outcome") for card in cards(page)} == {"inconclusive"}


def test_heat_map_marks_the_wrong_entry_and_is_read_by_arrow_keys(opened, text) -> None:
    page = opened(text)
    figure = page.find_element("css selector", "article[data-code=JAC105] figure")
    assert [len(figure.find_elements("css selector", f"rect.{kind}")) for kind in ("cell", "wrong")] == [8, 1]
    status = figure.find_element("css selector", "[role=status]")
    assert status.text.startswith("y[2] by t: got ")
    assert "±" in status.text
    picture = figure.find_element("css selector", "svg")
    picture.send_keys("\ue015")  # arrow down
    assert status.text.startswith("y[3] by t: got ")
    assert status.text.endswith("right")


def test_heat_map_grows(opened, text) -> None:
    page = opened(text)
    figure = page.find_element("css selector", "figure[data-heat]")
    width = figure.find_element("css selector", "svg").size["width"]
    figure.find_element("css selector", "button[aria-label='Larger cells']").click()
    assert figure.find_element("css selector", "svg").size["width"] > width


def test_rerun_command_is_copied(opened, text) -> None:
    page = opened(text)
    button = page.find_element("css selector", "button.copy")
    assert button.get_attribute("data-copy").startswith("jac gradcheck")
    button.click()
    assert until(page, lambda _: button.text == "Copied")


def test_table_of_a_file_opens(opened, text) -> None:
    page = opened(text)
    page.find_element("css selector", "details[data-file] summary").click()
    rows = until(page, lambda page: page.find_elements("css selector", "details[data-file] tbody tr"))
    assert len(rows) == len(jaccli.parse(SPEC).gradcheck().checks)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_are_those_of_the_system_and_can_be_changed(opened, text, dark) -> None:
    page = opened(text, dark=dark)
    ground = page.find_element("css selector", "body").value_of_css_property("background-color")
    assert (sum(map(int, ground.split("(")[1].split(",")[:3])) < 200) == dark
    page.find_element("id", "theme").click()
    assert page.find_element("css selector", "body").value_of_css_property("background-color") != ground


@pytest.mark.parametrize("width", [1280, 400])
def test_page_is_as_wide_as_the_screen(opened, text, width) -> None:
    page = opened(text, width=width)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_focus_is_seen_and_goes_in_order(opened, text) -> None:
    page = opened(text)
    seen = []
    for _ in range(6):
        page.switch_to.active_element.send_keys("\ue004")
        seen.append(page.switch_to.active_element.get_attribute("id") or page.switch_to.active_element.text)
        outline = page.switch_to.active_element.value_of_css_property("outline-style")
        assert outline != "none"
    assert seen == ["Skip to the content", "theme", "by-outcome", "by-code", "by-file", "by-text"]


def test_every_control_has_a_name(opened, text) -> None:
    page = opened(text)
    controls = page.find_elements("css selector", "button, select, input, svg[tabindex], figure")
    assert [c.get_attribute("outerHTML")[:80] for c in controls if c.is_displayed() and not c.accessible_name] == []


HOSTILE = "</script><script>window.owned = 1</script><img src=x onerror='window.owned=1'>\"'{{ 7*7 }}"


def test_hostile_names_do_nothing(opened) -> None:
    model = jaccli.parse(
        {
            "name": HOSTILE,
            "inputs": {"x": {"value": [1, 2], "label": HOSTILE}},
            "outputs": {"y": "x**2"},
            "jacobian": {"y": {"x": "diag(x)"}},
        }
    )
    report = model.gradcheck()
    checks = tuple(
        replace(check, file=HOSTILE, said=HOSTILE, help=HOSTILE, rerun=HOSTILE, of=HOSTILE) for check in report.checks
    )
    page = opened(document("html", Run(reports=(replace(report, checks=checks, files=(HOSTILE,)),), version=HOSTILE)))
    page.find_element("css selector", "details[data-file] summary").click()
    until(page, lambda page: page.find_elements("css selector", "details[data-file] tbody tr"))
    assert page.execute_script("return window.owned") is None
    assert page.find_elements("css selector", "img") == []
    assert HOSTILE in page.find_element("css selector", "article.card code").text
