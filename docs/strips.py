"""Strips: pictures side by side that differ from each other in one thing."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from drawing import CELL, GAP, WIDE, Crop, art, captioned, save
from work import Work

from stylex.report.widgets import below, beside
from stylex.runs.record import FIGURES, Record


@dataclass(frozen=True)
class Strip:
    """Pictures side by side, from sweeps that differ from each other in one thing.

    sweeps: the words of each; the first of them varies and makes the captions.
    common: the words of all. captions: in place of `key=value`, {value: caption}.
    usual: {place: caption} of the picture that all defaults make, which is in `weights` already.
    columns: pictures in a row. across: how many of them would fill it, at least. crop: the part of
    each that is shown.
    """

    sweeps: Sequence[str]
    common: str = "experiment=fast"
    captions: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[int, str] = field(default_factory=dict)
    columns: int = 4
    across: int = 4
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
    "steps": Strip(["steps=3,10,60"], usual={2: "steps=28"}, crop=FACE),
    "loss": Strip(["loss=gram"], usual={0: "loss=moments"}),
    "pyramid": Strip(
        ["pyramid=single steps=42"],
        captions={"single": "pyramid=single steps=42"},
        usual={0: "pyramid=octaves steps=28"},
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
    "surface": Strip(
        ["pyramid.surface_above=null,1024"],
        common="size=1280 enlarge=true",
        captions={"null": "all layers, 28 steps", "1024": "the surface alone, 10 steps"},
        columns=2,
        across=2,
        crop=(0.3, 0.2, 0.61, 0.63),
    ),
    "blend": Strip(
        ["'blend=linspace(0,1,5)'"],
        common="experiment=fast content=rocket style=night+glass",
        columns=5,
    ),
}


def weights(work: Work) -> list[Record]:
    """The runs of that strip, which others borrow from."""
    made = STRIPS["weights"]
    return work.sweep("weights", f"{made.common} {made.sweeps[0]}")


def strip(name: str, work: Work) -> None:
    """docs/<name>.jpg, one of STRIPS."""
    made = STRIPS[name]
    across = max(made.across, made.columns)
    width = (WIDE - (across - 1) * GAP) // across
    widgets = []
    for number, words in enumerate(made.sweeps, 1):
        folder = name if number == 1 else f"{name}-{number}"
        key = shlex.split(words)[0].partition("=")[0]
        for record in work.sweep(folder, f"{made.common} {words}"):
            value = record.value(key)
            caption = made.captions.get(value, f"{key}={value}")
            widgets.append(captioned(art(record.result, width, crop=made.crop), caption))
            print(caption, {key: record.figures[key] for key in FIGURES})
    for place, caption in made.usual.items():
        usual = next(record for record in weights(work) if record.value("style_weight") == "5")
        widgets.insert(place, captioned(art(usual.result, width, crop=made.crop), caption))
    rows = [
        beside(widgets[start : start + made.columns], GAP)
        for start in range(0, len(widgets), made.columns)
    ]
    save(below(rows, GAP), name, CELL * len(widgets))
