"""VGG19 against the published table and against itself written out plainly."""

import pytest
import torch
import torch.nn.functional as F

from stylex.errors import UserError
from stylex.transfer.vgg.extractor import Extractor
from stylex.transfer.vgg.layers import CONVS, LAYERS, check_layers, smallest_side
from stylex.transfer.vgg.network import VGG19


def test_layers_are_the_published_37_in_order(column_e):
    assert len(LAYERS) == 37
    assert list(LAYERS) == column_e
    assert list(CONVS) == [name for name in column_e if name.startswith("conv")]


@pytest.mark.parametrize("pooling", ["max", "avg"])
@pytest.mark.parametrize("padding", ["replicate", "zeros"])
@pytest.mark.parametrize("normalize", [True, False])
def test_every_layer_equals_a_plain_float64_network(
    make_weights, picture, plain_vgg, column_e, pooling, padding, normalize
):
    weights, image = make_weights(), torch.cat([picture(35, 50), picture(35, 50, seed=1)])
    options = {"pooling": pooling, "padding": padding, "normalize": normalize}
    features = VGG19(weights, LAYERS, **options)(image)
    expected = plain_vgg(weights, image, column_e, **options)
    assert features.keys() == expected.keys()
    for layer in column_e:
        torch.testing.assert_close(features[layer].double(), expected[layer], rtol=1e-4, atol=1e-5)


def test_the_real_network_equals_a_plain_float64_one(embedded, picture, plain_vgg):
    layers = ("relu1_1", "conv2_2", "relu4_2", "relu5_1")
    image = picture(20, 33)
    features = VGG19(embedded, layers)(image)
    for layer, expected in plain_vgg(embedded, image, layers).items():
        scale = float(expected.abs().max())
        assert scale > 1
        assert float((features[layer] - expected).abs().max()) < 1e-5 * scale


def test_only_the_layers_asked_for_are_given(make_weights, picture):
    features = VGG19(make_weights(), ["conv2_1", "relu1_2"])(picture(16, 16))
    assert set(features) == {"conv2_1", "relu1_2"}


@pytest.mark.parametrize(
    ("asked", "convolutions"),
    [
        (["relu1_1"], ["conv1_1"]),
        (["pool1"], ["conv1_1", "conv1_2"]),
        (["relu3_1", "conv1_1"], ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"]),
        ([], []),
    ],
)
def test_nothing_deeper_than_the_deepest_layer_is_built(make_weights, asked, convolutions):
    network = VGG19(make_weights(), asked)
    built = {
        name.removesuffix("_kernel") for name, _ in network.named_buffers() if "kernel" in name
    }
    assert built == set(convolutions)


def test_conv_is_before_the_relu_and_relu_after(make_weights, picture):
    features = VGG19(make_weights(), LAYERS)(picture(32, 32))
    for name in CONVS:
        before, after = features[name], features[name.replace("conv", "relu")]
        assert float(before.min()) < 0, name
        assert torch.equal(after, before.clamp(min=0)), name


def test_no_feature_shares_memory_with_another(make_weights, picture):
    image = picture(32, 32)
    features = VGG19(make_weights(), LAYERS, normalize=False)(image)
    pointers = {tensor.data_ptr() for tensor in features.values()} | {image.data_ptr()}
    assert len(pointers) == 38


def test_nothing_is_written_to_after_it_is_handed_out(make_weights, picture):
    """What a layer gives when it is the last equals what it gives with others computed after it."""
    weights, image = make_weights(), picture(32, 32)
    original = image.clone()
    together = VGG19(weights, LAYERS, normalize=False)(image)
    for layer in LAYERS:
        alone = VGG19(weights, [layer], normalize=False)(image)[layer]
        assert torch.equal(alone, together[layer]), layer
    assert torch.equal(image, original)


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_pooling_takes_each_two_by_two(make_weights, picture, kind):
    features = VGG19(make_weights(), ["relu1_2", "pool1"], pooling=kind)(picture(9, 7))
    before, pooled = features["relu1_2"], features["pool1"]
    assert pooled.shape[-2:] == (4, 3)
    for i in range(4):
        for j in range(3):
            square = before[0, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].flatten(1)
            expected = square.max(1).values if kind == "max" else square.sum(1) / 4
            torch.testing.assert_close(pooled[0, :, i, j], expected)


def test_padding_is_of_the_first_convolution_only(make_weights, picture):
    weights, image = make_weights(), picture(8, 8)
    normal = (image - torch.tensor(weights.mean).view(3, 1, 1)) / torch.tensor(weights.std).view(
        3, 1, 1
    )
    kernel, bias = weights.kernels["conv1_1"], weights.biases["conv1_1"]
    framed = F.conv2d(F.pad(normal, (1, 1, 1, 1), mode="replicate"), kernel, bias)
    zeros = F.conv2d(normal, kernel, bias, padding=1)
    layers = ["conv1_1", "relu1_1", "conv1_2"]
    replicate = VGG19(weights, layers, padding="replicate")(image)
    zero = VGG19(weights, layers, padding="zeros")(image)
    torch.testing.assert_close(replicate["conv1_1"], framed)
    torch.testing.assert_close(zero["conv1_1"], zeros)
    assert not torch.allclose(framed, zeros)
    second = F.conv2d(
        framed.relu(), weights.kernels["conv1_2"], weights.biases["conv1_2"], padding=1
    )
    torch.testing.assert_close(replicate["conv1_2"], second)


def test_a_flat_picture_has_no_frame_with_replicated_padding(make_weights):
    image = torch.full((1, 3, 12, 10), 0.7)
    feature = VGG19(make_weights(), ["conv1_1"])(image)["conv1_1"]
    assert float(feature.std(dim=(2, 3)).max()) < 1e-6
    framed = VGG19(make_weights(), ["conv1_1"], padding="zeros")(image)["conv1_1"]
    assert float(framed.std(dim=(2, 3)).max()) > 1e-2


def test_the_weights_take_no_gradient_and_the_picture_does(make_weights, picture):
    network = VGG19(make_weights(), ["relu2_2"])
    image = picture(16, 16).requires_grad_()
    network(image)["relu2_2"].sum().backward()
    assert list(network.parameters()) == []
    assert all(not buffer.requires_grad and buffer.grad is None for buffer in network.buffers())
    assert image.grad is not None and float(image.grad.abs().sum()) > 0


def test_the_gradient_equals_the_plain_network_s(make_weights, picture, plain_vgg):
    weights, image = make_weights(), picture(18, 20)
    ours, plain = image.clone().requires_grad_(), image.double().requires_grad_()
    VGG19(weights, ["conv4_1"])(ours)["conv4_1"].square().sum().backward()
    plain_vgg(weights, plain, ["conv4_1"])["conv4_1"].square().sum().backward()
    error = (ours.grad - plain.grad).norm() / plain.grad.norm()
    assert float(error) < 1e-5


def test_a_maximum_before_its_relu_has_the_same_values_and_gradient(
    make_weights, picture, plain_vgg
):
    weights, image = make_weights(), picture(37, 42).double().requires_grad_()
    network = VGG19(weights, ["relu1_1", "relu3_1"], dtype=torch.float64)
    assert network._in_order(network.layers)[3:5] == ["pool1", "relu1_2"]
    found = network(image)["relu3_1"]
    expected = plain_vgg(weights, image, ["relu3_1"])["relu3_1"]
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    above = torch.randn_like(found)
    of_found, of_expected = (torch.autograd.grad(x, image, above)[0] for x in (found, expected))
    torch.testing.assert_close(of_found, of_expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("asked", "pooling"), [("relu1_2", "max"), ("pool1", "max"), ("relu1_1", "avg")]
)
def test_what_is_handed_out_or_not_alike_keeps_its_place(make_weights, asked, pooling):
    network = VGG19(make_weights(), [asked, "relu2_1"], pooling=pooling)
    assert network._in_order(network.layers) == list(network.layers)


def test_bfloat16_features_are_near_the_float32_ones(make_weights, picture, plain_vgg):
    weights, image = make_weights(), picture(32, 32)
    feature = VGG19(weights, ["relu3_1"], dtype=torch.bfloat16)(image)["relu3_1"]
    expected = plain_vgg(weights, image, ["relu3_1"])["relu3_1"]
    assert feature.dtype == torch.bfloat16
    assert 0 < float((feature - expected).norm() / expected.norm()) < 0.02


@pytest.mark.parametrize(
    ("name", "nearest"), [("relu4-2", "relu4_2"), ("Conv1_1", "conv1_1"), ("pool6", "pool")]
)
def test_an_unknown_layer_is_refused_with_the_nearest(make_weights, name, nearest):
    with pytest.raises(UserError, match=f"unknown layer '{name}' in layers.style.*'{nearest}"):
        check_layers(["relu1_1", name], "layers.style")
    with pytest.raises(UserError, match=f"'{name}'.*'{nearest}"):
        VGG19(make_weights(), ["relu1_1", name])


@pytest.mark.parametrize("name", ["relu6_1", "relu3_5", "conv1_3", "relu1_3", ""])
def test_layers_of_no_vgg19_are_refused(name):
    with pytest.raises(UserError, match=f"unknown layer '{name}' in here"):
        check_layers([name], "here")


def test_vgg19_has_the_convolutions_that_vgg16_lacks():
    check_layers(["conv3_4", "relu4_4", "conv5_4"], "here")


@pytest.mark.parametrize(
    ("layers", "side"),
    [
        ([], 1),
        (["relu1_2"], 1),
        (["pool1"], 2),
        (["relu1_1", "relu4_2"], 8),
        (["relu5_1"], 16),
        (["pool5"], 32),
    ],
)
def test_smallest_side_leaves_the_deepest_layer_exactly_one_position(make_weights, layers, side):
    assert smallest_side(layers) == side
    for layer in layers:
        assert (
            min(VGG19(make_weights(), [layer])(torch.rand(1, 3, side, side))[layer].shape[2:]) >= 1
        )
    if side > 1:
        with pytest.raises(RuntimeError):
            VGG19(make_weights(), layers)(torch.rand(1, 3, side - 1, side - 1))


def test_centred_input_is_less_the_mean_colour_and_no_more(make_weights, picture):
    weights, image = make_weights(), picture(20, 24)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (weights.mean, weights.std))
    centred = VGG19(weights, ["relu2_1"], normalize="centre")(image)["relu2_1"]
    usual = VGG19(weights, ["relu2_1"])(mean + (image - mean) * std)["relu2_1"]
    torch.testing.assert_close(centred, usual)
    with pytest.raises(UserError, match="extractor.normalize 'center'.*'centre'"):
        Extractor(normalize="center")
