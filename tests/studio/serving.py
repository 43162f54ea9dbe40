"""The page served in a folder of its own, on loopback, until the tests are over."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from stylex.config.pictures import SAMPLES


@dataclass(frozen=True)
class Served:
    """The page's address and the folder that it works in."""

    port: int
    here: Path

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"


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
    command = [sys.executable, "-m", "stylex.studio", "--no-browser", "--port", str(port)]
    with (here / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=here, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while not listens(port):
            assert process.poll() is None and time.monotonic() < end, (here / "log").read_text()
            time.sleep(0.1)
        yield Served(port, here)
        assert "Traceback" not in (here / "log").read_text()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
