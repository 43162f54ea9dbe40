"""Pictures as config options: a file starry.jpg in a folder `style` is chosen by `style=starry`.

Hydra asks a ConfigSource for the options of a group. This one answers from folders of pictures:
those that ship with the package, `./images`, and `$STYLEX_IMAGES`; and it takes any picture's path
for an option of its own, and several paintings (config/mixtures.py) for one of `style`.
"""

import glob
import hashlib
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

from stylex.config import grammar, mixtures
from stylex.errors import UserError, did_you_mean, quoted
from stylex.images.formats import is_result
from stylex.paths import expand, is_file, shown

GROUPS = ("content", "style")
SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"),
    *(".bmp", ".gif", ".avif", ".ppm"),
)
SAMPLES = Path(__file__).resolve().parent.parent / "samples"
LONGEST_NAME = 80  # bytes; two of them are part of a run folder's name


def folders() -> list[Path]:
    """Where pictures are looked for, first come first served; each holds `content` and `style`."""
    own = os.environ.get("STYLEX_IMAGES")
    places = [expand(own)] if own else []
    return [*places, Path.cwd() / "images", SAMPLES]


def options(group: str) -> dict[str, Path]:
    """{name: file} of a group over all folders, without pictures that this program made."""
    found: dict[str, Path] = {}
    for folder in folders():
        found = {**_offered(folder / group), **found}
    return dict(sorted(found.items()))


def option_name(path: Path) -> str:
    """The name that a picture's file gives: its stem, so far as a command line can say it.

    Letters and digits of any script, signs such as ☕, spaces and `_ . -` stand as they are; what
    else there is becomes `_`.
    """
    stem = unicodedata.normalize("NFC", path.stem)
    name = "".join(c if _is_plain(c) else "_" for c in stem).strip(" _-.")
    if Path(name).suffix.lower() in SUFFIXES:  # wall.jpg.webp: or it would be taken for a file
        name = name.replace(".", "_")
    return _shortened(name, path.stem)


def _shortened(name: str, whole: str) -> str:
    """The name; where it is empty or long, with a hash of the whole."""
    if name and len(name.encode()) <= LONGEST_NAME:
        return name
    start = name.encode()[: LONGEST_NAME - 7].decode(errors="ignore")
    digest = hashlib.sha256(os.fsencode(whole)).hexdigest()[:6]
    return f"{start}-{digest}" if start else digest


def parts_of(group: str, value: str) -> list[mixtures.Part]:
    """The pictures that an option's value names, and their weights; one but for several styles."""
    return mixtures.parts(value) if group == "style" else [(value, 1.0)]


def value_name(group: str, value: str) -> str:
    """What is called so in file names: `kahlo+night`, with weights `kahlo-2+night-1`."""
    found = parts_of(group, value)
    # Only a path has an ending to be taken off.
    files = [Path(name if looks_like_path(name) else f"{name}.png") for name, _ in found]
    named = [(option_name(file), weight) for file, (_, weight) in zip(files, found, strict=True)]
    return _shortened(mixtures.joined(named).replace(":", "-"), value)


def _is_plain(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind[0] in "LMN" or kind == "So" or character in " _.-"


def looks_like_path(value: str) -> bool:
    """Whether an option's value means a file rather than a name."""
    suffix = Path(value).suffix
    return "/" in value or os.sep in value or suffix.lower() in SUFFIXES or is_file(value)


def is_many(content: str) -> bool:
    """Whether `content=` is a folder of pictures, or a pattern as holiday/*.jpg."""
    if is_file(content) or grammar.names_in_call(content):
        return False
    # Of a sweep's list each is a name or a file: `photo [1].jpg` is no pattern.
    parts = map(grammar.unquoted, grammar.split(content))
    if any(glob.has_magic(part) and not is_file(part) for part in parts):
        return True
    if content.endswith(("/", os.sep)):
        return True
    named = not looks_like_path(content) and content in options("content")
    return bool(content) and is_folder(expand(content)) and not named


def is_folder(path: str | Path) -> bool:
    """No for a name that no folder can have."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def file_of(group: str, value: str) -> Path | None:
    """The file that a name or a path means, absolute; None for a name that nothing has."""
    if looks_like_path(value):
        return Path(os.path.abspath(expand(value)))
    return next((path for f in folders() if (path := _find(f / group, value))), None)


def shadowed_samples(choices: Iterable[tuple[str, str]]) -> list[str]:
    """What to say of each (group, name) where a picture of the user's has a sample's name."""
    said = []
    pairs = [
        (group, name)
        for group, value in choices
        if group in GROUPS
        for name, _ in parts_of(group, value)
    ]
    for group, name in dict.fromkeys(pairs):
        if not looks_like_path(name) and _find(SAMPLES / group, name):
            file = file_of(group, name)
            if file and SAMPLES not in file.parents:
                said.append(f"{group}={name} is {shown(file)}, not the sample of that name")
    return said


def check_names(composed: DictConfig) -> None:
    """Raises UserError for a picture's name that is more than part of a folder's name."""
    for group in GROUPS:
        picture = composed.get(group)
        if isinstance(picture, DictConfig) and not OmegaConf.is_missing(picture, "name"):
            name = str(picture.name)
            if name != "+".join(option_name(Path(f"{part}.png")) for part in name.split("+")):
                raise UserError(f"{group}.name cannot be part of a folder's name: '{quoted(name)}'")


def _in_folder(folder: Path) -> dict[str, list[Path]]:
    """{name: files}, of which one is expected."""
    found: dict[str, list[Path]] = {}
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in SUFFIXES and path.is_file() and path.name[0] != ".":
                found.setdefault(option_name(path), []).append(path)
    return found


def _offered(folder: Path) -> dict[str, Path]:
    return {
        name: _originals(files)[0]
        for name, files in _in_folder(folder).items()
        if folder.parent == SAMPLES or not all(map(is_result, files))
    }


def _originals(files: list[Path]) -> list[Path]:
    """Of files of one name those that this program has not made, or all where it made all."""
    if len(files) < 2:  # as nearly always: nothing is to be read
        return files
    return [path for path in files if not is_result(path)] or files


def _find(folder: Path, name: str) -> Path | None:
    """The file of that name, not a painting of it. Raises UserError where there are two."""
    files = _originals(_in_folder(folder).get(unicodedata.normalize("NFC", name), []))
    if len(files) > 1:
        both = " and ".join(str(shown(path)) for path in files)
        raise UserError(f"{folder.name} '{quoted(name)}' is both {both}: rename one, or say which")
    return files[0] if files else None


def provided(found: ConfigResult) -> bool:
    """Whether it comes from a folder of pictures, not of configs."""
    return found.path.startswith(f"{PictureSource.scheme()}:")


class PictureSource(ConfigSource):
    """One folder of pictures as config groups; the path is `pictures://<folder>`."""

    @staticmethod
    def scheme() -> str:
        return "pictures"

    def available(self) -> bool:
        return Path(self.path).is_dir()

    def is_group(self, config_path: str) -> bool:
        return config_path in ("", *GROUPS)

    def is_config(self, config_path: str) -> bool:
        return self._picture(config_path) is not None

    def load_config(self, config_path: str) -> ConfigResult:
        picture = self._picture(config_path)
        if picture is None:
            raise ConfigLoadError(f"no picture '{config_path}' in {self.path}")
        return ConfigResult(
            provider=self.provider,
            path=self.full_path(),
            config=OmegaConf.create(picture),
            header={"package": None},
        )

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        if config_path == "":
            return [] if results_filter == ObjectType.CONFIG else list(GROUPS)
        if config_path not in GROUPS or results_filter == ObjectType.GROUP:
            return []
        return list(_offered(Path(self.path) / config_path))

    def _picture(self, config_path: str) -> dict[str, Any] | None:
        """The option's config; None where this folder has none of that name."""
        group, _, value = config_path.partition("/")
        value = value.removesuffix(".yaml")
        if group not in GROUPS or not value:
            return None
        found = parts_of(group, value)
        if len(found) > 1:
            paths = [escaped(_file_of_part(group, name)) for name, _ in found]
            weights = [weight for _, weight in found]
            return {"name": value_name(group, value), "paths": paths, "weights": weights}
        path = self._file(group, found[0][0])
        return {"name": option_name(path), "path": escaped(path)} if path else None

    def _file(self, group: str, name: str) -> Path | None:
        if looks_like_path(name):
            # Missing files pass, too: reading the picture says best what is wrong with it.
            return expand(name).absolute()
        return _find(Path(self.path) / group, name)


def _file_of_part(group: str, name: str) -> Path:
    """Of one of several paintings, whichever folder has it. Raises UserError where none does."""
    path = file_of(group, name) if name else None
    if path is None:
        raise UserError(f"no {group} named '{quoted(name)}'{did_you_mean(name, options(group))}")
    return path


def escaped(path: str | Path) -> str:
    """The path as a YAML value in which `${` means itself."""
    return str(path).replace("${", "\\${")


class PictureSearchPath(SearchPathPlugin):
    """Puts the folders of pictures behind conf/."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for folder in folders():
            if folder.is_dir():
                search_path.append(provider="stylex", path=f"pictures://{folder}")


def register() -> None:
    """Makes pictures known to Hydra."""
    Plugins.instance().register(PictureSource)
    Plugins.instance().register(PictureSearchPath)
