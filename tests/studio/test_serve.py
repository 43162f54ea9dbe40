"""The command that serves the page, and who may talk to it."""

import socket
import sys

import pytest

from stylex.studio import __main__ as studio

pytest_plugins = "serving"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prot", "1"], "unrecognized arguments: --prot 1 (--help tells more)"),
        (["--port", "99999"], "--port must be from 1 to 65535, not 99999"),
        (["--port", "many"], "argument --port: invalid int value: 'many' (--help tells more)"),
    ],
)
def test_a_mistake_is_one_line(capsys, arguments, said):
    assert studio.main(arguments) == 2
    assert capsys.readouterr().err == f"stylex.studio: {said}\n"


def test_a_port_that_is_taken(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert studio.main(["--port", str(port)]) == 2
    assert f"--port {port} is in use" in capsys.readouterr().err


def test_without_streamlit_it_says_how_to_get_it(capsys, monkeypatch):
    monkeypatch.setattr(studio.importlib.util, "find_spec", lambda name: None)
    assert studio.main([]) == 2
    assert capsys.readouterr().err == (
        "stylex.studio: the page needs Streamlit: pip install 'stylex[studio]'\n"
    )


def upgrade(port, host, origin):
    """The server's answer to a page of `origin` that asks for the connection it works by."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        return link.recv(64).split()[1].decode()


def test_only_its_own_pages_may_talk_to_it(served):
    own = f"localhost:{served.port}"
    assert upgrade(served.port, own, f"http://{own}") == "101"
    assert upgrade(served.port, own, "http://elsewhere.example") == "403"
    # A site whose name leads to this machine, too.
    named = f"elsewhere.example:{served.port}"
    assert upgrade(served.port, named, f"http://{named}") == "403"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net")
def test_it_listens_on_this_machine_only(served):
    listening = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as lines:
            for line in [*lines][1:]:
                address, port = line.split()[1].split(":")
                if int(port, 16) == served.port and line.split()[3] == "0A":
                    listening.append(address)
    assert listening == ["0100007F"]  # 127.0.0.1
