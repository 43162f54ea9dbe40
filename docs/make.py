"""Makes the pictures of README.md and docs/ anew: every one comes from the command line itself.

    python docs/make.py gallery weights layers …     those; without names all but the plot
    python docs/make.py plot --json FILE             what `benchmarks/compare.py --json FILE` found

Each command is printed and run in --work. Runs that are there already are not run again, so that
what was interrupted goes on; after a change of values below, begin in an empty folder.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

ROOT = Path(__file__).resolve().parents[1]
# This checkout's stylex, here and in every process started from here.
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

from drawing import (  # noqa: E402
    CELL,
    DOCS,
    GAP,
    TEXT,
    WIDE,
    Crop,
    art,
    captioned,
    plotted,
    save,
    save_image,
)
from screens import curves, painted, picture_of, served  # noqa: E402

from stylex.config.pictures import SAMPLES  # noqa: E402
from stylex.report.widgets import Widget, below, beside, fit, paragraph  # noqa: E402
from stylex.runs.record import FIGURES, Record  # noqa: E402
from stylex.runs.sweep_record import collect  # noqa: E402

CONTENTS = ("jesse", "astronaut", "coffee", "rocket")
STYLES = ("kahlo", "night", "wave", "glass", "cubist")
# Of pictures of several: what stands for the preset on the page, (left, top, right, bottom) px.
PARTS = {"texture": (12, 14, 524, 524), "reconstruct": (740, 284, 1092, 517)}


@dataclass(frozen=True)
class Strip:
    """Pictures side by side, from sweeps that differ from each other in one thing.

    sweeps: the words of each; the first of them varies and makes the captions.
    common: the words of all. captions: in place of `key=value`, {value: caption}.
    usual: {place: caption} of the picture that all defaults make, which is in `weights` already.
    columns: pictures in a row. crop: the part of each that is shown.
    """

    sweeps: Sequence[str]
    common: str = "experiment=fast"
    captions: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[int, str] = field(default_factory=dict)
    columns: int = 4
    crop: Crop = (0, 0, 1, 1)


FACE = (0.2, 0.12, 0.8, 0.72)
STRIPS = {
    "weights": Strip(["style_weight=1,2,5,10,25"], columns=5),
    "portrait": Strip(
        ["style_weight=5,2", "layers=gentle"],
        common="experiment=fast content=astronaut style=night",
        crop=(0.2, 0.02, 0.8, 0.62),
    ),
    "scale": Strip(["style_scale=0.35,0.7,1.4"], usual={2: "style_scale=1"}),
    "layers": Strip(
        ["'layers.style={relu1_1: 1},{relu3_1: 1},{relu5_1: 1}'", "layers=equal,gentle"],
        captions={f"{{relu{n}_1:1}}": f"layers.style={{relu{n}_1: 1}}" for n in (1, 3, 5)},
        usual={4: "layers=weighted"},
        columns=3,
    ),
    "calm": Strip(["tv_weight=0,100"], usual={1: "tv_weight=25"}, crop=FACE),
    "steps": Strip(["steps=3,10,50"], usual={2: "steps=20"}, crop=FACE),
    "loss": Strip(["loss=gram"], usual={0: "loss=moments"}),
    "pyramid": Strip(
        ["pyramid=single steps=30"],
        captions={"single": "pyramid=single steps=30"},
        usual={0: "pyramid=octaves steps=20"},
    ),
    "content": Strip(
        ["loss/content=features,structure,selfsim,laplacian"],
        common="experiment=fast content=astronaut style=night",
        crop=(0.2, 0.02, 0.8, 0.62),
    ),
    "strength": Strip(
        ["strength=0,0.25,0.5,0.75,1", "strength=0,0.25,0.5,0.75,1 content=coffee style=wave"],
        columns=5,
    ),
    "init": Strip(["init=style,noise"], usual={0: "init=content"}),
    "color": Strip(
        [
            f"color=style,keep,luminance,match {pair}"
            for pair in ("content=coffee style=wave", "content=astronaut style=night size=256")
        ],
    ),
    "size": Strip(["size=128,512"], usual={1: "size=320"}, crop=FACE),
    "blend": Strip(
        ["'blend=linspace(0,1,5)'"],
        common="experiment=fast content=rocket style=night+glass",
        columns=5,
    ),
}

# White is painted: {name: (the picture's size, what is black, the ellipses that are white)}, or the
# other way round.
MASKS = {
    "cup": ((600, 400), 0, [(76, 70, 482, 390), (170, 15, 420, 240)]),
    "table": ((600, 400), 255, [(76, 70, 482, 390), (170, 15, 420, 240)]),
    "around-her": ((512, 512), 255, [(150, 10, 304, 130), (170, 60, 290, 196)]),
}

# Published sizes and numbers of steps would take hours on a CPU.
SMALL = "size=192 fit=long"
PRESETS = (
    f"experiment=gatys2016,neural_style,pystiche {SMALL} steps=250",
    f"experiment=notebook,notebook_exercise {SMALL} steps=400",
    "experiment=firekind steps=13",
    "experiment=atharva",
    "experiment=crowsonkb,nnst,strotss size=256",
    "experiment=li_wand size=256",
    "experiment=heitz",
    "experiment=fast",
    "experiment=best size=512 steps=25",
)

TILED = ("night", "glass")
KNOWING = ("relu1_2", "relu2_2", "relu3_2", "relu4_2", "relu5_2")


def run(command: Sequence[str | Path], work: Path) -> None:
    """Prints the command, and runs it in `work` with this checkout's stylex."""
    words = [*map(str, command)]
    print("$", shlex.join(["python", *words]), flush=True)
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, *words], cwd=work, check=True)


def sweep(name: str, words: str, options: argparse.Namespace) -> list[Record]:
    """The runs of a sweep, made now as far as they are missing, in order."""
    split = [*shlex.split(words), *options.also, f"sweep={name}"]
    run(["-m", "stylex", "--multirun", *split], options.work)
    return collect([options.work / "outputs" / "sweeps" / name])


def weights(options: argparse.Namespace) -> list[Record]:
    """The runs of that strip, which others borrow from."""
    made = STRIPS["weights"]
    return sweep("weights", f"{made.common} {made.sweeps[0]}", options)


def strip(name: str, options: argparse.Namespace) -> None:
    """docs/<name>.jpg, one of STRIPS."""
    made = STRIPS[name]
    across = max(4, made.columns)
    width = (WIDE - (across - 1) * GAP) // across
    widgets = []
    for number, words in enumerate(made.sweeps, 1):
        folder = name if number == 1 else f"{name}-{number}"
        key = shlex.split(words)[0].partition("=")[0]
        for record in sweep(folder, f"{made.common} {words}", options):
            value = record.value(key)
            caption = made.captions.get(value, f"{key}={value}")
            widgets.append(captioned(art(record.result, width, crop=made.crop), caption))
            print(caption, {key: record.figures[key] for key in FIGURES})
    for place, caption in made.usual.items():
        usual = next(record for record in weights(options) if record.value("style_weight") == "5")
        widgets.insert(place, captioned(art(usual.result, width, crop=made.crop), caption))
    rows = [
        beside(widgets[start : start + made.columns], GAP)
        for start in range(0, len(widgets), made.columns)
    ]
    save(below(rows, GAP), name, CELL * len(widgets))


def singles(options: argparse.Namespace) -> None:
    """docs/<content>-<style>.jpg: README's pictures, by the default settings."""
    words = f"content={','.join(CONTENTS)} style={','.join(STYLES[:4])} zip=content,style"
    for record in sweep("singles", words, options):
        name = f"{record.value('content')}-{record.value('style')}"
        print(name, dict(record.figures))
        save_image(Image.open(record.result).convert("RGB"), name)


def gallery(options: argparse.Namespace) -> None:
    """docs/gallery.jpg: every sample photograph in every sample style."""
    words = f"experiment=fast size=256 content={','.join(CONTENTS)} style={','.join(STYLES)}"
    records = sweep("gallery", words, options)
    made = {(record.value("content"), record.value("style")): record.result for record in records}
    width = (WIDE - len(STYLES) * GAP) // (len(STYLES) + 1)
    blank = Widget(width, 0, lambda canvas, x, y: None)
    heads = [captioned(art(SAMPLES / "style" / f"{s}.jpg", width, width), s) for s in STYLES]
    heads = [Widget(width, head.height, head.draw) for head in heads]
    rows = [beside([blank, *heads], GAP, low=True)]
    for content in CONTENTS:
        first = captioned(art(SAMPLES / "content" / f"{content}.jpg", width, width), content)
        rows.append(beside([first, *(art(made[content, style], width) for style in STYLES)], GAP))
    save(below(rows, GAP), "gallery")


def strengths(options: argparse.Namespace) -> None:
    """docs/strengths.jpg: every sample pair at five strengths."""
    values = ("0", "0.25", "0.5", "0.75", "1")
    words = f"strength={','.join(values)} size=192 steps=20"
    pairs = f"content={','.join(CONTENTS)} style={','.join(STYLES)}"
    records = sweep("strengths", f"{words} {pairs}", options)
    made = {
        tuple(record.value(key) for key in ("content", "style", "strength")): record.result
        for record in records
    }
    width = (WIDE - (2 * len(values) - 1) * 4) // (2 * len(values))
    heads = [paragraph(value, TEXT, width) for value in 2 * values]
    rows = [beside([Widget(width, head.height, head.draw) for head in heads], 4)]
    for style in STYLES:
        for contents in (CONTENTS[::2], CONTENTS[1::2]):
            cells = [(content, value) for content in contents for value in values]
            widgets = [art(made[content, style, value], width) for content, value in cells]
            rows.append(beside(widgets, 4))
    save(below(rows, 4), "strengths")


def masks(options: argparse.Namespace) -> None:
    """docs/masks.jpg: what is painted within a mask, and each of two regions in its own style."""
    for name, (size, ground, ellipses) in MASKS.items():
        mask = Image.new("L", size, ground)
        for ellipse in ellipses:
            ImageDraw.Draw(mask).ellipse(ellipse, 255 - ground)
        options.work.mkdir(parents=True, exist_ok=True)
        mask.save(options.work / f"{name}.png")
    width, high = (WIDE - 3 * GAP) // 4, (WIDE - 3 * GAP) // 6
    widgets = [captioned(art(options.work / "cup.png", width, high), "cup.png")]
    for number, (words, caption) in enumerate(
        (
            ("content=coffee style=glass mask=cup.png", "style=glass mask=cup.png"),
            (
                "content=coffee style=glass+night 'regions=[cup.png,table.png]'",
                "style=glass+night regions=[cup.png,table.png]",
            ),
            (
                "content=astronaut style=night mask=around-her.png",
                "style=night mask=around-her.png",
            ),
        ),
        1,
    ):
        (record,) = sweep(f"masks-{number}", f"experiment=fast {words}", options)
        crop = (0, 0, 1, 2 / 3) if "astronaut" in words else (0, 0, 1, 1)
        widgets.append(captioned(art(record.result, width, high, crop), caption))
    save(beside(widgets, GAP), "masks", CELL * len(widgets))


def film(options: argparse.Namespace) -> None:
    """docs/film.webp: how a draft developed."""
    made = DOCS / "film.webp"
    words = ("experiment=fast", *options.also, f"film={made}", "hydra.run.dir=film", "rerun=true")
    run(["-m", "stylex", *words], options.work)
    print(f"{made}: {made.stat().st_size // 1000} kB\n", flush=True)


def presets(options: argparse.Namespace) -> None:
    """docs/presets/<preset>.jpg, the same pair in each."""
    for number, words in enumerate(PRESETS, 1):
        for record in sweep(f"presets-{number}", words, options):
            name = record.value("experiment")
            image = Image.open(record.result).convert("RGB")
            image.thumbnail((512, 512), Image.Resampling.LANCZOS)
            print(name, dict(record.figures))
            save_image(image, f"presets/{name}")


def texture(options: argparse.Namespace) -> None:
    """docs/presets/texture.jpg: tiles of two paintings, each laid 2×2."""
    words = f"experiment=texture tileable=true size=256 steps=60 style={','.join(TILED)}"
    widgets = []
    for record in sweep("texture", words, options):
        tile = Image.open(record.result).convert("RGB")
        wide, high = tile.size
        plane = Image.new("RGB", (2 * wide, 2 * high))
        for corner in ((0, 0), (wide, 0), (0, high), (wide, high)):
            plane.paste(tile, corner)
        picture = Widget(*plane.size, lambda canvas, x, y, plane=plane: canvas.paste(plane, (x, y)))
        widgets.append(captioned(picture, f"style={record.value('style')}, 2×2 tiles"))
    save(beside(widgets, GAP), "presets/texture")


def reconstruct(options: argparse.Namespace) -> None:
    """docs/presets/reconstruct.jpg: what each of some layers knows of the photograph."""
    width = (WIDE - 2 * GAP) // 3
    photograph = art(SAMPLES / "content" / "jesse.jpg", width)
    widgets = [captioned(photograph, "the photograph")]
    values = ",".join(f"{{{layer}: 1}}" for layer in KNOWING)
    words = f"experiment=reconstruct size=224 steps=120 'layers.content={values}'"
    for layer, record in zip(KNOWING, sweep("reconstruct", words, options), strict=True):
        widgets.append(captioned(art(record.result, width), layer))
    rows = [beside(widgets[start : start + 3], GAP) for start in range(0, len(widgets), 3)]
    save(below(rows, GAP), "presets/reconstruct")


def thumbnails(options: argparse.Namespace) -> None:
    """stylex/studio/presets/: of each preset a square of its picture above."""
    made = {path.stem: path for path in (DOCS / "presets").glob("*.jpg")}
    for name, path in {"default": DOCS / "jesse-kahlo.jpg", **made}.items():
        image = Image.open(path).convert("RGB").crop(PARTS.get(name))
        small = ImageOps.fit(image, (144, 144), Image.Resampling.LANCZOS)
        small.save(ROOT / "stylex" / "studio" / "presets" / f"{name}.jpg", quality=85)


def losses(options: argparse.Namespace) -> None:
    """docs/losses.jpg and docs/losses/<loss>.jpg: what `benchmarks/losses.py` made."""
    work = options.work.parent / "losses"
    page = options.work / "losses.png"
    command = [sys.executable, ROOT / "benchmarks/losses.py", "--work", work, "--sheet", page]
    subprocess.run([*map(str, command)], check=True)
    image = Image.open(page)
    save_image(image.resize(fit(image.size, (2000, 2000)), Image.Resampling.LANCZOS), "losses")
    pairs = sorted(folder for folder in work.iterdir() if folder.is_dir())
    width = (WIDE - (len(pairs) - 1) * GAP) // len(pairs)
    for loss in sorted({run.parent.name for run in work.glob("*/*/result.png")}):
        made = [art(pair / loss / "result.png", width, width) for pair in pairs]
        save(beside(made, GAP), f"losses/{loss}", CELL * len(made) * 2 // 3)


def tensorboard(options: argparse.Namespace) -> None:
    """docs/tensorboard.jpg: the runs of `weights` beside each other."""
    weights(options)
    command = ("-m", "tensorboard.main", "--logdir", "outputs/sweeps/weights", "--load_fast=false")
    with served((*command, "--host", "127.0.0.1"), options.work) as address:
        save_image(picture_of(f"{address}/#timeseries", curves), "tensorboard")


def studio(options: argparse.Namespace) -> None:
    """docs/studio.jpg: a finished run beside the form that it was asked for with."""
    with served(("-m", "stylex.studio", "--no-browser"), options.work) as address:
        save_image(picture_of(address, painted), "studio")


def plot(options: argparse.Namespace) -> None:
    """docs/plot.jpg: what `benchmarks/compare.py` found."""
    save_image(plotted(json.loads(options.json.read_text())), "plot")


MAKERS = (
    *(singles, gallery, strengths, masks, film, presets, texture, reconstruct, thumbnails, losses),
    *(tensorboard, studio, plot),
)
OTHERS = {make.__name__: make for make in MAKERS}


def main() -> None:
    """Makes what is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*STRIPS, *OTHERS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--work", type=Path, default=ROOT / "outputs/docs", help="for the runs")
    parser.add_argument("--json", type=Path, default=DOCS / "compare.json", help="for the plot")
    parser.add_argument("--also", action="append", default=[], help="a word for all commands")
    options = parser.parse_args()
    options.work = options.work.absolute()
    for name in options.names or [name for name in names if name != "plot"]:
        if name not in names:
            parser.error(f"unknown name {name}: there are {', '.join(names)}")
        if name in STRIPS:
            strip(name, options)
        else:
            OTHERS[name](options)


if __name__ == "__main__":
    main()
