"""Choosing a picture: a thumbnail of those that there are, or one's own dropped in."""

from pathlib import Path
from typing import Literal

import streamlit as st

from stylex.config import pictures
from stylex.errors import UserError, on_one_line
from stylex.paths import is_file
from stylex.studio.show import outputs
from stylex.studio.uploads import MOST_MEGABYTES, keep
from stylex.studio.wipe import thumbnail

WIDTH = 76  # px of a thumbnail: four in a row on a phone


def pick(group: str, label: str) -> str:
    """The option or path chosen for `content` or `style`, as a word says it."""
    there = pictures.options(group)
    state = _state(group)
    st.session_state.setdefault(state, _first(group, there))
    st.markdown(f"**{label}**")
    given = st.file_uploader(
        label,
        [suffix.removeprefix(".") for suffix in pictures.SUFFIXES],
        key=f"{group} upload",
        label_visibility="collapsed",
        max_upload_size=MOST_MEGABYTES,
    )
    if given is not None and st.session_state.get(f"{group} taken") != given.file_id:
        st.session_state[f"{group} taken"] = given.file_id
        try:
            st.session_state[state] = str(keep(given.getvalue(), given.name, outputs().uploads))
        except UserError as error:
            st.error(str(error), icon=":material/error:")
        except OSError as error:
            st.error(f"it cannot be kept: {error.strerror}", icon=":material/error:")
    chosen = str(st.session_state[state])
    if chosen not in there and Path(chosen).is_file():
        there = {chosen: Path(chosen), **there}
    elif chosen not in there:
        chosen = st.session_state[state] = _first(group, there)
    with st.container(horizontal=True, gap="small"):
        for name, path in there.items():
            with st.container(width=WIDTH, gap="xsmall"):
                _offer(group, name, path, taken=name == chosen)
    return chosen


def picked(group: str, file: Path) -> bool:
    """Chooses that file, before the group is drawn; False where there is none."""
    if not is_file(file):
        return False
    names = {path.resolve(): name for name, path in pictures.options(group).items()}
    st.session_state[_state(group)] = names.get(file.resolve(), str(file))
    return True


def _state(group: str) -> str:
    return f"{group} chosen"


def _first(group: str, there: dict[str, Path]) -> str:
    usual = {"content": "jesse", "style": "kahlo"}[group]
    return usual if usual in there else next(iter(there))


def _offer(group: str, name: str, path: Path, *, taken: bool) -> None:
    try:
        st.image(thumbnail(path, square=True), width="stretch", alt=on_one_line(path.stem))
    except (UserError, OSError) as error:
        st.caption(str(error))
        return
    label = on_one_line(path.stem) if name == str(path) else name
    kind: Literal["primary", "secondary"] = "primary" if taken else "secondary"
    key = f"offered {group} {name}"
    if st.button(label, key=key, type=kind, width="stretch") and not taken:
        st.session_state[_state(group)] = name
        st.rerun()
