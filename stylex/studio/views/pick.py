"""Choosing a picture: a thumbnail of each, or a file to upload."""

from pathlib import Path
from typing import Literal

import streamlit as st

from stylex.config import pictures
from stylex.errors import UserError, on_one_line
from stylex.paths import is_file
from stylex.studio.pictures import thumbnail
from stylex.studio.text import plain
from stylex.studio.uploads import MOST_MEGABYTES, keep
from stylex.studio.views.common import error, outputs

WIDTH = 76  # px of a thumbnail: four in a row on a phone
MOST_UPLOADS = 8  # offered at once, the latest


def pick(group: str, label: str) -> str:
    """Draws the choice of `content` or `style` and returns the option or path chosen."""
    st.markdown(f"**{label}**")
    upload(group, label)
    found = offered(group)
    chosen = st.session_state.get(_state(group))
    if chosen not in found:
        default = {"content": "jesse", "style": "kahlo"}[group]
        chosen = default if default in found else next(iter(found))
    with st.container(horizontal=True, gap="small"):
        for name, path in found.items():
            with st.container(width=WIDTH, gap="xsmall"):
                _offer(group, name, path, chosen=name == chosen)
    return str(chosen)


def choose_file(group: str, file: Path) -> bool:
    """Chooses that file, before the group is drawn; False where it does not exist."""
    if not is_file(file):
        return False
    st.session_state[_state(group)] = name_of(group, file)
    return True


def name_of(group: str, file: Path) -> str:
    """The option that the file is, or its path."""
    names = {path.resolve(): name for name, path in pictures.options(group).items()}
    return names.get(file.resolve(), str(file))


def _state(group: str) -> str:
    return f"{group} chosen"


def upload(group: str, label: str) -> None:
    """Keeps and chooses an uploaded file, or says what is wrong with it."""
    count = st.session_state.setdefault(f"{group} uploads", 0)
    given = st.file_uploader(
        label,
        [suffix.removeprefix(".") for suffix in pictures.SUFFIXES],
        key=f"{group} upload {count}",
        label_visibility="collapsed",
        max_upload_size=MOST_MEGABYTES,
    )
    if given is None:
        if refused := st.session_state.get(f"{group} refused"):
            error(refused)
        return
    refused = ""
    try:
        path = keep(given.getvalue(), given.name, outputs().uploads(group))
        st.session_state[_state(group)] = str(path)
    except UserError as wrong:
        refused = str(wrong)
    except OSError as failed:
        refused = f"the file cannot be saved: {failed.strerror}"
    st.session_state[f"{group} refused"] = refused
    st.session_state[f"{group} uploads"] = count + 1  # an empty uploader, ready for the next
    st.rerun()


def offered(group: str) -> dict[str, Path]:
    """{option or path: file}: the pictures with names, then uploads and what was chosen before."""
    found = pictures.options(group)
    for path in outputs().uploaded(group)[:MOST_UPLOADS]:
        found[str(path)] = path
    chosen = st.session_state.get(_state(group), "")
    if chosen not in found and is_file(chosen):
        found[chosen] = Path(chosen)
    return found


def _offer(group: str, name: str, path: Path, *, chosen: bool) -> None:
    label = plain(path.stem if name == str(path) else name)
    try:
        st.image(thumbnail(path, square=True), width="stretch", alt=on_one_line(path.stem))
    except (UserError, OSError) as damaged:
        st.caption(plain(damaged))
        return
    kind: Literal["primary", "secondary"] = "primary" if chosen else "secondary"
    key = f"offered {group} {name}"
    if st.button(label, key=key, type=kind, width="stretch") and not chosen:
        st.session_state[_state(group)] = name
        st.session_state.pop(f"{group} refused", None)
        st.rerun()
