"""What a transfer will do: sizes, levels, tiles, memory, time; nothing is started or decoded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from stylex.errors import UserError
from stylex.images.load import Picture, size_of
from stylex.transfer.device import Precision, choose_device, choose_precision, dtype_of
from stylex.transfer.evaluation.memory import (
    available_bytes,
    look_bytes,
    network_bytes,
    plan_memory,
    step_bytes,
)
from stylex.transfer.inputs import planned_sizes
from stylex.transfer.level_terms import LevelTerms, all_terms, terms_at
from stylex.transfer.losses.content import kept_bytes
from stylex.transfer.masks import check_masks
from stylex.transfer.metrics import CONTENT_LAYER, STYLE_LAYERS
from stylex.transfer.pyramid import Level, Size, plan_levels, to_multiples, work_of
from stylex.transfer.settings import Settings
from stylex.transfer.strength import check_alone, weights_of
from stylex.transfer.style import Style, StyleSource, sources_of
from stylex.transfer.vgg.layers import multiplications, smallest_side

# px: larger paintings are measured in squares of this size; smaller ones at once.
LOOK_TILE = 1024

TILED = 1.6  # times as long a step takes in tiles as at once

MemoryPlan = Sequence[tuple[int | None, int | None]]
"""(tile, history) of each level, see `Level`."""


@dataclass(frozen=True)
class Plan:
    """A transfer before it runs.

    content, styles: the pictures, as they were given. size: (height, width) of the result;
    style_sizes: of each style picture. smallest_side: px, that leaves the deepest layer a position.
    bytes: the most memory that it takes at once, estimated, besides what Python and torch take.
    available_bytes: what there was when it was planned.
    """

    settings: Settings
    content: Picture
    styles: Sequence[StyleSource]
    size: Size
    style_sizes: Sequence[Size]
    levels: Sequence[Level]
    smallest_side: int
    device: torch.device
    precision: Precision
    bytes: int
    available_bytes: int

    @property
    def steps(self) -> int:
        """Of all levels."""
        return sum(level.steps for level in self.levels)

    @property
    def pixel_steps(self) -> float:
        """The work of all steps, in pixels evaluated with all layers."""
        return work_of(self.levels, self.steps)

    @property
    def layers(self) -> tuple[str, ...]:
        """Those that the losses look at."""
        return all_terms(self.settings).layers

    def terms_at(self, level: Level) -> LevelTerms:
        """The losses that count on one of its levels."""
        return terms_at(self.settings, level, len(self.levels))

    @property
    def keeps_freed(self) -> bool:
        """Whether there is the memory for a process to keep what it frees, which saves time."""
        return self.device.type == "cpu" and self.bytes <= self.available_bytes

    @property
    def memory_plan(self) -> MemoryPlan:
        return [(level.tile, level.history) for level in self.levels]

    def seconds(self, rate: float) -> float:
        """How long its steps take, at so many seconds per pixel and step of a level at once.

        Loading pictures and weights is not in it.
        """
        return rate * sum(
            level.work * level.steps * (TILED if level.tile else 1) for level in self.levels
        )

    def record(self) -> dict[str, Any]:
        """As JSON: what a run was planned to be."""
        return {
            "levels": [[level.width, level.height, level.steps] for level in self.levels],
            "costs": [round(level.cost, 4) for level in self.levels],
            "tiles": [[tile, history] for tile, history in self.memory_plan],
            "precision": self.precision,
            "device": str(self.device),
            "bytes": self.bytes,
            "styles": [
                {
                    "size": [width, height],
                    "weight": source.weight,
                    "where": source.where is not None,
                    "source": source.source is not None,
                }
                for source, (height, width) in zip(self.styles, self.style_sizes, strict=True)
            ],
        }


def plan(
    content: Picture,
    style: Style,
    *,
    memory_plan: MemoryPlan | None = None,
    available: int | None = None,
    strength: float | None = None,
    **settings: Any,
) -> Plan:
    """Plans `stylize(content, style, **settings)`: see there, and `Settings`.

    memory_plan: tiles and histories as an earlier run had them. available: bytes that it may take;
    by default what the device has. strength: in place of the weights, see `weights_of`.

    Raises UserError for what cannot be done.
    """
    if strength is not None:
        check_alone(settings)
        settings |= weights_of(strength)
    given = Settings(**settings)
    device = choose_device(given.device)
    precision = choose_precision(given.precision, device)
    sources = sources_of(style)
    layers = all_terms(given).layers
    least = smallest_side((*layers, CONTENT_LAYER, *STYLE_LAYERS))
    content_size = size_of(content)
    check_masks(given.mask, sources, content_size)
    size, style_sizes = planned_sizes(
        content_size,
        [size_of(source.picture) for source in sources],
        size=given.size,
        fit=given.fit,
        enlarge=given.enlarge,
        style_size=given.style_size,
        style_scale=given.style_scale,
        style_squash=given.style_squash,
        least=least,
    )
    multiple = least if given.tileable else 1  # or the poolings would drop some pixels of an edge
    size = to_multiples(*size, multiple)
    levels = plan_levels(
        *size, steps=given.steps, smallest_side=least, multiple=multiple, **vars(given.pyramid)
    )
    count = len(levels)
    terms = [terms_at(given, level, count) for level in levels]
    _check_every_level(terms)
    whole = multiplications(layers)
    levels = [
        replace(level, cost=multiplications(own.layers) / whole)
        for level, own in zip(levels, terms, strict=True)
    ]
    dtype = dtype_of(precision)
    workspaces = [
        _workspace(given, own, level, dtype.itemsize)
        for level, own in zip(levels, terms, strict=True)
    ]

    def need(level: Level) -> int:
        seen, workspace = terms[level.number].layers, workspaces[level.number]
        keeps_freed = device.type == "cpu"
        return step_bytes(level, seen, dtype, given.optimizer, workspace, keeps_freed=keeps_freed)

    available = available_bytes(device) if available is None else available
    if memory_plan is not None and len(memory_plan) == len(levels) and given.tile == "auto":
        planned = [
            replace(level, tile=tile, history=history)
            for level, (tile, history) in zip(levels, memory_plan, strict=True)
        ]
    else:
        planned = plan_memory(levels, "off" if given.tileable else given.tile, available, need)
    paintings = [look_bytes(*s, layers, dtype, LOOK_TILE) for s in style_sizes]
    # Under a mask the photograph, the mask, and the picture that is laid over it.
    kept = () if given.mask is None else (size, size, size)
    pictures = 3 * 4 * sum(height * width for height, width in (size, *style_sizes, *kept))
    network = network_bytes(layers, (CONTENT_LAYER, *STYLE_LAYERS), dtype, device)
    return Plan(
        settings=given,
        content=content,
        styles=sources,
        size=size,
        style_sizes=style_sizes,
        levels=planned,
        smallest_side=least,
        device=device,
        precision=precision,
        bytes=network + pictures + max(*map(need, planned), *paintings),
        available_bytes=available,
    )


def _check_every_level(terms: Sequence[LevelTerms]) -> None:
    """Raises UserError where terms that count on some levels leave one with nothing to optimise."""
    for number, own in enumerate(terms, start=1):
        if not (own.content or own.style):
            raise UserError(
                f"no loss counts on level {number} of {len(terms)}: see `levels` of each"
            )


def _workspace(settings: Settings, own: LevelTerms, level: Level, itemsize: int) -> int:
    """Bytes that the losses take beside the features."""
    size = level.height, level.width
    terms = (*own.content.values(), *own.style.values())
    bytes_ = sum(t.loss.workspace(t.layers or {}, *size, itemsize) for t in terms)
    if settings.resample_every:
        keeping = [t for t in terms if t.loss.keeps_photograph]
        bytes_ += sum(kept_bytes(t.layers or {}, *size, itemsize) for t in keeping)
    return bytes_
