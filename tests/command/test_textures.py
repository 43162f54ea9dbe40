"""experiment=texture and experiment=reconstruct, as a user types them."""

import json

import numpy as np
import pytest
from command_line import TINY, only_run
from PIL import Image

QUICK = (*TINY, "tracking=light")


def record(run):
    return json.loads((run / "run.json").read_text())


def test_a_texture_of_a_painting_of_any_size(here, command, paint):
    small = paint(here / "bark.png", 40, 32)
    words = ("style=bark.png", "experiment=texture", "tileable=true", *QUICK, "size=72")
    outcome = command(*words)
    assert (outcome.status, outcome.err) == (0, "")
    run = only_run(here)
    assert run.name.startswith("texture-bark_")
    first, sizes, network = outcome.out.splitlines()[:3]
    assert first == "a texture of bark, 64×64 px"  # of 72 the nearest that tiles
    assert "64×64 px, 2 steps" in sizes
    assert "content –, style relu1_1" in network
    assert network.endswith(" of 40×32 px")  # a painting is never enlarged
    made = record(run)
    assert made["levels"] == [[64, 64, 2]] and made["settings"]["tileable"] is True
    assert made["pictures"]["style"]["path"] == str(small)
    # Of the content picture nothing is seen, but for its proportions where they are asked for.
    paint(here / "other.png", 64, 32, seed=4)
    assert command(*words, "content=other.png", "hydra.run.dir=x").status == 0
    with Image.open(run / "result.png") as one, Image.open(here / "x/result.png") as other:
        assert one.tobytes() == other.tobytes()
    assert command(*words, "content=other.png", "fit=long", "hydra.run.dir=y").status == 0
    assert record(here / "y")["levels"] == [[64, 32, 2]]


def test_a_run_that_is_continued_stays_as_tileable_as_it_was(here, command):
    words = ("experiment=texture", "tileable=true", *QUICK, "size=48", "pyramid.min_size=24")
    assert command(*words, "hydra.run.dir=x", "steps=[2,3]").status == 0
    assert record(here / "x")["levels"] == [[32, 32, 2], [48, 48, 3]]
    outcome = command("resume=x", "tileable=false", "may_change=[tileable]")
    assert outcome.status == 2 and "tileable cannot change" in outcome.err
    assert command("--plan", *words).out.startswith("a texture of kahlo\n")


def test_what_a_layer_still_knows(here, command):
    words = ("experiment=reconstruct", *QUICK, "size=48", "steps=40")
    errors = {}
    for layer in ("relu1_1", "relu4_2"):
        only = (f"layers.content={{{layer}: 1}}", f"hydra.run.dir={layer}")
        outcome = command(*words, *only)
        assert (outcome.status, outcome.err) == (0, "")
        assert outcome.out.startswith(f"jesse, from its {layer} alone, 48×32 px\n")
        assert f"content {layer}, style –" in outcome.out
        with Image.open(here / layer / "result.png") as made:
            photograph = Image.open(record(here / layer)["pictures"]["content"]["path"])
            expected = np.asarray(photograph.resize(made.size), float)
            errors[layer] = np.abs(np.asarray(made, float) - expected).mean()
    # The pixels themselves are lost deeper down.
    assert errors["relu1_1"] < 20 < errors["relu4_2"]
    assert command(*words, "layers.content={relu1_1: 1}").status == 0
    assert only_run(here).name.startswith("jesse-reconstruction_")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tile=64",), "tile=64 does not go with tileable=true"),
        (("loss=patches",), "does not go with tileable=true: it ends at the edges"),
        (("tileable=perhaps",), "tileable must be true or false, not 'perhaps'"),
    ],
)
def test_what_does_not_go_together_is_one_line(here, command, words, said):
    outcome = command("experiment=texture", "tileable=true", *QUICK, *words)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert said in outcome.err
    assert list(here.iterdir()) == []
