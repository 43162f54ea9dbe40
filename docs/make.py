"""Makes the pictures of README.md and docs/ anew: every one comes from the command line itself.

    python docs/make.py gallery weights layers …     those; without names all but the plot
    python docs/make.py plot --json FILE             what `benchmarks/compare.py --json FILE` found

Each command is printed and run in --work. Runs that are there already are not run again, so that
what was interrupted goes on; after a change of values below, begin in an empty folder.
"""

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from checkout import DOCS, ROOT
from drawing import CELL, GAP, WIDE, art, plotted, save, save_image
from PIL import Image
from preset_pictures import presets, reconstruct, texture, thumbnails
from sample_pictures import film, gallery, masks, singles, strengths
from screens import asked, curves, painted, picture_of, served
from strips import STRIPS, strip, weights
from work import Work

from stylex.report.widgets import beside, fit


def losses(work: Work) -> None:
    """docs/losses.jpg and docs/losses/<loss>.jpg: what `benchmarks/losses.py` made."""
    found, page = work.folder.parent / "losses", work.folder / "losses.png"
    work.run(ROOT / "benchmarks/losses.py", "--work", found, "--sheet", page)
    image = Image.open(page)
    image = image.resize(fit(image.size, (1000, 2200)), Image.Resampling.LANCZOS)
    save_image(image, "losses")
    pairs = sorted(folder for folder in found.iterdir() if folder.is_dir())
    width = (WIDE - (len(pairs) - 1) * GAP) // len(pairs)
    for loss in sorted({run.parent.name for run in found.glob("*/*/result.png")}):
        made = [art(pair / loss / "result.png", width, width) for pair in pairs]
        save(beside(made, GAP), f"losses/{loss}", CELL * len(made) * 2 // 3)


def sheet(work: Work) -> None:
    """docs/sheet.jpg: the contact sheet that a sweep ends with."""
    work.sweep("optimizers", "experiment=fast style_weight=1,3,10,30,100 optimizer=lbfgs,adam")
    made = work.folder / "outputs" / "sweeps" / "optimizers" / "sheet.png"
    save_image(Image.open(made).convert("RGB"), "sheet")


def choosing(work: Work) -> None:
    """docs/choosing.jpg: a sweep's report asks which of two is better."""
    weights(work)
    report = work.folder / "outputs" / "sweeps" / "weights" / "report.html"
    save_image(picture_of(report.as_uri(), asked), "choosing")


def tensorboard(work: Work) -> None:
    """docs/tensorboard.jpg: the runs of `weights` beside each other."""
    weights(work)
    command = ("-m", "tensorboard.main", "--logdir", "outputs/sweeps/weights", "--load_fast=false")
    with served((*command, "--host", "127.0.0.1"), work.folder) as address:
        save_image(picture_of(f"{address}/#timeseries", curves), "tensorboard")


def studio(work: Work) -> None:
    """docs/studio.jpg: a finished run beside the form that it was asked for with."""
    with served(("-m", "stylex.studio", "--no-browser"), work.folder) as address:
        save_image(picture_of(address, painted), "studio")


def plot(found: Path) -> None:
    """docs/plot.jpg: what `benchmarks/compare.py` found, as JSON."""
    save_image(plotted(json.loads(found.read_text())), "plot")


OTHERS = (
    *(singles, gallery, strengths, masks, film, presets, texture, reconstruct, thumbnails, losses),
    *(sheet, choosing, tensorboard, studio),
)
MAKERS: dict[str, Callable[[Work], None]] = {
    **{name: partial(strip, name) for name in STRIPS},
    **{make.__name__: make for make in OTHERS},
}


def main() -> None:
    """Makes what is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*MAKERS, "plot"]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--work", type=Path, default=ROOT / "outputs/docs", help="for the runs")
    parser.add_argument("--json", type=Path, default=DOCS / "compare.json", help="for the plot")
    parser.add_argument("--also", action="append", default=[], help="a word for all commands")
    options = parser.parse_args()
    for name in options.names:
        if name not in names:
            parser.error(f"unknown name {name}: there are {', '.join(names)}")
    work = Work(options.work.absolute(), options.also)
    for name in options.names or MAKERS:
        if name == "plot":
            plot(options.json)
        else:
            MAKERS[name](work)


if __name__ == "__main__":
    main()
