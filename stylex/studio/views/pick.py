"""Choosing pictures: thumbnails to press, and files to upload."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from stylex.config import pictures
from stylex.errors import UserError, on_one_line
from stylex.paths import is_file
from stylex.studio.uploads import MOST_MEGABYTES, keep
from stylex.studio.views.common import error, outputs
from stylex.studio.views.components import Thumb, small, thumbs

MOST_UPLOADS = 8  # offered at once, the latest
USUAL = {"content": "jesse", "style": "kahlo"}
MIX = "mix"  # key of the session's state: whether several styles may be chosen


def pick(group: str, label: str) -> list[str]:
    """Draws the choice of `content` or `style`; the options or paths chosen, at least one.

    There are several of `style` alone, where the session's state has MIX.
    """
    several = group == "style" and bool(st.session_state.get(MIX))
    with st.container(key=place_of(group)):
        st.markdown(f"**{label}**")
        found = offered(group)
        chosen = [name for name in st.session_state.get(_state(group), []) if name in found]
        usual = USUAL[group] if USUAL[group] in found else next(iter(found))
        chosen = (chosen if several else chosen[:1]) or [usual]
        st.session_state[_state(group)] = chosen

        def press(names: list[str]) -> None:
            now = st.session_state[_state(group)]
            alone = group == "style" and not {*names} & {*now}
            if alone and st.session_state.get(MIX):
                names = [*now, *names]  # pressed before the page showed that there may be several
            # In the order in which they were pressed.
            kept = [name for name in now if name in names]
            choose(group, [*kept, *(name for name in names if name not in kept)])
            st.session_state.pop(f"{group} refused", None)

        options = [_thumb(name, path) for name, path in found.items()]
        thumbs(label, options, chosen, press, f"{group} thumbs", several=several)
        upload(group, label)
    return chosen


def place_of(group: str) -> str:
    """The key of the container that `pick` draws in."""
    return f"pick-{group}"


def choose(group: str, names: Sequence[str]) -> None:
    """Chooses these options or paths, before the group is drawn."""
    st.session_state[_state(group)] = [*names]


def name_of(group: str, file: Path) -> str:
    """The option that the file is, or its path."""
    names = {path.resolve(): name for name, path in pictures.options(group).items()}
    return names.get(file.resolve()) or outputs().kept_as(group, file)


def file_of(group: str, name: str) -> Path:
    """The file of an option that `offered` gave, or of a path."""
    return pictures.options(group).get(name, Path(name))


def _state(group: str) -> str:
    return f"{group} chosen"


def upload(group: str, label: str) -> None:
    """Keeps and chooses an uploaded file, or says what is wrong with it."""
    count = st.session_state.setdefault(f"{group} uploads", 0)
    given = st.file_uploader(
        label,
        key=f"{group} upload {count}",
        label_visibility="collapsed",
        max_upload_size=MOST_MEGABYTES,
    )
    if given is None:
        if refused := st.session_state.get(f"{group} refused"):
            error(refused)
        return
    take(group, given.getvalue(), given.name)
    st.session_state[f"{group} uploads"] = count + 1  # an empty uploader, ready for the next
    st.rerun()


def take(group: str, data: bytes, name: str) -> None:
    """Keeps and chooses a picture of that name, or notes why it is refused, for `upload` to say."""
    refused = ""
    try:
        path = str(keep(data, name, outputs().uploads(group)))
        now = st.session_state.get(_state(group), []) if st.session_state.get(MIX) else []
        several = [other for other in now if other != path] if group == "style" else []
        choose(group, [*several, path])
    except UserError as wrong:
        refused = str(wrong)
    except OSError as failed:
        refused = f"the file cannot be saved: {failed.strerror}"
    st.session_state[f"{group} refused"] = refused


def offered(group: str) -> dict[str, Path]:
    """{option or path: file}: the pictures with names, then uploads and what was chosen before."""
    found = pictures.options(group)
    for path in outputs().uploaded(group)[:MOST_UPLOADS]:
        found[str(path)] = path
    for chosen in st.session_state.get(_state(group), []):
        if chosen not in found and is_file(chosen):
            found[chosen] = Path(chosen)
    return found


def _thumb(name: str, path: Path) -> Thumb:
    try:
        return Thumb(name, called(name), small(path))
    except (UserError, OSError) as damaged:
        return Thumb(name, called(name), "", on_one_line(damaged))


def called(name: str) -> str:
    """An option, or the name of a file, on one line."""
    return on_one_line(Path(name).stem if pictures.looks_like_path(name) else name)
