"""What a file is by its first bytes: one of eight formats, or what else it seems to be."""

import re
from collections.abc import Callable
from typing import IO, NamedTuple

from PIL import features
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import jpeg_factory
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from stylex.errors import UserError


class Format(NamedTuple):
    """begins: a regular expression. open: reads the header. feature: Pillow may lack it."""

    begins: bytes
    open: Callable[[IO[bytes]], ImageFile]
    feature: str | None = None


# No others, though Pillow knows 40: some of them start programs, or take any file for theirs.
FORMATS = {
    "JPEG": Format(rb"\xff\xd8\xff", jpeg_factory),
    "PNG": Format(rb"\x89PNG\r\n\x1a\n", PngImageFile),
    "WebP": Format(rb"RIFF....WEBP", WebPImageFile, "webp"),
    "TIFF": Format(rb"II[*+]\0|MM\0[*+]", TiffImageFile),
    "GIF": Format(rb"GIF8[79]a", GifImageFile),
    "BMP": Format(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", BmpImageFile),
    "AVIF": Format(rb"....ftyp(avi[fs]|m[is]f1.{4,60}avif)", AvifImageFile, "avif"),
    "PPM": Format(rb"P[1-6f][\s#]", PpmImageFile),
}
LISTED = "JPEG, PNG, WebP, TIFF, GIF, BMP, AVIF or PPM"

CONVERT = "convert it to PNG or JPEG"
EXPORT = "export it as PNG or JPEG"
DEVELOP = "develop it into a JPEG or TIFF"
# What else people take for a picture: what it begins with, what it is, what to do.
OTHERS = (
    (rb"....ftyp(hei|hev|mif1|msf1)", "a HEIC picture", CONVERT),
    (rb"....ftypcrx |FUJIFILMCCD-RAW|II(RO|RS|U\0)|FOVb", "a camera's raw picture", DEVELOP),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", "a video", "save one picture of it"),
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


def kind_of(head: bytes, name: str) -> str:
    """Which of FORMATS a file is, whatever its name ends in.

    head: its first 4096 bytes, or all. name: what to call it.

    Raises UserError, saying what it is instead and what to do.
    """
    if not head:
        raise UserError(f"{name} is empty")
    for kind, form in FORMATS.items():
        if re.match(form.begins, head, re.DOTALL):
            if form.feature and not features.check(form.feature):
                raise UserError(
                    f"{name} is a picture in {kind}, which the Pillow installed here cannot read: "
                    f"{CONVERT}"
                )
            return kind
    what, advice = _what_else(head)
    raise UserError(f"{name} is {what}: {advice}")


def _what_else(head: bytes) -> tuple[str, str]:
    for begins, what, advice in OTHERS:
        if re.match(begins, head, re.DOTALL):
            return f"{what}, not a picture that can be read", advice
    if not re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", head):  # of no use in a text
        lower = head.lower()
        if b"<!doctype html" in lower or b"<html" in lower:
            return "an HTML page, not a picture", "save the picture itself, not the page around it"
        if b"<svg" in lower:
            return "an SVG drawing, which has no pixels yet", EXPORT
        return "text, not a picture", f"what can be read is {LISTED}"
    return "not a picture that can be read", f"what can be read is {LISTED}"
