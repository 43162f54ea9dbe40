"""The page served in a folder of its own, on loopback, and a browser's tab that looks at it."""

import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from driving import still
from PIL import Image

from stylex import cli
from stylex.config.pictures import SAMPLES

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass
class Served:
    """The page's server and the folder that it works in."""

    port: int
    here: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Of the server and its runs: this checkout, and no speed known from others' runs."""
        own = {"PYTHONPATH": str(CHECKOUT), "XDG_CACHE_HOME": str(self.here / "cache")}
        return {**os.environ, **own}

    @property
    def log(self) -> str:
        return (self.here / "log").read_text()

    def start(self) -> None:
        command = [sys.executable, "-m", "stylex.studio", "--no-browser", "--port", str(self.port)]
        with (self.here / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.here, env=self.environment, stdout=log, stderr=log
            )
        end = time.monotonic() + 60
        while not listens(self.port):
            assert self.process.poll() is None and time.monotonic() < end, self.log
            time.sleep(0.1)

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(30)

    def records(self) -> list[tuple[dict[str, Any], Path]]:
        """run.json and folder of each single run, in the order of their start."""
        found = self.here.glob("outputs/runs/*/*/run.json")
        paths = sorted(found, key=lambda path: path.parent.name.rpartition("_")[2])
        return [(json.loads(path.read_text()), path.parent) for path in paths]


def listens(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pytest.importorskip("streamlit", reason="the page needs Streamlit: pip install '.[studio]'")
    here = tmp_path_factory.mktemp("studio")
    for group, name in (("content", "jesse"), ("style", "kahlo")):
        (here / "images" / group).mkdir(parents=True)
        with Image.open(SAMPLES / group / f"{name}.jpg") as picture:
            picture.resize((96, 64)).save(here / "images" / group / f"{name}.jpg")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = Served(port, here)
    served.start()
    try:
        yield served
        assert "Traceback" not in served.log, served.log[served.log.index("Traceback") :]
    finally:
        assert served.stop() == 0


@pytest.fixture(scope="session")
def made(served: Served) -> Path:
    """A finished run with settings that the form has controls for, and two that it has not."""
    folder = served.here / "outputs/runs/2026-01-01/earlier_00-00"
    overrides = (
        *("content=coffee", "style=night", "experiment=fast", "size=48", "steps=3"),
        *("optimizer=adam", "style_weight=6", "fit=short", "layers=equal", "optimizer.lr=0.07"),
        *("pyramid.first=3", "layers.style.relu5_1=0"),
    )
    handlers = [*logging.getLogger().handlers]
    with pytest.MonkeyPatch.context() as patch:  # in this process, which has torch already
        patch.chdir(served.here)
        patch.setenv("HYDRA_FULL_ERROR", "0")
        patch.setenv("XDG_CACHE_HOME", str(served.here / "cache"))
        patch.setattr(sys, "argv", ["stylex", *overrides, f"hydra.run.dir={folder}"])
        with pytest.raises(SystemExit) as end:
            cli.main()
    for handler in {*logging.getLogger().handlers}.difference(handlers):  # of its log
        handler.close()
        logging.getLogger().removeHandler(handler)
    assert not end.value.code
    return folder


@pytest.fixture
def copied(made: Path) -> Iterator[Callable[..., Path]]:
    """`copied("name", key=value, …)`: the same run once more, its record changed."""
    copies = []

    def copy(name: str, **changed: Any) -> Path:
        folder = made.with_name(name)
        shutil.copytree(made, folder)
        copies.append(folder)
        record = json.loads((folder / "run.json").read_text())
        for key, value in changed.items():
            record[key] = record[key] | value if isinstance(value, dict) else value
        (folder / "run.json").write_text(json.dumps(record))
        return folder

    yield copy
    for folder in copies:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def tab(browser: Any) -> Iterator[Any]:
    """One tab for all tests: opening another one costs a second of parsing scripts."""
    tab = browser.new_page(reduced_motion="reduce")
    tab.set_default_timeout(60_000)
    yield tab
    tab.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, tab: Any, served: Served) -> Iterator[Any]:
    """The page just opened, on a desktop unless parametrised otherwise.

    Nothing may be fetched from another host, nothing be missing, and nothing stand out at the side.
    """
    width, height = getattr(request, "param", (1280, 900))
    tab.set_viewport_size({"width": width, "height": height})
    asked: list[str] = []
    missing: list[str] = []

    def on_response(got: Any) -> None:
        # A picture of a page that was left is no longer served.
        if got.status == 404 and "/media/" not in got.url:
            missing.append(got.url)

    def on_request(request: Any) -> None:
        asked.append(request.url)

    tab.on("request", on_request)
    tab.on("response", on_response)
    tab.goto(served.address)
    tab.get_by_role("button", name="Paint", exact=True).wait_for()
    still(tab)
    yield tab
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.goto("about:blank")  # which ends the session
    tab.remove_listener("request", on_request)
    tab.remove_listener("response", on_response)
    own = (served.address, "data:", "blob:", "about:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert missing == []
