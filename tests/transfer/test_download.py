"""torchvision's checkpoint from a local server: right, wrong, stalled, dead and cached."""

import gc
import hashlib
import io
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import torch
import torchvision

from stylex.errors import UserError
from stylex.transfer.vgg import weights
from stylex.transfer.vgg.layers import CONVS, LAYERS
from stylex.transfer.vgg.weights import load_weights

# torch.hub leaves its socket to the garbage collector when a download breaks off.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.fixture(scope="module")
def checkpoint() -> bytes:
    """Of the right shapes; views, so that it stays small."""
    state, channels = {}, 3
    for name in CONVS:
        out = {"1": 64, "2": 128, "3": 256}.get(name[4], 512)
        key = f"features.{LAYERS.index(name)}"
        state[f"{key}.weight"] = torch.full((1, 1, 1, 1), len(state) / 1e4).expand(
            out, channels, 3, 3
        )
        state[f"{key}.bias"] = torch.full((1,), len(state) / 1e2).expand(out)
        channels = out
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub/checkpoints"


@pytest.fixture
def published_at(monkeypatch):
    """Makes torchvision name this address as its checkpoint's."""

    def publish(url: str) -> None:
        enum = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(url=url))
        monkeypatch.setattr(torchvision.models, "VGG19_Weights", enum)

    return publish


@contextmanager
def serving(handle) -> Iterator[str]:
    """The address of a server that answers every GET by `handle(request)`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self)

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # so that closing waits for the answers under way
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sending(data: bytes, status: int = 200, length: int | None = None):
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(data) if length is None else length))
        request.end_headers()
        request.wfile.write(data)

    return handle


def files_in(cache) -> list[str]:
    return [path.name for path in cache.iterdir()] if cache.exists() else []


def refused(cache) -> str:
    """The one line of the refusal, having checked that it helps and that no file is left."""
    with pytest.raises(UserError) as caught:
        load_weights("torchvision")
    message = str(caught.value)
    assert "\n" not in message
    assert "cannot download" in message
    assert "extractor.weights=embedded" in message
    assert str(cache) in message
    assert files_in(cache) == []
    return message


def test_a_checkpoint_is_downloaded_once_and_then_used_without_a_server(
    checkpoint, cache, published_at
):
    name = f"vgg19-{hashlib.sha256(checkpoint).hexdigest()[:8]}.pth"
    with serving(sending(checkpoint)) as address:
        published_at(f"{address}/{name}")
        loaded = load_weights("torchvision")
    assert files_in(cache) == [name]
    assert (cache / name).read_bytes() == checkpoint
    assert loaded.name == "torchvision"
    assert loaded.sha256 == hashlib.sha256(checkpoint).hexdigest()
    assert loaded.mean == (0.485, 0.456, 0.406)
    state = torch.load(io.BytesIO(checkpoint), weights_only=True)
    assert torch.equal(loaded.kernels["conv1_1"], state["features.0.weight"])
    assert torch.equal(loaded.biases["conv5_4"], state["features.34.bias"])
    again = load_weights("torchvision")  # the server is gone
    assert torch.equal(again.biases["conv5_4"], loaded.biases["conv5_4"])


def test_a_wrong_hash_is_refused(checkpoint, cache, published_at):
    with serving(sending(checkpoint)) as address:
        published_at(f"{address}/vgg19-deadbeef.pth")
        assert "deadbeef" in refused(cache)


def test_half_a_download_is_refused(checkpoint, cache, published_at):
    name = f"vgg19-{hashlib.sha256(checkpoint).hexdigest()[:8]}.pth"
    half = checkpoint[: len(checkpoint) // 2]
    with serving(sending(half, length=len(checkpoint))) as address:
        published_at(f"{address}/{name}")
        refused(cache)


def test_an_error_of_the_server_s_is_named(cache, published_at):
    with serving(sending(b"no", status=404)) as address:
        published_at(f"{address}/vgg19-deadbeef.pth")
        assert "Not Found" in refused(cache)
    gc.collect()  # a connection left open would be warned of here


@pytest.mark.parametrize(
    "after",
    [b"", b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\nsome bytes"],
    ids=["at once", "half way"],
)
def test_a_server_that_stalls_is_given_up(cache, published_at, monkeypatch, after):
    monkeypatch.setattr(weights, "DOWNLOAD_TIMEOUT", 0.5)
    done = threading.Event()

    def stall(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(after)
        request.wfile.flush()
        done.wait(20)

    with serving(stall) as address:
        published_at(f"{address}/vgg19-deadbeef.pth")
        try:
            assert "timed out" in refused(cache)
        finally:
            done.set()
    assert socket.getdefaulttimeout() is None


def test_a_server_that_speaks_something_else_is_refused(cache, published_at):
    with serving(lambda request: request.wfile.write(b"220 mail.example ESMTP\r\n")) as address:
        published_at(f"{address}/vgg19-deadbeef.pth")
        refused(cache)


def test_a_dead_port_is_refused(cache, published_at):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        published_at(f"http://127.0.0.1:{port}/vgg19-deadbeef.pth")
        assert "refused" in refused(cache)


def test_a_cache_that_cannot_be_made_is_refused(tmp_path, published_at, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    published_at("http://127.0.0.1:1/vgg19-deadbeef.pth")
    with pytest.raises(UserError, match="extractor.weights=embedded"):
        load_weights("torchvision")


def test_a_damaged_file_in_the_cache_is_refused_naming_it(cache, published_at):
    published_at("http://127.0.0.1:1/vgg19-deadbeef.pth")
    cache.mkdir(parents=True)
    (cache / "vgg19-deadbeef.pth").write_bytes(b"half a file")
    with pytest.raises(UserError, match="vgg19-deadbeef.pth is not a file of plain tensors"):
        load_weights("torchvision")


def test_torchvision_names_a_checkpoint_with_a_hash():
    """What the download relies on."""
    assert torchvision.models.VGG19_Weights.IMAGENET1K_V1.url.endswith("/vgg19-dcbb9e9d.pth")
