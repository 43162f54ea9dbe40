"""Which of these two? Asked of the runs of a folder, in which the answers are kept."""

import base64
import os
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from stylex.choices.answers import FILE, Answer, answered, append, withdraw
from stylex.errors import UserError, on_one_line
from stylex.report.axes import place
from stylex.report.chosen import Choices, choices_among, name_of, question
from stylex.report.figures import CHOICES
from stylex.report.ranking import rank
from stylex.runs.record import RESULT, THUMBNAIL, Record
from stylex.runs.sweep_record import collect
from stylex.studio.folders import own_file
from stylex.studio.pictures import thumbnail
from stylex.studio.text import plain
from stylex.studio.views.common import error, picture
from stylex.studio.views.components import keys_where_seen

SHOWN = 20  # runs of the order so far
SIDE = 120  # px, of their pictures


def choose(folder: Path) -> None:
    """Two pictures of the runs in and below `folder`, which one of them, and the order so far.

    Runs are compared with those of the same content and style. Nothing is said of the two, so that
    only the pictures count.
    """
    runs = _runs(folder)
    choices, notes = choices_among(runs, folder)
    for note in notes:
        st.caption(plain(note))
    shown = [run for run in runs if run.done and own_file(run.folder, RESULT)]
    pair = question(shown, choices)
    if pair:
        names = [name_of(run.folder, choices.root) for run in pair]

        def button(label: str, side: str, key: str) -> None:
            st.button(
                label,
                key=f"choose {side}",
                width="stretch",
                shortcut=key,
                on_click=_answer,
                args=(folder, *names, side),
            )

        with st.container(key="question"):
            for column, run, side in zip(st.columns(2), pair, ("left", "right"), strict=True):
                with column:
                    picture(run.folder, RESULT, f"the {side} one")
                    button("This one", side, side.capitalize())  # the arrow key of that name
        button("Equally good", "tie", "e")
        keys_where_seen("question", ("ArrowLeft", "ArrowRight", "e"))
    elif len(shown) < 2:
        st.info("There is nothing to choose from before two runs have pictures.")
    else:
        st.success("Every two of these runs were compared.")
    _bar(folder, len(choices.answers))
    if choices.answers:
        _order(shown, choices)


@st.cache_resource(ttl=10, max_entries=4, show_spinner=False)
def _runs(folder: Path) -> list[Record]:
    # A second for thousands, and asked for after each answer.
    return collect([folder]) if folder.is_dir() else []


def _answer(folder: Path, left: str, right: str, side: str) -> None:
    """Keeps an answer; of one that cannot be kept the page says why."""
    answer = answered(left, right, side)
    try:
        if os.path.lexists(folder / FILE) and not own_file(folder, FILE):
            raise UserError(f"{folder / FILE} is no file of that folder")
        append(folder, answer)
        _given(folder).append(answer)
    except (UserError, OSError) as wrong:
        st.session_state["not kept"] = str(wrong)


def _given(folder: Path) -> list[Answer]:
    """From this page, the latest last."""
    given: list[Answer] = st.session_state.setdefault(f"given {folder}", [])
    return given


def _undo(folder: Path) -> None:
    try:
        if given := _given(folder):  # not pressed twice before the page was drawn
            withdraw(folder, given.pop())
    except (UserError, OSError) as wrong:
        st.session_state["not kept"] = str(wrong)


def _bar(folder: Path, count: int) -> None:
    """How many answers there are, and a button that takes the last one back."""
    if wrong := st.session_state.pop("not kept", ""):
        error(wrong)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{count} answer{'s' * (count != 1)}, kept in {FILE}")
        st.button(
            "Undo",
            icon=":material/undo:",
            key="choose undo",
            disabled=not _given(folder),
            on_click=_undo,
            args=(folder,),
        )


def _order(runs: Sequence[Record], choices: Choices) -> None:
    """The runs by what was chosen, best first."""
    ranking = rank(runs, CHOICES, choices=choices)
    rows = []
    known = [run for run in ranking.order if choices.standings[run.folder].answers]
    for run in known[:SHOWN]:
        values = zip(ranking.axes, place(run, ranking.axes), strict=True)
        rows.append(
            {
                "": _address(run),
                "rank": ranking.ranks.get(run.folder),
                CHOICES: ranking.text(run, CHOICES),
                "answers": choices.standings[run.folder].answers,
                **{on_one_line(axis.key): on_one_line(value) for axis, value in values},
            }
        )
    st.markdown("**The order so far**")
    st.caption(
        "Strengths in log-odds ± standard error: where two differ by 1, one is chosen 73 % of the "
        "time, for each content and style by itself."
    )
    st.dataframe(rows, hide_index=True, column_config={"": st.column_config.ImageColumn()})


def _address(run: Record) -> str | None:
    """Its thumbnail as a data URI."""
    small = own_file(run.folder, THUMBNAIL) or own_file(run.folder, RESULT)
    try:
        data = thumbnail(small, SIDE) if small else b""
    except (UserError, OSError):
        return None
    return "data:image/jpeg;base64," + base64.b64encode(data).decode() if data else None
