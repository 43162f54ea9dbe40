"""A second style, and a mask: what few runs have, folded up below the two pictures."""

from pathlib import Path

import streamlit as st

from stylex.config import pictures
from stylex.errors import on_one_line
from stylex.paths import is_file
from stylex.runs.record import Record
from stylex.studio.views.common import outputs
from stylex.studio.views.pick import name_of, offered, upload

SECOND, BLEND, MASK = "second style", "blend", "mask chosen"  # in the session's state


def second(first: str) -> list[str]:
    """Draws the choice of a second style. The overrides for both."""
    others = [name for name in offered("style") if name != first]
    other = _choice("Second style", others, SECOND)
    if not other:
        return [f"style={first}"]
    st.session_state.setdefault(BLEND, 0.5)
    help_ = "0: the first style, 1: the second"
    blend = st.slider("Blend", 0.0, 1.0, step=0.05, help=help_, key=BLEND, persist_state="session")
    return [f"style={first}+{other}", f"blend={blend:g}"]


def mask() -> list[str]:
    """Draws the choice of a mask, and an uploader. The override for it."""
    st.markdown("**Mask**: what is white is painted, what is black stays")
    upload("mask", "Mask")
    files = [str(path) for path in outputs().uploaded("mask")]
    chosen = st.session_state.get(MASK, "")
    found = _choice("Mask", list(dict.fromkeys([*files, *filter(is_file, [chosen])])), MASK)
    return [f"mask={found}"] if found else []


def load(record: Record) -> set[str]:
    """Sets both to what a run was made with; gives the settings that are so taken care of."""
    st.session_state[SECOND] = st.session_state[MASK] = ""
    done = set()
    if len(files := record.files("style")) == 2 and is_file(files[1]):
        weights = str(record.settings.get("style.weights", "")).strip("[]").split(",")
        try:
            one, two = map(float, weights)
            blend = float(record.settings.get("blend", two / (one + two)))
        except (ValueError, ZeroDivisionError):  # a record that says something else
            blend = 0.5
        st.session_state[SECOND] = name_of("style", files[1])
        st.session_state[BLEND] = round(20 * min(max(blend, 0.0), 1.0)) / 20
        if st.session_state[BLEND] == blend:
            done |= {"style", "blend"}
    if (file := record.pictures.get("mask")) and is_file(file):
        st.session_state[MASK] = str(file)
        done.add("mask")
    return done


def _choice(label: str, options: list[str], key: str) -> str:
    """One of them, or none, which is empty."""
    if st.session_state.get(key, "") not in ("", *options):
        st.session_state[key] = ""
    found = st.selectbox(
        label, ["", *options], format_func=_called, key=key, persist_state="session"
    )
    return str(found)


def _called(choice: str) -> str:
    if not choice:
        return "none"
    return on_one_line(Path(choice).stem if pictures.looks_like_path(choice) else choice)
