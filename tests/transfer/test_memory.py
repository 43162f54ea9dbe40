"""The estimate of a run's memory, against what a step really holds, and what is free."""

import os
import subprocess
import sys

import pytest
import torch

from stylex.transfer.evaluation import memory
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Level
from stylex.transfer.vgg import winograd
from stylex.transfer.vgg.layers import LAYERS, parameters

STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
ADAM = Optimizer(make=torch.optim.Adam)


def test_what_autograd_keeps_for_one_layer():
    # relu1_1 at 10×10 in fp32: 64 kept, three times 64 in transit; Adam: 6 + 2 pictures of 3.
    expected = 100 * 4 * (64 + 3 * 64 + 8 * 3)
    assert memory.step_bytes(Level(10, 10, 1), ["relu1_1"], torch.float32, ADAM) == expected


def test_it_grows_with_pixels_depth_type_and_history():
    def need(side=100, layers=STYLE, dtype=torch.float32, optimizer=ADAM):
        return memory.step_bytes(Level(side, side, 1), layers, dtype, optimizer)

    assert need(side=200) == 4 * need()
    assert need(layers=["relu1_1"]) < need(layers=["relu3_1"]) < need()
    assert need() / 2 < need(dtype=torch.bfloat16) < need()
    assert need(optimizer=Optimizer()) - need() == 100 * 100 * 3 * 4 * (20 - 2)


def test_in_tiles_it_takes_what_lies_between_the_stages_and_one_tile():
    # Of 128 channels at a sixteenth of the pixels 8 values a pixel, and as many of its gradient; in
    # a tile of 100 px and a halo of 8 around it relu1_1 and three times 64 in transit, relu1_2,
    # pooled with its places a quarter of 64, relu2_1, relu2_2 and pool2 with its places.
    pictures = 4000 * 4000 * 4 * 3 * 8
    between = 4000 * 4000 * 4 * 16
    tile = 116**2 * (4 * (64 * 5 + 128 / 4 * 2) + 8 * (64 / 4 + 128 / 16))
    level = Level(4000, 4000, 1, tile=100)
    found = memory.step_bytes(level, ["relu2_2", "conv3_1"], torch.float32, ADAM)
    assert found == pytest.approx(pictures + between + tile, rel=1e-6)


def test_of_freed_memory_that_is_kept_two_fifths_of_the_network_s_lie_idle():
    def need(**how):
        return memory.step_bytes(Level(100, 100, 1), ["relu1_1"], torch.float32, ADAM, 7, **how)

    assert need(keeps_freed=True) - need() == 100 * 100 * 4 * 4 * 64 * 2 // 5


def test_a_shorter_history_takes_fewer_pictures():
    def need(history):
        return memory.step_bytes(Level(9, 9, 1, history=history), STYLE, torch.float32, Optimizer())

    assert need(None) - need(3) == 9 * 9 * 3 * 4 * 2 * 7
    assert need(20) == need(None)  # it has no more than ten


def cost(level):
    """A level's bytes, in a world where they are easy to tell."""
    tile = {None: 1000, 512: 200, 256: 100}[level.tile]
    return tile + 10 * min(10, level.history or 10)


@pytest.mark.parametrize(
    ("there", "tile", "history"),
    [
        (1300, None, None),  # 85 % of it are 1105
        (1295, None, None),
        (1290, 512, None),
        (354, 512, None),
        (350, 256, None),
        (236, 256, None),
        (235, 256, 9),
        (200, 256, 7),
        (155, 256, 3),
        (10, 256, 3),  # nothing would do: what takes least
    ],
)
def test_a_level_is_evaluated_as_there_is_room(there, tile, history):
    levels = [Level(6, 7, 3), Level(60, 70, 3)]
    expected = [Level(6, 7, 3, tile, history), Level(60, 70, 3, tile, history)]
    assert memory.plan_memory(levels, "auto", there, cost) == expected


def test_an_optimizer_without_a_history_has_none_to_shorten():
    levels = [Level(60, 70, 3)]
    assert memory.plan_memory(levels, "auto", 1, lambda level: 1000) == [Level(60, 70, 3, 256)]


def test_tiles_as_asked_for():
    levels = [Level(60, 70, 3), Level(70, 60, 3), Level(71, 60, 3)]
    assert memory.plan_memory(levels, 70, 1, cost) == [*levels[:2], Level(71, 60, 3, 70)]
    assert memory.plan_memory(levels, "off", 1, cost) == levels


MEASURE = """
import sys
import torch
from stylex import stylize
from stylex.transfer.evaluation.memory import network_bytes
from stylex.transfer.metrics import CONTENT_LAYER, STYLE_LAYERS
from stylex.transfer.pyramid import Pyramid

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

picture, plans, before = torch.rand(3, 600, 900), [], []
def on_start(started):
    plans.append(started.plan)
    before.append(status("VmRSS"))
    open("/proc/self/clear_refs", "w").write("5")  # the peak starts anew
def on_step(step):
    if step.number == 3:
        layers = CONTENT_LAYER, *STYLE_LAYERS
        held = network_bytes(layers, layers, torch.float32, plans[0].device)  # by on_start
        held += 2 * 3 * 4 * 600 * 900
        print(plans[0].bytes - held, status("VmHWM") - before[0])
tile = int(sys.argv[1]) if sys.argv[1:] else "off"
stylize(picture, picture, size=900, steps=3, pyramid=Pyramid(levels=1), precision="fp32", tile=tile,
        on_start=on_start, on_step=on_step)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the peak since a moment")
@pytest.mark.slow
@pytest.mark.parametrize("tile", [[], ["256"]], ids=["whole", "in tiles"])
def test_within_a_third_of_what_a_real_step_takes(tile):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *tile],
        check=True,
        capture_output=True,
        text=True,
        # What is freed goes back to the system at once, so that nothing freed before is used again.
        env=os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"},
    )
    estimated, taken = map(int, done.stdout.split())
    # Three steps have but three of ten pairs of the history.
    assert 2 / 3 < (estimated - 7 * 2 * 3 * 4 * 900 * 600) / taken < 3 / 2


def test_the_network_s_bytes_are_those_of_its_weights(embedded):
    """All as read, those up to relu3_1 at two bytes, and of these the ones that are transformed.

    The metrics' network is in float32: it uses what was read, and keeps none that are transformed.
    """

    def numbers(names):
        kernels = sum(embedded.kernels[name].numel() for name in names)
        return kernels + sum(embedded.biases[name].numel() for name in names)

    blocks = ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"]
    expected = 4 * numbers(embedded.kernels) + 2 * numbers(blocks)
    if winograd.is_faster(192, torch.bfloat16):
        expected += 2 * 36 * (64 * 128 + 128 * 128 + 128 * 256)
    layers = ["relu3_1", "relu2_1"]
    found = memory.network_bytes(layers, ["relu4_1"], torch.bfloat16, torch.device("cpu"))
    assert found == expected


def test_networks_in_float32_on_the_cpu_share_their_kernels():
    """And those that are transformed: 36 numbers for 9, without biases, from 192 channels on."""
    read = 4 * sum(map(parameters, LAYERS))
    here = memory.network_bytes(["relu2_2"], ["relu2_1"], torch.float32, torch.device("cpu"))
    transformed = 0
    if winograd.is_faster(192, torch.float32):
        transformed = 4 * 36 * (64 * 128 + 128 * 128)
    assert here == read + transformed
    gpu = memory.network_bytes(["relu2_2"], ["relu2_1"], torch.float32, torch.device("cuda"))
    blocks = ["conv1_1", "conv1_2", "conv2_1", "conv2_2"]
    assert gpu == read + 4 * sum(map(parameters, (*blocks, *blocks[:3])))


def test_the_size_that_fits_takes_no_more_than_there_is():
    need = memory.step_bytes(Level(1000, 1500, 1), STYLE, torch.float32, ADAM)
    size = memory.fitting_size(1500, need, need // 3)
    assert size % 10 == 0
    level = Level(size * 2 // 3, size, 1)
    assert need / 4 < memory.step_bytes(level, STYLE, torch.float32, ADAM) <= need // 3


def group(folder, **files):
    """A control group: the files that the kernel shows of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def test_the_least_of_all_nested_groups_counts_and_their_page_cache_does_not(tmp_path):
    mount, membership = tmp_path / "cgroup", tmp_path / "self"
    membership.write_text("0::/slurm/job_1/step_0\n")
    group(mount / "slurm", memory__max=9000, memory__current=1000, memory__stat="inactive_file 0")
    group(
        mount / "slurm/job_1",
        **{"memory__max": 4000, "memory__current": 3500},
        memory__stat="anon 100\ninactive_file 700\nactive_file 50",
    )
    group(mount / "slurm/job_1/step_0", memory__max="max", memory__current=10)
    left = memory.left_to_groups(mount, membership)
    assert sorted(left) == [4000 - 3500 + 700, 8000]


def test_groups_of_version_1_too(tmp_path):
    mount, membership = tmp_path / "cgroup", tmp_path / "self"
    membership.write_text("12:cpu,cpuacct:/a\n4:memory:/docker/x\n1:name=systemd:/a\n")
    group(
        mount / "memory/docker/x",
        **{"memory__limit_in_bytes": 500, "memory__usage_in_bytes": 450},
        memory__stat="total_inactive_file 40",
    )
    assert memory.left_to_groups(mount, membership) == [90]


def test_in_a_container_the_group_is_the_mount_itself(tmp_path):
    mount, membership = tmp_path / "cgroup", tmp_path / "self"
    membership.write_text("0::/../../host/path\n")
    group(mount, memory__max=800, memory__current=200, memory__stat="inactive_file 30")
    assert 630 in memory.left_to_groups(mount, membership)
    assert memory.left_to_groups(mount, tmp_path / "none") == []


HOLD = """
import sys, torch
from stylex.transfer.evaluation.memory import available_bytes
before = available_bytes(torch.device("cpu"))
held = torch.ones(int(sys.argv[1]), dtype=torch.uint8)
print(before - available_bytes(torch.device("cpu")))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "out"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB, other: 1 GB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
    ],
)
def test_out_of_memory_is_known_by_what_each_device_says(error, out):
    assert memory.is_out_of_memory(error) is out


def test_what_a_process_takes_is_no_longer_available():
    """A gigabyte, give or take what other programs do meanwhile, of several times at least once."""
    size, found = 10**9, []
    for _ in range(4):
        done = subprocess.run(
            [sys.executable, "-c", HOLD, str(size)], check=True, capture_output=True, text=True
        )
        found.append(int(done.stdout))
        if found[-1] == pytest.approx(size, rel=0.5):
            return
    pytest.fail(f"{found} bytes less")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_what_torch_holds_in_reserve_counts_as_available():
    device = torch.device("cuda", 0)
    before = memory.available_bytes(device)
    torch.empty(2**28, dtype=torch.uint8, device=device)  # freed at once, but kept in reserve
    assert abs(memory.available_bytes(device) - before) < 2**27
