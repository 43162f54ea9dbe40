"""What several views share: the folder, its processes, messages, pictures and buttons."""

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from stylex.errors import UserError
from stylex.studio.command import Planner, Processes
from stylex.studio.folders import Outputs, own_file
from stylex.studio.pictures import displayed
from stylex.studio.spare import Spare
from stylex.studio.text import plain
from stylex.studio.views.components import scroll_here
from stylex.studio.views.leaving import go

EVERY = 1.0  # seconds between two looks at a run
LOAD = "load"  # key of the session's state: the record whose settings the form is to take


@st.cache_resource
def outputs() -> Outputs:
    """Where the page works: ./outputs of the folder that it was started in."""
    return Outputs(Path("outputs"))


@st.cache_resource
def processes() -> Processes:
    """Shared by all who have the page open."""
    return Processes(outputs(), Spare())


@st.cache_resource
def _plans() -> dict[tuple[str, ...], tuple[float, str | UserError]]:
    """Shared likewise."""
    return {}


def _planner() -> Planner:
    """This page's own."""
    planner: Planner = st.session_state.setdefault("planner", Planner(_plans()))
    return planner


def plan(overrides: Sequence[str]) -> None:
    """Shows what the overrides would run: sizes, memory, time. Does not wait for it."""
    if said := planned(overrides):
        st.caption(plain(said))


def planned(overrides: Sequence[str]) -> str | None:
    """What the overrides would run, on one line; empty, and a word shown, while it is not known.

    None, and a warning shown, where they cannot run.
    """
    try:
        if said := _planner().ask(overrides):
            return said
        _planning(overrides)
    except UserError as wrong:
        st.warning(plain(wrong), icon=":material/warning:")
        return None
    return ""


@st.fragment(run_every=EVERY / 2)
def _planning(overrides: Sequence[str]) -> None:
    with contextlib.suppress(UserError):
        if not _planner().ask(overrides):
            st.caption("planning …")
            return
    st.rerun()


def error(message: object) -> None:
    """Shows what is wrong, as plain text."""
    st.error(plain(message), icon=":material/error:")


def start(overrides: Sequence[str], folder: Path) -> bool:
    """Starts the command line to work in `folder`, whose view is then scrolled to.

    Shows a message where it cannot be started.
    """
    _planner().cancel()
    try:
        processes().start(overrides, folder)
    except UserError as refused:
        error(refused)
        return False
    st.session_state["started"] = folder, time.time()
    return True


def scroll_if_started(folder: Path) -> None:
    """Scrolls here if the run or sweep in `folder` was just started from this page."""
    started, event = st.session_state.get("started", (None, 0.0))
    if started == folder:
        scroll_here(event)


def stop_button(folder: Path) -> None:
    """Stops the process that works in the folder."""
    if st.button("Stop", icon=":material/stop:", width="stretch", key=f"stop {folder}"):
        try:
            processes().stop(folder)
        except UserError as error:
            st.toast(f"Not stopped: {error}.")
        else:
            st.toast("It stops after the current step. What is finished by then is kept.")


def picture(folder: Path, name: str, alt: str = "") -> None:
    """A picture of a run or a sweep, as wide as its place; a word where there is none to show.

    alt: what it shows, in words.
    """
    try:
        if path := own_file(folder, name):
            st.image(displayed(path), width="stretch", alt=alt)
            return
    except (UserError, OSError):
        pass
    st.caption("The picture is missing or damaged.")


def download(label: str, folder: Path, name: str, called: str) -> None:
    """A button that downloads the folder's own file of that name as `called`, if there is one."""

    def read() -> bytes:
        path = own_file(folder, name)  # asked again: it is read when the button is clicked
        return path.read_bytes() if path else b""

    if own_file(folder, name):
        offer(label, read, called, "image/png", ":material/download:")


def offer(label: str, read: Callable[[], bytes], called: str, kind: str, icon: str) -> None:
    """A button that downloads what `read` gives once it is clicked, as `called`."""
    # Drawing the page anew meanwhile would drop the file before it is fetched.
    st.download_button(label, read, called, kind, icon=icon, on_click="ignore")


def open_run(name: str) -> None:
    """Goes to the view of the run that links name so."""
    go("run", run=name)
