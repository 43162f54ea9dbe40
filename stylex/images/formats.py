"""Picture formats by a file's first bytes: the eight that are read, and what else a file may be."""

import re
from pathlib import Path

from PIL import features

from stylex.errors import UserError

HEAD = 4096
"""Bytes of a file that tell its format. Pictures that are saved here have their metadata in these,
or in as many at the end.
"""

# No others, though Pillow knows 40: some of them start programs, or take any file for theirs.
FORMATS = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "WebP": rb"RIFF....WEBP",
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    "AVIF": rb"....ftyp(avi[fs]|m[is]f1.{4,60}avif)",
    "PPM": rb"P[1-6f][\s#]",
}
"""{format: regular expression of a file's beginning}."""
LISTED = "JPEG, PNG, WebP, TIFF, GIF, BMP, AVIF or PPM"
OPTIONAL = ("WebP", "AVIF")
"""Formats that Pillow may have been built without."""

CONVERT = "convert it to PNG or JPEG"
EXPORT = "export it as PNG or JPEG"
DEVELOP = "develop it into a JPEG or TIFF"
OTHERS = (
    (rb"....ftyp(hei|hev|mif1|msf1)", "a HEIC picture", CONVERT),
    (rb"....ftypcrx |FUJIFILMCCD-RAW|II(RO|RS|U\0)|FOVb", "a camera's raw picture", DEVELOP),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", "a video", "save one frame of it as a picture"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture", CONVERT),
    (rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  ", "a JPEG 2000 picture", CONVERT),
    (rb"v/1\x01|#\?RADIANCE", "a high dynamic range picture", CONVERT),
    (rb"%PDF-", "a PDF document", EXPORT),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript drawing", EXPORT),
    (rb"8BPS", "a Photoshop document", EXPORT),
    (rb"gimp xcf", "a GIMP document", EXPORT),
    (rb"\0\0[\x01\x02]\0[^\0]\0|icns", "an icon", EXPORT),
    (rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!", "an archive", "unpack it first"),
)
"""What else people take for a picture: what it begins with, what it is, what to do."""


def format_of(head: bytes, name: str) -> str:
    """The one of FORMATS that a file is in, whatever its name ends in.

    head: its first HEAD bytes, or all. name: what a message calls it.

    Raises UserError that says what the file is instead and what to do.
    """
    if not head:
        raise UserError(f"{name} is empty")
    for form, beginning in FORMATS.items():
        if re.match(beginning, head, re.DOTALL):
            if form in OPTIONAL and not features.check(form.lower()):
                raise UserError(
                    f"{name} is a picture in {form}, which the Pillow installed here cannot read: "
                    f"{CONVERT}"
                )
            return form
    what, advice = _what_else(head)
    raise UserError(f"{name} is {what}: {advice}")


def _what_else(head: bytes) -> tuple[str, str]:
    """(what a file in none of FORMATS is, what to do)."""
    for beginning, what, advice in OTHERS:
        if re.match(beginning, head, re.DOTALL):
            return f"{what}, not a picture that can be read", advice
    if not re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", head):  # control characters: not a text
        lower = head.lower()
        if b"<!doctype html" in lower or b"<html" in lower:
            return "an HTML page, not a picture", "save the picture itself, not the page around it"
        if b"<svg" in lower:
            return "an SVG drawing, which has no pixels yet", EXPORT
        return "text, not a picture", f"what can be read is {LISTED}"
    return "not a picture that can be read", f"what can be read is {LISTED}"


def is_picture(path: Path) -> bool:
    """Whether the file is there and begins as a picture; one that is empty or a text does not."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    return any(re.match(beginning, head, re.DOTALL) for beginning in FORMATS.values())


def is_result(path: Path) -> bool:
    """Whether this program made the picture, as its metadata says: a PNG's text, EXIF, or TIFF."""
    try:
        with path.open("rb") as file:
            start = file.read(HEAD)
            file.seek(max(len(start), path.stat().st_size - HEAD))
            ends = start + file.read(HEAD)
    except OSError:
        return False
    return re.search(rb"stylex \d+\.\d+", ends) is not None
