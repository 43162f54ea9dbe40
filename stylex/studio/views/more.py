"""A second style, and masks: what few runs have, folded up below the two pictures."""

from pathlib import Path

import streamlit as st

from stylex.config import pictures
from stylex.config.grammar import quote
from stylex.errors import on_one_line
from stylex.paths import is_file
from stylex.runs.record import Record
from stylex.studio.views.common import outputs
from stylex.studio.views.pick import name_of, offered, upload

# In the session's state; the first of the masks is of what is painted, the others of each style.
SECOND, BLEND = "second style", "blend"
MASK, *WHERE = "mask chosen", "mask of the first style", "mask of the second style"


def second(first: str) -> list[str]:
    """Draws the choice of a second style, and of where each goes. The overrides for both."""
    others = [name for name in offered("style") if name != first]
    other = _choice("Second style", others, SECOND)
    if not other:
        return [f"style={first}"]
    if regions := _regions():
        return [f"style={first}+{other}", regions]
    st.session_state.setdefault(BLEND, 0.5)
    help_ = "0: the first style, 1: the second"
    blend = st.slider("Blend", 0.0, 1.0, step=0.05, help=help_, key=BLEND, persist_state="session")
    return [f"style={first}+{other}", f"blend={blend:g}"]


def mask() -> list[str]:
    """Draws the choice of a mask, and an uploader. The override for it."""
    st.markdown("**Mask**: what is white is painted, what is black stays")
    upload("mask", "Mask")
    found = _mask("Mask", MASK)
    return [f"mask={found}"] if found else []


def _regions() -> str:
    """Draws the choice of where each style goes, once there are masks; empty for a mixture."""
    if not outputs().uploaded("mask") and not any(st.session_state.get(key) for key in WHERE):
        return ""
    columns = st.columns(2)
    labels = ("Where the first style goes", "Where the second style goes")
    found = []
    for column, label, key in zip(columns, labels, WHERE, strict=True):
        with column:
            found.append(_mask(label, key))
    masks = ",".join(quote(path) if path else "null" for path in found)
    return f"regions=[{masks}]" if any(found) else ""


def _mask(label: str, key: str) -> str:
    """One of the masks that were uploaded, or the one of a run that was loaded, or none."""
    files = [str(path) for path in outputs().uploaded("mask")]
    chosen = st.session_state.get(key, "")
    return _choice(label, list(dict.fromkeys([*files, *filter(is_file, [chosen])])), key)


def load(record: Record) -> set[str]:
    """Sets both to what a run was made with; gives the settings that are so taken care of."""
    st.session_state.update(dict.fromkeys((SECOND, MASK, *WHERE), ""))
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
        done |= _load_regions(record)
    if (file := record.pictures.get("mask")) and is_file(file):
        st.session_state[MASK] = str(file)
        done.add("mask")
    return done


def _load_regions(record: Record) -> set[str]:
    """Sets where each style goes; a mask on a painting has no place here."""
    keys = {f"regions.{number}.mask": key for number, key in enumerate(WHERE, 1)}
    found = {name: path for name, path in record.pictures.items() if name.startswith("regions.")}
    if not (found and found.keys() <= keys.keys() and all(map(is_file, found.values()))):
        return set()
    st.session_state.update({keys[name]: str(path) for name, path in found.items()})
    return {"regions"}


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
