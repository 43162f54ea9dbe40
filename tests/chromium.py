"""The system's Chromium: `apt-get install chromium`, or `STYLEX_CHROMIUM=/path/to/it`."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

CHROMIUM = os.environ.get("STYLEX_CHROMIUM") or shutil.which("chromium")
OFFLINE = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("needs Chromium: apt-get install chromium, or STYLEX_CHROMIUM=/path")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs pip install '.[test]'")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*OFFLINE])
        yield browser
        browser.close()
