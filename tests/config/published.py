"""Objectives of published programs at their first step, written out from their own files.

Features are {layer: (1, C, H, W)} in float64, "image" the picture. Where a program looks at sampled
positions, they are those that stylex draws; all else is independent of it.
"""

import torch

from stylex.transfer.losses.view import Region

RELU = [f"relu{block}_1" for block in range(1, 6)]


def rows(x, layer, count, reach=0):
    """The features at the sampled positions, (count, C)."""
    region = Region(*x["image"].shape[2:])
    _, down, across = region.positions(layer, count, reach)
    around = range(-reach, reach + 1)
    return torch.cat([x[layer][0][:, down + i, across + j].T for i in around for j in around], 1)


def root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ values.clamp_min(0).sqrt().diag() @ vectors.T


def crowsonkb(x, p, a):
    """style-transfer-pytorch: StyleLossW2, ContentLossMSE and TVLoss (nine point stencil)."""
    total = 0.015 * ((x["relu4_2"] - p["relu4_2"]) ** 2).mean()
    for layer, weight in zip(RELU, (256, 64, 16, 4, 1), strict=True):
        moments = []
        for f in (x[layer].flatten(2)[0], a[layer].flatten(2)[0]):
            ridge = 1e-4 * torch.eye(len(f), dtype=f.dtype)
            moments.append((f.mean(1), torch.cov(f, correction=0) + ridge))
        (mean, cov), (mean_s, cov_s) = moments
        half = root(cov_s)
        cross = root(half @ cov @ half)
        value = ((mean - mean_s) ** 2).mean() + (cov + cov_s - 2 * cross).diagonal().mean()
        total += weight / 341 * value
    i = torch.nn.functional.pad(x["image"], (1, 1, 1, 1), "replicate")
    inner = i[:, :, 1:-1, 1:-1]
    d1 = ((i[:, :, 1:-1, 2:] - inner) ** 2).mean() / 3
    d2 = ((i[:, :, 2:, 1:-1] - inner) ** 2).mean() / 3
    d3 = ((i[:, :, 1:, 1:] - i[:, :, :-1, :-1]) ** 2).mean() / 12
    d4 = ((i[:, :, 1:, :-1] - i[:, :, :-1, 1:]) ** 2).mean() / 12
    return total + 2 * 2 * (d1 + d2 + d3 + d4)


def li_wand(x, p, a):
    """CNNMRF, of whose terms only the gradients are published: nn.MSECriterion times 20; 1e-4 times
    the mean of (x − NN) over the patches at each position; and 1e-3 times a pixel's differences.
    """
    total = 20 * ((x["relu4_2"] - p["relu4_2"]) ** 2).mean()
    for layer in ("relu3_1", "relu4_1"):
        patches, others = rows(x, layer, 1024, 1), rows(a, layer, 2048, 1)
        length = others.norm(dim=1)
        nearest = others[((patches @ others.T) / length).argmax(1)]
        per_position = ((patches - nearest) ** 2).sum(1).mean() / 9
        total += 1e-4 * per_position / 2 * x[layer].shape[2] * x[layer].shape[3]
    pixels = 255 * x["image"]
    squares = ((pixels[:, :, 1:] - pixels[:, :, :-1]) ** 2).sum()
    squares += ((pixels[:, :, :, 1:] - pixels[:, :, :, :-1]) ** 2).sum()
    return total + 1e-3 * squares / 2


def heitz(x, p, a):
    """The distances of sorted projections, as many directions as channels, of 14 layers; each over
    the mean square of the painting's, in place of the authors' scaled network.
    """
    counts = {1: 2, 2: 2, 3: 4, 4: 4, 5: 2}
    total = 0.0
    for block, count in counts.items():
        n, m = (8192, 16384) if block < 3 else (1024, 4096)
        for layer in (f"relu{block}_{conv + 1}" for conv in range(count)):
            c = x[layer].shape[1]
            generator = torch.Generator().manual_seed(c)
            along = torch.randn(c, c, generator=generator, dtype=torch.float64)
            along = along / along.norm(dim=0)
            ours = (rows(x, layer, n) @ along).sort(0).values
            theirs = (rows(a, layer, m) @ along).sort(0).values.view(n, m // n, c).mean(1)
            total += ((ours - theirs) ** 2).mean() / (theirs**2).mean()
    return total


HYPERCOLUMNS = ["image", "relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2"]
HYPERCOLUMNS += ["relu3_3", "relu4_3", "relu5_3"]


YUV = [[0.57735, 0.57735, 0.57735]]
YUV += [[-0.57735, 0.788675, -0.211325], [-0.57735, -0.211325, 0.788675]]


def strotss(x, p, a):
    """The objective of its file at its first scale, times 2 + α, by which that file divides."""
    alpha = 16.0

    def columns(features, count):
        found = [rows(features, layer, count) for layer in HYPERCOLUMNS]
        return torch.cat([found[0] - 0.5, *found[1:]], 1)  # its pixels go from -½ to ½

    def cosines(one, other):
        return 1 - (one / one.norm(dim=1, keepdim=True)) @ (other / other.norm(dim=1)[:, None]).T

    def remd(cost):
        return max(cost.amin(1).mean(), cost.amin(0).mean())

    ours, photograph, painting = columns(x, 1024), columns(p, 1024), columns(a, 5000)
    d_x, d_p = cosines(ours, ours), cosines(photograph, photograph)
    content = (d_x / d_x.sum(0) - d_p / d_p.sum(0)).abs().mean() * len(ours)
    means = [y.mean(0) for y in (ours, painting)]
    covariances = [torch.cov(y.T, correction=0) for y in (ours, painting)]
    moments = (means[0] - means[1]).abs().mean()
    moments += (covariances[0] - covariances[1]).abs().mean()
    yuv = torch.tensor(YUV, dtype=torch.float64)
    one, other = ours[:, :3] @ yuv.T, painting[:, :3] @ yuv.T
    l2 = (torch.cdist(one, other).square().clamp_min(1e-5) / 3).sqrt()
    palette = remd(cosines(one, other) + l2)
    return alpha * content + remd(cosines(ours, painting)) + moments + palette / max(alpha, 1)


def nnst_matching(x, p, a):
    """Its "hypercolumn matching" (hm) at the first scale, where the photograph alone chooses."""

    def columns(features, count):
        return torch.cat([rows(features, k, count) / features[k].shape[1] for k in NNST], 1)

    ours, guide, other = columns(x, 2048), columns(p, 2048), columns(a, 4096)
    centred = [y - y.mean(0) for y in (guide, other)]
    one, two = (y / y.norm(dim=1, keepdim=True) for y in centred)
    target = other[(one @ two.T).argmax(1)]
    target = target / target.norm(dim=1, keepdim=True)
    return (1 - (target * ours / ours.norm(dim=1, keepdim=True)).sum(1)).mean()


def nnst_splitting(x, p, a):
    """Its "feature splitting" (fs), the last pass: each layer centred by its own mean."""
    total = 0.0
    for layer in NNST:
        one, other = rows(x, layer, 1024), rows(a, layer, 4096)
        one, other = one - one.mean(0), other - other.mean(0)
        lengths = one.norm(dim=1).clamp_min(1e-12)[:, None], other.norm(dim=1)[:, None]
        total += (1 - (one / lengths[0]) @ (other / lengths[1]).T).amin(1).mean()
    return total


NNST = [layer for layer in HYPERCOLUMNS if layer not in ("image", "relu4_3", "relu5_3")]
NNST += ["relu4_1", "relu4_2", "relu4_3"]
DEEP = [f"relu{block}_{conv}" for block in (3, 4) for conv in (1, 2, 3, 4)]
REPLICATE = {"padding": "replicate"}
# As in test_presets.py.
SAMPLED = {
    "crowsonkb": (crowsonkb, RELU, True, (40, 24), REPLICATE),
    "li_wand": (li_wand, ["relu3_1", "relu4_1"], False, (40, 24), {}),
    "heitz": (
        heitz,
        [*DEEP, "relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu5_1", "relu5_2"],
        False,
        (40, 24),
        {**REPLICATE, "pooling": "avg"},
    ),
    "nnst style_turned=false": (nnst_matching, NNST, True, (40, 24), REPLICATE),
    "nnst pyramid.repeat=0 style_turned=false": (nnst_splitting, NNST, True, (40, 24), REPLICATE),
    "strotss init_detail=false": (
        strotss,
        HYPERCOLUMNS[1:],
        True,
        (40, 24),
        {**REPLICATE, "normalize": "centre"},
    ),
}
