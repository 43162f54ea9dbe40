"""What is logged, read back with TensorBoard's own reader."""

import json

import pytest
from command_line import only_run
from made import make
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
CONTENT = {"content/features/relu4_2": 0.5, "content/selfsim/relu4_2": 3}
PARTS = [*CONTENT, *(f"style/{layer}" for layer in LAYERS), "tv"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    arguments = ("size=48", "steps=[2,5]", "pyramid.levels=2", "precision=fp32")
    tracking = ("tracking.scalars_every=3", "tracking.images_every=4")
    return make(tmp_path_factory.mktemp("run"), "pyramid.factor=1.5", *arguments, *tracking)


def test_every_scalar_by_name_and_no_second_run(run):
    assert len(list(run.parent.rglob("events*"))) == 1
    events = EventAccumulator(str(run))
    events.Reload()
    expected = {"loss/total", "run/steps_per_second", "run/memory_mb", "run/level_px"}
    expected |= {f"{kind}/{part}" for kind in ("part", "weighted") for part in PARTS}
    expected |= {"style_error", "content_error", "style_distance", "structure_error", "seconds"}
    assert set(events.Tags()["scalars"]) == expected
    # The first, every third, and the last of each level (2 and 7).
    assert [event.step for event in events.Scalars("loss/total")] == [1, 2, 3, 6, 7]


def test_scalars_and_lines_agree_and_add_up(run):
    events = EventAccumulator(str(run))
    events.Reload()
    lines = [json.loads(line) for line in (run / "steps.jsonl").read_text().splitlines()]
    weights = {**CONTENT, "tv": 25}
    weights |= {f"style/{layer}": 5 * w for layer, w in zip(LAYERS, (8, 4, 2, 1, 1), strict=True)}
    for line, event in zip(lines, events.Scalars("loss/total"), strict=True):
        # The last step evaluates the picture that it leads to, too.
        assert line["step"] == line["evaluations"] - (line["step"] == 7) == event.step
        assert line["loss"] == pytest.approx(event.value, rel=1e-6)
        assert set(line["parts"]) == set(PARTS)
        for part, value in line["parts"].items():
            scale = weights[part] / (16 if part.startswith("style") else 1)
            assert line["weighted"][part] == pytest.approx(scale * value)
        assert sum(line["weighted"].values()) == pytest.approx(line["loss"], rel=1e-5)
    assert [(line["level"], line["width"], line["height"]) for line in lines] == [
        (1, 32, 21),
        (1, 32, 21),
        *[(2, 48, 32)] * 3,
    ]


def test_figures_are_those_of_the_record(run):
    events = EventAccumulator(str(run))
    events.Reload()
    record = json.loads((run / "run.json").read_text())
    for name in ("style_error", "content_error", "style_distance", "structure_error"):
        assert events.Scalars(name)[0].value == pytest.approx(record[name], rel=1e-6)


def test_pictures_are_kept(run):
    events = EventAccumulator(str(run), size_guidance={"images": 0})
    events.Reload()
    assert set(events.Tags()["images"]) == {"content", "style", "picture", "result"}
    assert [event.step for event in events.Images("picture")] == [2, 4, 7]
    assert sorted(path.name for path in (run / "images").iterdir()) == [
        "000002.png",
        "000004.png",
        "000007.png",
    ]


def test_hparams_of_the_run_itself(run):
    events = EventAccumulator(str(run))
    events.Reload()
    content = events.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    start = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
    values = {
        name: value.number_value or value.string_value for name, value in start.hparams.items()
    }
    assert values["style_weight"] == 5
    assert values["style.name"] == "kahlo"
    assert values["layers.style.relu1_1"] == 0.5
    assert "_hparams_/session_end_info" in events.summary_metadata
    assert "custom_scalars__config__" in events.summary_metadata


def test_without_tensorboard_the_lines_remain(here, command):
    assert command("tracking=light", "size=32", "steps=2").status == 0
    folder = only_run(here)
    assert not list(folder.glob("events*"))
    assert (folder / "steps.jsonl").read_text().count("\n") == 2
