"""The contact sheet and the trade-off of a sweep in TensorBoard."""

from collections.abc import Mapping
from pathlib import Path

from stylex.images.thumbnails import thumbnail
from stylex.runs.folder import event_files
from stylex.runs.tensorboard import EventFile, picture

LONGEST = 2000  # px; TensorBoard keeps its pictures in memory


def to_tensorboard(folder: Path, pictures: Mapping[str, Path], step: int) -> None:
    """Writes {tag: picture file} as events of `folder`, instead of those that were there.

    step: how many jobs are done. Files that do not exist are left out.
    """
    before = event_files(folder)
    events = EventFile(folder)
    for tag, path in pictures.items():
        if path.exists():
            events.add(picture(tag, thumbnail(path, LONGEST)), step)
    events.close()
    for old in before:
        old.unlink(missing_ok=True)
