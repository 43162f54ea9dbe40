"""The command that opens the web page: `python -m stylex.studio`.

It listens on this machine only. Exit status: 0 when it is stopped by Ctrl-C or SIGTERM, 2 for a
mistake in the input.
"""

import importlib.util
import socket
import sys
from collections.abc import Sequence

from stylex import terminal
from stylex.errors import UserError, check_whole
from stylex.studio.server import HOST, serve

PORT = 8501


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves the page until Ctrl-C and gives the exit status."""
    terminal.prepare()
    try:
        options = _parser().parse_args(arguments)
        if importlib.util.find_spec("streamlit") is None:
            raise UserError("the page needs Streamlit: pip install 'stylex[studio]'")
        port = free_port(options.port)
        print("stylex.studio: Ctrl-C ends the page; runs continue", flush=True)
        serve(port, browser=options.browser)
    except UserError as error:
        print(f"stylex.studio: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        return terminal.stopped(stop)
    return 0


def free_port(wanted: int | None) -> int:
    """The port `wanted`; for None the first free one from PORT up.

    Raises UserError where there is none.
    """
    if wanted is not None:
        check_whole("--port", wanted, 1, 65535)
    for port in [wanted] if wanted else range(PORT, PORT + 100):
        with socket.socket() as trial:
            if sys.platform != "win32":  # where it would let two servers share a port
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
                return port
            except OSError:
                continue
    raise UserError(f"--port {wanted or PORT} is in use or not allowed: choose another")


def _parser() -> terminal.Parser:
    parser = terminal.Parser(
        prog="python -m stylex.studio",
        description="Opens a page in the browser to choose pictures and settings and watch the "
        "result develop. It works on the outputs/ of the folder that it is started in, and only "
        "this machine can reach it.",
    )
    parser.add_argument(
        "--port", type=int, metavar="N", help=f"default: {PORT}, or the next free one"
    )
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only print the address"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
