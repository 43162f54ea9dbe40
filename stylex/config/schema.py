"""The typed schema of the whole config: every key and its type.

conf/*.yaml hold the values. Ranges are of what the values are for, in one table for the command and
for Python (transfer/limits.py); numbers are checked here already, before torch is imported.
`to_config` turns what Hydra composed into plain dataclasses: a run knows no Hydra.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from omegaconf import MISSING, DictConfig, OmegaConf, open_dict

from stylex.errors import UserError, check_range, check_whole, did_you_mean
from stylex.transfer.limits import NUMBERS, check_settings
from stylex.transfer.strength import weights_of

AUTO = "auto"  # as `output`: a name of the program's own choice


class Fit(Enum):
    long = 1
    short = 2
    square = 3


class Pooling(Enum):
    max = 1
    avg = 2


class Padding(Enum):
    replicate = 1
    zeros = 2


class Convention(Enum):
    auto = 1
    torchvision = 2
    caffe = 3


class Precision(Enum):
    auto = 1
    fp32 = 2
    bf16 = 3
    tf32 = 4


class Parameterization(Enum):
    pixels = 1
    laplacian = 2


class Color(Enum):
    style = 1
    keep = 2
    match = 3
    luminance = 4


@dataclass
class PictureConfig:
    name: str = MISSING
    path: str = MISSING


@dataclass
class StyleConfig:
    """path: of one painting; or paths of several, with a weight for each."""

    name: str = MISSING
    path: str | None = None
    paths: list[str] | None = None
    weights: list[float] | None = None


@dataclass
class LayersConfig:
    """{layer: weight}, used as written."""

    content: dict[str, float] = MISSING
    style: dict[str, float] = MISSING


@dataclass
class LossConfig:
    """Each a `_target_` of stylex.transfer.losses.base with its own arguments."""

    content: dict[str, Any] = MISSING
    style: dict[str, Any] = MISSING
    tv: dict[str, Any] = MISSING


@dataclass
class PyramidConfig:
    levels: int | None = MISSING
    min_size: int = MISSING
    factor: float = MISSING
    first: float = MISSING
    repeat: int = MISSING
    surface_above: int | None = MISSING


@dataclass
class ExtractorConfig:
    weights: str = MISSING
    convention: Convention = MISSING
    unit_input: bool = MISSING
    normalize: Any = MISSING  # true, false or centre
    pooling: Pooling = MISSING
    padding: Padding = MISSING


@dataclass
class StopConfig:
    change: float = MISSING  # grey levels


@dataclass
class TrackingConfig:
    tensorboard: bool = MISSING
    scalars_every: int = MISSING
    images_every: int = MISSING

    def __post_init__(self) -> None:
        check_whole("tracking.scalars_every", self.scalars_every, 1, 10**9)
        check_whole("tracking.images_every", self.images_every, 0, 10**9)


@dataclass
class Config:
    content: PictureConfig = MISSING
    style: StyleConfig = MISSING
    blend: float | None = MISSING
    regions: Any = MISSING  # for each style a mask, or {mask, source}
    mask: str | None = MISSING
    mask_feather: int | None = MISSING
    output: str | None = MISSING
    film: str | None = MISSING

    size: int = MISSING
    fit: Fit = MISSING
    enlarge: bool = MISSING
    style_size: int | None = MISSING
    style_scale: float = MISSING
    style_squash: bool = MISSING
    style_turned: bool = MISSING

    color: Color = MISSING
    strength: float | None = MISSING  # in place of the weights
    content_weight: float = MISSING
    style_weight: float = MISSING
    tv_weight: float = MISSING
    layers: LayersConfig = MISSING
    loss: LossConfig = MISSING

    steps: Any = MISSING  # one number, or one per level
    init: str = MISSING
    init_detail: bool = MISSING
    seed: int = MISSING
    pyramid: PyramidConfig = MISSING
    parameterization: Parameterization = MISSING
    resample_every: int = MISSING
    tileable: bool = MISSING
    optimizer: dict[str, Any] = MISSING  # `_target_` and its arguments, and its policy

    extractor: ExtractorConfig = MISSING
    device: str = MISSING
    precision: Precision = MISSING
    tile: Any = MISSING  # auto, off, or px
    tracking: TrackingConfig = MISSING
    stop: StopConfig = MISSING

    checkpoint_every: float = MISSING
    resume: str | None = MISSING
    may_change: list[str] = MISSING

    sweep: str | None = MISSING
    rerun: bool = MISSING
    fail_fast: bool = MISSING
    batch: Any = MISSING  # auto, off, or a number of jobs
    rank_by: str = MISSING
    zip: Any = MISSING  # keys, or groups of them, that a sweep varies together
    fold: str | None = MISSING  # the key over which its jobs are shown as one

    def __post_init__(self) -> None:
        check_settings(**vars(self))
        check_range("stop.change", self.stop.change, *NUMBERS["stop_change"])
        check_range("checkpoint_every", self.checkpoint_every)
        for name, path in (
            ("content", self.content.path),
            ("style", self.style.path or self.style.paths),
        ):
            if not path:
                raise UserError(f"{name}.path has no value")
        known = ("versions", *option_names())  # of what is installed: versions.torch
        for key in self.may_change:
            if not any(f"{key}.".startswith(f"{name}.") for name in known):
                raise UserError(f"may_change: {unknown_option(key)}")


def without_hydra(composed: DictConfig) -> DictConfig:
    """A copy of what Hydra composed, without its own part."""
    return stripped(composed.copy())


def stripped(composed: DictConfig) -> DictConfig:
    """What Hydra composed, out of which its own part is taken: sooner done than copying that."""
    with open_dict(composed):
        del composed["hydra"]
    return composed


def to_config(composed: DictConfig) -> Config:
    """What Hydra composed -> plain dataclasses, every type checked.

    Raises UserError or OmegaConfBaseException.
    """
    known = set(option_names())
    for key, node in composed.items_ex(resolve=False):  # `+foo=1` gets past Hydra
        inner = next((f.type for f in fields(Config) if f.name == key), None)
        nested = [f"{key!s}.{name}" for name in node] if is_dataclass(inner) else []
        for name in (str(key), *nested):
            if name not in known:
                raise UserError(unknown_option(name))
    for key in sorted(known.difference(map(str, composed))):
        if "." not in key:  # nor does Hydra mind `~size`
            raise UserError(f"{key} cannot be taken away")
    config = OmegaConf.to_object(composed)
    assert isinstance(config, Config)
    if config.strength is not None:
        for key, weight in weights_of(config.strength).items():
            setattr(config, key, weight)
    return config


def option_names() -> Iterable[str]:
    """Every key of the schema, dotted."""
    for f in fields(Config):
        yield f.name
        if is_dataclass(f.type):
            yield from (f"{f.name}.{inner.name}" for inner in fields(f.type))


def is_whole(key: str) -> bool:
    """Whether a setting is a whole number, or a list of such."""
    group, _, name = key.rpartition(".")
    node: Any = next((f.type for f in fields(Config) if f.name == group), None) if group else Config
    inner = fields(node) if is_dataclass(node) else ()
    return key == "steps" or any(f.name == name and f.type in (int, int | None) for f in inner)


def unknown_option(key: str, beside: Iterable[str] = ()) -> str:
    """The message for a key that there is not. beside: keys that there are, but in no schema."""
    near = did_you_mean(key, {*option_names(), *beside})
    return f"unknown option '{key}'{near or ' (--help lists them)'}"
