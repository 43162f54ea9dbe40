"""The command that opens the web page: `python -m stylex.studio`.

It listens on this machine only. Exit status: 0 when it is told to end, by Ctrl-C or SIGTERM, and
2 for a mistake in the input.
"""

import importlib.util
import logging
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from stylex import terminal
from stylex.errors import UserError, check_whole
from stylex.studio.uploads import MOST_MEGABYTES

HOST, PORT = "127.0.0.1", 8501
APP = Path(__file__).with_name("app.py")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves the page until Ctrl-C and gives the exit status."""
    terminal.prepare()
    try:
        options = _parser().parse_args(arguments)
        if importlib.util.find_spec("streamlit") is None:
            raise UserError("the page needs Streamlit: pip install 'stylex[studio]'")
        port = free_port(options.port)
        print("stylex.studio: Ctrl-C ends the page; runs go on", flush=True)
        _serve(port, browser=options.browser)
    except UserError as error:
        print(f"stylex.studio: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        return terminal.stopped(stop)
    return 0


def free_port(wanted: int | None) -> int:
    """The port, or where none is wanted the first free one from PORT up.

    Raises UserError where it is taken.
    """
    if wanted is not None:
        check_whole("--port", wanted, 1, 65535)
    for port in [wanted] if wanted else range(PORT, PORT + 100):
        with socket.socket() as trial:
            if sys.platform != "win32":  # where it would take a port from somebody
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
                return port
            except OSError:
                continue
    raise UserError(f"--port {wanted or PORT} is taken, or not to be had: choose another")


def _serve(port: int, *, browser: bool) -> None:
    """Until it is told to end."""
    settings = {
        "server_address": HOST,
        "server_port": port,
        "server_allowedHosts": ["localhost", HOST],  # or any site could lend its name to this one
        "server_headless": not browser,
        "server_maxUploadSize": MOST_MEGABYTES,
        "server_fileWatcherType": "none",
        "browser_serverAddress": "localhost",
        "browser_gatherUsageStats": False,
        "client_toolbarMode": "minimal",
        "client_showErrorDetails": "none",
        "theme_primaryColor": "#b5482a",
        "logger_level": "error",
    }
    os.environ.setdefault("STREAMLIT_LOG_LEVEL", "error")
    from streamlit.web import bootstrap

    logging.getLogger("streamlit").setLevel(logging.ERROR)
    bootstrap.load_config_options(settings)
    bootstrap.run(str(APP), False, [], settings)


def _parser() -> terminal.Parser:
    parser = terminal.Parser(
        prog="python -m stylex.studio",
        description="Opens a page in the browser to choose pictures, turn knobs and watch the "
        "picture develop. It works on the outputs/ of the folder that it is started in, and only "
        "this machine can reach it.",
    )
    parser.add_argument(
        "--port", type=int, metavar="N", help=f"by default {PORT}, or the next free"
    )
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only say where the page is"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
