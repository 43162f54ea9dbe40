"""`logspace` and `linspace` on the command line, which Hydra's own grammar lacks."""

import math
import re

from stylex.config.schema import is_whole
from stylex.errors import UserError

MOST = 10_000  # values of one range

_CALL = re.compile(r"(?:^|(?<=,))(?P<name>logspace|linspace)\((?P<arguments>[^()]*)\)(?=,|$)")


def expand(word: str) -> str:
    """`style_weight=logspace(0,2,3)` -> `style_weight=1,10,100`; other words stay as they are.

    logspace(lo,hi,n): n powers of ten from 10^lo to 10^hi; linspace(lo,hi,n): n even steps from lo
    to hi; both ends included. Settings that are whole numbers get them rounded. A range may stand
    among other values: `tv_weight=0,logspace(0,2,3)`. One of a single value becomes `choice(10)`.

    Raises UserError for a wrong call.
    """
    key, mark, value = word.partition("=")
    if not mark:
        return word
    whole = is_whole(key.lstrip("+"))
    values = _CALL.sub(lambda call: ",".join(_values(call, whole)), value)
    one = values != value and "," not in values  # still a range, though of one value
    return f"{key}=choice({values})" if one else f"{key}={values}"


def _values(call: re.Match[str], whole: bool) -> list[str]:
    name = call["name"]
    try:
        low, high, count = call["arguments"].split(",")
        first, last, n = float(low), float(high), int(count)
    except ValueError as error:
        shape = "logspace(0,2,5) (10^0 to 10^2)" if name == "logspace" else "linspace(1,10,4)"
        raise UserError(f"{call[0]} is no range: lowest, highest, how many, as {shape}") from error
    if not 1 <= n <= MOST:
        raise UserError(f"{call[0]}: how many must be from 1 to {MOST}, not {n}")
    even = [first + (last - first) * i / max(1, n - 1) for i in range(n)]
    try:
        numbers = [10**value for value in even] if name == "logspace" else even
    except OverflowError as error:
        raise UserError(f"{call[0]} goes beyond what a number can hold") from error
    if not all(math.isfinite(value) for value in numbers):
        raise UserError(f"{call[0]} must be of finite numbers")
    if whole:
        return list(dict.fromkeys(str(round(value)) for value in numbers))
    # Four digits tell the steps of a range apart and keep folders' names short; more where it is
    # far from 0 for its width.
    far = max(map(abs, numbers)) / (max(numbers) - min(numbers) or 1)
    digits = 4 + max(0, math.floor(math.log10(far or 1)))
    texts = [f"{value:.{digits}g}" for value in numbers]
    if name == "linspace":  # both ends as they were said
        texts[0], texts[-1] = f"{first:.12g}", f"{numbers[-1]:.12g}"
    return list(dict.fromkeys(texts))
