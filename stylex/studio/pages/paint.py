"""Two pictures, some knobs, start; and beside them the picture as it develops."""

from pathlib import Path

import streamlit as st

from stylex.config import pictures
from stylex.errors import UserError
from stylex.runs.record import read, to_command
from stylex.studio.folders import is_sweep, title
from stylex.studio.form import fill, form
from stylex.studio.pick import pick, picked
from stylex.studio.show import AGAIN, begin, children, outputs, show

WATCHED = "tracking.images_every=10"  # pictures often enough to be looked at


def page() -> None:
    """The form left, the run right; one below the other on a phone."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        try:
            if AGAIN in st.session_state:
                _take_up(st.session_state.pop(AGAIN))
            content, style = pick("content", "Your picture"), pick("style", "The style")
            st.divider()
            words = [f"content={content}", f"style={style}", *form(), WATCHED]
        except UserError as error:
            st.error(str(error), icon=":material/error:")
            return
        for missing in st.session_state.get("not taken up", []):
            st.caption(missing)
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


def _take_up(folder: Path) -> None:
    """Fills the form with what the run was made with. Raises UserError."""
    record = read(folder)
    st.session_state["painting"] = folder
    missing = st.session_state["not taken up"] = []
    for group in pictures.GROUPS:
        file = record.pictures.get(group)
        if not (file and picked(group, file)):
            missing.append(f"The {group} picture of that run is gone.")
    if other := fill(record):
        said = ", ".join(f"`{word}`" for word in other)
        missing.append(f"{title(record)} was made with {said}, for which there is no knob here.")


def _name(choice: str) -> str:
    return pictures.option_name(Path(choice)) if pictures.looks_like_path(choice) else choice


def _welcome() -> None:
    st.markdown(
        "#### Two pictures in, one worth framing out\n\n"
        "Choose a picture and a style, or drop your own, and press **Paint**. "
        "A picture of 512 px takes a minute or two; the preset `fast` makes a draft in seconds. "
        "You can watch, stop, and go on later; closing this page stops nothing."
    )
