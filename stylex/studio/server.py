"""Serves the page on this machine: Streamlit's own server, told what it would have to guess."""

import contextlib
import logging
import os
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from stylex.errors import UserError
from stylex.studio.uploads import MOST_MEGABYTES

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

HOST = "127.0.0.1"
APP = Path(__file__).with_name("app.py")
ENDED = Path(__file__).with_name("web") / "ended.js"
VIEWS = ("paint", "run", "gallery", "compare", "sweep")  # the paths of the views, as in app.py

# Without it, the page that a link to /run opens looks for its server below /run first.
_SERVER = '<script>window.__streamlit = { BACKEND_BASE_URL: location.origin + "/" }</script>'


def serve(port: int, *, browser: bool) -> None:
    """Serves until SIGINT or SIGTERM. browser: whether to open the page in one."""
    os.environ.setdefault("STREAMLIT_LOG_LEVEL", "error")
    import uvicorn
    from starlette.responses import HTMLResponse
    from starlette.routing import Route
    from streamlit.file_util import get_static_dir
    from streamlit.starlette import App
    from streamlit.web import bootstrap

    logging.getLogger("streamlit").setLevel(logging.ERROR)
    bootstrap.load_config_options(
        {
            "server_address": HOST,
            "server_port": port,
            # Or a site whose name leads to this machine could talk to the page.
            "server_allowedHosts": ["localhost", HOST],
            "server_headless": True,
            "server_maxUploadSize": MOST_MEGABYTES,
            "server_fileWatcherType": "none",
            "browser_serverAddress": "localhost",
            "browser_gatherUsageStats": False,
            "client_toolbarMode": "minimal",
            "client_showErrorDetails": "none",
            # A colour for each, and the page is as light or dark as the system.
            "theme_light_primaryColor": "#b5482a",
            "theme_dark_primaryColor": "#bf4e33",
            "theme_dark_backgroundColor": "#171614",  # as in web/page.css
            "logger_level": "error",
        }
    )
    html = Path(get_static_dir(), "index.html").read_text("utf-8")
    html = html.replace("<head>", f"<head>{_SERVER}<script>{ENDED.read_text('utf-8')}</script>", 1)
    address = f"http://localhost:{port}"

    async def view(request: "Request") -> "Response":
        return HTMLResponse(html, headers={"Cache-Control": "no-cache"})

    @contextlib.asynccontextmanager
    async def started(app: App) -> AsyncIterator[None]:
        print(address, flush=True)
        threading.Thread(target=_warm, daemon=True).start()
        if browser and _has_display():
            webbrowser.open(address)
        yield

    app = App(APP, lifespan=started, routes=[Route(f"/{name}", view) for name in ("", *VIEWS)])
    # Not deflated: pictures are most of it, and the other end is this machine.
    uvicorn.run(app, host=HOST, port=port, log_level="critical", ws_per_message_deflate=False)


def _warm() -> None:
    """What the first page waits for, while the browser is still opening."""
    from stylex.studio.views import form, paint  # noqa: F401

    with contextlib.suppress(UserError):  # which the page then shows
        form.composed(())


def _has_display() -> bool:
    """Whether a browser would have a window: one in the terminal would block the server."""
    display = "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return sys.platform in ("win32", "darwin") or display
