"""Pixels of any kind (grey, palette, CMYK, 16-bit, transparent, with a profile) as sRGB."""

import io

from PIL import Image, ImageCms
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT

from stylex.errors import on_one_line
from stylex.images.orientation import Warn, silent

TRANSPARENT = "is partly transparent: laid over white"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def to_srgb(image: Image.Image, warn: Warn = silent) -> Image.Image:
    """A decoded picture of any mode -> sRGB: mode RGB, or F in [0, 1] for grey above 8 bits.

    Warns of transparency, which is laid over white, and of a colour profile that cannot be used.
    """
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        grey = _deep_grey(image, warn)
        profile = image.info.get("icc_profile")
        if not profile:
            return grey
        image = to_8_bits(grey)  # all that the colour engine takes
        image.info["icc_profile"] = profile
    alpha = alpha_channel(image)
    colours = _through_profile(image, warn)
    if alpha is None:
        return colours
    warn(TRANSPARENT)
    return Image.composite(colours, Image.new("RGB", colours.size, "white"), alpha)


def to_8_bits(image: Image.Image) -> Image.Image:
    """Mode F in [0, 1] -> L, rounded; any other mode as it is."""
    return image.point(lambda v: v * 255 + 0.5).convert("L") if image.mode == "F" else image


def _deep_grey(image: Image.Image, warn: Warn) -> Image.Image:
    """16 bits, or Pillow's 32-bit and float modes, which 16 bits may be in -> F in [0, 1].

    Of float pixels, nan is black and infinity white.
    """
    import numpy as np  # most pictures do without

    array = np.asarray(image)
    tags = getattr(image, "tag_v2", {})  # of a TIFF
    if image.mode == "I" and tags and tags.get(SAMPLEFORMAT, (1,))[0] == 1:
        array = array.view(np.uint32)  # Pillow knows signed ones only
    grey = array.astype(np.float32)
    top = float(grey.max(initial=0, where=np.isfinite(grey)))
    if image.mode == "F":
        # A float file states no white: the usual ones are 1, 255 and 65535.
        white = next((w for w in (1.0, 255.0, 65535.0) if top <= w), top)
    elif image.mode == "I":
        white = max(top, 65535.0)
    else:
        white = 2.0 ** tags.get(BITSPERSAMPLE, (16,))[0] - 1  # 12 bits come as they are
    np.nan_to_num(grey, copy=False, posinf=white, neginf=0)
    np.clip(grey, 0, white, out=grey)
    grey /= white
    if tags.get(PHOTOMETRIC_INTERPRETATION) == 0:  # white is zero: Pillow inverts 8 bits only
        grey = 1 - grey
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        warn(TRANSPARENT)
        grey[array == transparent] = 1
    return Image.fromarray(grey)


def alpha_channel(image: Image.Image) -> Image.Image | None:
    """The transparency as an 8-bit mask, None where the picture is opaque throughout.

    Grey above 8 bits has none.
    """
    if not image.has_transparency_data or image.mode in ("I", "F") or image.mode[:2] == "I;":
        return None
    alpha = image.convert("RGBA").getchannel("A")
    return None if alpha.getextrema() == (255, 255) else alpha


def _through_profile(image: Image.Image, warn: Warn) -> Image.Image:
    """8-bit RGB in sRGB, by the embedded profile where it is sound."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB")
    if image.mode in ("P", "PA", "1", "LA", "RGBA", "RGBX", "RGBa", "La"):
        # Profiles are of plain colours: grey becomes L, everything else RGB.
        image = image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        warn(f"has a colour profile that cannot be used ({on_one_line(error)}): taken as sRGB")
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")
