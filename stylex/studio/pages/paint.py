"""Two pictures, some knobs, start; and beside them the picture as it develops."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stylex.errors import UserError
from stylex.experiment import pictures
from stylex.experiment.run_folder import to_command
from stylex.paths import conf_folder
from stylex.studio import knobs
from stylex.studio.command import Composed, compose
from stylex.studio.folders import is_sweep
from stylex.studio.knobs import ADVANCED, KNOBS, LAYER_SETS, MAIN, PRESETS, STYLE_LAYERS, Knob
from stylex.studio.pick import pick
from stylex.studio.show import begin, children, outputs, show

WATCHED = "tracking.images_every=10"  # pictures often enough to be looked at


def composed(words: tuple[str, ...]) -> Composed:
    """What the command line makes of the words now. Raises UserError."""
    files = conf_folder().rglob("*.yaml")
    return _composed(words, max(path.stat().st_mtime_ns for path in files))


@st.cache_data(max_entries=200, show_spinner=False)
def _composed(words: tuple[str, ...], changed: int) -> Composed:
    """Asked once. changed: when conf/ was; then it is asked anew."""
    return compose(words)


def page() -> None:
    """The form left, the run right; one below the other on a phone."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        try:
            content, style = pick("content", "Your picture"), pick("style", "The style")
            st.divider()
            words = [f"content={content}", f"style={style}", *form(), WATCHED]
        except UserError as error:
            st.error(str(error), icon=":material/error:")
            return
        if st.button("Paint", type="primary", icon=":material/brush:", width="stretch"):
            folder = outputs().new_run(_name(content), _name(style))
            if begin([*words, f"hydra.run.dir={folder}"], folder):
                st.session_state["painting"] = folder
        st.caption("The same from a terminal")
        st.code(to_command(words), "bash", wrap_lines=True)
    with right:
        if "painting" not in st.session_state:  # opened anew: whatever is going on
            runs = (folder for folder in children().at_work() if not is_sweep(folder))
            st.session_state["painting"] = next(runs, None)
        if painting := st.session_state["painting"]:
            show(painting)
        else:
            _welcome()


def _name(choice: str) -> str:
    return pictures.option_name(Path(choice)) if pictures.looks_like_path(choice) else choice


def _welcome() -> None:
    st.markdown(
        "#### Two pictures in, one worth framing out\n\n"
        "Choose a picture and a style, or drop your own, and press **Paint**. "
        "A picture of 512 px takes a minute or two; the preset `fast` makes a draft in seconds. "
        "You can watch, stop, and go on later; closing this page stops nothing."
    )


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
    base = (f"experiment={preset}",) if preset else ()
    groups = _groups(base, places)
    words = (*base, *groups)
    usual, scope = composed(words).settings, " ".join(words)
    with main:
        layers = _layers(usual, scope)
    chosen = {
        knob.key: _turned(knob, places[knob.key], usual[knob.key], scope)
        for knob in (*MAIN, *ADVANCED)
        if not knob.group
    }
    return [*words, *knobs.words(chosen | layers, usual)]


def _places(within: DeltaGenerator, which: Sequence[Knob], count: int) -> dict[str, DeltaGenerator]:
    """A place for each knob, `count` in a row, so that rows stay in order on a phone."""
    places = {}
    for start in range(0, len(which), count):
        columns = within.columns(count)
        for knob, column in zip(which[start : start + count], columns, strict=False):
            places[knob.key] = column
    return places


def _groups(base: tuple[str, ...], places: Mapping[str, DeltaGenerator]) -> tuple[str, ...]:
    """Words for what chooses files of settings; the other knobs start from what those say."""
    usual = composed(base).choices
    words = []
    for knob in (knob for knob in KNOBS.values() if knob.group):
        option = places[knob.key].selectbox(
            knob.label,
            knob.options,
            index=knob.options.index(usual[knob.key]),
            help=knob.help,
            key=f"{knob.key} {' '.join(base)}",
            persist_state="session",
        )
        if option != usual[knob.key]:
            words.append(f"{knob.key}={option}")
    return tuple(words)


def _layers(usual: Mapping[str, Any], scope: str) -> dict[str, Any]:
    """Which style layers; their weights are those of the chosen set. Raises UserError for none."""
    known: dict[str, float] = usual["layers.style"]
    layers = st.multiselect(
        "Style layers",
        STYLE_LAYERS,
        [name for name in known if name in STYLE_LAYERS],
        help="early ones hold palette and grain, late ones the larger shapes",
        key=f"layers.style {scope}",
        persist_state="session",
    )
    if not layers:
        raise UserError("choose at least one style layer")
    weights = knobs.weights_of([name for name in STYLE_LAYERS if name in layers], known)
    return {} if weights == known else {"layers.style": weights}


def _turned(knob: Knob, place: DeltaGenerator, usual: Any, scope: str) -> Any:
    """Draws the widget for one knob and gives its value. Raises UserError for what it cannot be."""
    said: dict[str, Any] = {
        "label": knob.label,
        "help": knob.help,
        "key": f"{knob.key} {scope}",
        "persist_state": "session",
    }
    if knob.ladder:
        rungs = sorted({*knob.ladder, float(usual)})
        slider = place.select_slider(
            options=rungs, value=float(usual), format_func=knobs.said, **said
        )
        return knob.check(slider)
    if knob.kind == "choice":
        options = list(dict.fromkeys([*knob.options, usual]))
        return place.selectbox(options=options, index=options.index(usual), **said)
    if knob.kind == "truth":
        return place.toggle(value=usual, **said)
    if knob.kind == "steps":
        return knob.check(place.text_input(value=knobs.said(usual).strip("[]"), **said))
    kind = int if knob.kind == "whole" else float
    most = None if math.isinf(knob.most) else kind(max(knob.most, usual))
    return knob.check(
        place.number_input(value=kind(usual), min_value=kind(knob.least), max_value=most, **said)
    )
