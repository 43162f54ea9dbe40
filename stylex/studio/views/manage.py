"""A run's title and star, and its deletion, which can be undone."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from stylex.errors import UserError
from stylex.runs.record import Record, read
from stylex.studio import trash
from stylex.studio.notes import LONGEST, Note, one_line, read_note, write_note
from stylex.studio.shelf import Entry, Shelf
from stylex.studio.text import plain, title
from stylex.studio.views.common import error, outputs, processes

DELETED = "deleted"  # key of the session's state: where the run is that was deleted last
REFUSED = "refused"  # key likewise: why something could not be done
MOST_SHOWN = 20  # of the trash
RUN = "run"  # where buttons are: in a run's view


@st.cache_resource
def shelf() -> Shelf:
    """Shared by all who have the page open; filled before the first of them looks at it."""
    found = Shelf(outputs())
    threading.Thread(target=found.entries, daemon=True).start()
    return found


def name_of_run(record: Record, note: Note) -> str:
    """Its title; without one what was painted in which manner."""
    return note.title or title(record)


def star_button(entry: Entry, where: str) -> None:
    """Stars a run, or no longer. where: of several such buttons on a page."""
    starred = entry.note.starred
    st.button(
        "Starred" if starred else "Star",
        icon=":material/star:" if starred else ":material/star_border:",
        type="secondary" if where == RUN else "tertiary",
        key=f"star {where} {entry.record.folder}",
        on_click=_noting,
        args=(entry.record.folder, lambda note: replace(note, starred=not starred)),
    )


def title_box(entry: Entry) -> None:
    """Gives a run a title, or takes it away; its folder keeps its name."""
    folder = entry.record.folder
    key = f"title {folder}"

    def typed() -> None:
        text = one_line(st.session_state[key])
        _noting(folder, lambda note: replace(note, title=text))

    st.text_input(
        "Title",
        entry.note.title,
        max_chars=LONGEST,
        placeholder=title(entry.record),
        key=key,
        help="Kept in note.json in the run's folder, which keeps its own name",
        on_change=typed,
    )


def delete_button(folder: Path, where: str, then: Callable[[], None] | None = None) -> None:
    """Moves a run's folder to the trash. then: what else is to be done."""

    def delete() -> None:
        try:
            if processes().alive(folder):
                raise UserError(f"{folder} is in use: stop the run first")
            st.session_state[DELETED] = trash.delete(outputs(), folder)
            if then:
                then()
        except UserError as wrong:
            st.session_state[REFUSED] = str(wrong)
        except OSError as failed:
            st.session_state[REFUSED] = f"{folder} cannot be moved: {failed.strerror}"

    st.button(
        "Delete",
        icon=":material/delete:",
        type="secondary" if where == RUN else "tertiary",
        key=f"delete {where} {folder}",
        help=f"To {trash.place(outputs())}, from where Undo brings it back",
        on_click=delete,
    )


def undo_bar() -> None:
    """What was deleted last from this page, where it is, and a button that brings it back."""
    if wrong := st.session_state.pop(REFUSED, ""):
        error(wrong)
    deleted: Path | None = st.session_state.get(DELETED)
    if deleted is None or not deleted.is_dir():
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="undo"):
        st.markdown(f"Deleted. It is in {plain(deleted)}", width="stretch")
        st.button(
            "Undo",
            icon=":material/undo:",
            type="primary",
            on_click=_restore,
            args=(deleted,),
        )


def was_deleted(folder: Path) -> bool:
    """Whether this run is what Undo would bring back."""
    deleted: Path | None = st.session_state.get(DELETED)
    return deleted is not None and trash.origin(outputs(), deleted) == folder


def trash_list() -> None:
    """What is in the trash, each with a button that brings it back."""
    deleted = trash.deleted(outputs())
    if not deleted:
        return
    with st.expander(f"Deleted ({len(deleted)})"):
        place = plain(trash.place(outputs()))
        st.caption(f"They are in {place}, which you may empty as any folder.")
        for folder in deleted[:MOST_SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center"):
                name = name_of_run(read(folder), read_note(folder))
                st.markdown(f"{plain(name)} ({plain(folder.name)})", width="stretch")
                st.button("Restore", key=f"restore {folder}", on_click=_restore, args=(folder,))


def _noting(folder: Path, change: Callable[[Note], Note]) -> None:
    try:
        write_note(folder, change(read_note(folder)))
    except UserError as wrong:
        st.session_state[REFUSED] = str(wrong)
    except OSError as failed:
        st.session_state[REFUSED] = f"the note cannot be saved: {failed.strerror}"


def _restore(folder: Path) -> None:
    try:
        trash.restore(outputs(), folder)
        if st.session_state.get(DELETED) == folder:
            del st.session_state[DELETED]
    except UserError as wrong:
        st.session_state[REFUSED] = str(wrong)
    except OSError as failed:
        st.session_state[REFUSED] = f"{folder} cannot be moved back: {failed.strerror}"
