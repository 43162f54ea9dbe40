"""Even visual steps: places along a row of pictures with about the same change between neighbours.

A change is the root mean square of the pixels' differences, in grey levels from 0 to 255. An
optimiser makes large ones at first and small ones for long: a frame for each of its steps would
flash by and then stand still.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

HALVINGS = 24  # of the interval in which the step is searched
NEAR = 0.25  # of a step: as far from even may a place be that has a picture of its own


@dataclass(frozen=True)
class Place:
    """A picture of the row, or a mixture of two neighbours.

    number: of the first one, from 0. part: of the next one in it, from 0 to below 1.
    """

    number: int
    part: float = 0.0


def change(one: Array, other: Array) -> float:
    """The root mean square of the differences of two arrays of one shape."""
    return math.sqrt(float(np.mean(np.square(np.subtract(one, other, dtype=np.float32)))))


def even(pictures: Sequence[Array], most: int, least: float) -> tuple[list[Place], float]:
    """The places, with the first and the last picture among them, and the step between them.

    The step is as small as `most` places allow, and at least `least` grey levels; the last one may
    be shorter. The row's own pictures are taken where they lie near enough to it; where the
    optimiser made a longer one, it is dissolved into mixtures.

    pictures: at least one, as arrays of one shape.
    """
    if len(places := _walk(pictures, least)) <= most:
        return places, least
    low = least
    high = sum(change(pictures[n - 1], pictures[n]) for n in range(1, len(pictures)))
    for _ in range(HALVINGS):
        step = math.sqrt(low * high)
        if len(found := _walk(pictures, step)) <= most:
            high, places = step, found
        else:
            low = step
    return places, high


def _walk(pictures: Sequence[Array], step: float) -> list[Place]:
    places, here, last = [Place(0)], pictures[0].astype(np.float32), len(pictures) - 1
    number = 1
    while number <= last:
        reached = change(here, pictures[number])
        if reached < step:
            number += 1
            continue
        place = _near(pictures, places[-1], here, number, reached, step)
        here = _at(pictures, place)
        places.append(place)
        number = place.number + 1
    if places[-1] != Place(last) and change(here, pictures[last]) > 0:
        places.append(Place(last))
    return places


def _near(
    pictures: Sequence[Array], before: Place, here: Array, number: int, reached: float, step: float
) -> Place:
    """The next place, where `number` is the first picture that is a step or more from `here`."""
    if reached <= (1 + NEAR) * step:
        return Place(number)
    start = before if number - 1 == before.number else Place(number - 1)
    origin = here if start is before else pictures[number - 1].astype(np.float32)
    if start is not before and change(here, origin) >= (1 - NEAR) * step:
        return start
    # |origin + t · (next − origin) − here| = step, a quadratic equation in t.
    way, off = pictures[number] - origin, origin - here
    a, b = float(np.mean(way * way)), float(np.mean(way * off))
    c = float(np.mean(off * off)) - step**2
    t = (math.sqrt(max(b * b - a * c, 0.0)) - b) / a
    part = start.part + min(max(t, 0.0), 1.0) * (1 - start.part)
    return Place(number - 1, part) if part < 1 else Place(number)


def _at(pictures: Sequence[Array], place: Place) -> Array:
    one = pictures[place.number].astype(np.float32)
    return one + place.part * (pictures[place.number + 1] - one) if place.part else one
