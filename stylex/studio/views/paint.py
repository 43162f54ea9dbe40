"""Two pictures, some settings, start; and beside them the picture as it develops."""

import contextlib
import math
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stylex.config import pictures
from stylex.errors import UserError
from stylex.images.decode import size_of
from stylex.paths import is_file
from stylex.runs.origin import to_command
from stylex.runs.record import RECORD, Record, read
from stylex.studio.queue import Waiting
from stylex.studio.text import estimate, plain, title
from stylex.studio.views import more
from stylex.studio.views.common import (
    EVERY,
    LOAD,
    error,
    outputs,
    planned,
    processes,
    start,
    stop_button,
)
from stylex.studio.views.components import pair, paste_into
from stylex.studio.views.form import compose_presets, form, load
from stylex.studio.views.pick import called, choose, file_of, name_of, pick, place_of
from stylex.studio.views.queued import enqueue, queue, queue_list
from stylex.studio.views.show import announce_end, show
from stylex.studio.views.tools import brush, crop

# Keys of the session's state: the run that is shown, whether the queue's next one takes its place,
# and the one that it took the place of.
SHOWN, FOLLOWED, BEFORE = "painting", "followed", "before"
WATCHED = "tracking.images_every=5"  # often enough to watch the picture develop


def page() -> None:
    """The form left, the picture right; on a phone the picture above the form.

    Reads `?run=`, the run that was shown last, so that a reload keeps it and its settings.
    """
    if SHOWN not in st.session_state and (name := st.query_params.get("run")):
        with contextlib.suppress(UserError):  # it never began, or was deleted
            st.session_state[LOAD] = read(outputs().find(name))
    # Asked once, so that both halves show the same moment, and in this order: a run that begins
    # meanwhile is in both.
    waiting, running = queue().waiting, processes().running()
    with st.container(key="halves"):
        left, right = st.columns([5, 6], gap="large")
    chosen: list[tuple[str, Path]] = []
    with left:
        try:
            chosen = _form(bool(running or waiting))
        except UserError as wrong:
            error(wrong)
    with right.container(key="beside"):  # in view beside the whole form
        shown = _shown(running, chosen)
        queue_list(waiting)
        _others([folder for folder in running if folder != shown])
        if not shown:
            _pair(chosen)
        else:
            show(shown, alive=shown in running or processes().alive(shown))
    if waiting or running or not shown:  # or a file offered there might be lost on its way
        _watch(waiting, running)


def _shown(running: Sequence[Path], chosen: list[tuple[str, Path]]) -> Path | None:
    """The run to show beside the form: when it is over, the next one of the queue.

    One that never began gives way once other pictures are chosen.
    """
    state = st.session_state
    if SHOWN not in state:
        state[SHOWN], state[FOLLOWED] = next(iter(running), None), bool(running)
    shown: Path | None = state[SHOWN]
    begun = queue().begun
    if begun and begun in running and shown not in running and state[FOLLOWED]:
        state[BEFORE] = shown
        _show(begun, followed=True)
    elif shown and shown not in running and not (shown / RECORD).is_file():
        then = state.setdefault(f"chosen for {shown}", chosen)
        state[SHOWN] = shown if chosen == then else None
    if before := state.get(BEFORE):
        announce_end(before)
    return state[SHOWN]  # type: ignore[no-any-return]


def _show(folder: Path, *, followed: bool) -> None:
    """Shows this run from now on. followed: whether the next one of the queue takes its place."""
    st.session_state[SHOWN], st.session_state[FOLLOWED] = folder, followed
    st.query_params["run"] = outputs().name(folder)


@st.fragment(run_every=2 * EVERY)
def _watch(waiting: tuple[Waiting, ...], running: Sequence[Path]) -> None:
    """Draws the page anew when another page, a terminal or the queue begins or ends a run."""
    if (queue().waiting, processes().running()) != (waiting, running):
        st.rerun()


def _form(busy: bool) -> list[tuple[str, Path]]:
    """The names and files of the pictures chosen. Raises UserError where nothing composes.

    busy: whether what is painted next has to wait.
    """
    if LOAD in st.session_state:
        _load(st.session_state.pop(LOAD))
    (content,) = pick("content", "Your picture")
    photograph = file_of("content", content)
    if photograph == Path(content):  # of one's own
        crop("content", content, photograph)
    styles = pick("style", "The style")
    paste_into([place_of(group) for group in pictures.GROUPS])
    mixed = more.mixture(styles)
    settings = form(_longest(photograph))
    with st.expander("Where to paint", key="where"):
        masked = more.mask(content)
        brush(content, photograph)
    more.deep_toggle()
    for note in st.session_state.get("not loaded", []):
        st.warning(note, icon=":material/info:")
    overrides = None
    if settings is not None:
        overrides = [f"content={content}", *mixed, *masked, *settings, WATCHED]
        st.caption("The same from a terminal")
        st.code(to_command(overrides), "bash", wrap_lines=True)
    details = st.container()
    with st.container(key="start"):
        _start(overrides, _name(content), mixed[0].partition("=")[2], details, busy)
    files = [("content", content), *(("style", style) for style in styles)]
    return [(called(name), file_of(group, name)) for group, name in files]


def _longest(picture: Path) -> float:
    """px of its long side; infinite where it cannot be read, which is said elsewhere."""
    with contextlib.suppress(UserError, OSError):
        return max(size_of(picture))
    return math.inf


def _start(
    overrides: list[str] | None, content: str, style: str, details: DeltaGenerator, busy: bool
) -> None:
    """The button that starts a run, and how long it would take; None: there are mistakes.

    details: where sizes and memory are shown.
    """
    place = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        first, beside = st.container(), st.container(width="content")
    said: str | None = None
    if overrides is not None:
        with beside:
            said = "" if busy else planned(overrides)
            st.markdown(plain(estimate(said or "")))
    with first:
        clicked = st.button(
            "Paint next" if busy else "Paint",
            type="primary",
            icon=":material/brush:",
            width="stretch",
            disabled=said is None,
            key="paint",  # the same button, whatever it says
        )
    with place:
        if overrides is None:
            st.caption("Something above is not right yet.")
        elif clicked:
            folder = outputs().new_run(content, pictures.value_name("style", style))
            overrides = [*overrides, *more.deep(folder), f"hydra.run.dir={folder}"]
            if busy and enqueue(overrides, folder, f"{content} in the manner of {style}"):
                st.session_state[FOLLOWED] = True
                st.rerun()
            elif not busy and start(overrides, folder):
                _show(folder, followed=True)
                st.rerun()
    if busy:
        place.caption("A run is under way: what you paint next waits for its end.")
    elif said:  # by now the machine has time
        details.caption(plain(said))
        processes().prepare()
        compose_presets()


def _load(record: Record) -> None:
    """Sets the form to what the run was made with. Raises UserError."""
    _show(record.folder, followed=processes().alive(record.folder))
    notes = st.session_state["not loaded"] = []
    for group in pictures.GROUPS:
        files = record.files(group)
        if files and all(map(is_file, files)):
            choose(group, [name_of(group, file) for file in files])
        else:
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


def _others(folders: Sequence[Path]) -> None:
    """Runs that are under way besides the one shown: from a terminal, or from another page."""
    for folder in folders:
        left, right = st.columns([2, 1], vertical_alignment="center")
        record = read(folder)
        what = title(record) if record.settings else "a run that begins"
        left.markdown(f"Also under way: {plain(what)}")
        with right.container(horizontal=True):
            if st.button("Show", width="stretch", key=f"show {folder}"):
                _show(folder, followed=False)
                st.rerun()
            stop_button(folder)


def _pair(chosen: Sequence[tuple[str, Path]]) -> None:
    """What is to be painted, and in which manner, before anything runs."""
    with contextlib.suppress(UserError, OSError):
        pair(chosen, "pair")
    st.markdown(
        "The result keeps the shapes of your picture and takes on the style of the other. "
        "You can watch, stop and continue; closing this page stops nothing."
    )
