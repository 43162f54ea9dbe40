"""Work on a picture before it is painted: a part of it chosen, a mask painted over it."""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from stylex.errors import UserError
from stylex.images.decode import size_of
from stylex.studio.folders import unused
from stylex.studio.pictures import displayed
from stylex.studio.uploads import cropped
from stylex.studio.views.common import error, outputs
from stylex.studio.views.components import component, of_jpeg
from stylex.studio.views.pick import called, take

PNG = "data:image/png;base64,"

_brush = component("brush", also=("tools",))
_crop = component("crop", also=("tools",))


def crop(group: str, name: str, file: Path) -> None:
    """Draws a picture of one's own, of which a part may be chosen; that is then a picture, too."""
    key, wanted = f"crop {group} {name}", f"crop {group}"

    def part() -> None:
        try:
            data = cropped(file, _box(st.session_state[key].get("part")))
        except (UserError, OSError) as wrong:
            st.session_state[f"{group} refused"] = str(wrong)
        else:
            take(group, data, f"{called(name)} part{file.suffix}")
        st.session_state[wanted] = False

    if st.toggle("Crop", key=wanted):
        try:
            height, width = size_of(file)
            picture = of_jpeg(displayed(file))
        except (UserError, OSError) as damaged:
            error(damaged)
            return
        st.caption("Drag over the part to keep.")
        data = {"picture": picture, "name": called(name), "width": width, "height": height}
        _crop(data=data, key=key, on_part_change=part)


def brush(name: str, file: Path) -> None:
    """Draws a picture to paint a mask over, which is then kept and chosen as an uploaded one is."""
    key, wanted = f"brush {name}", "brush"

    def mask() -> None:
        said = str(st.session_state[key].get("mask"))
        try:
            data = base64.b64decode(said.removeprefix(PNG), validate=True)
        except binascii.Error:
            data = b""  # which is no picture, and refused as such
        taken = {path.stem for path in outputs().uploaded("mask")}
        take("mask", data, f"{unused(f'{called(name)} mask', taken, ' ')}.png")
        st.session_state[wanted] = False

    if st.toggle("Paint a mask with a brush", key=wanted):
        try:
            data = {"picture": of_jpeg(displayed(file)), "name": called(name)}
        except (UserError, OSError) as damaged:
            error(damaged)
            return
        st.caption("Brush over what is to be painted in the style; the rest stays as it is.")
        _brush(data=data, key=key, on_mask_change=mask)


def _box(said: object) -> tuple[float, float, float, float]:
    """What a component says of a part. Raises UserError for anything else."""
    try:
        if not isinstance(said, Sequence):
            raise TypeError
        left, top, right, bottom = map(float, said)
    except (TypeError, ValueError) as error:
        raise UserError("there is no such part of the picture") from error
    return left, top, right, bottom
