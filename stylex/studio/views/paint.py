"""Two pictures, some settings, start; and beside them the picture as it develops."""

from pathlib import Path

import streamlit as st

from stylex.config import pictures
from stylex.errors import UserError
from stylex.runs.record import Record, read, to_command
from stylex.studio.text import plain, title
from stylex.studio.views import more
from stylex.studio.views.common import (
    EVERY,
    LOAD,
    error,
    outputs,
    plan,
    processes,
    start,
    stop_button,
)
from stylex.studio.views.form import form, load
from stylex.studio.views.pick import choose_file, pick
from stylex.studio.views.show import show

WATCHED = "tracking.images_every=10"  # often enough to watch the picture develop


def page() -> None:
    """The form left, the run right; one below the other on a phone."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        try:
            _form()
        except UserError as wrong:
            error(wrong)
    with right:
        running = processes().running()
        shown = st.session_state.setdefault("painting", next(iter(running), None))
        if others := [folder for folder in running if folder != shown]:
            _others(others, shown)
        if shown:
            show(shown)
        else:
            _welcome()


def _form() -> None:
    """Raises UserError where nothing can be composed."""
    if LOAD in st.session_state:
        _load(st.session_state.pop(LOAD))
    content, style = pick("content", "Your picture"), pick("style", "The style")
    with st.expander("Second style, mask"):
        styles, masked = more.second(style), more.mask()
    st.divider()
    chosen = form()
    for note in st.session_state.get("not loaded", []):
        st.warning(note, icon=":material/info:")
    running = bool(processes().running())
    clicked = st.button(
        "Paint",
        type="primary",
        icon=":material/brush:",
        width="stretch",
        disabled=chosen is None or running,
    )
    if chosen is None:
        return
    overrides = [f"content={content}", *styles, *masked, *chosen, WATCHED]
    if clicked:
        name = pictures.value_name("style", styles[0].partition("=")[2])
        folder = outputs().new_run(_name(content), name)
        if start([*overrides, f"hydra.run.dir={folder}"], folder):
            st.session_state["painting"] = folder
            st.rerun()
    if running:
        st.caption("A run is under way: stop it, or wait for its end.")
    else:
        plan(overrides)
    st.caption("The same from a terminal")
    st.code(to_command(overrides), "bash", wrap_lines=True)


def _load(folder: Path) -> None:
    """Sets the form to what the run was made with. Raises UserError."""
    record = read(folder)
    st.session_state["painting"] = folder
    notes = st.session_state["not loaded"] = []
    for group in pictures.GROUPS:
        files = record.files(group)
        if not (files and choose_file(group, files[0])):
            notes.append(f"The {group} picture of that run is missing.")
    taken = more.load(record)
    if len(record.files("style")) > 1 and "style" not in taken:
        notes.append(f"{plain(title(record))} mixes its styles as this form cannot.")
    missing = [word for word in load(record) if word.partition("=")[0] not in taken]
    if missing:
        notes.append(_without_control(record, missing))


def _without_control(record: Record, missing: list[str]) -> str:
    """What to do about settings of the run that the form has no control for, as Markdown."""
    said = ", ".join(map(plain, missing))
    note = f"{plain(title(record))} was made with {said}. This form has no control for that"
    if any("_target_=" in setting for setting in missing):
        return (
            f"{note}, and imports no class because a run's record names it: if you trust the "
            "class, name it yourself on the command line, where it can be imported."
        )
    return f"{note}: use the command line."


def _name(choice: str) -> str:
    return pictures.option_name(Path(choice)) if pictures.looks_like_path(choice) else choice


@st.fragment(run_every=2 * EVERY)
def _others(folders: list[Path], shown: Path | None) -> None:
    """Runs that are under way besides the one shown: from a terminal, or from another page."""
    if [folder for folder in processes().running() if folder != shown] != folders:
        st.rerun()
    for folder in folders:
        left, right = st.columns([2, 1], vertical_alignment="center")
        left.markdown(f"Also under way: {plain(title(read(folder)))}")
        with right.container(horizontal=True):
            if st.button("Show", width="stretch", key=f"show {folder}"):
                st.session_state["painting"] = folder
                st.rerun()
            stop_button(folder)


def _welcome() -> None:
    st.markdown(
        "#### Choose two pictures and press Paint\n\n"
        "The result keeps the shapes of your picture and takes on the style of the other. "
        "512 px take a minute or two; the preset `fast` makes a draft in seconds. "
        "You can watch, stop and continue; closing this page stops nothing."
    )
