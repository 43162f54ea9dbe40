"""All runs of outputs/ as thumbnails, with filters."""

import math
from collections.abc import Callable, Sequence

import streamlit as st

from stylex.errors import UserError, on_one_line
from stylex.runs.console import duration
from stylex.runs.record import RESULT, THUMBNAIL, Record
from stylex.studio.folders import own_file
from stylex.studio.pictures import thumbnail
from stylex.studio.text import plain, title
from stylex.studio.views.common import open_run, outputs

IN_A_ROW, ROWS = 4, 6
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
    """The runs that pass the filters, which it draws."""
    columns = st.columns([2, 2, 2, 2, 3])
    tests: list[Callable[[Record], bool]] = []
    for column, label, of in (
        (columns[0], "Picture", lambda record: record.value("content")),
        (columns[1], "Style", lambda record: record.value("style")),
        (columns[2], "Status", lambda record: record.status),
        (columns[3], "From", origin),
    ):
        values = sorted({on_one_line(of(record)) for record in runs})
        picked = column.multiselect(label, values, key=f"filter {label}", persist_state="session")
        if picked:
            tests.append(lambda record, of=of, picked=picked: on_one_line(of(record)) in picked)  # type: ignore[misc]
    words = columns[4].text_input(
        "Words of the command",
        placeholder="style_weight=10 lbfgs",
        key="filter words",
        persist_state="session",
    )
    tests.append(lambda record: all(word in record.command for word in words.split()))
    st.segmented_control(
        "Order", [*ORDERS], default="newest", key="order", label_visibility="collapsed"
    )
    return [record for record in runs if all(test(record) for test in tests)]


def origin(record: Record) -> str:
    """The sweep that a run belongs to, or `single runs`."""
    name = outputs().name(record.folder)
    return name.split("/")[1] if name.startswith("sweeps/") else "single runs"


def ordered(runs: Sequence[Record], figure: str) -> list[Record]:
    """By a metric, lowest first and runs without it last; unchanged where `figure` is empty."""
    if not figure:
        return [*runs]
    return sorted(runs, key=lambda record: record.figures.get(figure, math.inf))


def _tile(record: Record) -> None:
    small = own_file(record.folder, THUMBNAIL) or own_file(record.folder, RESULT)
    try:
        if small is None:
            st.caption(f"no picture: {plain(record.reason or record.status)}")
        else:
            st.image(thumbnail(small, 320), width="stretch", alt=title(record))
    except (UserError, OSError):
        st.caption("the picture is damaged")
    st.markdown(f"**{plain(title(record))}**")
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


def _mark(name: str, marked: list[str]) -> None:
    """Marks a run to be compared, or no longer; the second one leads to the comparison."""
    if name in marked:
        marked.remove(name)
        st.rerun()
    marked.append(name)
    del marked[:-2]
    if len(marked) == 2:
        st.switch_page(
            st.session_state["pages"]["compare"], query_params={"a": marked[0], "b": marked[1]}
        )
    st.rerun()


def _summary(record: Record) -> str:
    """The changed settings and the metrics, in one line."""
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
    return " · ".join([*state, *metrics, *changed]) or record.folder.name
