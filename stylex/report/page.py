"""report.html: all runs on one page that needs no network, no server and no other file.

The page itself is in web/; this fills it with the runs. Whatever a run folder says is text that
somebody else may have written: it goes into blocks of JSON, in which nothing looks like markup,
and the page's script shows it as text only.
"""

import base64
import hashlib
import html
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from stylex.atomic import replacing
from stylex.images import thumbnails
from stylex.report.axes import Axis
from stylex.report.ranking import figure, ranked
from stylex.runs.record import FIGURES, Record

WEB = Path(__file__).with_name("html")
SCRIPTS = (
    *("data.js", "choose.js", "filters.js", "colour.js", "plot.js", "pointer.js", "list.js"),
    *("run.js", "main.js"),
)
BLOCK = 100  # thumbnails in one block of the page; a browser takes a block apart when it is seen


def save(
    path: Path, records: Sequence[Record], axes: Sequence[Axis], *, title: str, by: str
) -> None:
    """Writes the page, whole or not at all; runs best first by `by`.

    The pictures in full are linked to, relative to the page's folder. Raises UserError for an
    unknown figure, OSError where the page cannot be written.
    """
    order = ranked(records, by)
    script = "\n".join((WEB / name).read_text("utf-8") for name in SCRIPTS)
    style = (WEB / "page.css").read_text("utf-8")
    fill: dict[str, Callable[[], Iterable[str]]] = {
        "title": lambda: [html.escape(title)],
        "policy": lambda: [html.escape(_policy(script, style))],
        "style": lambda: [style],
        "script": lambda: [script],
        "runs": lambda: _runs(order, axes, by, path.parent),
        "thumbnails": lambda: _thumbnails(order),
    }
    with replacing(path) as file:
        parts = re.split(r"\{\{(\w+)\}\}", (WEB / "page.html").read_text("utf-8"))
        for text, name in zip(parts[::2], [*parts[1::2], ""], strict=True):
            for piece in chain([text], fill[name]() if name else []):
                file.write(piece.encode("utf-8", "replace"))


def common_settings(records: Sequence[Record]) -> dict[str, str | None]:
    """{key: what most runs have}, None where most do not have it; in the order of the settings."""
    complete = [record.settings for record in records if record.settings]
    values: dict[str, Counter[str]] = {}
    for settings in complete:
        for key, value in settings.items():
            values.setdefault(key, Counter())[_text(value)] += 1
    common: dict[str, str | None] = {}
    for key, counts in values.items():
        value, count = counts.most_common(1)[0]
        common[key] = value if count >= len(complete) - counts.total() else None
    return common


def differences(record: Record, common: dict[str, str | None]) -> dict[str, str | None]:
    """{key: value} of the settings that are not the common ones; None for one that is missing."""
    own = {key: _text(value) for key, value in record.settings.items()}
    return {key: own.get(key) for key in common if own.get(key) != common[key]}


def link(path: Path, folder: Path) -> str:
    """A link to `path` from a page in `folder`."""
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        return path.absolute().as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))


def _runs(order: Sequence[Record], axes: Sequence[Axis], by: str, folder: Path) -> Iterator[str]:
    common = common_settings(order)
    indices = {key: index for index, key in enumerate(common)}
    places = [(axis, {value: at for at, value in enumerate(axis.values)}) for axis in axes]
    yield _block(
        "page",
        {
            "by": by,
            "figures": list(dict.fromkeys([*FIGURES, by])),
            "axes": [{"key": axis.key, "values": axis.values} for axis in axes],
            "settings": list(common.items()),
            "block": BLOCK,
        },
    )
    yield '<script type="application/json" id="runs">[\n'
    for number, record in enumerate(order):
        score = figure(record.figures, by)
        figures = record.figures if score is None else {**record.figures, by: score}
        own = differences(record, common) if record.settings else {}
        run = {
            "url": link(record.folder, folder),
            "status": record.status,
            "at": [of[record.value(axis.key)] for axis, of in places],
            "figures": {name: value for name, value in figures.items() if math.isfinite(value)},
            "own": {indices[key]: value for key, value in own.items()},
            "pictures": {name: str(path) for name, path in record.pictures.items()},
            "command": record.command,
            "started": record.started,
            "reason": record.reason,
            "picture": record.result.is_file(),
            "settings": bool(record.settings),
        }
        yield f"{',' if number else ''}{_json({k: v for k, v in run.items() if v})}\n"
    yield "]</script>\n"


def _thumbnails(order: Sequence[Record]) -> Iterator[str]:
    side = thumbnails.side(len(order))
    files = [(run.thumbnail, run.result) for run in order]
    shapes = []
    for number, (encoded, shape) in enumerate(thumbnails.encoded(files, side)):
        if number % BLOCK == 0:
            yield f'{"</script>" if number else ""}\n<script type="text/plain" class="thumbnails">'
        yield f"{encoded}\n"
        shapes += [shape] if shape else []
    yield "</script>\n" if order else ""
    yield _block("thumbnail", {"side": side, "shape": round(median(shapes or [1.5]), 3)})


def _block(name: str, data: Any) -> str:
    return f'<script type="application/json" id="{name}">{_json(data)}</script>\n'


def _json(data: Any) -> str:
    # Without `<` no text can end the block or open another. ASCII, because a name on disk need not
    # be valid Unicode.
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _policy(script: str, style: str) -> str:
    """That only this script and this style run, and that nothing but pictures is loaded."""
    script, style = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (script, style)
    )
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self' file: data:; "
        f"script-src 'sha256-{script}'; style-src 'sha256-{style}'"
    )
