"""TensorBoard's event files, written in the calling thread, so that errors are raised there."""

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

from stylex.atomic import naming

_count = itertools.count()


class EventFile:
    """A new event file in `folder`, whose name TensorBoard shows as the run's.

    Raises OSError, as does every method.
    """

    def __init__(self, folder: Path) -> None:
        # Microseconds, because TensorBoard reads a resumed run's files in the order of their names.
        name = f"events.out.tfevents.{time.time():017.6f}.{socket.gethostname()}"
        self.path = folder / f"{name}.{os.getpid()}.{next(_count)}"
        self.file = self.path.open("wb")
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
        with naming(self.path):
            self.records.write(event.SerializeToString())

    def flush(self) -> None:
        """All that was added is in the file."""
        with naming(self.path):
            self.file.flush()

    def sync(self) -> None:
        """And safely on the disk."""
        self.flush()
        os.fsync(self.file.fileno())

    def close(self) -> None:
        """Closes the file, even if the disk is too full for what was not written yet."""
        with naming(self.path):
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
