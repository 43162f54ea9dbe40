"""TensorBoard's event files, written in this thread: what fails, fails where it is asked for."""

import io
import itertools
import os
import socket
import time
from pathlib import Path

from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

_count = itertools.count()


class EventFile:
    """A new event file in `folder`, whose name TensorBoard shows as the run's.

    Raises OSError, as does every method.
    """

    def __init__(self, folder: Path) -> None:
        name = f"events.out.tfevents.{time.time():010.0f}.{socket.gethostname()}"
        self.file = (folder / f"{name}.{os.getpid()}.{next(_count)}").open("wb")
        self.records = RecordWriter(self.file)
        try:
            self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))
        except OSError:
            self.close()
            raise

    def add(self, summary: Summary, step: int = 0) -> None:
        """One summary, of scalars, pictures, or what a plugin understands."""
        self._write(Event(wall_time=time.time(), step=step, summary=summary))

    def _write(self, event: Event) -> None:
        self.records.write(event.SerializeToString())

    def flush(self) -> None:
        """All that was added is in the file."""
        self.file.flush()

    def sync(self) -> None:
        """And safely on the disk."""
        self.flush()
        os.fsync(self.file.fileno())

    def close(self) -> None:
        """Closes the file, even if there is no room for what it still held."""
        self.file.close()


def scalars(values: dict[str, float]) -> Summary:
    """{tag: value} as one summary."""
    return Summary(value=[Summary.Value(tag=tag, simple_value=v) for tag, v in values.items()])


def picture(tag: str, image: Image.Image) -> Summary:
    """An RGB picture, as PNG."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)  # a tenth larger than at 6, in a third of the time
    width, height = image.size
    encoded = Summary.Image(
        height=height, width=width, colorspace=3, encoded_image_string=file.getvalue()
    )
    return Summary(value=[Summary.Value(tag=tag, image=encoded)])
