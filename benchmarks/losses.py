"""Every style loss, and pastiche, on the same pairs: one sheet, one table.

    python benchmarks/losses.py [--size 320] [--pairs jesse-kahlo,…] [--losses moments,…]
                                [--work outputs/losses] [--sheet FILE]

Each run is a process of its own, one after another, with the default's other settings. What is
there already in --work is not run again, so that what was interrupted goes on. The sheet has the
pairs across and the losses down; the table's figures are geometric means over the pairs.
"""

import argparse
import json
import shlex
import shutil
import sys
import time
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from PIL import Image, ImageOps
from processes import child, pastiche, table

from stylex.atomic import to_bytes, write_atomically
from stylex.config.pictures import SAMPLES
from stylex.report.widgets import PAPER, Widget, at_least, below, beside, paragraph
from stylex.runs.record import read

HERE = Path(__file__).resolve().parent
PAIRS = ("jesse-kahlo", "astronaut-night", "coffee-wave", "rocket-glass")
LOSSES = {
    "moments": "loss=moments",
    "features": "loss=moments loss/content=features",
    "gram": "loss=gram",
    "w2": "loss=w2",
    "sliced": "loss=sliced",
    "histogram": "loss=histogram",
    "patches": "loss=patches",
    "neighbours": "loss=neighbours",
    "hypercolumns": "loss=neighbours loss.style.neighbours.hypercolumns=true",
    "things": "loss=neighbours content_weight=0.3",
}
PASTICHE, PASTICHE_STEPS = "pastiche", 250  # half of its default steps, which take ten minutes
COLUMNS = {
    "seconds": "{:.1f}",
    "times moments": "{:.2f}",
    "peak_mb": "{:.0f}",
    "style_error": "{:.3f}",
    "content_error": "{:.3f}",
    "style_distance": "{:.3f}",
    "structure_error": "{:.3f}",
}
FIGURES = ("style_error", "content_error", "style_distance", "structure_error")
WIDE, HIGH, GAP = 300, 170, 8  # px of a picture, and between them
TEXT, LABEL = 28, 195  # px of letters, and for the names


def measured(loss: str, pair: str, options: argparse.Namespace) -> dict[str, Any]:
    """What a run of the pair costs and comes to; made now unless it is there."""
    folder = options.work / pair / loss
    done = folder / "measured.json"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)  # of a run that was interrupted
        found = (
            peer(pair, folder, options) if loss == PASTICHE else ours(loss, pair, folder, options)
        )
        write_atomically(done, to_bytes(json.dumps(found)))
        print(f"{pair}, {loss}: {found['seconds']:.1f} s", flush=True)
    return {"picture": folder / "result.png", **json.loads(done.read_text())}


def ours(loss: str, pair: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A run of stylex."""
    content, _, style = pair.partition("-")
    words = (f"content={content}", f"style={style}", *shlex.split(LOSSES[loss]))
    fixed = (f"size={options.size}", "tracking=light", f"hydra.run.dir={folder}")
    _, seconds, memory = child(sys.executable, "-m", "stylex", *words, *fixed)
    figures = read(folder).figures
    return {"seconds": seconds, "peak_mb": memory, **{name: figures[name] for name in FIGURES}}


def peer(pair: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A run of pastiche, scored as ours are."""
    content, _, style = pair.partition("-")
    files = (SAMPLES / f"content/{content}.jpg", SAMPLES / f"style/{style}.jpg")
    folder.mkdir(parents=True)
    out = folder / "result.png"
    seconds, memory = pastiche(*files, options.size, PASTICHE_STEPS, out)
    program, began = HERE / "contestants.py", repr(time.time())
    (scored,), _, _ = child(sys.executable, program, "score", *files, str(options.size), began, out)
    return {"seconds": seconds, "peak_mb": memory, **{name: scored[name] for name in FIGURES}}


def sheet(found: dict[str, dict[str, dict[str, Any]]], file: Path) -> None:
    """The losses down, and the pairs across, below their photographs and paintings."""
    pairs = list(next(iter(found.values())))
    rows = [row("", [given(*pair.split("-")) for pair in pairs])]
    for loss, runs in found.items():
        rows.append(row(loss, [cut(runs[pair]["picture"], WIDE) for pair in pairs]))
    page = below(rows, GAP)
    image = Image.new("RGB", (page.width + 2 * GAP, page.height + 2 * GAP), PAPER)
    page.draw(image, GAP, GAP)
    image.save(file)


def row(label: str, shown: list[Widget]) -> Widget:
    """The label, and pictures."""
    return beside([at_least(paragraph(label, TEXT, LABEL), LABEL), *shown], GAP)


def given(content: str, style: str) -> Widget:
    """A pair's own pictures."""
    files = (SAMPLES / f"content/{content}.jpg", SAMPLES / f"style/{style}.jpg")
    return beside([cut(file, (WIDE - GAP) // 2) for file in files], GAP)


def cut(file: Path, wide: int) -> Widget:
    """As much of a picture as fills wide × HIGH px, from above its middle, where faces are."""
    with Image.open(file) as image:
        fitted = ImageOps.fit(image.convert("RGB"), (wide, HIGH), centering=(0.5, 0.25))
    return Widget(wide, HIGH, lambda page, x, y: page.paste(fitted, (x, y)))


def means(found: dict[str, dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """A row for each loss."""
    rows: list[dict[str, Any]] = []
    for loss, runs in found.items():
        columns = ("seconds", "peak_mb", *FIGURES)
        row = {name: geometric_mean(run[name] for run in runs.values()) for name in columns}
        who = f"{loss}, {PASTICHE_STEPS} steps" if loss == PASTICHE else loss
        rows.append({"who": who, **row})
        if "moments" in found:
            rows[-1]["times moments"] = row["seconds"] / rows[0]["seconds"]
    return rows


def main() -> None:
    """Runs what is missing, then makes the sheet and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=320, help="px, long side")
    parser.add_argument("--pairs", default=",".join(PAIRS), help="content-style, …")
    parser.add_argument("--losses", default=",".join((*LOSSES, PASTICHE)), help="name,…")
    parser.add_argument("--work", type=Path, default=HERE.parent / "outputs/losses")
    parser.add_argument("--sheet", type=Path, help="by default sheet.png in --work")
    options = parser.parse_args()
    options.work = options.work.absolute()
    pairs, losses = options.pairs.split(","), options.losses.split(",")
    for loss in losses:
        if loss not in (*LOSSES, PASTICHE):
            parser.error(f"no loss named {loss}: there are {', '.join((*LOSSES, PASTICHE))}")
    found = {loss: {pair: measured(loss, pair, options) for pair in pairs} for loss in losses}
    sheet(found, options.sheet or options.work / "sheet.png")
    print(table(COLUMNS, means(found)))


if __name__ == "__main__":
    main()
