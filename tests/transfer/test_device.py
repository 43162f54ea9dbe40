"""Which device and precision are chosen, with the hardware played."""

import pytest
import torch

from stylex.errors import UserError
from stylex.transfer.device import bf16_is_faster, choose_device, choose_precision, computing_in


@pytest.fixture
def machine(monkeypatch):
    """A machine with so many CUDA devices, and MPS or not."""

    def play(cuda: int = 0, mps: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return play


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(0, False, "cpu"), (0, True, "mps"), (1, False, "cuda"), (1, True, "cuda")],
)
def test_auto_takes_cuda_then_mps_then_the_cpu(machine, cuda, mps, expected):
    machine(cuda, mps)
    assert choose_device() == choose_device("auto") == torch.device(expected)


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:0", "cuda:1", "mps"])
def test_a_device_that_is_there_is_taken(machine, name):
    machine(cuda=2, mps=True)
    assert choose_device(name) == torch.device(name)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("gpu", ""),
        ("cdua", "cuda"),
        ("cpu:0", "cpu"),
        ("cuda:x", "cuda"),
        ("cuda:", "cuda"),
        ("", ""),
    ],
)
def test_an_unknown_device_is_refused_with_the_nearest(machine, name, nearest):
    machine(cuda=1)
    with pytest.raises(UserError, match=f"unknown device '{name}'.*{nearest}"):
        choose_device(name)


@pytest.mark.parametrize("name", ["cuda:-1", "cuda:²", "cuda:1:2", "mps:0", "meta"])
def test_odd_device_names_are_refused(machine, name):
    machine(cuda=1, mps=True)
    with pytest.raises(UserError, match="device"):
        choose_device(name)


def test_a_device_that_is_not_there_is_refused_with_a_way_out(machine):
    machine()
    for name in ("cuda", "cuda:0"):
        with pytest.raises(UserError, match=f"device={name} is not there: 0 .*device=auto"):
            choose_device(name)
    with pytest.raises(UserError, match="device=mps is not there.*device=auto"):
        choose_device("mps")
    machine(cuda=2)
    with pytest.raises(UserError, match="device=cuda:2 is not there: 2 "):
        choose_device("cuda:2")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx512_bf16": True, "cpu_name": "AMD EPYC 9B45"}, True),
        ({"avx512_bf16": True, "amx_bf16": False, "cpu_name": "Intel Xeon"}, False),
        ({"avx512_bf16": True, "amx_bf16": True, "cpu_name": "Intel Xeon"}, True),
        ({"amx_bf16": True}, True),
        ({"avx2": True, "avx512_f": True, "avx512_bf16": False}, False),
        ({}, False),
    ],
)
def test_bf16_is_chosen_where_the_processor_is_faster_in_it(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert bf16_is_faster(torch.device("cpu")) is expected
    automatic = choose_precision("auto", torch.device("cpu"))
    assert automatic == ("bf16" if expected else "fp32")


@pytest.mark.parametrize(
    ("capability", "expected"), [((7, 5), False), ((8, 0), True), ((9, 0), True)]
)
def test_cuda_computes_bf16_from_ampere_on(monkeypatch, capability, expected):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert bf16_is_faster(torch.device("cuda:0")) is expected


def test_mps_stays_at_fp32():
    assert choose_precision("auto", torch.device("mps")) == "fp32"


@pytest.mark.parametrize("name", ["fp32", "bf16"])
@pytest.mark.parametrize("kind", ["cpu", "cuda", "mps"])
def test_a_named_precision_is_kept(name, kind):
    assert choose_precision(name, torch.device(kind)) == name


def test_tf32_is_cuda_s_alone():
    assert choose_precision("tf32", torch.device("cuda")) == "tf32"
    for kind in ("cpu", "mps"):
        with pytest.raises(UserError, match=f"precision=tf32 needs a CUDA device, not {kind}"):
            choose_precision("tf32", torch.device(kind))


def test_an_unknown_precision_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="unknown precision 'fp23'.*'fp32'"):
        choose_precision("fp23", torch.device("cpu"))


@pytest.fixture
def flags():
    """Reads and writes how CUDA multiplies and convolves float32; puts it back."""

    def access(*values: str) -> tuple[str, ...]:
        backends = torch.backends.cuda.matmul, torch.backends.cudnn.conv
        for backend, value in zip(backends, values, strict=False):
            backend.fp32_precision = value
        return tuple(backend.fp32_precision for backend in backends)

    before = access()
    yield access
    access(*before)


@pytest.mark.parametrize(
    ("precision", "dtype", "allowed"),
    [
        ("fp32", torch.float32, "ieee"),
        ("bf16", torch.bfloat16, "ieee"),
        ("tf32", torch.float32, "tf32"),
    ],
)
@pytest.mark.parametrize("before", [("ieee", "tf32"), ("tf32", "ieee"), ("none", "none")])
def test_the_flags_hold_within_and_are_put_back(flags, precision, dtype, allowed, before):
    flags(*before)
    with computing_in(precision) as given:
        assert given == dtype
        assert flags() == (allowed, allowed)
    assert flags() == before
    with pytest.raises(KeyError), computing_in(precision):
        raise KeyError
    assert flags() == before
