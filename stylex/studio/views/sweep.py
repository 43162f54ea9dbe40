"""Many settings at once: the command for them, and the sheet as it fills."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stylex.config import pictures
from stylex.errors import UserError, on_one_line
from stylex.report import PAGE
from stylex.runs.console import about
from stylex.runs.origin import to_command
from stylex.runs.record import FIGURES, Record
from stylex.runs.sweep_record import collect, read_plan
from stylex.studio import watch
from stylex.studio.controls import CONTROLS, PRESETS, several
from stylex.studio.folders import own_file, unused
from stylex.studio.sweeps import at_work, seconds_left
from stylex.studio.text import plain
from stylex.studio.views.cells import MOST, cells
from stylex.studio.views.choose import choose
from stylex.studio.views.common import (
    EVERY,
    download,
    error,
    offer,
    outputs,
    picture,
    plan,
    processes,
    scroll_if_started,
    start,
    stop_button,
)
from stylex.studio.views.notice import announce, await_end

# Keys of the session's state: the name of the sweep, and what was begun last under which.
NAME, ASKED = "sweep name", "asked"
MOST_VARIED = 3
EXAMPLES = {
    "integer": "128, 256",
    "number": "1, 5, 25",
    "switch": "true, false",
    "steps": "20, 50",
    "strength": "linspace(0,1,5)",
}


def page() -> None:
    """The form left; right the sweep that was started last, or is chosen."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        _form()
    with right:
        _watched()


def _form() -> None:
    overrides = ["--multirun"]
    wrong = False
    for group, label, default in (("content", "Pictures", "jesse"), ("style", "Styles", "kahlo")):
        chosen = _chosen(group, label, default)
        overrides.append(f"{group}={','.join(chosen)}")
        wrong |= not chosen
    preset = st.selectbox(
        "Preset",
        PRESETS,
        PRESETS.index("fast"),
        format_func=lambda name: name or "default",
        key="sweep preset",
        persist_state="session",
    )
    overrides += [f"experiment={preset}"] if preset else []
    varied = _varied()
    words = [*overrides, *(varied or [])]
    name = _named(words if varied is not None else None)
    try:
        folder = outputs().sweep(name)
    except UserError as invalid:
        error(invalid)
        wrong = True
    clicked = st.button(
        "Run the sweep",
        type="primary",
        icon=":material/apps:",
        width="stretch",
        disabled=wrong or varied is None,
    )
    if wrong or varied is None:
        return
    overrides = [*words, f"sweep={name}"]
    if clicked and start(overrides, folder):
        st.session_state[ASKED] = words, name
        st.session_state["sweeping"] = st.session_state["shown sweep"] = folder
        st.rerun()
    failure = processes().error(folder) if st.session_state.get(ASKED) == (words, name) else ""
    if failure:
        error(failure)
    elif not processes().alive(folder):
        plan(overrides)
    st.caption("The same from a terminal; the same command again runs only what is missing")
    st.code(to_command(overrides), "bash", wrap_lines=True)


def _named(words: Sequence[str] | None) -> str:
    """Draws the sweep's name, at first one that is free, as once the sweep begun is changed.

    words: what it is to run; None where there are mistakes.
    """
    state = st.session_state
    begun, before = state.get(ASKED, (words, ""))
    if NAME not in state or (words not in (None, begun) and state[NAME] == before):
        known = re.sub(r"-\d+$", "", state.get(NAME, "mine"))
        taken = [path.name for path in outputs().root.glob("sweeps/*")]
        state[NAME] = unused(known, taken, "-")
    return st.text_input("Name of the sweep", key=NAME, persist_state="session")


def _chosen(group: str, label: str, default: str) -> list[str]:
    """The options and uploaded files that are chosen; an empty list, and a message, for none."""
    labels = {name: name for name in pictures.options(group)}
    first = [default] if default in labels else [*labels][:1]
    for path in outputs().uploaded(group):
        labels[str(path)] = f"{path.stem} ({path.parent.name[:4]})"  # others may have that name
    chosen = st.multiselect(
        label,
        [*labels],
        first,
        format_func=lambda name: on_one_line(labels.get(name, name)),
        key=f"sweep {group}",
        persist_state="session",
    )
    chosen = [name for name in chosen if name in labels]
    if not chosen:
        error(f"choose at least one of the {label.lower()}")
    return chosen


def _varied() -> list[str] | None:
    """The overrides that vary besides the pictures; None, and a message, where one is wrong."""
    count = st.segmented_control(
        "How many settings vary",
        range(MOST_VARIED + 1),
        default=1,
        key="varied",
        persist_state="session",
    )
    overrides: list[str] = []
    wrong = False
    for index in range(count or 0):
        left, right = st.columns(2)
        keys = [*CONTROLS]
        key = left.selectbox(
            "Setting",
            keys,
            keys.index(("style_weight", "tv_weight", "steps")[index]),
            format_func=lambda key: CONTROLS[key].label,
            key=f"varied {index}",
            persist_state="session",
        )
        override = _values(right, index, key)
        if override is not None and any(word.startswith(f"{key}=") for word in overrides):
            right.error("a setting can vary only once")
            override = None
        wrong |= override is None
        overrides += [override] if override else []
    return None if wrong else overrides


def _values(place: DeltaGenerator, index: int, key: str) -> str | None:
    control = CONTROLS[key]
    text = place.text_input(
        "Values",
        EXAMPLES.get(control.key) or EXAMPLES.get(control.kind, ", ".join(control.options[:2])),
        help=f"{control.help}. Separated by commas, or logspace(0,2,5), linspace(0,50,6)"
        + (f"; the options are {', '.join(control.options)}" if control.options else ""),
        key=f"values {index} {key}",
        persist_state="session",
    )
    try:
        return f"{key}={','.join(several(control, text))}"
    except UserError as wrong:
        place.error(plain(wrong))
        return None


def _watched() -> None:
    started: Path | None = st.session_state.get("sweeping")
    folders = list(dict.fromkeys([*([started] if started else []), *outputs().sweeps()]))
    if not folders:
        st.markdown(
            "#### A hundred settings, one sheet\n\n"
            "Choose pictures and styles and what is to vary: every combination becomes "
            "a run, and all of them are laid out side by side."
        )
        return
    if st.session_state.get("shown sweep") not in folders:
        st.session_state["shown sweep"] = folders[0]
    with st.container():
        folder = st.selectbox(
            "Sweep",
            folders,
            format_func=lambda path: on_one_line(path.name),
            key="shown sweep",
            persist_state="session",
        )
        if processes().alive(folder):
            _live(folder)
        else:
            failure = processes().error(folder)
            if failure and st.session_state.get(ASKED, ("", ""))[1] != folder.name:
                error(failure)  # or the form says so
            announce(folder, f"{folder.name} is over")
            _sheet(folder)
            _files(folder)
            question = st.expander(
                "Which of these two? Choose by eye",
                icon=":material/compare:",
                key=f"choosing {folder}",
                on_change="rerun",
            )
            if question.open:  # or its keys would answer unseen
                with question:
                    choose(folder)
        scroll_if_started(folder)


@st.fragment(run_every=2 * EVERY)
def _live(folder: Path) -> None:
    stop_button(folder)
    await_end(folder)
    _sheet(folder)
    if not processes().alive(folder):
        st.rerun()  # not before what may just have been pressed


def _sheet(folder: Path) -> None:
    """How many runs are done, all of them laid out, and the sheet."""
    records = collect([folder]) if folder.is_dir() else []
    if processes().alive(folder):
        records = [*map(at_work, records)]
    plan = read_plan(folder)
    counts = Counter(record.status for record in records)
    if records:
        said = ", ".join(f"{count} {status}" for status, count in counts.most_common())
        if plan and processes().alive(folder):
            left = seconds_left(plan, records, _fractions(records), time.time())
            said += f", {about(left)} left" if left else ""
        st.progress(sum(record.over for record in records) / len(records), plain(said))
    cells(records, plan.rank_by if plan else FIGURES[0], f"cells {folder}")
    sheets = (("sheet.png", "The sheet with its figures"), ("tradeoff.png", "Trade-off"))
    with st.container(key="sheets"):
        for name, label in sheets:
            if own_file(folder, name):
                with st.expander(label, expanded=name != "sheet.png" or len(records) > MOST):
                    picture(folder, name, label)


def _fractions(records: Sequence[Record]) -> dict[Path, float]:
    """How far each run is that is under way."""
    running = [record.folder for record in records if record.status == "running"]
    found = {folder: watch.progress(folder) for folder in running}
    return {folder: progress.fraction for folder, progress in found.items() if progress}


def _files(folder: Path) -> None:
    """The sheet and the report to download.

    The report is not opened here: it is a page with a program in it, of whoever made the folder.
    """
    with st.container(horizontal=True):
        download("Download the sheet", folder, "sheet.png", f"{folder.name}.png")
        if own_file(folder, PAGE):
            called = on_one_line(f"{folder.name}.html")
            icon = ":material/table_chart:"
            offer("Download the report", partial(_report, folder), called, "text/html", icon)


def _report(folder: Path) -> bytes:
    path = own_file(folder, PAGE)
    return path.read_bytes() if path else b""
