"""Two pictures on top of each other with a divider to drag between them."""

import base64
import io
import os
from pathlib import Path

import streamlit as st
from PIL import ImageOps

from stylex.images import thumbnails

LONGEST = 1600  # px; what a page shows

_HTML = """
<div class="wipe">
  <img class="under" alt="">
  <img class="over" alt="">
  <div class="line"></div>
  <span class="left"></span><span class="right"></span>
  <input type="range" min="0" max="100" value="50" step="0.1">
</div>
"""

_CSS = """
.wipe { position: relative; line-height: 0; border-radius: .5rem; overflow: hidden; --at: 50%; }
.wipe img { width: 100%; user-select: none; }
.wipe .over { position: absolute; inset: 0; height: 100%; object-fit: cover;
  clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.wipe .line { position: absolute; inset: 0 auto 0 var(--at); width: 2px; margin-left: -1px;
  background: white; box-shadow: 0 0 4px rgb(0 0 0 / .6); pointer-events: none; }
.wipe .line::after { content: "⇆"; position: absolute; top: 50%; left: 50%; width: 2rem;
  height: 2rem; transform: translate(-50%, -50%); border-radius: 50%; background: white;
  color: #333; font: 1rem/2rem sans-serif; text-align: center; }
.wipe span { position: absolute; bottom: .5rem; padding: .1rem .5rem; border-radius: 1rem;
  background: rgb(0 0 0 / .55); color: white; font: .8rem/1.4 sans-serif; pointer-events: none; }
.wipe .left { left: .5rem; } .wipe .right { right: .5rem; }
.wipe input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0;
  cursor: ew-resize; touch-action: pan-y; }
.wipe:has(input:focus-visible) { outline: 3px solid #4a7; }
"""

_SCRIPT = """
export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(name);
  const wipe = find(".wipe"), range = find("input");
  find(".under").src = data.after;
  find(".over").src = data.before;
  find(".left").textContent = data.left;
  find(".right").textContent = data.right;
  range.setAttribute("aria-label", `${data.left} and ${data.right}: where one ends`);
  range.oninput = () => wipe.style.setProperty("--at", `${range.value}%`);
}
"""

_wipe = st.components.v2.component("stylex.wipe", html=_HTML, css=_CSS, js=_SCRIPT)


def wipe(before: Path, after: Path, left: str, right: str, key: str) -> None:
    """Shows `before` left of the divider and `after` right of it, at the size of `after`.

    left, right: what they are called. Raises UserError where one is no picture.
    """
    data = {"before": _address(before), "after": _address(after), "left": left, "right": right}
    _wipe(data=data, key=key)


def _address(path: Path) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(displayed(path)).decode()


def displayed(path: Path) -> bytes:
    """The picture as it is now, a JPEG of at most LONGEST px. Raises UserError, OSError."""
    return _jpeg(os.fsencode(path), path.stat().st_mtime_ns, LONGEST, square=False)


@st.cache_data(max_entries=500, show_spinner=False)
def _jpeg(path: bytes, changed: int, side: int, *, square: bool) -> bytes:
    """path: in bytes, for not every name is text. changed: when it was; then it is another."""
    picture = thumbnails.thumbnail(Path(os.fsdecode(path)), 2 * side if square else side)
    file = io.BytesIO()
    (ImageOps.fit(picture, (side, side)) if square else picture).save(file, "JPEG", quality=90)
    return file.getvalue()


def thumbnail(path: Path, side: int = 240, *, square: bool = False) -> bytes:
    """A small JPEG of the file as it is now; of its middle where it is to be square.

    Raises UserError, OSError.
    """
    return _jpeg(os.fsencode(path), path.stat().st_mtime_ns, side, square=square)
