"""What few runs have: a mixture of styles, a mask, a place for each style, 16 bits."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from stylex.config import mixtures
from stylex.config.grammar import quote
from stylex.errors import on_one_line
from stylex.paths import is_file
from stylex.runs.record import Record
from stylex.studio.text import plain
from stylex.studio.views.common import outputs
from stylex.studio.views.pick import MIX, called, name_of, upload

# Keys of the session's state.
BLEND, DEEP = "blend", "16 bits"
DEEP_RESULT = "result.16.png"  # beside a run's result, where that was asked for
WEIGHTS = (0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)


def mixture(styles: Sequence[str]) -> list[str]:
    """Draws how much of each style there is; the overrides for that.

    styles: in the order chosen.
    """
    together = st.toggle(
        "Mix several styles",
        key=MIX,
        persist_state="session",
        help="Press as many paintings as you like",
    )
    if not together or len(styles) == 1:
        return [f"style={styles[0]}"]
    if regions := _regions(styles):
        return [f"style={'+'.join(styles)}", regions]
    if len(styles) == 2:
        one, other = map(called, styles)
        st.session_state.setdefault(BLEND, 0.5)
        blend = st.slider(
            f"Blend: 0 is {plain(one)}, 1 is {plain(other)}",
            0.0,
            1.0,
            step=0.05,
            key=BLEND,
            persist_state="session",
        )
        return [f"style={'+'.join(styles)}", f"blend={blend:g}"]
    weights = [_weight(name) for name in styles]
    return [f"style={mixtures.joined(list(zip(styles, weights, strict=True)))}"]


def _weight(name: str) -> float:
    """Draws how much of one of three or more styles there is."""
    key = _weight_key(name)
    now = st.session_state.setdefault(key, 1.0)
    return float(
        st.select_slider(
            f"How much of {plain(called(name))}",
            sorted({*WEIGHTS, now}),
            format_func=lambda weight: f"{weight:g}",
            key=key,
            persist_state="session",
        )
    )


def _weight_key(name: str) -> str:
    return f"weight of {name}"


def _where(name: str) -> str:
    return f"where {name} goes"


def mask(content: str) -> list[str]:
    """Draws the choice of a mask for this picture, and an uploader. The override for it."""
    st.markdown("What is white in the mask is painted, what is black stays.")
    if new := st.session_state.pop("mask chosen", None):
        st.session_state[_mask_of(content)] = new[0]
    found = _mask("Mask", _mask_of(content), "none")
    upload("mask", "Mask")
    return [f"mask={found}"] if found else []


def _mask_of(content: str) -> str:
    return f"mask of {content}"  # of another picture it would lie elsewhere


def _regions(styles: Sequence[str]) -> str:
    """Draws the choice of where each style goes, once there are masks; empty for a mixture."""
    keys = [_where(name) for name in styles]
    if not outputs().uploaded("mask") and not any(st.session_state.get(key) for key in keys):
        return ""
    found = [
        _mask(f"Where {plain(called(name))} goes", key, "anywhere")
        for name, key in zip(styles, keys, strict=True)
    ]
    masks = ",".join(quote(path) if path else "null" for path in found)
    return f"regions=[{masks}]" if any(found) else ""


def _mask(label: str, key: str, without: str) -> str:
    """One of the masks that were uploaded, or the one of a run that was loaded, or none.

    without: what none is called.
    """
    files = [str(path) for path in outputs().uploaded("mask")]
    now = st.session_state.get(key, "")
    options = list(dict.fromkeys(["", *files, *filter(is_file, [now])]))
    if now not in options:
        st.session_state[key] = ""
    named = _labels(options, without)
    chosen = st.selectbox(
        label,
        options,
        format_func=lambda file: named.get(file, without),
        key=key,
        persist_state="session",
    )
    return str(chosen)


def _labels(files: Sequence[str], without: str) -> dict[str, str]:
    """{file: its name}, no two alike, for Streamlit gives back the name and not the file."""
    names = {file: on_one_line(Path(file).stem) if file else without for file in files}
    often = Counter(names.values())
    return {
        file: f"{name} ({Path(file).parent.name[:4]})" if file and often[name] > 1 else name
        for file, name in names.items()
    }


def deep(folder: Path) -> list[str]:
    """The overrides with which the run in `folder` leaves its picture in 16 bits, too, if any."""
    return [f"output={folder / DEEP_RESULT}"] if st.session_state.get(DEEP) else []


def deep_toggle() -> None:
    """Draws whether it is to."""
    st.toggle(
        "16 bits per channel, too",
        key=DEEP,
        persist_state="session",
        help="To be edited afterwards: when the run is done there is also a PNG of 16 bits.",
    )


def load(record: Record) -> set[str]:
    """Sets all this to what a run was made with; gives the settings that are so taken care of."""
    files = record.files("style")
    names = [name_of("style", file) for file in files]
    content = "".join(name_of("content", file) for file in record.files("content")[:1])
    st.session_state[_mask_of(content)] = ""
    st.session_state[MIX] = len(names) > 1
    st.session_state[DEEP] = str(record.settings.get("output", "")).endswith(DEEP_RESULT)
    st.session_state.update(dict.fromkeys(map(_where, names), ""))
    done = set()
    if len(names) > 1 and all(map(is_file, files)):
        done |= {"style", "blend"} if _load_weights(record, names) else set()
        done |= _load_regions(record, names)
    if (file := record.pictures.get("mask")) and is_file(file):
        st.session_state[_mask_of(content)] = outputs().kept_as("mask", file)
        done.add("mask")
    return done


def _load_weights(record: Record, names: list[str]) -> bool:
    """Sets how much of each style there is; whether the form can say what the record does."""
    said = record.settings.get("style.weights")
    words = str(said).strip("[]").split(",") if said else ["1"] * len(names)
    try:
        weights = [float(word) for word in words]
        blend = float(record.settings.get("blend", weights[-1] / sum(weights)))
    except (ValueError, TypeError, ZeroDivisionError):  # a record that says something else
        return False
    if len(weights) != len(names) or not all(0 < weight < math.inf for weight in weights):
        return False
    if len(names) > 2:
        st.session_state.update(zip(map(_weight_key, names), weights, strict=True))
        return True
    st.session_state[BLEND] = round(20 * min(max(blend, 0.0), 1.0)) / 20
    return math.isclose(st.session_state[BLEND], blend)


def _load_regions(record: Record, names: list[str]) -> set[str]:
    """Sets where each style goes; a mask on a painting has no place here."""
    keys = {f"regions.{number}.mask": _where(name) for number, name in enumerate(names, 1)}
    found = {name: path for name, path in record.pictures.items() if name.startswith("regions.")}
    if not (found and found.keys() <= keys.keys() and all(map(is_file, found.values()))):
        return set()
    masks = {keys[name]: outputs().kept_as("mask", path) for name, path in found.items()}
    st.session_state.update(masks)
    return {"regions"}
