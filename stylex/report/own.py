"""Which files a report wrote, so that a further one replaces no others."""

import re
from collections.abc import Iterable
from pathlib import Path

import stylex
from stylex.errors import UserError
from stylex.images.formats import is_result
from stylex.paths import shown

SOFTWARE = f"stylex {stylex.__version__}"
"""By which a picture and a page are known to be ours."""

_HEAD = 65536  # bytes of a page or a table: its head, even with a long title
_TITLE = rb"<title>[^<]* \xc2\xb7 stylex</title>"
_MARK = rb'<meta name="generator" content="stylex \d+\.\d+'
_TABLE = rb"rank,[^\r\n]*pareto_front,reason,path\r?\n"


def check(folder: Path, names: Iterable[str]) -> None:
    """Raises UserError for a file there of one of these names that no report wrote."""
    paths = [path for name in names if (path := folder / name).is_file()]
    earlier = any(_is_page(path) and not _is_marked(path) for path in paths)
    for path in paths:
        if not _is_own(path, earlier=earlier):
            raise UserError(
                f"{shown(path)} was not made by stylex, so it is not replaced: rename it, or name "
                "another folder by --output"
            )


def _is_own(path: Path, *, earlier: bool) -> bool:
    """earlier: whether a page of before pages and pictures were marked is beside it."""
    if path.suffix == ".csv":
        return re.match(_TABLE, _head(path)) is not None
    if path.suffix == ".png":
        return earlier or is_result(path)
    return _is_page(path)


def _is_page(path: Path) -> bool:
    return path.suffix == ".html" and re.search(_TITLE, _head(path)) is not None


def _is_marked(path: Path) -> bool:
    return re.search(_MARK, _head(path)) is not None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""
