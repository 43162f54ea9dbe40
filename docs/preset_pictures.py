"""The presets' pictures, for their pages and for the page in the browser."""

from checkout import DOCS, ROOT
from drawing import GAP, WIDE, art, as_is, captioned, save, save_image
from PIL import Image, ImageOps
from work import Work

from stylex.config.pictures import SAMPLES
from stylex.report.widgets import below, beside

# At 512 px, each in less than ten minutes on two cores that do nothing else; published numbers of
# steps would take up to 40. `best` is what it is. Words that several share make them one sweep.
LARGE = "size=512 fit=long"
PRESETS = (
    f"experiment=gatys2016,pystiche {LARGE}",
    f"experiment=neural_style,notebook,notebook_exercise {LARGE} steps=400",
    "experiment=firekind steps=13",
    "experiment=atharva size=512 enlarge=true",
    f"experiment=crowsonkb {LARGE} steps=200",
    f"experiment=nnst {LARGE} steps=150",
    f"experiment=strotss {LARGE} steps=125",
    f"experiment=li_wand,fast {LARGE}",
    "experiment=best",
    f"experiment=heitz {LARGE} steps=384",
)

TILED = ("night", "glass")
KNOWING = ("relu1_2", "relu2_2", "relu3_2", "relu4_2", "relu5_2")
# Of pictures of several: what stands for the preset on the page, (left, top, right, bottom) px.
PARTS = {"texture": (12, 14, 524, 524), "reconstruct": (740, 284, 1092, 517)}


def presets(work: Work) -> None:
    """docs/presets/<preset>.jpg, the same pair in each."""
    for number, words in enumerate(PRESETS, 1):
        for record in work.sweep(f"presets-{number}", words):
            name = record.value("experiment")
            print(name, dict(record.figures))
            save_image(Image.open(record.result).convert("RGB"), f"presets/{name}")


def texture(work: Work) -> None:
    """docs/presets/texture.jpg: tiles of two paintings, each laid 2×2."""
    words = f"experiment=texture tileable=true size=256 steps=60 style={','.join(TILED)}"
    widgets = []
    for record in work.sweep("texture", words):
        tile = Image.open(record.result).convert("RGB")
        wide, high = tile.size
        plane = Image.new("RGB", (2 * wide, 2 * high))
        for corner in ((0, 0), (wide, 0), (0, high), (wide, high)):
            plane.paste(tile, corner)
        widgets.append(captioned(as_is(plane), f"style={record.value('style')}, 2×2 tiles"))
    save(beside(widgets, GAP), "presets/texture")


def reconstruct(work: Work) -> None:
    """docs/presets/reconstruct.jpg: what each of some layers knows of the photograph."""
    width = (WIDE - 2 * GAP) // 3
    photograph = art(SAMPLES / "content" / "jesse.jpg", width)
    widgets = [captioned(photograph, "the photograph")]
    values = ",".join(f"{{{layer}: 1}}" for layer in KNOWING)
    words = f"experiment=reconstruct size=224 steps=120 'layers.content={values}'"
    for layer, record in zip(KNOWING, work.sweep("reconstruct", words), strict=True):
        widgets.append(captioned(art(record.result, width), layer))
    rows = [beside(widgets[start : start + 3], GAP) for start in range(0, len(widgets), 3)]
    save(below(rows, GAP), "presets/reconstruct")


def thumbnails(work: Work) -> None:
    """stylex/studio/presets/: of each preset a square of its picture above."""
    made = {path.stem: path for path in (DOCS / "presets").glob("*.jpg")}
    for name, path in {"default": DOCS / "jesse-kahlo.jpg", **made}.items():
        image = Image.open(path).convert("RGB").crop(PARTS.get(name))
        small = ImageOps.fit(image, (144, 144), Image.Resampling.LANCZOS)
        small.save(ROOT / "stylex" / "studio" / "presets" / f"{name}.jpg", quality=85)
