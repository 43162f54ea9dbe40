"""All runs of outputs/ as thumbnails, with filters."""

import math
from collections.abc import Callable, Sequence

import streamlit as st

from stylex.errors import UserError, on_one_line
from stylex.runs.console import duration
from stylex.runs.record import RESULT, THUMBNAIL, Record
from stylex.studio.folders import own_file
from stylex.studio.pictures import thumbnail
from stylex.studio.shelf import Entry
from stylex.studio.text import plain, title
from stylex.studio.views.common import open_run, outputs
from stylex.studio.views.leaving import go
from stylex.studio.views.manage import (
    delete_button,
    name_of_run,
    shelf,
    star_button,
    trash_list,
    undo_bar,
)

PER_PAGE = 24
TILE = "tile"  # where buttons are
# {label: the metric to sort by, lowest first}.
ORDERS = {
    "newest": "",
    "closest to the style": "style_error",
    "closest to the photograph": "content_error",
    "least style distance": "style_distance",
    "least structure error": "structure_error",
    "fastest": "seconds",
}
FORMS = {
    "style_error": "style {:.3f}",
    "content_error": "content {:.3f}",
    "style_distance": "distance {:.3f}",
    "structure_error": "structure {:.3f}",
}


def page() -> None:
    """Filters above, thumbnails below; each opens its run or is marked to be compared."""
    undo_bar()
    entries = shelf().entries()
    if not entries:
        st.info("There are no runs yet: paint one.")
        trash_list()
        return
    found = filtered(entries)
    chosen = ordered(found, ORDERS.get(st.session_state.get("order") or "newest", ""))
    pages = max(1, math.ceil(len(chosen) / PER_PAGE))
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.caption(f"{len(chosen)} of {len(entries)} runs")
    number = 1
    if pages > 1:
        st.session_state["page"] = min(st.session_state.get("page", 1), pages)
        number = int(
            right.number_input(f"Page, of {pages}", 1, pages, key="page", persist_state="session")
        )
    with st.container(key="tiles"):
        for entry in chosen[(number - 1) * PER_PAGE : number * PER_PAGE]:
            with st.container(border=True):
                _tile(entry)
    trash_list()


def filtered(entries: Sequence[Entry]) -> list[Entry]:
    """The runs that pass the filters, which it draws."""
    columns = st.columns([2, 2, 2, 2, 3])
    left = [*entries]
    filters: dict[str, Callable[[Entry], str]] = {
        "Picture": lambda entry: entry.record.value("content"),
        "Style": lambda entry: entry.record.value("style"),
        "Status": lambda entry: entry.record.status,
        "From": lambda entry: entry.origin,
    }
    for column, (label, of) in zip(columns, filters.items(), strict=False):
        shown = {value: on_one_line(value) for value in {of(entry) for entry in entries}}
        options = sorted({*shown.values()})
        picked = column.multiselect(label, options, key=f"filter {label}", persist_state="session")
        if picked:
            left = [entry for entry in left if shown[of(entry)] in picked]
    words = columns[4].text_input(
        "Words of the title or the command",
        placeholder="style_weight=10 lbfgs",
        key="filter words",
        persist_state="session",
    )
    left = [entry for entry in left if has_words(entry, words)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Order",
            [*ORDERS],
            default="newest",
            key="order",
            label_visibility="collapsed",
            persist_state="session",
        )
        if st.toggle("Only starred", key="filter starred", persist_state="session"):
            left = [entry for entry in left if entry.note.starred]
    return left


def has_words(entry: Entry, words: str) -> bool:
    """Whether each of the words is in the run's command, or, in whatever case, in its title."""
    command, titled = entry.record.command, entry.note.title.casefold()
    return all(word in command or word.casefold() in titled for word in words.split())


def ordered(entries: Sequence[Entry], figure: str) -> list[Entry]:
    """By a metric, lowest first and runs without it last; unchanged where `figure` is empty."""
    if not figure:
        return [*entries]
    return sorted(entries, key=lambda entry: entry.record.figures.get(figure, math.inf))


def _tile(entry: Entry) -> None:
    record = entry.record
    small = own_file(record.folder, THUMBNAIL) or own_file(record.folder, RESULT)
    try:
        if small is None:
            st.caption(f"no picture: {plain(record.reason or record.status)}")
        else:
            st.image(thumbnail(small, 320), width="stretch", alt=title(record))
    except (UserError, OSError):
        st.caption("the picture is damaged")
    st.markdown(f"**{plain(name_of_run(record, entry.note))}**")
    st.caption(plain(_summary(record)))
    name = outputs().name(record.folder)
    with st.container(horizontal=True):
        if st.button("Open", key=f"open {name}", icon=":material/open_in_full:"):
            open_run(name)
        marked: list[str] = st.session_state.setdefault("compared", [])
        label = "Compare" if name not in marked else "Chosen"
        if st.button(
            label,
            key=f"compare {name}",
            icon=":material/compare:",
            type="primary" if name in marked else "secondary",
        ):
            _mark(name, marked)
        star_button(entry, TILE)
        delete_button(record.folder, TILE)


def _mark(name: str, marked: list[str]) -> None:
    """Marks a run to be compared, or no longer; the second one leads to the comparison."""
    if name in marked:
        marked.remove(name)
        st.rerun()
    marked.append(name)
    del marked[:-2]
    if len(marked) == 2:
        go("compare", a=marked[0], b=marked[1])
    st.toast("Choose another one to compare it with.")
    st.rerun()


def _summary(record: Record) -> str:
    """When it began, the changed settings and the metrics, in one line."""
    changed = [
        override
        for override in record.overrides
        if override.partition("=")[0] not in ("content", "style", "tracking.images_every")
    ]
    metrics = [
        form.format(record.figures[key]) for key, form in FORMS.items() if key in record.figures
    ]
    if "seconds" in record.figures:
        metrics.append(duration(record.figures["seconds"]))
    state = [] if record.done else [record.status]
    when = [record.started[:16].replace("T", " ")] if record.started else []
    return " · ".join([*when, *state, *metrics, *changed]) or record.folder.name
