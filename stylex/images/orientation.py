"""Pictures turned upright, as their EXIF data say that the camera was held."""

from collections.abc import Callable

from PIL import Image

from stylex.errors import on_one_line

Warn = Callable[[str], None]
"""Is told what the user may not expect of a picture, as a sentence without its subject."""


def silent(remark: str) -> None:
    """For pictures that are only shown."""


TAG = 0x0112  # EXIF's Orientation
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""{orientation: what undoes it}; 1 is upright."""
SIDEWAYS = (5, 6, 7, 8)
"""Orientations in which width and height change places."""


def orientation(image: Image.Image) -> int:
    """One of TURNS, or 1. Decodes no pixels; EXIF data that cannot be read raise anything."""
    if data := image.info.get("exif"):
        Image.Exif().load(data)  # getexif hides what Pillow failed at when opening the file
    exif = Image.Image.getexif(image)  # PngImageFile's own decodes the picture
    value = exif.get(TAG)
    return value if value in TURNS else 1


def upright(image: Image.Image, warn: Warn = silent) -> Image.Image:
    """A decoded picture turned; as it is stored where its EXIF data are broken, which is said."""
    try:
        turn = TURNS.get(orientation(image))
    except Exception as error:  # which one depends on where they are broken
        warn(f"has EXIF data that cannot be read ({on_one_line(error)}): not turned upright")
        return image
    return image if turn is None else image.transpose(turn)
