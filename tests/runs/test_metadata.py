"""What a picture says about itself is never executed, used as a path, or passed on."""

from pathlib import Path

import pytest
import yaml
from command_line import TINY, only_run
from PIL import Image, PngImagePlugin

STRINGS = {
    "Software": "marker $(touch touched); touch touched | `touch touched`",
    "stylex": "marker: !!python/object/apply:os.system [touch touched]\noutput: touched.png",
    "output": "../../marker/../touched.png",
    "content.path": "/etc/marker",
    "Comment": "marker ${oc.env:HOME} ${oc.create:{_target_: os.system}}",
    "XML:com.adobe.xmp": "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><marker>&a;</marker>",
    "icc_profile": "marker",
    "_target_": "os.marker",
}


def _with_metadata(path: Path) -> Path:
    image = Image.effect_mandelbrot((40, 32), (-2, -1.5, 1, 1.5), 50).convert("RGB")
    exif = Image.Exif()
    for tag in (270, 271, 272, 305, 315, 33432, 37510):  # description, make, model, software, …
        exif[tag] = "marker $(touch touched) ${oc.env:HOME} ../../touched"
    if path.suffix == ".png":
        info = PngImagePlugin.PngInfo()
        for number, (key, value) in enumerate(STRINGS.items()):
            if number % 2:
                info.add_text(key, value, zip=number % 4 == 1)
            else:
                info.add_itxt(key, value, zip=number % 4 == 2)
        image.save(path, pnginfo=info, exif=exif)
    else:
        image.save(path, exif=exif, comment=STRINGS["Comment"], xmp=STRINGS["stylex"].encode())
    assert b"marker" in path.read_bytes()
    return path


@pytest.mark.parametrize(
    ("suffix", "output"), [(".png", "o.png"), (".jpg", "o.jpg"), (".png", "o.16.png")]
)
def test_metadata_is_neither_run_nor_passed_on(here, command, suffix, output):
    pictures = [_with_metadata(here / f"{name}{suffix}") for name in ("a", "b")]
    outcome = command(f"content={pictures[0]}", f"style={pictures[1]}", f"output={output}", *TINY)
    assert (outcome.status, outcome.err) == (0, "")
    assert {path.name for path in here.iterdir()} == {
        *(path.name for path in pictures),
        output,
        "outputs",
    }
    run = only_run(here)
    for path in (here / output, *run.rglob("*")):
        if path.is_file() and "events" not in path.name:  # TensorBoard's hold pictures, rewritten
            assert b"marker" not in path.read_bytes(), path
    with Image.open(run / "result.png") as result:
        assert result.text.keys() == {"Software", "stylex"}
        assert yaml.safe_load(result.text["stylex"])["content"]["path"] == str(pictures[0])
        assert not result.getexif()
    with Image.open(run / "thumbnail.jpg") as thumbnail:
        assert not thumbnail.getexif()
