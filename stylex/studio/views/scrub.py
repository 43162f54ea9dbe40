"""A run's pictures by their steps, under a slider: how the result came to be."""

from pathlib import Path

import streamlit as st

from stylex.errors import UserError
from stylex.studio.pictures import thumbnail
from stylex.studio.reel import kept, spread
from stylex.studio.views.components import component, of_jpeg

MOST = 40  # pictures, evenly over the steps: all of them are in the browser at once
SIDE = 640  # px, of each

_scrub = component("scrub")


def scrubber(folder: Path) -> None:
    """Draws a switch, where the run kept two pictures or more, and what it switches on."""
    found = kept(folder)
    if len(found) < 2 or not st.toggle("How it developed", key=f"scrub {folder}"):
        return
    shown = []
    for step, path in spread(found, MOST):
        try:
            shown.append({"step": step, "picture": of_jpeg(thumbnail(path, SIDE))})
        except (UserError, OSError):  # damaged, or deleted meanwhile
            continue
    if shown:
        _scrub(data=shown, key=f"scrubber {folder}")
    else:
        st.caption("The pictures are damaged.")
