"""Pictures turned upright, as their EXIF data say."""

from collections.abc import Callable

from PIL import Image

from stylex.errors import on_one_line

Warn = Callable[[str], None]
"""Called with a remark on the picture, such as `is partly transparent: laid over white`."""

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


def silent(remark: str) -> None:
    """A Warn for pictures that are only displayed."""


def orientation(image: Image.Image) -> int:
    """One of TURNS, or 1, from EXIF or XMP; decodes no pixels. Broken EXIF may raise anything."""
    if data := image.info.get("exif"):
        Image.Exif().load(data)  # getexif hides that Pillow failed to when opening
    exif = Image.Image.getexif(image)  # a PNG's own getexif decodes the pixels
    value = exif.get(TAG)
    return value if value in TURNS else 1


def upright(image: Image.Image, warn: Warn = silent) -> Image.Image:
    """A decoded picture turned upright; as it is, with a warning, where its EXIF is broken."""
    try:
        turn = TURNS.get(orientation(image))
    except Exception as error:  # which kind depends on where it is broken
        warn(f"has EXIF data that cannot be read ({on_one_line(error)}): not turned upright")
        return image
    return image if turn is None else image.transpose(turn)
