"""`python -m tools.painter [name …] [--out DIR]` paints the pictures as JPEG files."""

from __future__ import annotations

import argparse
import importlib
import os
import time
from pathlib import Path

import numpy as np
from PIL import Image

NAMES = ("kahlo", "night", "wave", "glass", "cubist")


def save(picture: np.ndarray, path: Path) -> None:
    """Write an (H, W, 3) picture in [0, 1] as a JPEG, replacing the file in one step."""
    partial = path.with_suffix(".part")
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    Image.fromarray(pixels).save(partial, "JPEG", quality=90, optimize=True, subsampling=2)
    os.replace(partial, path)


def main() -> None:
    """Paint the pictures named on the command line, or all of them."""
    parser = argparse.ArgumentParser(prog="tools.painter", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the pictures")
    options = parser.parse_args()
    for name in options.names:
        if name not in NAMES:
            parser.error(f"no picture named {name!r}; there are {', '.join(NAMES)}")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or NAMES:
        start = time.perf_counter()
        picture = importlib.import_module(f".{name}", __package__).paint()
        path = options.out / f"{name}.jpg"
        save(picture, path)
        seconds, size = time.perf_counter() - start, path.stat().st_size / 1000
        print(f"{path}: {seconds:.0f} s, {size:.0f} kB")


if __name__ == "__main__":
    main()
