"""A film of any pictures, as one call."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from stylex.errors import UserError
from stylex.film import formats
from stylex.film.reel import Reel
from stylex.images.load import Picture, load, resize, sides, size_of, to_pil
from stylex.transfer.pyramid import fit_size


def write(pictures: Sequence[Picture], path: str | Path) -> None:
    """A film of the pictures in even visual steps, about five seconds, the last one held for one.

    path: .webp, .gif, or .mp4 where ffmpeg is. pictures: from first to last, each a path, a PIL
        picture, or a tensor (3, H, W) in [0, 1]; smaller ones are shown at the last one's size.

    Raises UserError where there are no pictures, for what is none, and for a film that cannot be
    written; RunError where ffmpeg fails.
    """
    target = formats.check(path)
    if not pictures:
        raise UserError(f"film '{path}': there are no pictures")
    height, width = film_size(size_of(pictures[-1]), target)
    with tempfile.TemporaryDirectory() as folder:
        reel = Reel(Path(folder), (width, height))
        for number, picture in enumerate(pictures[:-1]):
            reel.add(number, shrunk(picture, (height, width)))
        formats.save(reel.frames(at_size(pictures[-1], (height, width))), target)


def film_size(size: tuple[int, int], path: Path) -> tuple[int, int]:
    """(height, width) of the film in `path` of a picture of that size; see formats.LONGEST."""
    return fit_size(*size, formats.LONGEST[path.suffix.lower()])


def shrunk(picture: Picture, size: tuple[int, int]) -> Image.Image:
    """The picture at (height, width), or at its own size where that is smaller."""
    image = load(picture)
    fits = all(own <= most for own, most in zip(sides(image), size, strict=True))
    return to_pil(image) if fits else at_size(image, size)


def at_size(picture: Picture, size: tuple[int, int]) -> Image.Image:
    """The picture at (height, width)."""
    return to_pil(resize(load(picture), *size).clamp(0, 1))
