"""Pictures as config options: a file starry.jpg in a folder `style` is chosen by `style=starry`.

Hydra asks a ConfigSource for the options of a group. This one answers from folders of pictures:
those that ship with the package, `./images`, and `$STYLEX_IMAGES`; and it takes any picture's path
for an option of its own.
"""

import hashlib
import os
import re
import unicodedata
from pathlib import Path

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from stylex.paths import expand, is_file

GROUPS = ("content", "style")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def folders() -> list[Path]:
    """Where pictures are looked for, first come first served; each holds `content` and `style`."""
    own = os.environ.get("STYLEX_IMAGES")
    places = [expand(own)] if own else []
    return [*places, Path.cwd() / "images", SAMPLES]


def options(group: str) -> dict[str, Path]:
    """{name: file} of a group over all folders."""
    found: dict[str, Path] = {}
    for folder in folders():
        found = {**_in_folder(folder / group), **found}
    return dict(sorted(found.items()))


def option_name(path: Path) -> str:
    """A name that Hydra's command line can say: plain letters, digits, `_`, `.` and `-`."""
    plain = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", plain).strip("_-.")
    # `1`, `null` or `true` would be read as a number, nothing or a truth value.
    if Path(name).suffix.lower() in SUFFIXES:  # wall.jpg.webp: or it would be taken for a file
        name = name.replace(".", "_")
    if not name:  # of another alphabet altogether
        name = hashlib.sha256(path.stem.encode()).hexdigest()[:8]
    if not name[:1].isalpha() or name.lower() in ("null", "true", "false", "nan", "inf"):
        name = f"img_{name}"
    return name[:80]  # it becomes part of a folder's name


def looks_like_path(value: str) -> bool:
    """Whether an option's value means a file rather than a name."""
    suffix = Path(value).suffix
    return "/" in value or os.sep in value or suffix.lower() in SUFFIXES or is_file(value)


def _in_folder(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in SUFFIXES and path.is_file() and path.name[0] != ".":
                found.setdefault(option_name(path), path)
    return found


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
        return self._find(config_path) is not None

    def load_config(self, config_path: str) -> ConfigResult:
        path = self._find(config_path)
        if path is None:
            raise ConfigLoadError(f"no picture '{config_path}' in {self.path}")
        return ConfigResult(
            provider=self.provider,
            path=self.full_path(),
            config=OmegaConf.create({"name": option_name(path), "path": _escaped(path)}),
            header={"package": None},
        )

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        if config_path == "":
            return [] if results_filter == ObjectType.CONFIG else list(GROUPS)
        if config_path not in GROUPS or results_filter == ObjectType.GROUP:
            return []
        return list(_in_folder(Path(self.path) / config_path))

    def _find(self, config_path: str) -> Path | None:
        group, _, name = config_path.partition("/")
        if group not in GROUPS or not name:
            return None
        name = name.removesuffix(".yaml")
        if looks_like_path(name):
            # Missing files pass, too: reading the picture says best what is wrong with it.
            return expand(name).absolute()
        return _in_folder(Path(self.path) / group).get(name)


def _escaped(path: Path) -> str:
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
