"""Where a run's picture is saved: in its folder, and where the user wants it (`output=`)."""

import contextlib
import hashlib
import io
import itertools
import os
import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from stylex.atomic import check_writable, write_atomically
from stylex.config.build import picture_files
from stylex.config.pictures import SAMPLES
from stylex.config.schema import AUTO, Config
from stylex.errors import UserError
from stylex.images.formats import is_picture
from stylex.images.load import resize, sides, to_pil
from stylex.images.save import check_format, encode
from stylex.images.thumbnails import LONGEST
from stylex.paths import expand, sha256
from stylex.runs.folder import RunFolder
from stylex.runs.record import Record, read
from stylex.transfer.pyramid import fit_size


def save_result(image: Tensor, folder: RunFolder, texts: Mapping[str, str]) -> None:
    """result.png, with `texts` in it, and its thumbnail. Raises OSError."""
    write_atomically(folder.result, encode(image, folder.result, texts))
    small = io.BytesIO()
    sized = resize(image, *fit_size(*sides(image), LONGEST)).clamp(0, 1)
    to_pil(sized).save(small, "JPEG", quality=85)
    write_atomically(folder.thumbnail, small.getvalue())


class Output:
    """Where a picture goes; under a name that the user gave, whatever is there is replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self) -> dict[str, object]:
        """What it adds to run.json."""
        return {}

    def save(self, image: Tensor, folder: RunFolder, texts: Mapping[str, str]) -> None:
        """Writes the picture, with `texts` in it. Raises OSError."""
        write_atomically(self.path, encode(image, self.path, texts))


class Beside(Output):
    """A name of the program's own choice, under which only this run's picture is ever replaced.

    The record tells which that is: the path that was chosen, and the sha256 of what was written.
    """

    def __init__(self, wanted: Path, earlier: Mapping[str, str], *, moved: bool) -> None:
        """wanted: the name if nothing has it. earlier: what `record` said of this folder's run.

        moved: that run may have chosen a name like this in any folder.
        """
        self.wanted = wanted
        self.written = ""
        path = Path(earlier.get("path", ""))
        variant = re.fullmatch(re.escape(wanted.stem) + r"(-\d+)?\.png", path.name)
        if variant and (moved or path.parent == wanted.parent):
            self.written = earlier.get("sha256", "")
            super().__init__(path)
        else:
            super().__init__(self._free())

    def record(self) -> dict[str, object]:
        found = {"path": str(self.path)} | ({"sha256": self.written} if self.written else {})
        return {"output": found}

    def save(self, image: Tensor, folder: RunFolder, texts: Mapping[str, str]) -> None:
        """Writes the picture, under the next free name if others have taken this one since.

        The record says so beforehand: a run that is killed here finds its own picture again.
        """
        data = encode(image, self.path, texts)
        before, self.written = self.written, hashlib.sha256(data).hexdigest()
        while True:
            own = _bytes_are(self.path, before) or _bytes_are(self.path, self.written)
            if not own and os.path.lexists(self.path):
                self.path = self._free()
            folder.note(self.record())
            try:
                return write_atomically(self.path, data, new=not own)
            except FileExistsError:
                if not os.path.lexists(self.path):  # it was about the folder
                    raise

    def _free(self) -> Path:
        """me-kahlo.png, me-kahlo-2.png, … : the first that nothing has."""
        names = (f"{self.wanted.stem}-{n}.png" for n in itertools.count(2))
        candidates = itertools.chain([self.wanted], map(self.wanted.with_name, names))
        return next(path for path in candidates if not os.path.lexists(path))


def output_of(config: Config, folder: Path, variant: str = "") -> Output | None:
    """Where the result of `config` is also to be saved; None where that is only its folder.

    folder: the run's, which may know of an earlier choice. variant: what tells it from the other
        jobs of its sweep, part of the name.

    Raises UserError for a place that cannot be written, or would overwrite a picture it is made
    from.
    """
    if config.output is None:
        return None
    if config.output == AUTO:
        beside = _beside(config, variant, read(folder).output)
        _check(beside.path, str(beside.path), config)
        return beside
    check_format(config.output)
    output = Output(expand(config.output))
    _check(output.path, config.output, config)
    return output


def not_saved(record: Record, config: Config) -> dict[str, str]:
    """{output: why} where a finished run has not left the picture that `config` names."""
    if config.output is None:
        return {}
    before = str(record.settings.get("output", "none"))
    if AUTO in (config.output, before):
        path, same = Path(record.output.get("path", "")), config.output == before
    else:
        path = expand(config.output).absolute()
        same = path == Path(record.cwd, expand(before))
    if same and is_picture(path):
        return {}
    lost = "no picture any more" if path.is_file() else "gone"
    return {"output": f"{path} is {lost}" if same else f"{before} → {config.output}"}


def _beside(config: Config, variant: str, earlier: Mapping[str, str]) -> Beside:
    """<content>-<style>.png beside the content picture; those that ship with stylex: here."""
    content = expand(config.content.path).absolute()
    shipped = content.parent.resolve().is_relative_to(SAMPLES)
    varied = f",{variant}" if variant else ""
    place = Path.cwd() if shipped else content.parent
    name = f"{content.stem}-{config.style.name}{varied}.png"
    return Beside(place / name, earlier, moved=shipped)


def _bytes_are(path: Path, digest: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(digest) and path.is_file() and sha256(path) == digest
    return False


def is_read(path: Path, config: Config) -> bool:
    """Whether it is a file, by whatever name, that the run is made from."""
    files = map(expand, [*picture_files(config).values(), config.extractor.weights])
    return path.exists() and any(file.exists() and path.samefile(file) for file in files)


def _check(path: Path, name: str, config: Config) -> None:
    if path.is_dir():
        raise UserError(f"output '{name}' is a folder; name a file in it")
    if is_read(path, config):
        raise UserError(f"output '{name}' would overwrite the picture it is made from")
    try:
        check_writable(path)
    except OSError as error:
        raise UserError(f"output '{name}' cannot be written: {error.strerror}") from error
