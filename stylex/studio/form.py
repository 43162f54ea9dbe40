"""The knobs on the page: drawn, turned to what a run was made with, and said as words."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stylex.errors import UserError
from stylex.paths import conf_folder
from stylex.runs.record import Record
from stylex.studio import knobs
from stylex.studio.command import Composed, compose
from stylex.studio.knobs import ADVANCED, KNOBS, LAYER_SETS, MAIN, PRESETS, STYLE_LAYERS, Knob

GROUPS = [knob for knob in KNOBS.values() if knob.group]
SINGLE = [knob for knob in (*MAIN, *ADVANCED) if not knob.group]
# What a run looks at and leaves, not how it paints.
ASIDE = ("content", "style", "tracking", "output", "checkpoint_every")


def composed(words: tuple[str, ...]) -> Composed:
    """What the command line makes of the words now. Raises UserError."""
    files = conf_folder().rglob("*.yaml")
    return _composed(words, max(path.stat().st_mtime_ns for path in files))


@st.cache_data(max_entries=200, show_spinner=False)
def _composed(words: tuple[str, ...], changed: int) -> Composed:
    """Asked once. changed: when conf/ was; then it is asked anew."""
    return compose(words)


def form() -> list[str]:
    """The knobs; gives the words for those that are turned. Raises UserError."""
    preset = st.selectbox(
        "Preset",
        PRESETS,
        format_func=lambda name: name or "the default",
        key="preset",
        persist_state="session",
        help="`fast` is a draft, `best` is 1024 px with patience; the others are other programs'",
    )
    main, advanced = st.container(), st.expander("Advanced")
    places = _places(main, MAIN, 2) | _places(advanced, (LAYER_SETS, *ADVANCED), 2)
    base = _base(preset)
    usual = composed(base).choices
    chosen = {
        knob.key: _turned(knob, places[knob.key], usual[knob.key], " ".join(base))
        for knob in GROUPS
    }
    words = (*base, *knobs.words(chosen, usual))
    settings, scope = composed(words).settings, " ".join(words)
    with main:
        layers = _layers(settings["layers.style"], scope)
    turned = {
        knob.key: _turned(knob, places[knob.key], settings[knob.key], scope) for knob in SINGLE
    }
    return [*words, *knobs.words(turned | layers, settings)]


def fill(record: Record) -> list[str]:
    """Turns the knobs to what a run was made with, before they are drawn.

    Gives what there are no knobs for, as `key=value`; that will be as usual. Raises UserError.
    """
    preset = record.choices.get("experiment", "")
    st.session_state["preset"] = preset = preset if preset in PRESETS else ""
    base = _base(preset)
    usual = composed(base).choices
    chosen = {
        knob.key: record.choices[knob.key]
        for knob in GROUPS
        if record.choices.get(knob.key) in knob.options
    }
    for key, option in chosen.items():
        st.session_state[_state(key, " ".join(base))] = option
    words = (*base, *knobs.words(chosen, usual))
    settings, scope = composed(words).settings, " ".join(words)
    taken = {key: str(value) for key, value in settings.items()}
    for knob in SINGLE:
        value = record.settings.get(knob.key, settings[knob.key])
        if _can_be(knob, value):
            st.session_state[_state(knob.key, scope)] = _shown(knob, value)
            taken[knob.key] = str(value)
    weights = _style_layers(record)
    if {*weights} <= {*STYLE_LAYERS}:
        st.session_state[_state("layers.style", scope)] = [*weights]
        again = knobs.weights_of([*weights], settings["layers.style"])
        taken |= {f"layers.style.{layer}": str(weight) for layer, weight in again.items()}
    return [
        f"{key}={value}"
        for key, value in record.settings.items()
        if key.partition(".")[0] not in ASIDE and str(value) != taken.get(key)
    ]


def _base(preset: str) -> tuple[str, ...]:
    return (f"experiment={preset}",) if preset else ()


def _state(key: str, scope: str) -> str:
    """Where the page keeps what a knob is turned to.

    scope: the words that say what is usual; under others it starts from what those say.
    """
    return f"{key} {scope}"


def _places(within: DeltaGenerator, which: Sequence[Knob], count: int) -> dict[str, DeltaGenerator]:
    """A place for each knob, `count` in a row, so that rows stay in order on a phone."""
    places = {}
    for start in range(0, len(which), count):
        columns = within.columns(count)
        for knob, column in zip(which[start : start + count], columns, strict=False):
            places[knob.key] = column
    return places


def _layers(known: Mapping[str, float], scope: str) -> dict[str, Any]:
    """Which style layers; their weights are those of the chosen set. Raises UserError for none."""
    state = _state("layers.style", scope)
    st.session_state.setdefault(state, [name for name in known if name in STYLE_LAYERS])
    layers = st.multiselect(
        "Style layers",
        STYLE_LAYERS,
        help="early ones hold palette and grain, late ones the larger shapes",
        key=state,
        persist_state="session",
    )
    if not layers:
        raise UserError("choose at least one style layer")
    weights = knobs.weights_of([name for name in STYLE_LAYERS if name in layers], known)
    return {} if weights == known else {"layers.style": weights}


def _style_layers(record: Record) -> dict[str, float]:
    return {
        key.removeprefix("layers.style."): weight
        for key, weight in record.settings.items()
        if key.startswith("layers.style.") and weight
    }


def _turned(knob: Knob, place: DeltaGenerator, usual: Any, scope: str) -> Any:
    """Draws the widget for one knob and gives its value. Raises UserError for what it cannot be."""
    state = _state(knob.key, scope)
    now = st.session_state.setdefault(state, _shown(knob, usual))
    said: dict[str, Any] = {
        "label": knob.label,
        "help": knob.help,
        "key": state,
        "persist_state": "session",
    }
    if knob.ladder:
        rungs = sorted({*knob.ladder, float(usual), now})
        return knob.check(place.select_slider(options=rungs, format_func=knobs.said, **said))
    if knob.kind == "choice":
        return place.selectbox(options=list(dict.fromkeys([*knob.options, usual])), **said)
    if knob.kind == "truth":
        return place.toggle(**said)
    if knob.kind == "steps":
        return knob.check(place.text_input(**said))
    kind = int if knob.kind == "whole" else float
    most = None if math.isinf(knob.most) else kind(max(knob.most, usual))
    return knob.check(place.number_input(min_value=kind(knob.least), max_value=most, **said))


def _shown(knob: Knob, value: Any) -> Any:
    """A value as the knob's widget holds it."""
    if knob.kind == "steps":
        return knobs.said(value).strip("[]")
    if knob.kind in ("choice", "truth"):
        return value
    return int(value) if knob.kind == "whole" else float(value)


def _can_be(knob: Knob, value: Any) -> bool:
    try:
        knob.check(value)
    except UserError:
        return False
    return True
