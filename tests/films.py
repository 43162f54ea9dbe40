"""Films and results read back."""

import numpy as np
from PIL import Image, ImageSequence


def read(path):
    """(frames as arrays, their durations in ms)."""
    with Image.open(path) as film:
        frames, durations = [], []
        for frame in ImageSequence.Iterator(film):
            frames.append(np.asarray(frame.convert("RGB"), np.float32))
            durations.append(frame.info["duration"])
        return frames, durations


def result_of(folder):
    return np.asarray(Image.open(folder / "result.png"), np.float32)
