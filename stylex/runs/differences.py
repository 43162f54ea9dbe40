"""What tells a run on disk from what a config would make."""

from collections.abc import Iterable, Mapping
from typing import Any

from stylex.config.build import picture_files, to_arguments
from stylex.config.schema import Config
from stylex.config.settings import flatten
from stylex.paths import sha256
from stylex.runs.record import Record
from stylex.transfer.inputs import INITS
from stylex.transfer.masks import ALPHA
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import surface_levels
from stylex.versions import computing

# What a run logs and keeps, not what it makes; paths, of which only the bytes matter; and what the
# plan says more exactly.
_ASIDE = (
    *("output", "film", "checkpoint_every", "tracking"),
    *("content.path", "style.path", "style.paths", "regions", "extractor.weights"),
    *("device", "precision", "tile"),
)
# What runs did before there were these settings.
_BEFORE = {
    **{"color": "style", "tileable": False, "style_turned": False, "init_detail": False},
    "optimizer.smoothing": 0,
}
_SURFACE = "pyramid.surface_above"  # matters only where a level is


def differences(record: Record, config: Config) -> dict[str, str]:
    """{key: `it was → it is`} of what would make another picture than the run of `record` did.

    A picture or weights of other bytes count as the keys content, style, init, extractor.weights;
    another version as versions.torch. What an earlier version of run.json does not say is not
    compared.

    Raises OSError for a picture that cannot be read, UserError for a config that cannot be run.
    """
    then, now = _of_the_picture(record.settings), _of_the_picture(flatten(config))
    if not any(surfaces_of(record, settings.get(_SURFACE)) for settings in (then, now)):
        for settings in (then, now):
            settings.pop(_SURFACE, None)
    found = {
        key: f"{then.get(key, 'none')} → {now.get(key, 'none')}"
        for key in {**then, **now}
        if then.get(key) != now.get(key)
    }
    before = dict(record.digests)
    weights = before.pop("weights", "")
    for name, path in picture_files(config).items():
        if before.pop(name, "") != sha256(path):
            found[name] = "another picture"
    found |= dict.fromkeys(before, "no picture")
    arguments = to_arguments(config)
    if weights and arguments["extractor"].load().sha256 != weights:
        found["extractor.weights"] = "other weights"
    return found | _of_the_plan(record, config, arguments)


def _of_the_plan(record: Record, config: Config, arguments: Mapping[str, Any]) -> dict[str, str]:
    """The same of how it is computed.

    Tiles that the program chooses depend on the memory available at that moment, so that a choice
    once made stands.
    """
    automatic = str(config.tile) == str(record.settings.get("tile")) == "auto"
    planned = plan(**arguments, memory_plan=record.tiles if automatic else None)
    installed = computing()  # the others decode, compose and log, alike in every version
    then = {
        "precision": record.precision,
        "device": record.device.partition(":")[0],
        **{f"versions.{name}": record.versions.get(name, "") for name in installed},
    }
    now = {
        "precision": planned.precision,
        "device": planned.device.type,
        **{f"versions.{name}": version for name, version in installed.items()},
    }
    found = {
        key: f"{value} → {now[key]}" for key, value in then.items() if value and value != now[key]
    }
    tiles = [*planned.memory_plan]
    if len(record.tiles) == len(tiles) and [*record.tiles] != tiles:
        found["tile"] = f"{record.settings.get('tile', 'none')} → {config.tile}"
    return found


def surfaces_of(record: Record, above: object) -> int:
    """How many of its levels are for the surface alone. above: in a record it may be anything."""
    sizes = [(height, width) for width, height, _ in record.levels]
    return surface_levels(sizes, above if isinstance(above, int) else None)


def is_of(key: str, names: Iterable[str]) -> bool:
    """Whether the key is one of `names`, or in a group of that name."""
    return any(key == name or key.startswith(f"{name}.") for name in names)


def _of_the_picture(settings: Mapping[str, Any]) -> dict[str, Any]:
    known = {**_BEFORE, **settings}
    found = {key: value for key, value in known.items() if not is_of(key, _ASIDE)}
    for key, words in (("init", INITS), ("mask", (ALPHA,))):
        if found.get(key) not in words:  # a path
            found.pop(key, None)
    return found
