"""One run: as it develops, and its result."""

import contextlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from stylex.errors import UserError, on_one_line
from stylex.film.reel import pictures_in
from stylex.runs.folder import CHECKPOINT, IMAGES
from stylex.runs.record import FIGURES, RECORD, RESULT, Record, read
from stylex.studio import watch
from stylex.studio.command import film
from stylex.studio.folders import own_file
from stylex.studio.notes import read_note
from stylex.studio.saved import as_jpeg
from stylex.studio.shelf import Entry
from stylex.studio.text import command, in_words, outcome, plain, title
from stylex.studio.views.common import (
    LOAD,
    download,
    error,
    offer,
    picture,
    processes,
    scroll_if_started,
    start,
)
from stylex.studio.views.components import slider
from stylex.studio.views.curves import curves
from stylex.studio.views.develop import develop
from stylex.studio.views.leaving import go
from stylex.studio.views.manage import (
    RUN,
    delete_button,
    name_of_run,
    star_button,
    title_box,
    undo_bar,
    was_deleted,
)
from stylex.studio.views.more import DEEP_RESULT
from stylex.studio.views.notice import announce
from stylex.studio.views.scrub import scrubber
from stylex.studio.views.vary import drafts_of, vary, vary_button

_SAVE = ":material/download:"


def show(folder: Path, *, alive: bool) -> None:
    """The run in `folder`: live while it is under way, its result afterwards.

    alive: whether it is, or was when the rest of the view was drawn.
    """
    undo_bar()
    with st.container():
        if alive:
            develop(folder)
        elif (folder / RECORD).is_file():
            _ended(folder, read(folder))
        elif processes().was_stopped(folder):
            st.info("Stopped before the first step.", icon=":material/pause_circle:")
        elif not was_deleted(folder):
            error(processes().error(folder) or f"there is no run in {folder}")
        scroll_if_started(folder)


def _ended(folder: Path, record: Record) -> None:
    entry = Entry(record, read_note(folder))
    announce_end(folder)
    _outcome(entry)
    if not record.done:
        _offer_to_resume(folder)
    if own_file(folder, RESULT):
        _before_and_after(record)
    figures([record])
    st.caption("  \n".join(map(plain, in_words(record.figures))))
    drafts = drafts_of(record) if record.settings else None
    with st.container(horizontal=True):
        _offer_files(entry)
        if record.settings and st.button("Use these settings", icon=":material/tune:"):
            st.session_state[LOAD] = record
            go("paint")
        if drafts:
            vary_button(drafts)
    if drafts:
        vary(record, drafts)
    scrubber(folder)
    title_box(entry)
    with st.container(horizontal=True):
        star_button(entry, RUN)
        delete_button(folder, RUN)
    st.caption("The same from a terminal")
    st.code(command(record), "bash", wrap_lines=True)
    progress = watch.progress(folder)
    if progress and progress.lines:
        with st.expander("Losses"):
            curves({"": progress.lines})
    with st.expander("All settings"):
        settings = record.settings.items()
        rows = [
            {"setting": on_one_line(key), "value": on_one_line(value)} for key, value in settings
        ]
        st.dataframe(rows, hide_index=True)
    st.caption("Its files are in")
    st.code(on_one_line(folder), None, wrap_lines=True)


def announce_end(folder: Path) -> None:
    """Says that the run in `folder` is over, if this page showed it under way."""
    record = read(folder)
    announce(folder, f"{name_of_run(record, read_note(folder))}: {record.status}")


def _outcome(entry: Entry) -> None:
    """The title and, where it is not done, the reason."""
    record, folder = entry.record, entry.record.folder
    named = plain(name_of_run(record, entry.note))
    st.subheader(named + ("" if record.done else ", so far"), anchor=False)
    failure = processes().error(folder)
    reason = outcome(record, failure, stopped=processes().was_stopped(folder))
    if reason and record.status in ("interrupted", "pruned") and not failure:
        st.info(plain(reason), icon=":material/pause_circle:")
    elif reason:
        error(reason)


def _offer_to_resume(folder: Path) -> None:
    label = "Continue" if (folder / CHECKPOINT).is_file() else "Start again"
    key = f"resume {folder}"
    clicked = st.button(label, icon=":material/play_arrow:", type="primary", key=key)
    if clicked and start([f"resume={folder}"], folder):
        st.rerun()


def _offer_files(entry: Entry) -> None:
    """Downloads of what there is: the picture as it is kept, as a JPEG, and the film."""
    record, folder = entry.record, entry.record.folder
    pictures = f"{record.value('content')}-{record.value('style')}"
    called = on_one_line(entry.note.title or pictures).replace("/", "_")
    download("PNG", folder, RESULT, f"{called}.png")
    download("16 bits", folder, DEEP_RESULT, f"{called}.16.png")
    if own_file(folder, RESULT):
        offer("JPEG", partial(_jpeg, folder), f"{called}.jpg", "image/jpeg", _SAVE)
    _offer_film(folder, f"{called}.webp")


def _jpeg(folder: Path) -> bytes:
    """Empty where there is no picture any more."""
    path = own_file(folder, RESULT)  # asked again: it is made when the button is clicked
    with contextlib.suppress(UserError, OSError):
        return as_jpeg(path) if path else b""
    return b""


def _offer_film(folder: Path, called: str) -> None:
    """A button that makes and downloads the run's film, where it has logged pictures of its own."""
    logged = [own_file(folder, f"{IMAGES}/{path.name}") for path in pictures_in(folder / IMAGES)]
    if logged and all(logged):
        offer("Film", partial(film, folder), called, "image/webp", ":material/movie:")


def _before_and_after(record: Record) -> None:
    """The photograph and the result, or the result alone where the photograph is missing."""
    content, result = record.pictures.get("content"), own_file(record.folder, RESULT)
    try:
        if content is not None and content.is_file() and result:
            slider(content, result, "before", "after", f"slider {record.folder}")
            return
    except (UserError, OSError):
        pass
    picture(record.folder, RESULT, title(record))


def figures(records: Sequence[Record], names: Sequence[str] = ("",)) -> None:
    """The metrics of the runs, side by side, each below its name."""
    for column, record, name in zip(st.columns(len(records)), records, names, strict=True):
        if name:
            column.markdown(f"**{name}**")
        with column.container(horizontal=True):
            for key in FIGURES:
                value, form = record.figures.get(key), "{:.0f}" if key == "seconds" else "{:.3f}"
                st.metric(key.replace("_", " "), "–" if value is None else form.format(value))
