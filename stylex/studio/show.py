"""One run on the page: as it develops, and how it came out."""

import contextlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import altair as alt
import streamlit as st

from stylex.errors import UserError, on_one_line
from stylex.runs.folder import CHECKPOINT
from stylex.runs.record import RECORD, Record, read
from stylex.studio import watch
from stylex.studio.command import Children
from stylex.studio.folders import Outputs, title
from stylex.studio.watch import Line
from stylex.studio.wipe import displayed, wipe

COLOURS = ("#333333", "#b5482a", "#2a6fb5", "#4a9a5a")  # of curves, in order
EVERY = 1.0  # seconds between two looks at a run
AGAIN = "again"  # of the page's state: the run whose settings the form is to take up


@st.cache_resource
def outputs() -> Outputs:
    """Where the page works: ./outputs of the folder that it was started in."""
    return Outputs(Path("outputs"))


@st.cache_resource
def children() -> Children:
    """Shared by all who have the page open."""
    return Children()


def show(folder: Path) -> None:
    """The run in `folder`: live while it goes on, and what came of it afterwards."""
    if children().starting(folder) or read(folder).status == "running":
        _live(folder)
        return
    complaint = children().complaint(folder)
    if not (folder / RECORD).is_file():
        st.error(complaint or "There is nothing of it.", icon=":material/error:")
        return
    record = read(folder)
    if complaint and not record.done and complaint != record.reason:
        st.error(complaint, icon=":material/error:")
    _ended(folder, record)


@st.fragment(run_every=EVERY)
def _live(folder: Path) -> None:
    record = read(folder)
    if not (children().starting(folder) or record.status == "running"):
        st.rerun()
    # One that goes on has a log from before.
    progress = watch.progress(folder) if record.status == "running" else None
    left, right = st.columns([4, 1], vertical_alignment="center")
    if progress:
        left.progress(min(1.0, progress.fraction), str(progress))
    else:
        left.progress(0.0, "starting")
    if right.button("Stop", icon=":material/stop:", width="stretch", key=f"stop {folder}"):
        children().stop(folder)
        st.toast("It ends with the step that it is at; the picture so far is kept.")
    if shown := watch.latest_picture(folder) or record.pictures.get("content"):
        picture(shown)
    if progress and progress.lines:
        curves({"": progress.lines})


def _ended(folder: Path, record: Record) -> None:
    if record.status == "done":
        st.subheader(title(record))
    elif record.status == "interrupted":
        st.subheader(f"{title(record)}, so far")
        st.info(f"Interrupted: {record.reason}.", icon=":material/pause_circle:")
    else:
        st.subheader(title(record))
        st.error(record.reason or record.status, icon=":material/error:")
    if not record.done:
        _offer_to_go_on(folder)
    if record.result.is_file():
        before_and_after(record)
    figures([record])
    with st.container(horizontal=True):
        if record.result.is_file():
            name = f"{record.value('content')}-{record.value('style')}.png"
            offer("Download", record.result, name)
        if record.settings and st.button("Use these settings", icon=":material/tune:"):
            st.session_state[AGAIN] = folder
            st.switch_page(st.session_state["pages"]["paint"])
    st.caption("The same from a terminal")
    st.code(record.command, "bash", wrap_lines=True)
    progress = watch.progress(folder)
    if progress and progress.lines:
        with st.expander("Losses"):
            curves({"": progress.lines})
    with st.expander("All settings"):
        settings = record.settings.items()
        rows = [{"setting": key, "value": on_one_line(value)} for key, value in settings]
        st.dataframe(rows, hide_index=True)
    st.caption(f"Everything about it is in `{folder}`")


def _offer_to_go_on(folder: Path) -> None:
    label = "Continue" if (folder / CHECKPOINT).is_file() else "Begin again"
    key = f"go on {folder}"
    asked = st.button(label, icon=":material/play_arrow:", type="primary", key=key)
    if asked and begin([f"resume={folder}"], folder):
        st.rerun()


def begin(words: Sequence[str], folder: Path) -> bool:
    """Starts the command line to work in `folder`; says on the page where that fails."""
    try:
        children().start(words, folder, outputs().logs)
    except UserError as error:
        st.error(str(error), icon=":material/error:")
        return False
    return True


def before_and_after(record: Record) -> None:
    """The photograph and what became of it, or the result alone where the photograph is gone."""
    content = record.pictures.get("content")
    try:
        if content is not None and content.is_file():
            wipe(content, record.result, "before", "after", f"wipe {record.folder}")
            return
    except (UserError, OSError):
        pass
    picture(record.result)


def picture(path: Path) -> None:
    """As wide as there is room; a word where it is gone or cannot be shown."""
    try:
        st.image(displayed(path), width="stretch")
    except (UserError, OSError):
        st.caption("The picture is gone.")


def offer(label: str, path: Path, name: str) -> None:
    """A button that downloads the file as `name`."""
    with contextlib.suppress(OSError):
        data = path.read_bytes()
        st.download_button(label, data, name, "image/png", icon=":material/download:")


def figures(records: Sequence[Record]) -> None:
    """What the runs are measured by, side by side."""
    names = (("style_error", "style error", "{:.3f}"), ("content_error", "content error", "{:.3f}"))
    for column, record in zip(st.columns(len(records)), records, strict=True):
        with column.container(horizontal=True):
            for key, label, form in (*names, ("seconds", "seconds", "{:.0f}")):
                value = record.figures.get(key)
                st.metric(label, "–" if value is None else form.format(value))


def curves(runs: Mapping[str, Sequence[Line]]) -> None:
    """The parts of the loss over the steps, {name: lines}; several runs by their totals."""
    several = len(runs) > 1
    rows = [
        {"step": line.step, "loss": value, "part": name if several else part}
        for name, lines in runs.items()
        for line in lines
        for part, value in line.losses.items()
        if 0 < value < math.inf and (part == "total" or not several)
    ]
    names = list(dict.fromkeys(str(row["part"]) for row in rows))
    chart = (
        alt.Chart({"values": rows})
        .mark_line()
        .encode(
            x=alt.X("step:Q", title="step"),
            y=alt.Y(
                "loss:Q",
                title="weighted loss",
                scale=alt.Scale(type="log", nice=False),
                axis=alt.Axis(tickCount=4, format="~g"),
            ),
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=names, range=COLOURS[: len(names)]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=["part:N", "step:Q", alt.Tooltip("loss:Q", format=".4g")],
        )
        .properties(height=220)
    )
    st.altair_chart(chart, width="stretch")
