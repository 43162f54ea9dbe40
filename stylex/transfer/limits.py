"""The ranges of the settings that are numbers, in one table. Needs no torch."""

from collections.abc import Sequence
from numbers import Integral

from stylex.errors import UserError, check_range, check_whole
from stylex.transfer.pyramid import MOST_PIXELS

# Squares of the gradient have to stay within float32.
MOST_WEIGHT = 1e12

# {setting: (least, most)}
NUMBERS = {
    "content_weight": (0, MOST_WEIGHT),
    "style_weight": (0, MOST_WEIGHT),
    "tv_weight": (0, MOST_WEIGHT),
    "style_scale": (0.01, 100),
    "stop_change": (0, 255),  # grey levels
    "blend": (0, 1),
    "strength": (0, 1),
}
WHOLE_NUMBERS = {
    "size": (16, MOST_PIXELS),  # px
    "style_size": (16, MOST_PIXELS),  # px
    "seed": (0, 2**63 - 1),
    "resample_every": (0, 10**9),  # steps
    "mask_feather": (0, MOST_PIXELS),  # px
}
NULLABLE = ("style_size", "blend", "strength", "mask_feather")
STEPS = (1, 10**9)


def check_settings(**settings: object) -> None:
    """Raises UserError, naming it, for a setting out of its range; others may be among them."""
    for name, value in settings.items():
        if value is None and name in NULLABLE:
            continue
        if name in NUMBERS:
            check_range(name, value, *NUMBERS[name])  # type: ignore[arg-type]
        elif name in WHOLE_NUMBERS:
            check_whole(name, value, *WHOLE_NUMBERS[name])  # type: ignore[arg-type]
        elif name == "steps":
            _check_steps(value)


def _check_steps(steps: object) -> None:
    counts = [steps] if isinstance(steps, Integral) else steps
    if not isinstance(counts, Sequence) or isinstance(counts, str) or not counts:
        raise UserError(f"steps must be a whole number, or one per level, not {steps!r}")
    for count in counts:
        check_whole("steps", count, *STEPS)
