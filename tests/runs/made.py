"""Runs that the command line makes in this process, and their folders as tests change them."""

import json
import logging
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import TINY
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event

from stylex import cli

# Three levels of 4, 2 and 2 steps, each of which is logged, with losses that are soon evaluated.
RUN = (*TINY, "size=48", "steps=2", "pyramid=sqrt2", "pyramid.min_size=24")
RUN += ("layers.content={relu2_1: 1}", "layers.style={relu1_1: 1, relu2_1: 1}")
RUN += ("tracking.scalars_every=1",)


def make(folder: Path, *arguments: str) -> Path:
    """A finished run in `folder`/run, made by the command line in this process."""
    handlers = [*logging.getLogger().handlers]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("STYLEX_IMAGES", raising=False)
        patch.setenv("HYDRA_FULL_ERROR", "0")
        patch.setattr(sys, "argv", ["stylex", *arguments, "hydra.run.dir=run"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code
    for handler in {*logging.getLogger().handlers}.difference(handlers):
        handler.close()
    logging.getLogger().handlers[:] = handlers
    return folder / "run"


def record(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text())


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edit(folder: Path, **entries: object) -> None:
    path = folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def pixels(folder: Path) -> np.ndarray:
    return np.asarray(Image.open(folder / "result.png"))


def logged(folder: Path) -> list[int]:
    lines = (folder / "steps.jsonl").read_text().splitlines()
    return [json.loads(line)["step"] for line in lines]


def on_board(folder: Path) -> list[int]:
    """The steps of all scalars in all event files, as they stand there.

    A record is its length (64 bits), a checksum (32), the event, and a checksum.
    """
    steps = []
    for path in sorted(folder.glob("events.out.*")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + length])
            steps += [event.step for value in event.summary.value if value.tag == "loss/total"]
            at += 16 + length
        assert at == len(data)
    return steps
