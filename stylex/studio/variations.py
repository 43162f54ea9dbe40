"""Four neighbours of a run, as drafts: one small sweep through the same command line.

A run's record is data: of its words only those come back that set a control of the page to a value
that it can have, or anything to numbers. Nothing is imported because a record names it.
"""

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stylex.config.grammar import name, quote
from stylex.config.mixtures import joined
from stylex.errors import UserError
from stylex.paths import is_file
from stylex.runs.record import Record
from stylex.studio.controls import CONTROLS, PRESETS, to_text
from stylex.transfer.strength import MIDDLE, WEIGHTS, weights_of

SIZE = 256  # px, of a draft at most
STEPS, ADAM_STEPS = 20, 80  # per level
STRENGTH_STEP = 0.15
WEIGHT_FACTOR = 2.5  # of the style's weight, where that is set and not the strength
SCALES = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)  # as on the page
# Presets that leave losses and weights as they are; of others only one scale of weights is known.
PLAIN_PRESETS = ("", "fast", "best")
# What a draft has of its own, or what does not change a picture.
ASIDE = (
    *("content", "style", "mask", "regions", "size", "style_size", "steps", "experiment"),
    *("output", "film", "tracking", "checkpoint_every", "resume", "may_change", "hydra"),
    *("sweep", "rerun", "batch", "fail_fast", "zip", "fold", "rank_by"),
)
_DEVICE = re.compile(r"device=(auto|cpu|mps|cuda(:\d{1,3})?)", re.ASCII)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_ATOM = rf"(?:{_NUMBER}|true|false|null)"
_SAFE = re.compile(
    r"(\+{0,2})([a-z]\w*(?:[./]\w+)*)="
    rf"({_ATOM}|\[{_ATOM}(?:,{_ATOM})*\]|\{{\w+: ?{_ATOM}(?:, ?\w+: ?{_ATOM})*\}})",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Variation:
    """One neighbour. settings: {key: value as typed} of all that vary; key: the one it differs in.

    word: how it differs.
    """

    word: str
    key: str
    settings: dict[str, str]


@dataclass(frozen=True)
class Drafts:
    """The sweep of the neighbours.

    sweep: its name, the same for the same drafts. variations: its jobs, in order.
    overrides: of the command line. left_out: words of the run's that no draft has.
    """

    sweep: str
    variations: Sequence[Variation]
    overrides: Sequence[str]
    left_out: Sequence[str]


def drafts(record: Record, content: str, styles: Sequence[str]) -> Drafts:
    """Weaker, stronger, finer or coarser, and with another loss.

    content, styles: the run's pictures as options or paths. Raises UserError where a picture of the
    run is missing.
    """
    masks = {key: path for key, path in record.pictures.items() if key.endswith("mask")}
    files = [*record.files("content"), *record.files("style"), *masks.values()]
    if not (record.files("content") and styles) or not all(map(is_file, files)):
        raise UserError("a picture that the run was made of is missing")
    kept, left_out = _kept(record)
    variations = neighbours(record)
    keys = [*variations[0].settings]
    kept = [word for word in kept if _key(word) not in (*keys, *_replaced(keys))]
    preset = record.choices.get("experiment", "")
    overrides = [
        f"content={name(content)}",
        f"style={name(_mixture(record, styles))}",
        *([f"experiment={preset}"] if preset and preset in PRESETS else []),
        *_masks(record, len(styles)),
        *kept,
        *_draft(record),
        f"zip=[{','.join(keys)}]",
        *(f"{key}={','.join(v.settings[key] for v in variations)}" for key in keys),
    ]
    digest = hashlib.sha256("\0".join(overrides).encode("utf-8", "replace")).hexdigest()[:8]
    sweep = f"vary-{digest}"
    return Drafts(sweep, variations, ["--multirun", *overrides, f"sweep={sweep}"], left_out)


def neighbours(record: Record) -> list[Variation]:
    """Four runs that differ from this one in one setting each."""
    dial, now, weaker, stronger = _dial(record)
    scale = _number(record, "style_scale", 1.0)
    finer = max((value for value in SCALES if value < 0.9 * scale), default=None)
    coarser = min((value for value in SCALES if value > 1.1 * scale), default=None)
    same = {dial: to_text(now), "style_scale": to_text(scale)}
    loss = record.choices.get("loss", "")
    free = loss in CONTROLS["loss"].options and _is_plain(record)
    if free and not any(_key(word).startswith("loss.") for word in record.overrides):
        same["loss"] = loss
    found = [("weaker", dial, to_text(weaker)), ("stronger", dial, to_text(stronger))]
    scales = [("finer", finer), ("coarser", coarser)]
    offered = [(word, "style_scale", to_text(value)) for word, value in scales if value is not None]
    found += offered[: 1 if "loss" in same else 2]
    if "loss" in same:
        other = "sliced" if loss != "sliced" else "moments"
        found.append((f"{other} statistics", "loss", other))
    return [
        Variation(word, key, {**same, key: value})
        for word, key, value in found
        if value != same[key]
    ]


def as_of(draft: Record, original: Record) -> Record:
    """The draft with the size and the steps of the run that it was made from."""
    own = {key: original.settings[key] for key in ("size", "steps") if key in original.settings}
    return replace(draft, settings={**draft.settings, **own})


def _dial(record: Record) -> tuple[str, float, float, float]:
    """How much of the style there is: the setting, what it is, and what is less and more."""
    strength = _number(record, "strength", math.nan)
    weights = {key: _number(record, key, math.nan) for key in WEIGHTS}
    if math.isnan(strength) and weights == weights_of(MIDDLE) and _is_plain(record):
        strength = MIDDLE
    if 0 <= strength <= 1:
        less, more = max(0.0, strength - STRENGTH_STEP), min(1.0, strength + STRENGTH_STEP)
        return "strength", strength, round(less, 3), round(more, 3)
    weight = _number(record, "style_weight", 5.0)
    weight = weight if weight > 0 else 1.0
    less, more = (
        float(f"{value:.3g}") for value in (weight / WEIGHT_FACTOR, weight * WEIGHT_FACTOR)
    )
    return "style_weight", weight, less, more


def _replaced(keys: Sequence[str]) -> Sequence[str]:
    return ("strength", *WEIGHTS) if "strength" in keys else ()


def _is_plain(record: Record) -> bool:
    return record.choices.get("experiment", "") in PLAIN_PRESETS


def _number(record: Record, key: str, other: float) -> float:
    value = record.settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return other
    return float(value)


def _kept(record: Record) -> tuple[list[str], list[str]]:
    """The words of the run's command line that a draft has, and those that it cannot have."""
    kept, left_out = [], []
    for word in map(str, record.overrides):
        key, _, value = word.partition("=")
        if key.lstrip("+~").partition(".")[0] in ASIDE:
            continue
        safe = _SAFE.fullmatch(word)
        if key in CONTROLS:
            try:
                kept.append(f"{key}={to_text(CONTROLS[key].parse(value))}")
            except UserError:
                left_out.append(word)
        elif (safe and "_target_" not in word) or _DEVICE.fullmatch(word):
            kept.append(word)
        else:
            left_out.append(word)
    return kept, left_out


def _key(word: str) -> str:
    return word.lstrip("+~").partition("=")[0]


def _mixture(record: Record, styles: Sequence[str]) -> str:
    """The styles with how much there is of each, unless a blend says that."""
    if any(_key(word) == "blend" for word in map(str, record.overrides)):
        return "+".join(styles)
    said = str(record.settings.get("style.weights", "")).strip("[]").split(",")
    try:
        weights = [float(word) for word in said]
    except ValueError:
        weights = []
    if len(weights) != len(styles) or not all(0 < weight < math.inf for weight in weights):
        weights = [1.0] * len(styles)
    return joined(list(zip(styles, weights, strict=True)))


def _masks(record: Record, styles: int) -> list[str]:
    """What is painted, and where each of several styles goes."""
    words = []
    if mask := record.pictures.get("mask"):
        words.append(f"mask={quote(mask)}")
    paths = [record.pictures.get(f"regions.{number}.mask") for number in range(1, styles + 1)]
    if any(paths):
        words.append(f"regions=[{','.join(quote(path) if path else 'null' for path in paths)}]")
    return words


def _draft(record: Record) -> list[str]:
    """Small, and with few steps."""
    steps = STEPS if record.choices.get("optimizer", "lbfgs") == "lbfgs" else ADAM_STEPS
    known = _number(record, "steps", steps)
    size = _number(record, "size", SIZE)
    return [f"size={min(SIZE, int(size))}", f"steps={min(steps, int(known))}"]
