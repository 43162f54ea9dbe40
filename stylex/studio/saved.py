"""A run's result in another format.

Runs keep their picture at 8 bits a channel alone, so no format of 16 bits is made of it; the
command line's `output=` saves one while the picture is at hand.
"""

import io
from pathlib import Path

from stylex.images.decode import read


def as_jpeg(path: Path) -> bytes:
    """The picture as a JPEG of full chroma resolution, its colour profile kept, as `output=` does.

    Raises UserError where it cannot be read.
    """
    image = read(path)
    file = io.BytesIO()
    profile = image.info.get("icc_profile")
    image.convert("RGB").save(file, "JPEG", quality=95, subsampling=0, icc_profile=profile)
    return file.getvalue()
