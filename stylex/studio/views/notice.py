"""Says in the browser that a run or a sweep that this page showed under way is over."""

import time
from pathlib import Path

import streamlit as st

from stylex.errors import on_one_line
from stylex.studio.views.components import component

AWAITED = "awaited"  # key of the session's state: the folder that was shown under way last

_notice = component("notice")


def await_end(folder: Path) -> None:
    """While it is under way: offers to be notified, where the browser has yet to be asked."""
    st.session_state[AWAITED] = folder
    _notice(data={"event": "", "text": ""}, key=f"await {folder}")


def announce(folder: Path, text: str) -> None:
    """Once it is over: says so, if this page showed it under way. text: what is over."""
    key = f"ended {folder}"
    if st.session_state.get(AWAITED) == folder:
        del st.session_state[AWAITED]
        st.session_state[key] = f"{folder} {time.time()}"
    if event := st.session_state.get(key):
        _notice(data={"event": event, "text": on_one_line(text)}, key=f"notice {folder}")
