"""A sweep's runs as a sheet lays them out, each picture a button that opens its run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from stylex.errors import UserError, on_one_line
from stylex.runs.record import RESULT, THUMBNAIL, Record
from stylex.studio.folders import own_file
from stylex.studio.pictures import thumbnail
from stylex.studio.sweeps import tables
from stylex.studio.views.common import open_run, outputs
from stylex.studio.views.components import component, of_jpeg

MOST = 300  # runs; of more the gallery shows pages
SIDE = 240  # px, of each

_cells = component("cells")


def cells(records: Sequence[Record], rank_by: str, key: str) -> None:
    """Draws them; `key` tells one such sheet from another. Nothing of more than MOST."""
    if not records or len(records) > MOST:
        return
    opened = f"opened {key}"
    known = {outputs().name(record.folder) for record in records}

    def pressed() -> None:
        if (name := st.session_state[key].get("pressed")) in known:
            st.session_state[opened] = name

    shown = [
        {
            "title": on_one_line(table.title),
            "corner": "\n".join(map(on_one_line, table.corner.splitlines())),
            "columns": [*map(on_one_line, table.columns)],
            "flow": len(table.rows) == 1 and not table.rows[0][0],
            "rows": [
                {"name": on_one_line(name), "cells": [_cell(run) for run in runs]}
                for name, runs in table.rows
            ],
        }
        for table in tables(records, rank_by)
    ]
    _cells(data=shown, key=key, on_pressed_change=pressed)
    if name := st.session_state.pop(opened, None):
        open_run(name)


def _cell(record: Record | None) -> dict[str, Any] | None:
    """value: its address, empty before the run has a folder; state: in place of a picture."""
    if record is None:
        return None
    begun = record.status != "pending"
    return {
        "value": outputs().name(record.folder) if begun else "",
        "name": on_one_line(record.folder.name),
        "picture": _picture(record.folder) if begun else "",
        "state": on_one_line(record.status),
    }


def _picture(folder: Path) -> str:
    """The address of a small picture; empty where there is none."""
    small = own_file(folder, THUMBNAIL) or own_file(folder, RESULT)
    try:
        return of_jpeg(thumbnail(small, SIDE)) if small else ""
    except (UserError, OSError):
        return ""
