"""All runs of outputs/ as thumbnails, with filters."""

import math
from collections.abc import Callable, Sequence

import streamlit as st

from stylex.errors import UserError
from stylex.runs.console import duration
from stylex.runs.record import Record
from stylex.studio.folders import title
from stylex.studio.show import outputs
from stylex.studio.wipe import thumbnail

IN_A_ROW, ROWS = 4, 6
# {label: the figure to sort by, least first}.
ORDERS = {
    "newest": "",
    "nearest the style": "style_error",
    "nearest the photograph": "content_error",
    "quickest": "seconds",
}
FORMS = {"style_error": "style {:.3f}", "content_error": "content {:.3f}"}


def page() -> None:
    """Filters above, thumbnails below; each opens its run or is put aside to be compared."""
    runs = outputs().runs()
    if not runs:
        st.info("There are no runs yet: paint one.")
        return
    chosen = ordered(filtered(runs), ORDERS.get(st.session_state.get("order") or "newest", ""))
    per_page = IN_A_ROW * ROWS
    pages = max(1, math.ceil(len(chosen) / per_page))
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.caption(f"{len(chosen)} of {len(runs)} runs")
    number = 1
    if pages > 1:
        number = int(right.number_input(f"Page, of {pages}", 1, pages, 1))
    shown = chosen[(number - 1) * per_page : number * per_page]
    for row in range(0, len(shown), IN_A_ROW):
        for column, record in zip(st.columns(IN_A_ROW), shown[row : row + IN_A_ROW], strict=False):
            with column.container(border=True):
                _tile(record)


def filtered(runs: Sequence[Record]) -> list[Record]:
    """Those that the filters let through."""
    columns = st.columns([2, 2, 2, 2, 3])
    wanted: list[Callable[[Record], bool]] = []
    for column, label, of in (
        (columns[0], "Picture", lambda record: record.value("content")),
        (columns[1], "Style", lambda record: record.value("style")),
        (columns[2], "Status", lambda record: record.status),
        (columns[3], "From", origin),
    ):
        there = sorted({of(record) for record in runs})
        picked = column.multiselect(label, there, key=f"filter {label}", persist_state="session")
        if picked:
            wanted.append(lambda record, of=of, picked=picked: of(record) in picked)  # type: ignore[misc]
    words = columns[4].text_input(
        "Words of the command",
        placeholder="style_weight=10 lbfgs",
        key="filter words",
        persist_state="session",
    )
    wanted.append(lambda record: all(word in record.command for word in words.split()))
    st.segmented_control(
        "Order", [*ORDERS], default="newest", key="order", label_visibility="collapsed"
    )
    return [record for record in runs if all(test(record) for test in wanted)]


def origin(record: Record) -> str:
    """The sweep that a run is of, or `single runs`."""
    name = outputs().name(record.folder)
    return name.split("/")[1] if name.startswith("sweeps/") else "single runs"


def ordered(runs: Sequence[Record], figure: str) -> list[Record]:
    """By a figure, least first and those without it last; as they come without one."""
    if not figure:
        return [*runs]
    return sorted(runs, key=lambda record: record.figures.get(figure, math.inf))


def _tile(record: Record) -> None:
    small = record.thumbnail if record.thumbnail.is_file() else record.result
    try:
        st.image(thumbnail(small, 320), width="stretch", alt=title(record))
    except (UserError, OSError):
        st.markdown(f"*no picture: {record.reason or record.status}*")
    st.markdown(f"**{title(record)}**")
    st.caption(_said(record))
    name = outputs().name(record.folder)
    with st.container(horizontal=True):
        if st.button("Open", key=f"open {name}", icon=":material/open_in_full:"):
            st.switch_page(st.session_state["pages"]["run"], query_params={"run": name})
        aside: list[str] = st.session_state.setdefault("compared", [])
        label = "Compare" if name not in aside else "Chosen"
        if st.button(
            label,
            key=f"compare {name}",
            icon=":material/compare:",
            type="primary" if name in aside else "secondary",
        ):
            _put_aside(name, aside)


def _put_aside(name: str, aside: list[str]) -> None:
    """The last two that were chosen; with the second of them on to the comparison."""
    if name in aside:
        aside.remove(name)
        st.rerun()
    aside.append(name)
    del aside[:-2]
    if len(aside) == 2:
        st.switch_page(
            st.session_state["pages"]["compare"], query_params={"a": aside[0], "b": aside[1]}
        )
    st.rerun()


def _said(record: Record) -> str:
    """What was turned and what came of it, in one line."""
    turned = [
        word
        for word in record.overrides
        if word.partition("=")[0] not in ("content", "style", "tracking.images_every")
    ]
    figures = [
        form.format(record.figures[key]) for key, form in FORMS.items() if key in record.figures
    ]
    if "seconds" in record.figures:
        figures.append(duration(record.figures["seconds"]))
    state = [] if record.done else [record.status]
    return " · ".join([*state, *figures, *turned]) or record.folder.name
