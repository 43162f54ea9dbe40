"""Of the sample photographs and paintings: pairs, all of them, within masks, and a film."""

from checkout import DOCS
from drawing import CELL, GAP, TEXT, WIDE, art, captioned, save, save_image
from PIL import Image, ImageDraw
from work import Work

from stylex.config.pictures import SAMPLES
from stylex.report.widgets import Widget, below, beside, paragraph

CONTENTS = ("jesse", "astronaut", "coffee", "rocket")
STYLES = ("kahlo", "night", "wave", "glass", "cubist")

# White is painted: {name: (the picture's size, what is black, the ellipses that are white)}, or the
# other way round.
MASKS = {
    "cup": ((600, 400), 0, [(76, 70, 482, 390), (170, 15, 420, 240)]),
    "table": ((600, 400), 255, [(76, 70, 482, 390), (170, 15, 420, 240)]),
    "around-her": ((512, 512), 255, [(150, 10, 304, 130), (170, 60, 290, 196)]),
}


def singles(work: Work) -> None:
    """docs/<content>-<style>.jpg: README's pictures, by the default settings, one of them large."""
    pairs = f"content={','.join(CONTENTS[1:])} style={','.join(STYLES[1:4])} zip=content,style"
    first = f"content={CONTENTS[0]} style={STYLES[0]} size=768 enlarge=true"
    for record in [*work.sweep("single", first), *work.sweep("singles", pairs)]:
        name = f"{record.value('content')}-{record.value('style')}"
        print(name, dict(record.figures))
        save_image(Image.open(record.result).convert("RGB"), name)


def gallery(work: Work) -> None:
    """docs/gallery.jpg: every sample photograph in every sample style."""
    words = f"experiment=fast size=256 content={','.join(CONTENTS)} style={','.join(STYLES)}"
    records = work.sweep("gallery", words)
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


def strengths(work: Work) -> None:
    """docs/strengths.jpg: every sample pair at five strengths."""
    values = ("0", "0.25", "0.5", "0.75", "1")
    words = f"strength={','.join(values)} size=192 steps=20"
    pairs = f"content={','.join(CONTENTS)} style={','.join(STYLES)}"
    records = work.sweep("strengths", f"{words} {pairs}")
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


def masks(work: Work) -> None:
    """docs/masks.jpg: what is painted within a mask, and each of two regions in its own style."""
    for name, (size, ground, ellipses) in MASKS.items():
        mask = Image.new("L", size, ground)
        for ellipse in ellipses:
            ImageDraw.Draw(mask).ellipse(ellipse, 255 - ground)
        work.folder.mkdir(parents=True, exist_ok=True)
        mask.save(work.folder / f"{name}.png")
    width, high = (WIDE - 3 * GAP) // 4, (WIDE - 3 * GAP) // 6
    widgets = [captioned(art(work.folder / "cup.png", width, high), "cup.png")]
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
        (record,) = work.sweep(f"masks-{number}", f"experiment=fast {words}")
        crop = (0, 0, 1, 2 / 3) if "astronaut" in words else (0, 0, 1, 1)
        widgets.append(captioned(art(record.result, width, high, crop), caption))
    save(beside(widgets, GAP), "masks", CELL * len(widgets))


def film(work: Work) -> None:
    """docs/film.webp: how a draft developed."""
    made = DOCS / "film.webp"
    words = ("experiment=fast", *work.also, f"film={made}", "hydra.run.dir=film", "rerun=true")
    work.run("-m", "stylex", *words)
    print(f"{made}: {made.stat().st_size // 1000} kB\n", flush=True)
