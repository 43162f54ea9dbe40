"""A disk that is full at any moment: one line, and what was there before is there still."""

import builtins
import contextlib
import errno
import io
import json
import logging
import os
import subprocess
from pathlib import Path

import pytest
from command_line import TINY
from PIL import Image

from stylex.runs.recorder import RunRecorder

RUN = (*TINY, "checkpoint_every=0", "tracking.images_every=1", "hydra.run.dir=x")
RUN += ("layers.content={relu2_1: 1}", "layers.style={relu1_1: 1, relu2_1: 1}")  # soon evaluated


class Disk:
    """Counts what is written below a folder, and refuses from the n-th time on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.count, self.full_at = 0, 10**9
        real_open = io.open

        def opened(file, mode="r", *args, **kwargs):
            if not self._here(file) or not set(mode) & set("wxa+"):
                return real_open(file, mode, *args, **kwargs)
            self.use(file)
            handle = real_open(file, mode, *args, **kwargs)
            return Watched(handle, lambda: self.use(file))

        monkeypatch.setattr(builtins, "open", opened)
        monkeypatch.setattr(io, "open", opened)
        for name in ("mkdir", "replace", "truncate"):
            real = getattr(os, name)

            def watched(path, *args, real=real, **kwargs):
                if self._here(path):
                    self.use(path)
                return real(path, *args, **kwargs)

            monkeypatch.setattr(os, name, watched)

    def _here(self, path) -> bool:
        return isinstance(path, str | os.PathLike) and Path(path).absolute().is_relative_to(
            self.folder
        )

    def use(self, path) -> None:
        self.count += 1
        if self.count >= self.full_at:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))


class Watched:
    """A file whose writes ask first; closing always works."""

    def __init__(self, handle, ask) -> None:
        self.handle, self.ask = handle, ask

    def write(self, data):
        self.ask()
        return self.handle.write(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.handle.close()

    def __iter__(self):
        return iter(self.handle)

    def __getattr__(self, name):
        return getattr(self.handle, name)


def contents(*paths: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.exists() else None for path in paths}


def check_left(here: Path, outcome) -> None:
    """One line, no half files, a status that is no lie."""
    assert outcome.status in (1, 2)
    assert outcome.err.startswith("stylex: ") and outcome.err.count("\n") == 1
    assert "No space left" in outcome.err
    assert not list(here.rglob("*.part"))
    for path in here.glob("x/run.json"):
        assert json.loads(path.read_text())["status"] in ("failed", "running")
    for path in here.rglob("*.png"):
        Image.open(path).load()


@pytest.mark.parametrize("every", [13, pytest.param(1, marks=pytest.mark.slow)])
def test_full_at_one_write_after_another(here, command, monkeypatch, every):
    disk = Disk(here, monkeypatch)
    assert command(*RUN, "output=keep.png").status == 0
    writes = disk.count
    assert writes > 30
    before = contents(here / "keep.png")
    subprocess.run(["rm", "-r", here / "x"], check=True)
    harmless = []
    for number in range(1, writes + 1, every):
        disk.count, disk.full_at = 0, number
        outcome = command(*RUN, "output=keep.png")
        disk.full_at = 10**9
        if outcome.status == 0:
            harmless.append(number)
        else:
            check_left(here, outcome)
        assert contents(here / "keep.png") == before
        subprocess.run(["rm", "-rf", here / "x"], check=True)
    # Only the last line of the log of what was said can be missing without anything being wrong.
    assert len(harmless) <= 3 and all(number > writes - 4 for number in harmless)


def test_a_finished_run_survives_that_its_folder_is_used_again_on_a_full_disk(
    here, command, monkeypatch, done
):
    before = contents(done / "result.png", done / "steps.jsonl", done / "run.json")
    disk = Disk(here, monkeypatch)
    disk.full_at = 1
    outcome = command(*RUN, "rerun=true")
    assert outcome.status in (1, 2) and outcome.err.count("\n") == 1
    assert contents(*before) == before


@pytest.fixture
def small_disk(here):
    """`small_disk(name, kib)`: a folder that is a file system of that size."""
    mounted = []

    def make(name: str, kib: int) -> Path:
        folder = here / name
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
        try:
            right = subprocess.run(mount, capture_output=True).returncode == 0
        except FileNotFoundError:
            right = False
        if not right:
            pytest.skip("no right to mount a tmpfs here")
        mounted.append(folder)
        return folder

    yield make
    for handler in logging.getLogger().handlers:  # stylex.log is on that disk
        handler.close()
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leaves no byte free on the folder's disk."""
    with (folder / "filler").open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))


@pytest.mark.parametrize("kib", [4, 12, 24, 40, 70])
def test_a_small_file_system(here, command, small_disk, kib):
    disk = small_disk("disk", kib)
    outcome = command(*RUN, "size=96", "hydra.run.dir=disk/x")
    check_left(disk, outcome)
    if kib > 30:
        assert (disk / "x/run.json").exists()
    if (disk / "x/run.json").exists():
        record = json.loads((disk / "x/run.json").read_text())
        assert record["status"] == "failed"
        assert "No space left" in record["reason"] and str(disk / "x") in record["reason"]
        assert not list((disk / "x").glob(".*"))


def test_a_disk_that_others_fill_meanwhile(here, command, small_disk, monkeypatch):
    """The run's last word has its room on the disk from the beginning."""
    disk = small_disk("disk", 2048)
    real = RunRecorder.on_step

    def on_step(self, step):
        fill(disk)
        real(self, step)

    monkeypatch.setattr(RunRecorder, "on_step", on_step)
    outcome = command(*RUN, "hydra.run.dir=disk/x")
    check_left(disk, outcome)
    assert f"stylex: {disk / 'x'}" in outcome.err
    record = json.loads((disk / "x/run.json").read_text())
    assert record["status"] == "failed" and outcome.err == f"stylex: {record['reason']}\n"


def test_another_disk_that_is_full_is_named(here, command, small_disk):
    disk = small_disk("other", 64)
    (disk / "filler").write_bytes(bytes(60 * 1024))
    outcome = command(*RUN, "size=96", "output=other/me.tif")
    assert outcome.status == 1
    assert outcome.err == "stylex: other/me.tif: No space left on device\n"
    record = json.loads((here / "x/run.json").read_text())
    assert (record["status"], record["reason"]) == ("failed", outcome.err[len("stylex: ") : -1])
    Image.open(here / "x/result.png").load()
    assert os.listdir(disk) == ["filler"]


def test_the_end_of_a_sweep_on_a_full_disk(here, command, small_disk, monkeypatch):
    """What there is to read is printed, and what could not be written is named."""
    disk = small_disk("disk", 4096)
    real = RunRecorder.finish

    def finish(self, result):
        real(self, result)
        fill(disk)

    monkeypatch.setattr(RunRecorder, "finish", finish)
    outcome = command("--multirun", *TINY, "tracking=light", "seed=1", f"hydra.sweep.dir={disk}/w")
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith(f"stylex: {disk / 'w'}") and "No space left" in outcome.err
    assert "[1/1] only: " in outcome.out and "1 run, done" in outcome.out
    assert not [path for path in disk.rglob(".*") if path.is_file()]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(here, command):
    here.chmod(0o500)
    try:
        outcome = command(*RUN)
    finally:
        here.chmod(0o700)
    assert outcome.status == 2 and outcome.err.count("\n") == 1 and "Permission" in outcome.err
