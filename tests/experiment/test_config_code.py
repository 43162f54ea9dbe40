"""No config runs code, whoever wrote it and wherever it stands; nor does a picture's metadata."""

import json
import sys
from pathlib import Path

import pytest
import yaml
from conftest import TINY, only_run
from PIL import Image, PngImagePlugin

# Importing this module leaves a mark, and so does making what is in it.
EVIL = """
from pathlib import Path
Path("imported").touch()
class E:
    def __init__(self, *args, **kwargs): Path("made").touch()
def f(*args, **kwargs): Path("called").touch()
"""


@pytest.fixture
def evil(here, monkeypatch, paint):
    """A module `evil` to be had by importing it; `evil()` asserts that nobody did."""
    (here / "evil.py").write_text(EVIL)
    monkeypatch.syspath_prepend(str(here))
    paint(here / "a.png")
    before = {*here.rglob("*")}

    def untouched() -> None:
        assert {*here.rglob("*")} == before
        assert "evil" not in sys.modules

    yield untouched
    sys.modules.pop("evil", None)


def refused(outcome, *named: str) -> None:
    assert (outcome.status, outcome.out) == (2, ""), outcome
    assert outcome.err.startswith("stylex: ") and outcome.err.count("\n") == 1, outcome.err
    assert outcome.err.strip().isprintable()
    for word in named:
        assert word in outcome.err


TYPED = [
    "optimizer._target_=evil.E",
    "loss.style._target_=evil.E",
    "loss.tv._target_=evil.f",
    "optimizer={_target_: evil.E}",
    "+optimizer.x._target_=evil.E",
    "+optimizer.x=[{a: {_target_: evil.E}}]",
    "+optimizer._args_=[{_target_: evil.E}]",
    # What Hydra's `instantiate` would make of it.
    "optimizer._target_=evil.E +optimizer._partial_=true",
    "optimizer._target_=evil.E +optimizer._recursive_=false",
    "optimizer._target_=evil.E +optimizer._convert_=object",
    "+optimizer.x={_target_: evil.E, _partial_: true, _recursive_: false}",
    "+optimizer._args_=[1]",
    "+optimizer._partial_=false",
    "+optimizer._recursive_=nope",
    "+optimizer._convert_=nope",
    # Interpolations, once and twice.
    "init=evil.E optimizer._target_=${init}",
    "optimizer._target_='${oc.decode:evil.E}'",
    "+optimizer.x='${oc.create:{_target_: evil.E}}'",
    "+optimizer.x='\\${oc.create:{_target_: evil.E}}'",
    "+loss.style.x='\\${oc.create:{_target_: evil.E}}'",
    "optimizer.lr='\\${oc.create:{_target_: evil.E}}'",
    "optimizer._target_='\\${init}' init=evil.E",
    # Elsewhere.
    "+_target_=evil.E",
    "+content._target_=evil.E",
    "+tracking.x._target_=evil.E",
    # Modules that may be named, and what else they offer.
    "optimizer._target_=torch.optim.lr_scheduler.LambdaLR",
    "optimizer._target_=torch.optim.Optimizer.step",
    "optimizer._target_=torch.optim.Nope",
    "optimizer._target_=torch.optim.SGD loss.style._target_=torch.optim.SGD",
    "optimizer._target_=stylex.transfer.losses.GramLoss",
    "loss.style._target_=stylex.transfer.lbfgs.LBFGS",
    "loss.tv._target_=stylex.transfer.losses.Tensor",
    "loss.tv._target_=stylex.transfer.losses.GRAM_FACTORS",
    "loss.tv._target_=stylex.transfer.losses.Loss",
    # Hydra's own node, which it instantiates before any of our code.
    "hydra.callbacks.sweep._target_=evil.E",
    "+hydra.callbacks.x._target_=evil.E",
    "+hydra.callbacks.x='${oc.create:{_target_: evil.E}}'",
    "init=evil.E hydra.callbacks.sweep._target_=${init}",
    "hydra.callbacks.sweep=${optimizer} optimizer._target_=evil.E",
    "hydra.job_logging.handlers.console.class=evil.E",
    "hydra.job_logging.handlers.console.stream=ext://evil.E",
    "hydra.hydra_logging.handlers.console.class=evil.E",
    "hydra.launcher._target_=evil.E --multirun",
    "hydra.sweeper._target_=evil.E --multirun",
    "+hydra.sweeper.params.x._target_=evil.E --multirun",
    "+hydra.sweeper.params.seed='${oc.create:{_target_: evil.E}}' --multirun",
    "hydra/sweeper=optuna hydra.sweeper.sampler._target_=evil.E --multirun",
    "hydra/sweeper=optuna hydra.sweeper.custom_search_space=evil.f --multirun",
]


@pytest.mark.parametrize("words", TYPED)
def test_a_target_on_the_command_line_is_refused(evil, command, words):
    refused(command("content=a.png", "style=a.png", *TINY, *_split(words)))
    evil()


def _split(words: str) -> list[str]:
    """At spaces that are not within brackets or quotes."""
    out, depth = [""], 0
    for letter in words:
        depth += (letter in "{[") - (letter in "]}")
        if letter == " " and depth == 0:
            out.append("")
        else:
            out[-1] += letter
    return out


E = {"_target_": "evil.E"}
CREATE = "${oc.create:{_target_: evil.E}}"
WRITTEN = [
    {"optimizer": E},
    {"loss": {"style": E}},
    {"loss": {"tv": {"reduction": E}}},
    {"optimizer": {"lr": E}},
    {"optimizer": {"x": [{"y": E}]}},
    {"optimizer": {"_args_": [E]}},
    {"optimizer": {"_target_": "${init}"}, "init": "evil.E"},
    {"optimizer": {"x": CREATE}},
    {"optimizer": {"x": f"\\{CREATE}"}},
    {"optimizer": {"x": f"\\\\\\{CREATE}"}},
    {"optimizer": {"lr": f"\\{CREATE}"}},
    {"optimizer": {"_partial_": True, "_recursive_": False, "_convert_": "object", **E}},
    {"optimizer": {"_recursive_": 3}},
    {"stop": E},
    {"evil": E},
    {"hydra": {"callbacks": {"sweep": E}}},
    {"hydra": {"callbacks": {"x": E}}},
    {"hydra": {"callbacks": {"x": CREATE}}},
    {"hydra": {"callbacks": {"x": "${optimizer}"}}, "optimizer": E},
    {"hydra": {"callbacks": {"x": {"_target_": "${init}"}}}, "init": "evil.E"},
    {"hydra": {"job_logging": {"handlers": {"x": {"()": "evil.E"}}}}},
    {"hydra": {"job_logging": {"handlers": {"x": {"class": "evil.E"}}}}},
    {"hydra": {"job_logging": {"formatters": {"x": {"class": "evil.E"}}}}},
    {"hydra": {"job_logging": {"filters": {"x": {"()": "${init}"}}}}, "init": "evil.E"},
    {"hydra": {"hydra_logging": {"handlers": {"x": {"()": "ext://evil.E"}}}}},
    {"hydra": {"hydra_logging": {"root": {"x": "ext://evil.E"}}}},
    {"hydra": {"launcher": {"x": E}}},
    {"hydra": {"sweeper": {"params": {"x": E}}}},
    {"hydra": {"sweeper": {"params": {"seed": CREATE}}}},
    {"defaults": ["/evil@hydra.callbacks.x"]},
    {"defaults": [{"/hydra/callbacks@hydra.callbacks": "evil"}]},
    {"defaults": [{"/optimizer@hydra.callbacks.x": "evil"}]},
    {"defaults": [{"override /optimizer": "evil"}]},
    {"defaults": [{"override /hydra/launcher": "evil"}]},
]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("node", WRITTEN, ids=str)
def test_a_target_in_a_file_is_refused(here, evil, command, node, many):
    presets = {
        "experiment/mine": node,
        "evil": E,
        "optimizer/evil": E,
        "hydra/callbacks/evil": {"x": E},
        "hydra/launcher/evil": E,
    }
    for name, content in presets.items():
        path = here / "theirs" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        header = "# @package _global_\n" if name == "experiment/mine" else ""
        path.write_text(header + yaml.safe_dump(content))
    before = {*here.rglob("*")}
    flags = ["--config-dir", "theirs", *(["--multirun"] if many else [])]
    outcome = command("content=a.png", "style=a.png", *TINY, *flags, "experiment=mine")
    if outcome.status == 2:
        refused(outcome)
        assert {*here.rglob("*")} == before
    else:  # found by the one job of the sweep
        assert many and outcome.status == 1 and "failed: " in outcome.out
        assert not {here / name for name in ("imported", "made", "called")} & {*here.rglob("*")}
    assert "evil" not in sys.modules


def test_a_file_s_tags_make_nothing(here, evil, command):
    mine = here / "theirs/experiment/mine.yaml"
    mine.parent.mkdir(parents=True)
    for tag in ("object/apply:evil.f []", "object:evil.E {}", "name:evil.f", "module:evil"):
        mine.write_text(f"# @package _global_\nsize: !!python/{tag}\n")
        refused(command("--config-dir", "theirs", "experiment=mine", *TINY), "mine.yaml:2")
        assert "evil" not in sys.modules


def test_a_primary_config_of_others_imports_no_package(here, evil, command):
    (here / "theirs.yaml").write_text("hydra: {searchpath: ['pkg://evil']}\n")
    refused(command("--config-dir", ".", "--config-name", "theirs"), "hydra.searchpath")
    assert "evil" not in sys.modules


@pytest.mark.parametrize(
    "word", ["--config-dir=theirs", "+hydra.callbacks.x._target_=evil.E", "-m", "seed=[" * 50]
)
def test_a_run_of_others_brings_no_code_along(here, evil, command, word):
    (here / "run").mkdir()
    record = {"status": "interrupted", "overrides": [word]}
    (here / "run/run.json").write_text(json.dumps(record))
    refused(command("resume=run", *TINY))
    assert "evil" not in sys.modules


def test_variables_of_the_environment_are_read_where_they_are_named(
    here, command, paint, monkeypatch
):
    paint(here / "some where/me.png")
    monkeypatch.setenv("PICTURES", str(here / "some where"))
    words = ("content.path=${oc.env:PICTURES}/me.png", "init=${oc.env:START,noise}")
    assert command(*words, *TINY).status == 0
    # And what they held is written down, as anything is that a run was made with.
    written = yaml.safe_load((only_run(here) / "config.yaml").read_text())
    assert written["content"]["path"] == str(here / "some where/me.png")
    assert written["init"] == "noise"


def test_an_interpolation_is_recorded_as_it_was_typed(here, command):
    words = ("style_size=${size}", "output=${oc.env:NAME,o}.png")
    assert command(*words, *TINY).status == 0
    assert (here / "o.png").exists()
    record = json.loads((only_run(here) / "run.json").read_text())
    assert record["overrides"][:2] == ["style_size=${size}", "output='${oc.env:NAME,o}.png'"]
    assert record["settings"]["style_size"] == 32


def test_a_variable_that_is_not_set_is_named(here, command):
    refused(command("content.path=${oc.env:NO_SUCH}/me.png", *TINY), "content.path", "'NO_SUCH'")
    refused(command("seed=${oc.env:HOME}", *TINY), "seed", "whole number")


# --- pictures ------------------------------------------------------------------------------------

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


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("output", ["o.png", "o.16.png", "o.jpg", "o.webp", "o.tif"])
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
