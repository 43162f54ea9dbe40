"""A run under way: its picture as it develops, to be compared with the photograph."""

from pathlib import Path

import streamlit as st

from stylex.errors import UserError
from stylex.paths import is_file
from stylex.runs.record import read
from stylex.studio import watch
from stylex.studio.folders import own_file
from stylex.studio.pictures import displayed
from stylex.studio.views.common import EVERY, picture, processes, stop_button
from stylex.studio.views.components import slider
from stylex.studio.views.curves import curves
from stylex.studio.views.notice import await_end

BEGAN = "began"  # key of the session's state: the run whose first picture was shown last


def develop(folder: Path) -> None:
    """Shows the run in `folder` until it ends, when the page is drawn anew."""
    begun = watch.latest_picture(folder) is not None
    # Its first picture is what one waits for.
    st.fragment(_live, run_every=EVERY if begun else EVERY / 4)(folder, begun)


def _live(folder: Path, begun: bool) -> None:
    """begun: whether it had a picture when the page was drawn, which is looked for more often."""
    if not processes().alive(folder):
        st.rerun()
    record = read(folder)
    # A resumed run has a log from before it was interrupted.
    progress = watch.progress(folder) if record.status == "running" else None
    latest = watch.latest_picture(folder) if record.status == "running" else None
    left, right = st.columns([4, 1], vertical_alignment="center")
    if progress:
        left.progress(min(1.0, progress.fraction), str(progress))
    else:
        left.progress(0.0, "starting")
    with right:
        stop_button(folder)
    if latest and not begun:
        # Shown here first: drawing the whole page anew, for the slower pace, takes a second.
        if st.session_state.get(BEGAN) == folder:
            st.rerun()
        st.session_state[BEGAN] = folder
    await_end(folder)
    _picture(record.pictures.get("content"), folder, latest)
    if progress and progress.lines:
        with st.expander("Losses"):
            curves({"": progress.lines})


def _picture(content: Path | None, folder: Path, latest: str | None) -> None:
    """The photograph, and over it the latest picture as far as the divider is."""
    file = own_file(folder, latest) if latest else None
    try:
        if content and is_file(content):
            if file:
                slider(content, file, "before", "after", f"slider {folder}")
            else:
                st.image(displayed(content), width="stretch")
            return
    except (UserError, OSError):
        pass
    if latest:
        picture(folder, latest)
