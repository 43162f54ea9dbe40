"""What travels between machines that share no disk: pictures by content, run folders whole."""

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from stylex.atomic import write_atomically
from stylex.config.schema import Config
from stylex.paths import expand, is_file, sha256
from stylex.runs.folder import others_in

COMING = ".coming-"  # before the name of a folder that is not in its place yet


def files_of(config: Config) -> list[str]:
    """The paths, as `config` has them, of all files that its run reads."""
    from stylex.config.build import picture_files  # torch: only where nothing is shared

    weights = config.extractor.weights
    return [*picture_files(config).values(), *([weights] if is_file(weights) else ())]


def digests(paths: Iterable[str]) -> dict[str, str]:
    """{path: sha256 of the file's bytes}, of those that are there."""
    return {path: _digest(path, *_state(path)) for path in paths if is_file(path)}


@lru_cache(maxsize=4096)
def _digest(path: str, size: int, changed: int) -> str:
    return sha256(path)


def _state(path: str) -> tuple[int, int]:
    found = expand(path).stat()
    return found.st_size, found.st_mtime_ns


class Store:
    """A worker's own copies of files, each under the hash of its bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, files: Mapping[str, bytes]) -> None:
        """{sha256: bytes}"""
        for digest, data in files.items():
            write_atomically(self.folder / digest, data)

    def missing(self, wanted: Iterable[str]) -> list[str]:
        """Those of the hashes that are not here."""
        return [digest for digest in dict.fromkeys(wanted) if not (self.folder / digest).exists()]

    def places(self, files: Mapping[str, str]) -> dict[str, Path]:
        """{path: sha256} -> {path: where its bytes are here}"""
        return {path: self.folder / digest for path, digest in files.items()}


def pack(folder: Path) -> bytes:
    """All files of a run's folder but its lock."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:  # not compressed: most of it is
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != ".lock":
                archive.write(path, path.relative_to(folder))
    return data.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Puts what `pack` made in place of `folder`, whole or not at all. Raises OSError.

    What no run writes is in the new one as well.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    coming = Path(tempfile.mkdtemp(prefix=COMING, dir=folder.parent))
    try:
        whole = coming / "new"
        whole.mkdir()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(whole)  # which lets no name lead out of it
        if folder.exists():
            for path in others_in(folder):
                if path.is_dir():
                    shutil.copytree(path, whole / path.name, dirs_exist_ok=True)
                else:
                    shutil.copy2(path, whole / path.name)
            os.replace(folder, coming / "old")
        os.replace(whole, folder)
    finally:
        shutil.rmtree(coming, ignore_errors=True)


def clear(sweep: Path) -> None:
    """Removes what a killed process had not put in its place."""
    for folder in sweep.glob(f"{COMING}*"):
        shutil.rmtree(folder, ignore_errors=True)
