"""A weights file is plain tensors or it is refused; nothing in it is ever run."""

import io
import json
import pickle
import struct
import tarfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from stylex.errors import UserError
from stylex.transfer.vgg.layers import CHANNELS, CONVS
from stylex.transfer.vgg.weights import load_weights


class Payload:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("executed"),)


def _zip(compression: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"conv1_1.weight": Payload()}, 2))
        archive.writestr("archive/version", "3")
        archive.writestr("archive/byteorder", "little")
    return file.getvalue()


def _tar() -> bytes:
    """As torch wrote before 2017."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            data = pickle.dumps(Payload(), 2)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def _saved(content: object, **options: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, **options)
    return file.getvalue()


def _scripted() -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is on its way out
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), file)
    return file.getvalue()


def _safetensors() -> bytes:
    header = json.dumps(
        {"conv1_1.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    ).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


def _npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, weight=np.array([Payload()], dtype=object))
    return file.getvalue()


FILES = {
    **{f"pickle {p}": lambda p=p: pickle.dumps({"conv1_1.weight": Payload()}, p) for p in range(6)},
    "torch": lambda: _saved({"conv1_1.weight": Payload()}),
    "torch, a key": lambda: _saved({"conv1_1.weight": torch.ones(1), "x": [{"y": Payload()}]}),
    "torch, old": lambda: _saved({"a": Payload()}, _use_new_zipfile_serialization=False),
    "torch, a module": lambda: _saved(torch.nn.Linear(2, 2)),
    "zip": lambda: _zip(zipfile.ZIP_STORED),
    "zip, packed": lambda: _zip(zipfile.ZIP_DEFLATED),
    "TorchScript": _scripted,
    "tar": _tar,
    "safetensors": _safetensors,
    "npz": _npz,
    "script": lambda: b"#!/bin/sh\ntouch executed\n",
    "a long text": lambda: b"\x80\x02X" + struct.pack("<I", 2**32 - 1),
    "a longer one": lambda: b"\x80\x04\x8e" + struct.pack("<Q", 2**62),
    "deep": lambda: b"\x80\x02" + b"(" * 10**5 + b"t" * 10**5 + b".",
}


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors", ".zip", ""])
@pytest.mark.parametrize("make", FILES.values(), ids=FILES.keys())
def test_nothing_in_a_file_is_run(tmp_path, monkeypatch, make, suffix):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(make())
    with pytest.raises(UserError) as caught:
        load_weights(str(path))
    assert str(caught.value).isprintable() and path.name in str(caught.value)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.fixture
def state():
    """A state dict of the right shapes and no size, but for the first kernel."""
    kernels, channels = {}, 3
    for conv in CONVS:
        out = CHANNELS[int(conv[4]) - 1]
        kernels[f"{conv}.weight"] = torch.zeros(1, 1, 1, 1).expand(out, channels, 3, 3)
        kernels[f"{conv}.bias"] = torch.zeros(1).expand(out)
        channels = out
    kernels["conv1_1.weight"] = torch.randn(64, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    return kernels


@pytest.mark.parametrize(
    "strange",
    [
        lambda kernel: kernel.to_sparse(),
        lambda kernel: kernel.to("meta"),
        lambda kernel: kernel.cfloat(),
        lambda kernel: kernel > 0,
        lambda kernel: kernel.double() * 1e300,  # finite only until it is a float32
    ],
    ids=["sparse", "meta", "complex", "bool", "beyond float32"],
)
def test_a_tensor_of_another_kind_is_named(state, tmp_path, strange):
    state["conv1_1.weight"] = strange(state["conv1_1.weight"])
    torch.save(state, tmp_path / "net.pth")
    with pytest.raises(UserError, match=r"net.pth: 'conv1_1.weight' .*not finite"):
        load_weights(str(tmp_path / "net.pth"))


def test_parameters_lose_their_gradient(state, tmp_path):
    torch.save({key: torch.nn.Parameter(value) for key, value in state.items()}, tmp_path / "p.pth")
    loaded = load_weights(str(tmp_path / "p.pth"))
    assert not any(kernel.requires_grad for kernel in loaded.kernels.values())
    assert torch.equal(loaded.kernels["conv1_1"].flip(1), state["conv1_1.weight"])
