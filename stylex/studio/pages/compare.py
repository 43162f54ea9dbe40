"""Any two runs side by side, and what tells them apart."""

import streamlit as st

from stylex.errors import UserError
from stylex.runs.record import Record
from stylex.studio import watch
from stylex.studio.folders import differing, title
from stylex.studio.show import curves, figures, outputs, picture
from stylex.studio.wipe import wipe


def page() -> None:
    """Reads `?a=` and `?b=`, which the two boxes also set."""
    runs = {outputs().name(run.folder): run for run in outputs().runs() if run.result.is_file()}
    if len(runs) < 2:
        st.info("Two runs with pictures are needed to compare them.")
        return
    names = [*runs]
    records = []
    for column, key, usual in zip(st.columns(2), "ab", names, strict=False):
        asked = st.query_params.get(key)
        followed = asked != st.session_state.get(f"asked {key}")  # a link, not the box
        if followed or st.session_state.get(f"compare {key}") not in runs:
            st.session_state[f"compare {key}"] = asked if asked in runs else usual
        with column:
            name = st.selectbox(
                "Left" if key == "a" else "Right",
                names,
                format_func=lambda name: f"{title(runs[name])} ({name})",
                key=f"compare {key}",
            )
            records.append(runs[name])
            st.query_params[key] = st.session_state[f"asked {key}"] = name
    _pictures(records)
    figures(records)
    rows = differing(records)
    if rows:
        st.markdown("**What tells them apart**")
        table = [{"setting": key, "left": a, "right": b} for key, (a, b) in rows.items()]
        st.dataframe(table, hide_index=True)
    else:
        st.caption("They were made with the same settings.")
    _losses(records)


def _pictures(records: list[Record]) -> None:
    one, other = records
    for column, record in zip(st.columns(2), records, strict=True):
        with column:
            picture(record.result)
    if one.folder == other.folder:
        return
    with st.expander("One upon the other", expanded=True):
        try:
            wipe(one.result, other.result, "left", "right", f"wipe {one.folder} {other.folder}")
        except (UserError, OSError):
            st.caption("One of them is gone.")


def _losses(records: list[Record]) -> None:
    lines = {}
    for name, record in zip(("left", "right"), records, strict=True):
        progress = watch.progress(record.folder)
        if progress and progress.lines:
            lines[name] = progress.lines
    if len(lines) == 2:
        with st.expander("Losses"):
            curves(lines)
