"""Films as files: animated WebP and GIF by Pillow, MP4 by ffmpeg."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from stylex.atomic import check_writable, unfinished
from stylex.errors import RunError, UserError, did_you_mean
from stylex.paths import expand

FRAME = 80  # ms
HELD = 1000  # ms, the last frame
LONGEST = {".webp": 800, ".gif": 480, ".mp4": 800}
"""{format: px of the long side, at most}."""

Frames = Sequence[Image.Image]


def check(name: str | Path) -> Path:
    """The path of a film that can be written there. Raises UserError where none can."""
    path = expand(name)
    suffix = path.suffix.lower()
    if path.is_dir():
        raise UserError(f"film '{name}' is a folder; name a file in it")
    if suffix not in LONGEST:
        raise UserError(
            f"film '{name}': no format '{suffix}'{did_you_mean(suffix, LONGEST)}"
            if suffix
            else f"film '{name}' names no format (one of {', '.join(LONGEST)})"
        )
    if suffix == ".mp4" and not shutil.which("ffmpeg"):
        raise UserError(f"film '{name}' needs ffmpeg, which is not on the PATH; .webp does not")
    try:
        check_writable(path)
    except OSError as error:
        raise UserError(f"film '{name}' cannot be written: {error.strerror}") from error
    return path


def save(frames: Frames, path: Path) -> None:
    """Writes the frames, RGB and of one size, whole or not at all; the last one is held.

    Raises OSError, and RunError where ffmpeg fails.
    """
    temporary = unfinished(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _ENCODERS[path.suffix.lower()](frames, temporary)
        temporary.replace(path)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _webp(frames: Frames, path: Path) -> None:
    # Every frame whole: those that store only what changes flicker beside the others.
    _animate(frames, path, "WEBP", quality=80, method=4, kmin=0, kmax=1)


def _gif(frames: Frames, path: Path) -> None:
    # Each frame has 256 colours of its own; without dithering, skies and faces come in bands.
    # Choosing them takes long, and a smaller picture of the frame has the same ones.
    factor = max(1, min(frames[0].size) // 120)
    small = [frame.reduce(factor) for frame in frames]
    own = [f.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE) for f in small]
    dithered = [
        f.quantize(palette=p, dither=Image.Dither.FLOYDSTEINBERG)
        for f, p in zip(frames, own, strict=True)
    ]
    _animate(dithered, path, "GIF", optimize=False)


def _animate(frames: Frames, path: Path, form: str, **options: int) -> None:
    durations = [FRAME] * (len(frames) - 1) + [HELD]
    with path.open("wb") as file:
        frames[0].save(
            file,
            form,
            save_all=True,
            append_images=frames[1:],
            duration=durations,
            loop=0,
            **options,
        )


def _mp4(frames: Frames, path: Path) -> None:
    width, height = (side // 2 * 2 for side in frames[0].size)  # as its halved chroma needs
    command = [
        *("ffmpeg", "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"),
        *("-framerate", str(1000 / FRAME), "-i", "-"),
        *("-vf", "scale=out_color_matrix=bt709:out_range=tv,fps=25"),
        *("-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        *("-movflags", "+faststart", "-f", "mp4", str(path.absolute())),
    ]
    shown = [*frames, *[frames[-1]] * (HELD // FRAME - 1)]
    pixels = b"".join(frame.crop((0, 0, width, height)).tobytes() for frame in shown)
    done = subprocess.run(command, input=pixels, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RunError(f"ffmpeg made no film: {said[-1] if said else f'status {done.returncode}'}")


_ENCODERS: dict[str, Callable[[Frames, Path], None]] = {".webp": _webp, ".gif": _gif, ".mp4": _mp4}
