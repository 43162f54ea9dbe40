"""What the page needs that Streamlit lacks: the components in web/, each with its data.

What they show is set as text and as the address of a picture, never as HTML.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from stylex.images.decode import size_of
from stylex.studio.pictures import displayed, thumbnail

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

WEB = Path(__file__).resolve().parents[1] / "web"
LARGE = 800  # px, of a picture beside another


@dataclass(frozen=True)
class Thumb:
    """A picture that is a button. picture: its address, empty where there is none to show."""

    value: str
    name: str
    picture: str
    title: str = ""


def component(
    name: str, *, isolate_styles: bool = True, also: Sequence[str] = ()
) -> "ComponentRenderer":
    """The component whose parts are web/<name>.html, .css and .js, as far as there are any.

    also: names of style sheets that it shares with others.
    """
    files = {kind: [WEB / f"{name}.{kind}"] for kind in ("html", "css", "js")}
    files["css"] += [WEB / f"{other}.css" for other in also]
    texts = {
        kind: "".join(file.read_text("utf-8") for file in some if file.is_file())
        for kind, some in files.items()
    }
    parts = {kind: text for kind, text in texts.items() if text}
    return st.components.v2.component(f"stylex.{name}", isolate_styles=isolate_styles, **parts)


_slider = component("slider")
_thumbs = component("thumbs")
_pair = component("pair")
_scroll = component("scroll", isolate_styles=False)
_paste = component("paste", isolate_styles=False)
_seen = component("seen", isolate_styles=False)


def slider(before: Path, after: Path, left: str, right: str, key: str) -> None:
    """Shows `before` left of a divider to drag and `after` right of it, at the size of `after`.

    left, right: their captions. Raises UserError, OSError where one cannot be shown.
    """
    data = {
        "before": of_jpeg(displayed(before)),
        "after": of_jpeg(displayed(after)),
        "left": left,
        "right": right,
    }
    _slider(data=data, key=key)


def thumbs(
    label: str,
    options: Sequence[Thumb],
    chosen: Sequence[str],
    press: Callable[[list[str]], None],
    key: str,
    *,
    several: bool = False,
    strip: bool = False,
) -> None:
    """Shows pictures as buttons, `chosen` of them pressed; calls `press` with the values that are.

    press: is called before the page is drawn anew. several: whether pressing one again takes it
    back. strip: in one row, which scrolls.
    """
    values = [option.value for option in options]

    def pressed() -> None:
        said = st.session_state.get(key, {}).get("pressed")  # none once the view is being left
        if found := [value for value in values if isinstance(said, list) and value in said]:
            press(found)

    data = {
        "label": label,
        "options": [asdict(option) for option in options],
        "chosen": [*chosen],
        "several": several,
        "strip": strip,
    }
    _thumbs(data=data, key=key, on_pressed_change=pressed)


def pair(pictures: Sequence[tuple[str, Path]], key: str) -> None:
    """Shows pictures side by side at one height, {name: file}.

    Raises UserError, OSError where one cannot be shown.
    """
    shown = []
    for name, path in pictures:
        height, width = size_of(path)
        address = of_jpeg(thumbnail(path, LARGE))
        shown.append({"name": name, "picture": address, "aspect": round(width / height, 3)})
    _pair(data=shown, key=key)


def paste_into(keys: Sequence[str]) -> None:
    """Hands pictures that are pasted to the uploader in the container last used, of these keys."""
    _paste(data=[*keys], key="paste", height=0)


def scroll_here(event: float) -> None:
    """Scrolls to the block around this, unless its top is in view; once for each `event`."""
    _scroll(data={"event": event}, key=f"scroll {event}", height=0)


def keys_where_seen(place: str, keys: Sequence[str]) -> None:
    """These keys do nothing but scroll to the container of the key `place` where it is not seen."""
    _seen(data={"place": place, "keys": [*keys]}, key=f"seen {place}", height=0)


def small(path: Path) -> str:
    """The address of a square thumbnail. Raises UserError, OSError where it cannot be read."""
    return of_jpeg(thumbnail(path, square=True))


def of_jpeg(jpeg: bytes) -> str:
    """The address of a picture."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
