"""A film's pictures in a folder, by their numbers, and thinned as they come."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from stylex.atomic import write_atomically
from stylex.film.steps import Array, Place, change, even

FRAMES = 50  # of a film, at most
LEAST = 0.5  # grey levels: nobody sees less
MOST = 240  # pictures that are kept; half of them when there are more
SAMPLE = 20_000  # pixels by which pictures are compared: their change, to about a hundredth


class Reel:
    """The pictures in `folder`, those of an earlier process among them.

    In memory is only a sample of each one's pixels. size: (width, height) of the film, to which
    others are brought.
    """

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self.folder = folder
        self.size = size
        pixels = size[0] * size[1]
        generator = np.random.default_rng(0)
        self.chosen = np.sort(generator.choice(pixels, min(pixels, SAMPLE), replace=False))
        self.least = LEAST
        self.samples = {
            int(path.stem): self._sample(self._read(path)) for path in pictures_in(folder)
        }

    def add(self, number: int, picture: Image.Image) -> None:
        """Keeps an RGB picture that is no larger than `size`, if it differs from the last one kept.

        number: larger than all before. Raises OSError.
        """
        sample = self._sample(self._sized(picture))
        if self.samples and change([*self.samples.values()][-1], sample) < self.least:
            return
        file = io.BytesIO()
        picture.save(file, "PNG", compress_level=1)
        write_atomically(self._path(number), file.getvalue())
        self.samples[number] = sample
        if len(self.samples) > MOST:
            self._thin()

    def frames(self, last: Image.Image) -> list[Image.Image]:
        """At most FRAMES of `size`, in even steps, to `last`, an RGB picture of that size."""
        numbers = [*self.samples]
        places, _ = even([*self.samples.values(), self._sample(last)], FRAMES, LEAST)

        def picture(index: int) -> Image.Image:
            if index == len(numbers):
                return last
            return self._read(self._path(numbers[index]))

        def frame(place: Place) -> Image.Image:
            one = picture(place.number)
            return Image.blend(one, picture(place.number + 1), place.part) if place.part else one

        return [*map(frame, places[:-1]), last]

    def _thin(self) -> None:
        numbers = [*self.samples]
        places, step = even([*self.samples.values()], MOST // 2, LEAST)
        kept = {numbers[place.number + round(place.part)] for place in places}
        self.least = step / 2
        for number in set(numbers) - kept:
            del self.samples[number]
            self._path(number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.png"

    def _read(self, path: Path) -> Image.Image:
        with Image.open(path) as picture:
            return self._sized(picture.convert("RGB"))

    def _sized(self, picture: Image.Image) -> Image.Image:
        same = picture.size == self.size
        return picture if same else picture.resize(self.size, Image.Resampling.BICUBIC)

    def _sample(self, picture: Image.Image) -> Array:
        return np.asarray(picture).reshape(-1, 3)[self.chosen]


def pictures_in(folder: Path) -> list[Path]:
    """Those named by their numbers, in order; others may lie there, too."""
    return sorted(folder.glob("[0-9][0-9][0-9][0-9][0-9][0-9].png"))
