"""From one view to another, once nothing of the first one is under way.

A part of a view that is drawn anew every second asks the server for it. If the server changes views
before it comes to that request, Streamlit goes back to the first view for it, and shows neither. So
the view is taken away first, with all such parts, and the change is made when the browser says so.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from stylex.studio.views.components import component

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

GOING = "going"  # key of the session's state

_leave = component("leave", isolate_styles=False)


@dataclass
class Going:
    """Where to, with what in the address. event: tells it from others. origin: from which view."""

    view: str
    query: Mapping[str, str]
    event: float
    origin: str | None = None


def go(view: str, **query: str) -> None:
    """Leaves for the view of that name."""
    st.session_state[GOING] = Going(view, query, time.time())
    st.rerun()


def leaving(views: Mapping[str, "Page"], now: "Page") -> bool:
    """Whether the view `now` is being left, and is not to be drawn."""
    going: Going | None = st.session_state.get(GOING)
    if going is None:
        return False
    going.origin = going.origin or now.title
    if going.origin != now.title:  # left by a link meanwhile
        del st.session_state[GOING]
        return False
    key = f"leave {going.event}"
    if _leave(data={"event": going.event}, key=key, on_gone_change=_nothing, height=0).gone:
        del st.session_state[GOING]
        st.switch_page(views[going.view], query_params=dict(going.query))
    return True


def _nothing() -> None:
    """Without a callback the component has no such trigger."""
