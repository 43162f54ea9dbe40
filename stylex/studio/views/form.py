"""The form: its controls drawn, set to an earlier run's settings, and read as overrides."""

import contextlib
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stylex.errors import UserError
from stylex.paths import conf_folder
from stylex.runs.record import Record
from stylex.studio import command, controls
from stylex.studio.command import Composed
from stylex.studio.controls import (
    ADVANCED,
    CONTROLS,
    LAYER_SETS,
    MAIN,
    PRESETS,
    STRENGTH,
    STYLE_LAYERS,
    WEIGHTS,
    Control,
)
from stylex.studio.text import plain
from stylex.studio.views.components import Thumb, small, thumbs
from stylex.transfer.strength import MIDDLE, weights_of

PICTURES = Path(__file__).resolve().parents[1] / "presets"
GROUPS = [control for control in CONTROLS.values() if control.group]
SINGLE = [control for control in (*MAIN, *ADVANCED) if not control.group]
PRESET = "preset"  # key of the session's state
BY_WEIGHTS = "by weights"  # key of the session's state: whether weights are set, not strength
# Settings of a run that do not change its result, or that the form has elsewhere.
ASIDE = ("content", "style", "tracking", "output", "film", "checkpoint_every")


def composed(overrides: tuple[str, ...]) -> Composed:
    """What the command line makes of the overrides now. Raises UserError."""
    files = conf_folder().rglob("*.yaml")
    return _composed(overrides, max(path.stat().st_mtime_ns for path in files))


@lru_cache(maxsize=200)
def _composed(overrides: tuple[str, ...], modified: int) -> Composed:
    """modified: ns, the last change in conf/, after which it is composed again."""
    return command.compose(overrides)


@st.cache_resource  # once for all who have the page open
def compose_presets() -> None:
    """Composes the presets in the background, so that the first press of one is answered soon."""

    def compose() -> None:
        for preset in PRESETS:
            with contextlib.suppress(UserError, OSError):
                composed(_base(preset))

    threading.Thread(target=compose, daemon=True).start()


def form(longest: float) -> list[str] | None:
    """Draws the controls. The overrides for those that are changed; None where a value is wrong.

    longest: px of the photograph's long side, beyond which no picture goes by itself.

    What is wrong is said below its control. Raises UserError where nothing can be composed.
    """
    preset = st.session_state.setdefault(PRESET, "")
    main, advanced = st.container(), st.expander("Advanced", key="advanced")
    places = _places(main, (STRENGTH,), 1) | _places(main, MAIN, 2)
    _draw_presets(main, preset)
    first = advanced.container()
    places |= _places(advanced, (LAYER_SETS, *ADVANCED), 2)
    base = _base(preset)
    defaults = composed(base).choices
    chosen = {
        control.key: _draw(control, places[control.key], defaults[control.key], " ".join(base))
        for control in GROUPS
    }
    overrides = (*base, *controls.overrides(chosen, defaults))
    settings, scope = _settings(overrides), " ".join(overrides)
    layers = _draw_layers(advanced.container(), settings["layers.style"], scope)
    weights = WEIGHTS if _weighed(first, settings) else ()
    places |= _places(first, weights, 3)
    values = {
        control.key: _draw(control, places[control.key], settings[control.key], scope)
        for control in (*(weights or [STRENGTH]), *SINGLE)
    }
    if not weights:
        places[STRENGTH.key].html('<div class="ends"><i>photograph</i><i>painting</i></div>')
    if layers is None or None in values.values():
        return None
    if not values["enlarge"] and values["fit"] == "long" and values["size"] > longest:
        places["size"].caption(f"Your picture has {longest} px; *Enlarge* goes beyond.")
    return [*overrides, *controls.overrides(values | layers, settings)]


def load(record: Record) -> list[str]:
    """Sets the controls to what a run was made with, before they are drawn.

    Only values that a control can have are taken: the record is data, and nothing that it names is
    imported. Returns the settings that have no control, as `key=value`; these stay at their
    defaults. Raises UserError where nothing can be composed.
    """
    preset = record.choices.get("experiment", "")
    st.session_state[PRESET] = preset = preset if preset in PRESETS else ""
    base = _base(preset)
    defaults = composed(base).choices
    chosen = {
        control.key: record.choices[control.key]
        for control in GROUPS
        if record.choices.get(control.key) in control.options
    }
    for control in GROUPS:
        option = chosen.get(control.key, defaults.get(control.key))
        if option in control.options:
            st.session_state[_state(control.key, " ".join(base))] = option
    overrides = (*base, *controls.overrides(chosen, defaults))
    settings, scope = _settings(overrides), " ".join(overrides)
    taken = {key: str(value) for key, value in settings.items()}
    for control in (STRENGTH, *WEIGHTS, *SINGLE):
        value = control.check(settings[control.key])
        with contextlib.suppress(UserError):
            value = control.check(record.settings.get(control.key, value))
        st.session_state[_state(control.key, scope)] = _shown(control, value)
        taken[control.key] = str(value)
    weighed = STRENGTH.key not in record.settings
    st.session_state[BY_WEIGHTS] = weighed and any(
        taken[key] != str(weight) for key, weight in weights_of(MIDDLE).items()
    )
    if not weighed:
        taken |= {key: str(record.settings.get(key)) for key in weights_of(MIDDLE)}
    weights = _style_layers(record)
    used = [layer for layer, weight in weights.items() if weight]
    if not {*used} <= {*STYLE_LAYERS}:
        used = [layer for layer in settings["layers.style"] if layer in STYLE_LAYERS]
    st.session_state[_state("layers.style", scope)] = used
    again = controls.weights_of(used, settings["layers.style"])
    taken |= {f"layers.style.{layer}": str(again.get(layer, 0.0)) for layer in weights}
    return [
        f"{key}={value}"
        for key, value in record.settings.items()
        if key.partition(".")[0] not in ASIDE and str(value) != taken.get(key)
    ]


def _settings(overrides: tuple[str, ...]) -> dict[str, Any]:
    """Those that the overrides make; without a strength the one whose weights are the default."""
    settings = composed(overrides).settings
    strength = settings["strength"]
    return {**settings, "strength": MIDDLE if strength is None else strength}


def _weighed(place: DeltaGenerator, settings: Mapping[str, Any]) -> bool:
    """Whether the three weights are set, as where a preset has its own, and not the strength."""
    if any(settings[key] != weight for key, weight in weights_of(MIDDLE).items()):
        return True
    label = "Weights in place of strength"
    return bool(place.toggle(label, key=BY_WEIGHTS, persist_state="session"))


def _draw_presets(place: DeltaGenerator, preset: str) -> None:
    """A picture of what each preset makes of the same cat."""

    def press(names: list[str]) -> None:
        st.session_state[PRESET] = names[0]

    first = ("", "fast", "best")
    names = [*first, *(name for name in PRESETS if name not in first)]
    pictures = {name: PICTURES / f"{name or 'default'}.jpg" for name in names}
    options = [
        Thumb(name, name or "default", small(path) if path.is_file() else "")
        for name, path in pictures.items()
    ]
    with place.container():
        st.markdown(
            "Preset",
            help="`fast` is a draft, `best` a large picture; the others are "
            "published programs: here each has painted the same cat",
        )
        thumbs("Preset", options, [preset], press, "preset thumbs", strip=True)


def _base(preset: str) -> tuple[str, ...]:
    return (f"experiment={preset}",) if preset else ()


def _state(key: str, scope: str) -> str:
    """The key of the session's state that holds a control's value.

    scope: the overrides that make its default; under others the control starts from theirs.
    """
    return f"{key} {scope}"


def _places(
    within: DeltaGenerator, which: Sequence[Control], count: int
) -> dict[str, DeltaGenerator]:
    """A place for each control, `count` in a row, so that rows stay in order on a phone."""
    places = {}
    for first in range(0, len(which), count):
        columns = within.columns(count)
        for control, column in zip(which[first : first + count], columns, strict=False):
            places[control.key] = column
    return places


def _draw_layers(
    place: DeltaGenerator, known: Mapping[str, float], scope: str
) -> dict[str, Any] | None:
    """The choice of style layers, whose weights are those of the layer set; None without any."""
    state = _state("layers.style", scope)
    st.session_state.setdefault(state, [name for name in known if name in STYLE_LAYERS])
    layers = place.multiselect(
        "Style layers",
        STYLE_LAYERS,
        help="early ones hold palette and texture, late ones larger shapes",
        key=state,
        persist_state="session",
    )
    if not layers:
        place.error("choose at least one style layer")
        return None
    weights = controls.weights_of([name for name in STYLE_LAYERS if name in layers], known)
    return {} if weights == known else {"layers.style": weights}


def _style_layers(record: Record) -> dict[str, float]:
    return {
        key.removeprefix("layers.style."): weight
        for key, weight in record.settings.items()
        if key.startswith("layers.style.")
    }


def _draw(control: Control, place: DeltaGenerator, default: Any, scope: str) -> Any:
    """Draws one control and returns its value; None, and a message below, for a wrong one."""
    state = _state(control.key, scope)
    now = st.session_state.setdefault(state, _shown(control, default))
    common: dict[str, Any] = {
        "label": control.label,
        "help": control.help,
        "key": state,
        "persist_state": "session",
    }
    if control.typed:
        # As text: a box for numbers runs its least value where it is empty or shows a wrong one.
        text = place.text_input(**common)
        try:
            return control.parse(text)
        except UserError as wrong:
            place.error(plain(wrong))
            return None
    if control.marks:
        marks = sorted({*control.marks, float(default), now})
        return place.select_slider(options=marks, format_func=controls.to_text, **common)
    if control.kind == "switch":
        return place.toggle(**common)
    return place.selectbox(options=list(dict.fromkeys([*control.options, default])), **common)


def _shown(control: Control, value: Any) -> Any:
    """A value as the control's widget holds it."""
    if control.typed:
        return controls.to_text(value).strip("[]")
    return float(value) if control.marks else value
