"""The queue on the page: a run is added to it while another one is under way."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from stylex.errors import UserError
from stylex.studio.queue import Queue, Waiting
from stylex.studio.text import plain
from stylex.studio.views.common import error, processes


@st.cache_resource
def queue() -> Queue:
    """Shared by all who have the page open."""
    return Queue(processes())


def enqueue(overrides: Sequence[str], folder: Path, name: str) -> bool:
    """Adds a run to the queue. Shows a message where that is full."""
    try:
        queue().add(Waiting(folder, tuple(overrides), name))
    except UserError as full:
        error(full)
        return False
    return True


def queue_list(waiting: tuple[Waiting, ...]) -> None:
    """Draws what waited when the page was begun, if anything, each with a button to remove it."""
    for name, message in queue().refused:
        error(f"{name}: {message}")
    if queue().refused:
        st.button("Dismiss", on_click=queue().forget)
    if waiting:
        _waiting(waiting)


def _waiting(waiting: tuple[Waiting, ...]) -> None:
    with st.container(border=True, key="queue"):
        st.caption("Waiting, first the upper one; as long as the page's server runs")
        for one in waiting:
            with st.container(horizontal=True, vertical_alignment="center"):
                own = ("output=", "hydra.run.dir=")  # names of the run's folder
                settings = " ".join(w for w in one.overrides[2:] if not w.startswith(own))
                st.markdown(f"**{plain(one.name)}** {plain(settings)}", width="stretch")
                st.button(
                    "Remove",
                    type="tertiary",
                    key=f"remove {one.folder}",
                    on_click=queue().remove,
                    args=(one.folder,),
                )
