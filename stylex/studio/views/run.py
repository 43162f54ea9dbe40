"""One run, by its link; the latest where the link names none."""

from pathlib import Path

import streamlit as st

from stylex.errors import UserError
from stylex.studio.views.common import error, outputs, processes
from stylex.studio.views.manage import shelf, undo_bar, was_deleted
from stylex.studio.views.show import show


def page() -> None:
    """Reads `?run=`."""
    name = st.query_params.get("run")
    try:
        folder = outputs().find(name) if name else _latest()
        if folder:
            show(folder, alive=processes().alive(folder))
        else:
            st.info("There are no runs yet: paint one.")
    except UserError as wrong:
        undo_bar()
        if not was_deleted(outputs().root / str(name)):
            error(wrong)


def _latest() -> Path | None:
    entries = shelf().entries()
    return entries[0].record.folder if entries else None
