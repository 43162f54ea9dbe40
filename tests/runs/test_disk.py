"""A disk that is full at any moment: one line, and what was there before is there still."""

import builtins
import errno
import io
import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import TINY, start
from PIL import Image

RUN = (*TINY, "checkpoint_every=0", "tracking.images_every=1", "hydra.run.dir=x")


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


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_full_at_one_write_after_another(here, command, monkeypatch, every):
    keep = here / "keep.png"
    assert command(*RUN, "output=keep.png", "hydra.run.dir=whole").status == 0
    before = contents(keep)
    disk = Disk(here, monkeypatch)
    assert command(*RUN, "output=keep.png").status == 0
    writes = disk.count
    assert writes > 30
    assert contents(keep) == before  # the same picture again, whole
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
        assert contents(keep) == before
        subprocess.run(["rm", "-rf", here / "x"], check=True)
    # Only the last line of the log of what was said can be missing without anything being wrong.
    assert len(harmless) <= 3 and all(number > writes - 4 for number in harmless)


def test_a_finished_run_survives_that_its_folder_is_used_again_on_a_full_disk(
    here, command, monkeypatch
):
    assert command(*RUN).status == 0
    result, steps = here / "x/result.png", here / "x/steps.jsonl"
    before = contents(result, steps)
    disk = Disk(here, monkeypatch)
    disk.full_at = 1
    outcome = command(*RUN)
    assert outcome.status in (1, 2) and outcome.err.count("\n") == 1
    assert contents(result, steps) == before


@pytest.mark.parametrize("kib", [4, 12, 40, 70])
def test_a_small_file_system(here, kib):
    disk = here / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no right to mount a tmpfs here")
    try:
        process = start(*RUN, "size=96", f"hydra.run.dir={disk}/x", cwd=here)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (1, 2)
        assert err.startswith("stylex: ") and err.count("\n") == 1 and "No space left" in err
        assert not list(disk.rglob("*.part"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(here, command):
    here.chmod(0o500)
    try:
        outcome = command(*RUN)
    finally:
        here.chmod(0o700)
    assert outcome.status == 2 and outcome.err.count("\n") == 1 and "Permission" in outcome.err
