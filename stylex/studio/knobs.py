"""What the page lets people turn, and how that is said on a command line.

Only these keys can come from the page, each as a value of its kind: no text of anybody's gets
through to the config.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stylex.errors import UserError, check_range, check_whole, choose, quoted
from stylex.paths import conf_folder
from stylex.transfer.vgg.layers import LAYERS

Kind = Literal["whole", "number", "choice", "truth", "steps"]
Value = bool | int | float | str | None | list[int] | dict[str, float]


@dataclass(frozen=True)
class Knob:
    """One setting.

    key: as on the command line. options: of a choice. ladder: the values that a slider offers,
    where even steps would be of no use. group: whether it chooses a file of conf/<key>/.
    """

    key: str
    kind: Kind
    label: str
    help: str
    least: float = 0
    most: float = math.inf
    options: tuple[str, ...] = ()
    ladder: tuple[float, ...] = ()
    group: bool = False

    def check(self, value: Any) -> Value:
        """`value` if it is one that this can have. Raises UserError."""
        if self.kind == "choice":
            return choose(str(value), self.options, self.key)
        if self.kind == "truth":
            return bool(value)
        if self.kind == "steps":
            return steps_of(value)
        if self.kind == "whole":
            check_whole(self.key, value, int(self.least), int(self.most))
        else:
            check_range(self.key, value, self.least, self.most)
        return value  # type: ignore[no-any-return]


def _files(group: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (conf_folder() / group).glob("*.yaml")))


PRESETS = ("", *_files("experiment"))

MAIN = (
    Knob("size", "whole", "Size", "px of the picture's long side", least=16, most=4096),
    Knob(
        "style_weight",
        "number",
        "Style weight",
        "more for more paint, less for more photograph",
        ladder=(0, 0.5, 1, 1.5, 2, 3, 5, 7, 10, 15, 25, 50, 100, 1e3, 1e4, 1e5, 1e6, 1e8),
    ),
    Knob(
        "steps",
        "steps",
        "Steps",
        "of the optimiser, per level from coarse to fine; or a list with one number per level",
    ),
    Knob(
        "optimizer",
        "choice",
        "Optimiser",
        "lbfgs settles fastest; adam wants more steps, 250",
        options=_files("optimizer"),
        group=True,
    ),
    Knob("seed", "whole", "Seed", "of the noise, where noise is what it starts from", most=2**31),
)

ADVANCED = (
    Knob(
        "tv_weight",
        "number",
        "Smoothness",
        "weight of the total variation: more for a calmer surface",
        ladder=(0, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000),
    ),
    Knob("content_weight", "number", "Content weight", "of the photograph's forms"),
    Knob(
        "style_scale",
        "number",
        "Stroke size",
        "below 1 for finer strokes, above for broader ones",
        least=0.05,
        most=4,
        ladder=(0.25, 0.35, 0.5, 0.7, 1, 1.4, 2),
    ),
    Knob(
        "init",
        "choice",
        "Start from",
        "what the picture is before the first step",
        options=("content", "noise", "style"),
    ),
    Knob(
        "loss",
        "choice",
        "Statistics",
        "what of the style is matched",
        options=_files("loss"),
        group=True,
    ),
    Knob(
        "pyramid",
        "choice",
        "Pyramid",
        "coarse to fine, or at one size",
        options=_files("pyramid"),
        group=True,
    ),
    Knob("fit", "choice", "Fit", "what the size measures", options=("long", "short", "square")),
    Knob("enlarge", "truth", "Enlarge", "beyond the photograph's own size"),
    Knob("style_squash", "truth", "Squash the style", "into the photograph's shape"),
    Knob(
        "stop.rel_change",
        "number",
        "Stop a level early",
        "when ten steps lower the loss by less than this part; 0: never",
        most=1,
        ladder=(0, 0.001, 0.003, 0.01, 0.03, 0.1),
    ),
    Knob(
        "precision",
        "choice",
        "Precision",
        "auto takes the fastest that the hardware computes in",
        options=("auto", "fp32", "bf16", "tf32"),
    ),
)

LAYER_SETS = Knob(
    "layers",
    "choice",
    "Layer set",
    "layers with their weights",
    options=_files("layers"),
    group=True,
)
KNOBS = {knob.key: knob for knob in (*MAIN, *ADVANCED, LAYER_SETS)}
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
        check_whole("steps", count, 1, 1_000_000)
    return counts[0] if len(counts) == 1 else counts


def weights_of(layers: Sequence[str], known: Mapping[str, float]) -> dict[str, float]:
    """{layer: weight} for the layers that somebody picked.

    known: the weights of the set that it was picked from; a layer beyond it weighs what the first
    one of its block does there, or else the least of all.
    """
    weights = {}
    for layer in layers:
        check = choose(layer, LAYERS, "layer")
        block = next((w for name, w in known.items() if _block(name) == _block(check)), None)
        weights[check] = known.get(check, block if block else min(known.values(), default=1.0))
    return weights


def _block(layer: str) -> str:
    return re.sub(r"\D+(\d)_?.*", r"\1", layer)


def said(value: Value) -> str:
    """A value as the command line says it: `5`, `true`, `null`, `[200,60]`, `{relu1_1:0.5}`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list):
        return f"[{','.join(map(said, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{key}:{said(weight)}' for key, weight in value.items())}}}"
    return value


def words(chosen: Mapping[str, Value], usual: Mapping[str, Value]) -> list[str]:
    """The words for what is chosen other than usual, in the order chosen."""
    return [f"{key}={said(value)}" for key, value in chosen.items() if value != usual.get(key)]


def several(knob: Knob, text: str) -> list[str]:
    """The values that somebody typed for a sweep, as words: `1, 5, 25`, `logspace(0,2,5)`.

    Raises UserError for one that the knob cannot have, or for none.
    """
    number = r"\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*"
    ends = rf"({number}),({number})"
    spread = re.fullmatch(rf"\s*(linspace|logspace)\({ends},\s*(\d{{1,4}})\s*\)\s*", text)
    if spread and knob.kind in ("whole", "number"):
        least, most = (_number(knob, end) for end in spread.group(2, 3))
        for end in (least, most):
            if spread[1] == "logspace":
                check_range(f"a logspace's end, of {knob.key}", end, -300, 300)
                end = 10.0**end
            check_range(knob.key, end, knob.least, knob.most)
        return [f"{spread[1]}({said(least)},{said(most)},{int(spread[4])})"]
    values = [value.strip() for value in text.split(",") if value.strip()]
    if not values:
        raise UserError(f"{knob.key} has no values: separate them by commas")
    if knob.kind in ("whole", "number"):
        return [said(knob.check(_number(knob, value))) for value in values]
    if knob.kind == "truth":
        return [choose(value, ("true", "false"), knob.key) for value in values]
    return [said(knob.check(value)) for value in values]


def _number(knob: Knob, text: str) -> int | float:
    try:
        return int(text) if knob.kind == "whole" else float(text)
    except ValueError as error:
        kind = "a whole number" if knob.kind == "whole" else "a number"
        raise UserError(f"{knob.key} must be {kind}, not {quoted(text.strip())}") from error
