"""Any two runs side by side, and the settings in which they differ."""

import streamlit as st

from stylex.errors import UserError
from stylex.runs.record import RESULT, Record
from stylex.studio import watch
from stylex.studio.folders import own_file
from stylex.studio.shelf import Entry
from stylex.studio.text import differing, title
from stylex.studio.views.common import error, outputs, picture
from stylex.studio.views.components import slider
from stylex.studio.views.curves import curves
from stylex.studio.views.manage import name_of_run, shelf
from stylex.studio.views.show import figures

SIDES = ("Left", "Right")
MOST = 500  # runs to choose from, the latest; others come by their link from the gallery


def page() -> None:
    """Reads `?a=` and `?b=`, which the two boxes also set."""
    wanted = {st.query_params.get(key) for key in "ab"}
    entries: dict[str, Entry] = {}
    for entry in shelf().entries():
        name = outputs().name(entry.record.folder)
        offered = len(entries) < MOST or name in wanted
        if offered and own_file(entry.record.folder, RESULT):
            entries[name] = entry
    runs = {name: entry.record for name, entry in entries.items()}
    if len(runs) < 2:
        st.info("There is nothing to compare before two runs have pictures.")
        return
    names = [*runs]
    records = []
    for column, side, key, other in zip(st.columns(2), SIDES, "ab", "ba", strict=True):
        linked = st.query_params.get(key)
        default = next(name for name in names if name != st.query_params.get(other))
        followed = linked != st.session_state.get(f"linked {key}")  # a link, not the box
        if followed or st.session_state.get(f"compare {key}") not in runs:
            st.session_state[f"compare {key}"] = linked if linked in runs else default
        with column:
            if linked and linked not in runs:
                error(f"there is no run {linked} with a picture: this is another one")
            name = st.selectbox(
                side,
                names,
                format_func=lambda name: f"{name_of_run(runs[name], entries[name].note)} ({name})",
                key=f"compare {key}",
            )
            records.append(runs[name])
            st.query_params[key] = st.session_state[f"linked {key}"] = name
    _pictures(records)
    figures(records, SIDES)
    if rows := differing(records):
        st.markdown("**Differences**")
        table = [{"setting": key, "left": a, "right": b} for key, (a, b) in rows.items()]
        st.dataframe(table, hide_index=True)
    else:
        st.caption("They were made with the same settings.")
    _losses(records)


def _pictures(records: list[Record]) -> None:
    for column, record in zip(st.columns(2), records, strict=True):
        with column:
            picture(record.folder, RESULT, title(record))
    one, other = (record.folder for record in records)
    left, right = own_file(one, RESULT), own_file(other, RESULT)
    if one != other and left and right:
        with st.expander("Superimposed", expanded=True):
            try:
                slider(left, right, "left", "right", f"slider {one} {other}")
            except (UserError, OSError):
                st.caption("One of the pictures is damaged.")


def _losses(records: list[Record]) -> None:
    lines = {}
    for name, record in zip(("left", "right"), records, strict=True):
        progress = watch.progress(record.folder)
        if progress and progress.lines:
            lines[name] = progress.lines
    if len(lines) == 2:
        with st.expander("Losses"):
            curves(lines)
