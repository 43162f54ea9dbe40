"""The paintings of a config: their files, weights and regions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stylex.config.schema import Config
from stylex.errors import UserError, did_you_mean, quoted
from stylex.transfer.style import StyleSource


@dataclass(frozen=True)
class Region:
    """One style's masks, as files. mask: where it goes; source: where its painting counts."""

    mask: str | None = None
    source: str | None = None


def paths_of(config: Config) -> list[str]:
    """The paintings, one or several."""
    return config.style.paths or [str(config.style.path)]


def weights_of(config: Config) -> list[float]:
    """The painting's weights. Raises UserError for a `blend` of other than two equal styles."""
    count, blend = len(paths_of(config)), config.blend
    weights = config.style.weights or [1.0] * count
    if blend is None:
        return weights
    if count != 2:
        raise UserError(
            f"blend mixes two styles, as in style=kahlo+night, but {config.style.name} is "
            f"{'one' if count == 1 else count}"
        )
    if weights[0] != weights[1]:
        raise UserError(f"blend={blend:g} and the weights in style= say the same thing: leave one")
    first, second = regions_of(config)
    if first.mask != second.mask:
        raise UserError("blend mixes two styles of one place: leave it out where regions part them")
    return [1 - blend, blend]


def regions_of(config: Config) -> list[Region]:
    """For each painting. Raises UserError where `regions` is not a list of that length."""
    count, given = len(paths_of(config)), config.regions
    if given is None:
        return [Region()] * count
    if not isinstance(given, list) or len(given) != count:
        said = f"{len(given)} entries" if isinstance(given, list) else f"'{quoted(given)}'"
        raise UserError(
            f"regions must be a list with an entry for each style: {config.style.name} has "
            f"{count}, not {said}"
        )
    return [_region(entry, number) for number, entry in enumerate(given, 1)]


def _region(entry: Any, number: int) -> Region:
    """A mask's path, {mask: …, source: …}, or null for everywhere."""
    if entry is None or isinstance(entry, str):
        return Region(entry)
    if not isinstance(entry, Mapping):
        raise UserError(
            f"regions: entry {number} must be a mask's path or {{mask: …, source: …}}, "
            f"not '{quoted(entry)}'"
        )
    for key, value in entry.items():
        if key not in ("mask", "source"):
            near = did_you_mean(str(key), ("mask", "source"))
            raise UserError(f"regions: entry {number} has an unknown key '{quoted(key)}'{near}")
        if not isinstance(value, str | None):
            raise UserError(f"regions: entry {number}: {key} must be a path, not '{quoted(value)}'")
    return Region(**entry)


def style_of(config: Config) -> str | list[StyleSource]:
    """The style as `stylize` takes it."""
    paths, weights, regions = paths_of(config), weights_of(config), regions_of(config)
    if len(paths) == 1 and regions == [Region()]:
        return paths[0]
    return [
        StyleSource(path, weight, where=region.mask, source=region.source)
        for path, weight, region in zip(paths, weights, regions, strict=True)
    ]


def style_files(config: Config) -> dict[str, str]:
    """{style, or style.1, style.2, …, and regions.1.mask, regions.1.source, …: path}."""
    paths = paths_of(config)
    names = ["style"] if len(paths) == 1 else [f"style.{n}" for n in range(1, len(paths) + 1)]
    files = dict(zip(names, paths, strict=True))
    for number, region in enumerate(regions_of(config), 1):
        for kind, path in vars(region).items():
            if path is not None:
                files[f"regions.{number}.{kind}"] = path
    return files
