"""Thousands of damaged pictures: each is read or refused in one line, quickly and in little memory.

    python -m pytest -m slow tests/images/test_damage_fuzz.py -s     30,000 of them
    python tests/images/test_damage_fuzz.py 100000 7                 so many, from another seed

A file follows from its seed and its number alone, but for the time in what an animated AVIF leaves
in it. The last one tried is left in the folder that is printed when something goes wrong;
`make(seeds(), seed, number)` gives it again.
"""

import faulthandler
import io
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, features

from stylex.errors import UserError
from stylex.images.load import load

try:
    import resource
except ImportError:  # Windows
    resource = None

SLOWEST = 5.0  # seconds of CPU time for a file
MOST_MEMORY = 1024  # MB, what the peak may grow by


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def seeds() -> dict[str, bytes]:
    """{name: a small sound file}: every format, in many of its kinds."""
    rgb, large = Image.fromarray(noise(11, 14, 3)), Image.fromarray(noise(40, 37, 3))
    rgba = Image.fromarray(noise(9, 8, 4))
    grey, palette, bits = rgb.convert("L"), rgb.quantize(16), rgb.convert("1")
    deep = Image.fromarray(noise(9, 10, 2).view(np.uint16)[..., 0])
    real = Image.fromarray(noise(7, 9).astype(np.float32) / 255)
    whole = Image.fromarray(noise(7, 9).astype(np.int32) * 257)
    cmyk = Image.fromarray(noise(16, 18, 4), "CMYK")
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x011A] = 6, "/etc/passwd", 72.0
    icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    icc[24:36] = bytes(12)  # its date and time, or the files would not be the same ones tomorrow
    icc = bytes(icc)
    more = {"exif": exif.tobytes(), "icc_profile": icc}
    frames = {"save_all": True, "append_images": [rgb.rotate(180), rgb.rotate(90)]}
    wanted = {
        "png rgb": (rgb, {}),
        "png large": (large, {"exif": more["exif"]}),
        "png rgba": (rgba, more),
        "png grey": (grey, {"transparency": 7}),
        "png palette": (palette, {"transparency": bytes(range(0, 160, 10))}),
        "png one bit": (bits, {}),
        "png deep": (deep, {"icc_profile": icc}),
        "png animated": (rgb, frames),
        "jpeg rgb": (rgb, more),
        "jpeg large": (large, {"subsampling": 2, "comment": "/etc/passwd"}),
        "jpeg progressive": (large, {"progressive": True, "optimize": True}),
        "jpeg grey": (grey, {"restart_marker_blocks": 1}),
        "jpeg cmyk": (cmyk, {}),
        "mpo several": (large, {"save_all": True, "append_images": [large.rotate(9)]}),
        "webp lossy": (rgb, more),
        "webp lossless": (rgba, {"lossless": True, "exact": True}),
        "webp animated": (rgb, frames),
        "gif palette": (palette, {"transparency": 3, "comment": b"$(id)"}),
        "gif grey": (grey, {"interlace": 0}),
        "gif animated": (rgb, frames | {"loop": 0, "disposal": 2}),
        "tiff raw": (rgb, more),
        "tiff pages": (rgb, frames),
        "tiff lzw": (rgba, {"compression": "tiff_lzw"}),
        "tiff deflate": (deep, {"compression": "tiff_adobe_deflate"}),
        "tiff jpeg": (large, {"compression": "jpeg"}),
        "tiff fax": (bits, {"compression": "group4"}),
        "tiff packbits": (palette, {"compression": "packbits"}),
        "tiff cmyk": (cmyk, {}),
        "tiff deep": (deep, {}),
        "tiff real": (real, {}),
        "tiff whole": (whole, {"compression": "tiff_lzw"}),
        "tiff big": (rgb, {"big_tiff": True}),
        "bmp rgb": (rgb, {}),
        "bmp rgba": (rgba, {}),
        "bmp palette": (palette, {}),
        "bmp one bit": (bits, {}),
        "ppm rgb": (rgb, {}),
        "ppm deep": (whole, {}),
        "ppm real": (real, {}),
    }
    if features.check("avif"):
        wanted |= {"avif rgb": (rgb, more), "avif rgba": (rgba, {}), "avif animated": (rgb, frames)}
    # Copies, because saving as MPO leaves its traces in the picture.
    made = {name: _saved(how[0].copy(), how[1], name.split()[0]) for name, how in wanted.items()}
    made["ppm plain"] = b"P3 3 2 9\n" + b"1 2 3 4 5 6 7 8 9 " * 2
    return made | {"bmp rle": _rle()}


def _saved(image: Image.Image, options: dict, form: str) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _rle() -> bytes:
    """A BMP of 8×2 px in 8 bits, run-length encoded, which Pillow reads but does not write."""
    data = b"\x08\x01\0\0\x04\x02\0\x04\1\2\3\1\0\0\0\1"
    colours = bytes(v for i in range(4) for v in (60 * i, 0, 200, 0))
    info = struct.pack("<IiiHHIIiiII", 40, 8, 2, 1, 8, 1, len(data), 0, 0, 4, 0)
    start = 14 + len(info) + len(colours)
    return struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + info + colours + data


def pieces(data: bytes) -> list[int]:
    """Where the parts of a file begin: chunks, segments, boxes, directory entries or lines."""
    at, found = 0, [0]
    if data[:4] == b"\x89PNG":
        at, step = 8, lambda at: 12 + struct.unpack(">I", data[at : at + 4])[0]
    elif data[:4] == b"RIFF":
        at, step = 12, lambda at: 8 + (struct.unpack("<I", data[at + 4 : at + 8])[0] + 1 & ~1)
    elif data[:2] == b"\xff\xd8":
        at, step = 2, lambda at: 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    elif data[4:8] == b"ftyp":
        step = lambda at: max(8, struct.unpack(">I", data[at : at + 4])[0])  # noqa: E731
    elif data[:4] in (b"II*\0", b"MM\0*"):
        order = "<" if data[:1] == b"I" else ">"
        at = min(len(data), 2 + struct.unpack(f"{order}I", data[4:8])[0])
        step = lambda at: 12  # noqa: E731
    else:
        step = lambda at: 16  # noqa: E731
    while at + 8 <= len(data) and len(found) < 200:
        found.append(at)
        at += step(at)
    return found


def mutated(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """The file after one accident."""
    if len(data) < 8:
        return data + rng.randbytes(8)
    out = bytearray(data)
    where = rng.randrange(len(out))
    if rng.random() < 0.5:  # mostly in the headers
        where = min(len(out) - 1, int(rng.expovariate(1 / 60)))
    starts = pieces(data)
    k = rng.randrange(len(starts))
    start, end = starts[k], [*starts, len(data)][k + 1]
    match rng.randrange(9):
        case 0:  # flipped bits
            for _ in range(rng.randint(1, 8)):
                out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
        case 1:  # a run of bytes
            run = rng.randint(1, 40)
            out[where : where + run] = rng.choice((bytes(run), b"\xff" * run, rng.randbytes(run)))
        case 2:  # cut off
            del out[where:]
        case 3:  # the end of another file
            other = rng.choice(others)
            out[where:] = other[rng.randrange(len(other)) :]
        case 4:  # an extreme number in a header
            _write_extreme(out, where, rng)
        case 5:  # … and where a part states its length, kind or value
            _write_extreme(out, start + rng.choice((0, 2, 4, 8)), rng)
        case 6:  # a part twice
            out[end:end] = out[start:end]
        case 7:  # a part less
            del out[start:end]
        case 8:  # bytes that nobody counted
            out[where:where] = rng.randbytes(rng.randint(1, 20))
    return bytes(out)


def _write_extreme(out: bytearray, where: int, rng: random.Random) -> None:
    size = rng.choice((1, 2, 4, 8))
    top = 1 << 8 * size
    value = rng.choice((0, 1, 2, top - 1, top // 2, top // 2 - 1, 1000, 4000, 20000, 65535))
    out[where : where + size] = (value % top).to_bytes(size, rng.choice(("little", "big")))


def _with_checksums(data: bytes) -> bytes:
    """A PNG as if it had been written that way."""
    out = bytearray(data)
    for at in pieces(data)[1:]:
        length = struct.unpack(">I", data[at : at + 4])[0]
        end = at + 8 + length
        if end + 4 <= len(out):
            out[end : end + 4] = struct.pack(">I", zlib.crc32(out[at + 4 : end]))
    return bytes(out)


def make(sound: dict[str, bytes], seed: int, number: int) -> tuple[str, bytes]:
    """The name of what it was, and the damaged file."""
    rng = random.Random(f"{seed}/{number}")
    name = sorted(sound)[number % len(sound)]
    data = sound[name]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = mutated(data, rng, list(sound.values()))
    if data[:4] == b"\x89PNG" and rng.random() < 0.6:
        data = _with_checksums(data)
    return name, data


def tried(path: Path) -> str:
    """ "read", or the refusal without the file's name; AssertionError for what is neither."""
    try:
        picture = load(path)
    except UserError as error:
        line = str(error)
        assert str(path) in line and line.isprintable() and len(line) < 600, line
        return line.replace(str(path), "…")
    assert picture.dtype == torch.float32 and picture.shape[:2] == (1, 3) and picture.numel()
    assert bool(((picture >= 0) & (picture <= 1)).all())  # nan is neither
    return "read"


def fuzz(folder: Path, seed: int, numbers: range, sound: dict[str, bytes]) -> str:
    """Tries the files; a line that tells how it went. Raises AssertionError, naming the case."""
    counts, slowest, before = Counter(), (0.0, ""), _peak_mb()
    for number in numbers:
        name, data = make(sound, seed, number)
        path = folder / f"case.{name.split()[0]}"
        path.write_bytes(data)
        began = time.process_time()
        faulthandler.dump_traceback_later(60, exit=True)  # also from within a decoder
        try:
            counts[tried(path) == "read"] += 1
        except Exception as error:
            raise AssertionError(f"{name}, seed {seed}, number {number}: {error!r}") from error
        finally:
            faulthandler.cancel_dump_traceback_later()
        seconds = time.process_time() - began
        slowest = max(slowest, (seconds, f"{name}, number {number}"))
        assert seconds < SLOWEST, slowest
        assert _peak_mb() - before < MOST_MEMORY, f"{name}, seed {seed}, number {number}: memory"
        path.unlink()
    return (
        f"{len(numbers)} files: {counts[True]} read, {counts[False]} refused; slowest "
        f"{slowest[0]:.2f} s ({slowest[1]}); peak memory {_peak_mb():.0f} MB, before {before:.0f}"
    )


def _peak_mb() -> float:
    if resource is None:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def test_the_undamaged_ones_are_read(tmp_path):
    for name, data in seeds().items():
        (tmp_path / "a").write_bytes(data)
        assert tried(tmp_path / "a") == "read", name


def test_damaged_pictures_are_read_or_refused(tmp_path):
    fuzz(tmp_path, 1, range(1500), seeds())


@pytest.mark.slow
def test_many_thousands_of_damaged_pictures_are_read_or_refused():
    """In a process of their own: a crash is seen, and memory that others took does not hide any."""
    command = [sys.executable, __file__, "30000", "0"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    print(f"\n{done.stdout.strip()}")
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if "case." not in line]


def main(count: int, seed: int) -> None:
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as folder:
        fuzz(Path(folder), -1, range(200), seeds())  # whatever is imported late is by now
        known = (folder, sys.prefix, sys.base_prefix, os.devnull)
        seen = []

        def watch(event: str, arguments: tuple) -> None:
            """What is in a file is neither run nor taken for a path."""
            if event == "open":
                seen.extend([] if str(arguments[0]).startswith(known) else [arguments])
            elif event.startswith(("subprocess.", "os.system", "os.exec", "os.posix_spawn")):
                seen.append((event, arguments))

        sys.addaudithook(watch)
        print(fuzz(Path(folder), seed, range(count), seeds()))
        assert not seen, seen[:5]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
