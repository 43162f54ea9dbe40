"""What is wrong with single values, found without torch and before anything is computed."""

from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from stylex.config.pictures import GROUPS, looks_like_path
from stylex.config.schema import AUTO
from stylex.errors import UserError, check_range
from stylex.film import formats
from stylex.importing import importing_torch
from stylex.paths import existing_file
from stylex.transfer.limits import NUMBERS, check_settings
from stylex.transfer.vgg.layers import IMAGE, check_layers

_FILES = (*GROUPS, "regions", "init", "mask", "film", "output")
_LAYERS = ("layers.content", "layers.style")


def check_files(composed: DictConfig) -> None:
    """Raises UserError for a file that is named and missing, or in a format that none is in."""
    for key in _FILES:
        check_value(composed, key)


def check_value(composed: DictConfig, key: str) -> None:
    """Raises UserError for a number out of its range, a layer that there is not, a file that is
    missing, and a format that none is written in. What takes a whole config is said later.

    composed: has the value. key: the setting's, or a group's.
    """
    value: Any = OmegaConf.select(composed, key)
    if OmegaConf.is_config(value):
        value = OmegaConf.to_container(value, resolve=True)
    check_settings(**{key: value})
    if key == "stop.change":
        check_range(key, value, *NUMBERS["stop_change"])
    elif key in GROUPS:
        for path in value.get("paths") or [value.get("path")]:
            existing_file(path)
    elif key == "regions" and isinstance(value, list):
        for number, entry in enumerate(value, start=1):
            masks = entry if isinstance(entry, Mapping) else {"mask": entry}
            for kind, path in masks.items():
                which = "source mask" if kind == "source" else "mask"
                _check_file(path, f"the {which} of style {number}")
    elif key in ("init", "mask"):
        _check_file(value, key)
    elif key == "film" and value is not None:
        formats.check(value)
    elif key == "output" and value not in (None, AUTO):
        with importing_torch():  # only where it is needed
            from stylex.images.save import check_format

        check_format(value)
    elif place := next((place for place in _LAYERS if f"{key}.".startswith(f"{place}.")), None):
        names = value if key == place else [key.removeprefix(f"{place}.")]
        check_layers((name for name in names if name != IMAGE), place)


def _check_file(value: object, place: str) -> None:
    """Of what may be a word, as `noise`, or a file."""
    if isinstance(value, str) and looks_like_path(value):
        try:
            existing_file(value)
        except UserError as error:
            raise UserError(f"{place}: {error}") from error
