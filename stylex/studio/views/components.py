"""What the page needs that Streamlit lacks: a before/after slider, and scrolling into view."""

import base64
from pathlib import Path

import streamlit as st

from stylex.studio.pictures import displayed

_SLIDER_HTML = """
<div class="slider">
  <img class="under" alt="">
  <img class="over" alt="">
  <div class="line"></div>
  <span class="left"></span><span class="right"></span>
  <input type="range" min="0" max="100" value="50" step="0.1">
</div>
"""

_SLIDER_CSS = """
.slider { position: relative; line-height: 0; border-radius: .5rem; overflow: hidden; --at: 50%; }
.slider img { width: 100%; user-select: none; }
.slider .over { position: absolute; inset: 0; height: 100%; object-fit: cover;
  clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.slider .line { position: absolute; inset: 0 auto 0 var(--at); width: 2px; margin-left: -1px;
  background: white; box-shadow: 0 0 4px rgb(0 0 0 / .6); pointer-events: none; }
.slider .line::after { content: "⇆"; position: absolute; top: 50%; left: 50%; width: 2rem;
  height: 2rem; transform: translate(-50%, -50%); border-radius: 50%; background: white;
  color: #333; font: 1rem/2rem sans-serif; text-align: center; }
.slider span { position: absolute; bottom: .5rem; padding: .1rem .5rem; border-radius: 1rem;
  background: rgb(0 0 0 / .55); color: white; font: .8rem/1.4 sans-serif; pointer-events: none; }
.slider .left { left: .5rem; } .slider .right { right: .5rem; }
.slider input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0;
  cursor: ew-resize; touch-action: pan-y; }
.slider:has(input:focus-visible) { outline: 3px solid #4a7; }
"""

_SLIDER_SCRIPT = """
export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(name);
  const slider = find(".slider"), range = find("input");
  find(".under").src = data.after;
  find(".over").src = data.before;
  find(".left").textContent = data.left;
  find(".right").textContent = data.right;
  range.setAttribute("aria-label", `boundary between ${data.left} and ${data.right}`);
  range.oninput = () => slider.style.setProperty("--at", `${range.value}%`);
}
"""

_SCROLL_SCRIPT = """
export default function ({ parentElement, data }) {
  const done = (window.stylexScrolledTo ??= new Set());
  if (done.has(data.event)) return;
  done.add(data.event);
  const block = parentElement.closest("[data-testid=stVerticalBlock]");
  const top = block.getBoundingClientRect().top;
  if (top < 0 || top > window.innerHeight / 3) block.scrollIntoView({ behavior: "smooth" });
}
"""

_slider = st.components.v2.component(
    "stylex.slider", html=_SLIDER_HTML, css=_SLIDER_CSS, js=_SLIDER_SCRIPT
)
_scroll = st.components.v2.component("stylex.scroll", js=_SCROLL_SCRIPT, isolate_styles=False)


def slider(before: Path, after: Path, left: str, right: str, key: str) -> None:
    """Shows `before` left of a divider to drag and `after` right of it, at the size of `after`.

    left, right: their captions. Raises UserError, OSError where one cannot be shown.
    """
    data = {"before": _address(before), "after": _address(after), "left": left, "right": right}
    _slider(data=data, key=key)


def scroll_here(event: float) -> None:
    """Scrolls to the block around this, unless its top is in view; once for each `event`."""
    _scroll(data={"event": event}, key=f"scroll {event}", height=0)


def _address(path: Path) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(displayed(path)).decode()
