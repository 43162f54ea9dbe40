"""The contact sheet and the trade-off of a sweep in TensorBoard, without torch."""

import io
import time
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

LONGEST = 2000  # px; TensorBoard keeps its pictures in memory


def to_tensorboard(folder: Path, pictures: Mapping[str, Path], step: int) -> None:
    """Writes {tag: picture file} as events of `folder`, instead of those that were there.

    step: how many jobs are done. Files that do not exist are left out.
    """
    for old in folder.glob("events.out.tfevents.*"):
        old.unlink()
    values = [
        Summary.Value(tag=tag, image=_encoded(path))
        for tag, path in pictures.items()
        if path.exists()
    ]
    writer = EventFileWriter(str(folder))
    writer.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=values)))
    writer.close()


def _encoded(path: Path) -> Summary.Image:
    file = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        image.save(file, "PNG")
        width, height = image.size
    return Summary.Image(
        height=height, width=width, colorspace=3, encoded_image_string=file.getvalue()
    )
