"""One run, by its link; the latest where the link names none."""

import streamlit as st

from stylex.errors import UserError
from stylex.studio.views.common import error, outputs, processes
from stylex.studio.views.manage import shelf, undo_bar, was_deleted
from stylex.studio.views.show import show


def page() -> None:
    """Reads `?run=`."""
    name = st.query_params.get("run")
    try:
        if name:
            folder = outputs().find(name)
            show(folder, alive=processes().alive(folder))
        elif entries := shelf().entries():
            folder = entries[0].record.folder
            show(folder, alive=processes().alive(folder))
        else:
            st.info("There are no runs yet: paint one.")
    except UserError as wrong:
        undo_bar()
        if not was_deleted(outputs().root / str(name)):
            error(wrong)
