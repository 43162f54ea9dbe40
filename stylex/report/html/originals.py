"""The photographs and paintings that runs were made from, each of them once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stylex.images import thumbnails
from stylex.report.html.links import link
from stylex.runs.record import PICTURES, Record

LONGEST = 240  # px, the long side of a thumbnail


def originals(
    records: Sequence[Record], folder: Path
) -> tuple[list[dict[str, Any]], dict[Path, list[int]]]:
    """What a page in `folder` knows of each picture, and {run folder: indices of its pictures}.

    A run's photograph comes first, then its painting or paintings. A picture: its kind, its name,
    a JPEG in base64 and its url; without these two where there is no picture any more.
    """
    at: dict[tuple[str, Path], int] = {}
    of: dict[Path, list[int]] = {}
    for run in records:
        files = [(kind, path) for kind in PICTURES for path in run.files(kind)]
        of[run.folder] = [at.setdefault(file, len(at)) for file in files]
    side = min(LONGEST, thumbnails.side(max(len(records), len(at))))
    encoded = thumbnails.encoded([[path] for _, path in at], side)
    found = []
    for (kind, path), (picture, _) in zip(at, encoded, strict=True):
        about = {"kind": kind, "name": path.stem}
        if picture:
            about |= {"thumbnail": picture, "url": link(path, folder)}
        found.append(about)
    return found, of
