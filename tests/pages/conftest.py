"""A headless Chromium for the tests of pages; without one, or without selenium, they are skipped and say so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NEEDED = bool(os.environ.get("JACCLI_BROWSER"))  # where a missing browser is a mistake of whoever runs the tests


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    paths = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(paths) and not NEEDED:
        pytest.skip("no chromium and chromedriver (Debian: apt-get install chromium chromium-driver)")
    if not NEEDED:
        pytest.importorskip("selenium", reason="selenium is not installed: pip install 'jaccli[browser]'")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(paths[0])
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(paths[1])))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a page; whatever the browser complains of afterwards, such as a blocked script, fails the test."""

    def open_(text: str, width: int = 1280, dark: bool = False) -> Any:
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        browser.get(path.as_uri())
        return browser

    yield open_
    assert [entry["message"] for entry in browser.get_log("browser")] == []
