"""Servers on this machine, and what a browser shows of them; for make.py."""

import io
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checkout import ENVIRONMENT
from PIL import Image

CHROMIUM = os.environ.get("STYLEX_CHROMIUM", "/usr/bin/chromium")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WIDTH, HEIGHT = 1320, 900  # px of the window


@contextmanager
def served(command: Sequence[str], work: Path) -> Iterator[str]:
    """The address of a server that listens to --port, until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [*command, "--port", str(port)]
    print("$", shlex.join(["python", *command]), flush=True)
    work.mkdir(parents=True, exist_ok=True)
    with (work / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=work, env=ENVIRONMENT, stdout=log, stderr=log
        )
    try:
        end = time.monotonic() + 60
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit((work / "served.log").read_text())
            time.sleep(0.2)
        yield f"http://localhost:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) == 0


def picture_of(address: str, drive: Callable[[Any], None]) -> Image.Image:
    """The page in the system's Chromium after `drive(page)` has done with it."""
    from playwright.sync_api import sync_playwright  # which no other picture needs

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(30_000)
        page.goto(address)
        drive(page)
        data = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(data)).convert("RGB")


def curves(page: Any) -> None:
    """TensorBoard's time series: some losses of all runs, and nothing of its settings."""
    page.get_by_text("Enable step selection").click()
    page.get_by_role("button", name="Toggle settings side pane").click()
    tags = page.get_by_role("combobox", name="Filter tags")
    tags.fill("weighted/(content|style/relu[15])|loss/total")
    tags.press("Escape")
    page.get_by_text("TensorBoard", exact=True).click()
    page.wait_for_timeout(8000)


def painted(page: Any) -> None:
    """stylex.studio's page with a draft painted."""
    page.get_by_role("button", name="fast", exact=True).click()
    page.get_by_text("experiment=fast").wait_for()
    page.get_by_role("button", name="Paint", exact=True).click()
    page.get_by_role("button", name="PNG", exact=True).wait_for(timeout=300_000)
    page.locator(".slider input").fill("45")
    page.locator(".st-key-start").get_by_text("about").wait_for()
    page.get_by_test_id("stMain").evaluate("(main) => main.scrollTo(0, 0)")
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)


def asked(page: Any) -> None:
    """A report that asks which of two runs is better."""
    page.get_by_role("button", name="Choose", exact=True).click()
    page.wait_for_timeout(1000)
