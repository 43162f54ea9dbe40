"""The settings that the page has controls for, and how their values are written as overrides.

Only these keys can come from the page, each as a value of its type: no text from a form or a file
reaches the config unchecked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stylex.errors import UserError, check_range, check_whole, choose, quoted
from stylex.paths import conf_folder
from stylex.transfer.limits import NUMBERS, STEPS, WHOLE_NUMBERS
from stylex.transfer.vgg.layers import LAYERS

Kind = Literal["integer", "number", "choice", "switch", "steps"]
Value = bool | int | float | str | None | list[int] | dict[str, float]


@dataclass(frozen=True)
class Control:
    """One setting on the page.

    key: as on the command line. options: of a choice. marks: the values that a slider offers; a
    number without them is typed. group: whether it chooses a file of conf/<key>/.
    """

    key: str
    kind: Kind
    label: str
    help: str
    options: tuple[str, ...] = ()
    marks: tuple[float, ...] = ()
    group: bool = False

    @property
    def typed(self) -> bool:
        """Whether its value is typed as text."""
        return self.kind in ("integer", "number", "steps") and not self.marks

    def check(self, value: Any) -> Value:
        """`value`, if the setting can have it. Raises UserError."""
        if self.kind == "choice":
            return choose(str(value), self.options, self.key)
        if self.kind == "switch":
            return choose(str(value).lower(), ("true", "false"), self.key) == "true"
        if self.kind == "steps":
            return steps_of(value)
        name = self.key.replace("stop.", "stop_")
        if self.kind == "integer":
            check_whole(self.key, value, *WHOLE_NUMBERS[name])
        else:
            check_range(self.key, value, *NUMBERS[name])
        return value  # type: ignore[no-any-return]

    def parse(self, text: str) -> Value:
        """The value that was typed. Raises UserError."""
        if not text.strip():
            raise UserError(f"{self.key} has no value")
        return self.check(self.number(text) if self.kind in ("integer", "number") else text)

    def number(self, text: str) -> int | float:
        """What was typed as a number, its range unchecked. Raises UserError."""
        try:
            return int(text) if self.kind == "integer" else float(text)
        except ValueError as error:
            kind = "a whole number" if self.kind == "integer" else "a number"
            raise UserError(f"{self.key} must be {kind}, not {quoted(text.strip())}") from error


def _files(group: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (conf_folder() / group).glob("*.yaml")))


PRESETS = ("", *_files("experiment"))

STRENGTH = Control(
    "strength",
    "number",
    "Strength",
    "0 keeps your picture; 1 has the painting's own things",
    marks=tuple(mark / 20 for mark in range(21)),
)
WEIGHTS = (
    Control(
        "style_weight",
        "number",
        "Style weight",
        "higher: more paint; lower: more photograph",
        marks=(0, 0.5, 1, 1.5, 2, 3, 5, 7, 10, 15, 25, 50, 100, 1e3, 1e4, 1e5, 1e6, 1e8),
    ),
    Control(
        "tv_weight",
        "number",
        "Smoothness",
        "weight of the total variation; higher: a calmer surface",
        marks=(0, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000),
    ),
    Control("content_weight", "number", "Content weight", "of the photograph's shapes"),
)

MAIN = (
    Control("size", "integer", "Size", "px of the result's long side"),
    Control(
        "color",
        "choice",
        "Colours",
        "style: the painting's; match: those, fitted to the photograph's; keep and luminance: the "
        "photograph's own",
        options=("style", "match", "keep", "luminance"),
    ),
)

ADVANCED = (
    Control(
        "steps",
        "steps",
        "Steps",
        "optimiser steps per pyramid level, coarse to fine; or a list, one number per level",
    ),
    Control(
        "optimizer",
        "choice",
        "Optimiser",
        "L-BFGS converges fastest; Adam needs about 250 steps",
        options=_files("optimizer"),
        group=True,
    ),
    Control("seed", "integer", "Seed", "of the noise, where that is the start"),
    Control(
        "style_scale",
        "number",
        "Stroke size",
        "below 1: finer strokes; above 1: broader ones",
        marks=(0.25, 0.35, 0.5, 0.7, 1, 1.4, 2),
    ),
    Control(
        "init",
        "choice",
        "Start from",
        "the picture before the first step",
        options=("content", "noise", "style", "mean"),
    ),
    Control(
        "loss",
        "choice",
        "Statistics",
        "the statistics of the style's features that the result is to match",
        options=_files("loss"),
        group=True,
    ),
    Control(
        "pyramid",
        "choice",
        "Pyramid",
        "coarse to fine, or a single size",
        options=_files("pyramid"),
        group=True,
    ),
    Control(
        "fit", "choice", "Fit", "which side has that size", options=("long", "short", "square")
    ),
    Control("enlarge", "switch", "Enlarge", "beyond the photograph's own size"),
    Control("style_squash", "switch", "Squash the style", "to the photograph's aspect ratio"),
    Control(
        "stop.change",
        "number",
        "Stop a level early",
        "when ten steps change the picture by less than so many of 255 grey levels; 0: never",
        marks=(0, 0.25, 0.5, 1, 2, 4),
    ),
    Control(
        "precision",
        "choice",
        "Precision",
        "auto: the fastest one here",
        options=("auto", "fp32", "bf16", "tf32"),
    ),
)

LAYER_SETS = Control(
    "layers",
    "choice",
    "Layer set",
    "layers and their weights",
    options=_files("layers"),
    group=True,
)
CONTROLS = {control.key: control for control in (STRENGTH, *WEIGHTS, *MAIN, *ADVANCED, LAYER_SETS)}
STYLE_LAYERS = tuple(name for name in LAYERS if not name.startswith("pool"))


def steps_of(text: Any) -> int | list[int]:
    """`50` or `200, 60, 60`. Raises UserError for anything else."""
    words = str(text).strip().strip("[]").split(",")
    try:
        counts = [int(word) for word in words]
    except ValueError as error:
        raise UserError(
            f"steps must be a whole number, or one per level, not {quoted(text)}"
        ) from error
    for count in counts:
        check_whole("steps", count, *STEPS)
    return counts[0] if len(counts) == 1 else counts


def weights_of(layers: Sequence[str], known: Mapping[str, float]) -> dict[str, float]:
    """{layer: weight} for the layers chosen.

    known: the weights of the layer set; a layer that is not in it gets the weight of the first
    layer of its block, or else the smallest of all. Raises UserError for an unknown layer.
    """
    weights = {}
    for layer in layers:
        name = choose(layer, LAYERS, "layer")
        block = next((w for other, w in known.items() if _block(other) == _block(name)), None)
        weights[name] = known.get(name, block if block else min(known.values(), default=1.0))
    return weights


def _block(layer: str) -> str:
    return re.sub(r"\D+(\d)_?.*", r"\1", layer)


def to_text(value: Value) -> str:
    """A value as on the command line: `5`, `true`, `null`, `[200,60]`, `{relu1_1:0.5}`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list):
        return f"[{','.join(map(to_text, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{key}:{to_text(weight)}' for key, weight in value.items())}}}"
    return value


def overrides(chosen: Mapping[str, Value], default: Mapping[str, Value]) -> list[str]:
    """`key=value` for each chosen value that is not the default, in the order chosen."""
    return [f"{key}={to_text(value)}" for key, value in chosen.items() if value != default.get(key)]


def several(control: Control, text: str) -> list[str]:
    """The values typed for a sweep, as on the command line: `1, 5, 25`, `logspace(0,2,5)`.

    Raises UserError for one that the setting cannot have, and for none.
    """
    number = r"\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*"
    spread = re.fullmatch(
        rf"\s*(linspace|logspace)\(({number}),({number}),\s*(\d{{1,4}})\s*\)\s*", text
    )
    if spread and control.kind in ("integer", "number"):
        least, most = (control.number(end) for end in spread.group(2, 3))
        for end in (least, most):
            if spread[1] == "logspace":
                check_range(f"an exponent of {control.key}", end, -300, 300)
            value = 10.0**end if spread[1] == "logspace" else end
            control.check(int(value) if control.kind == "integer" else value)
        return [f"{spread[1]}({to_text(least)},{to_text(most)},{int(spread[4])})"]
    values = [value.strip() for value in text.split(",") if value.strip()]
    if not values:
        raise UserError(f"{control.key} has no values: separate them by commas")
    return [to_text(control.parse(value)) for value in values]
