"""3×3 convolutions with a quarter of the multiplications (Lavin & Gray 2016, section 4.1).

Winograd's F(4×4, 3×3): of a tile of 6×6 inputs, 4×4 outputs Y = Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A, by 36
multiplications for each pair of channels in place of 144. A convolution of one row is a product of
polynomials, and A, B and G take it from coefficients to values at six points and back; the points
decide how exact that is. The rounding of each convolution is some 8 times a direct one's; of
relu5_1 in bfloat16, which has been rounded before, .017 in place of .007.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# And infinity. The most exact of five such sets of small numbers: three bits less than directly.
# With each a there is −1/a, see `_turned`.
POINTS = (0.0, 1.0, -1.0, 2.0, -0.5)
TURNED = [5, 2, 1, 4, 3, 0]  # where −1/a stands; 0 and infinity are each other's
OUT, IN = 4, 6  # the sides of a tile
TILES = 192  # at once: enough for the products, and few enough for the cache
MANY = 192  # channels, in and out: with fewer, the transforms take more than the products save
LARGE = 10  # tiles: of fewer, fetching four times as many kernels takes more


@dataclass(frozen=True)
class _Transforms:
    """Kronecker squares of Bᵀ (36×36) and of Aᵀ (16×36): of whole tiles, row by row."""

    data: Tensor
    result: Tensor

    def to(self, dtype: torch.dtype) -> "_Transforms":
        return _Transforms(self.data.to(dtype), self.result.to(dtype))


def is_faster(channels: int, dtype: torch.dtype, device: torch.device | None = None) -> bool:
    """Whether a convolution of so many channels, in and out together, is faster this way.

    On an x86, where MKL is, in float32 and in bfloat16. Others have not been measured.
    """
    on_x86 = (device is None or device.type == "cpu") and torch.backends.mkl.is_available()
    computed = dtype in (torch.float32, torch.bfloat16)
    return on_x86 and computed and channels >= MANY and not _is_faster_directly(dtype)


def _is_faster_directly(dtype: torch.dtype) -> bool:
    """Whether this processor's direct convolutions win.

    In bfloat16 with AMX, whose products take so little that the transforms would take longest (not
    measured). In float32 on AMD's Zen 5, where MKL computes at AVX2's rate and the convolutions at
    AVX-512's: 100 and 260 GFLOP/s a core, an evaluation on two of them .78 and .65 s.
    """
    processor = torch.cpu.get_capabilities()
    if dtype == torch.bfloat16:
        return bool(processor.get("amx_bf16"))
    on_amd = str(processor.get("cpu_name", "")).startswith("AMD")
    return on_amd and bool(processor.get("avx512_vp2intersect"))  # AMD's first with it is Zen 5


def is_large(x: Tensor) -> bool:
    """Whether x (B, C, H, W) has so many positions that `is_faster` holds."""
    height, width = x.shape[2:]
    return -(-height // OUT) * -(-width // OUT) >= LARGE


def transformed(kernels: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """G g Gᵀ of kernels (O, C, 3, 3), as `convolve` takes them: (36, O, C), rounded at the end."""
    g = torch.kron(_G, _G).to(kernels)
    return (g @ kernels.reshape(-1, 9).T).to(dtype).view(IN * IN, *kernels.shape[:2])


def convolve(x: Tensor, kernels: Tensor, bias: Tensor, padding: int) -> Tensor:
    """What `F.conv2d(x, …, bias, padding=padding)` gives, channels last.

    x: (B, C, H, W), of sides of at least 3 with a padding (0 or 1) of zeros.
    kernels: as `transformed`, of the type of x. Only x takes a gradient.
    """
    out: Tensor = _Convolution.apply(x, kernels, bias, padding)
    return out


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, kernels: Tensor, bias: Tensor, padding: int) -> Tensor:
        ctx.kernels, ctx.padding = kernels, padding
        return _filtered(x, kernels.transpose(1, 2), _THERE, padding, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        return _filtered(gradient, ctx.kernels, _BACK, 2 - ctx.padding), None, None, None


def _filtered(
    x: Tensor, kernels: Tensor, transforms: _Transforms, padding: int, bias: Tensor | None = None
) -> Tensor:
    """x (B, C, H, W) by kernels (36, C, O): (B, O, H + 2·padding − 2, W + 2·padding − 2)."""
    b, c, h, w = x.shape
    o = kernels.shape[2]
    height, width = h + 2 * padding - 2, w + 2 * padding - 2
    down, across = -(-height // OUT), -(-width // OUT)
    transforms = transforms.to(x.dtype)  # in bfloat16, too, they are exact
    padded = x.new_zeros(b, OUT * down + 2, OUT * across + 2, c)
    padded[:, padding : padding + h, padding : padding + w] = x.permute(0, 2, 3, 1)
    out = x.new_empty(b, OUT * down, OUT * across, o)
    rows = max(1, TILES // across)
    for sample in range(b):
        for top in range(0, down, rows):
            block = padded[sample, OUT * top : OUT * (top + rows) + 2]
            tiles = block.unfold(0, IN, OUT).unfold(1, IN, OUT).permute(3, 4, 0, 1, 2)
            data = transforms.data @ tiles.reshape(IN * IN, -1)
            product = torch.bmm(data.view(IN * IN, -1, c), kernels)
            result = transforms.result @ product.view(IN * IN, -1)
            place = out[sample, OUT * top : OUT * (top + rows)].view(-1, OUT, across, OUT, o)
            result = result.view(OUT, OUT, -1, across, o).permute(2, 0, 3, 1, 4)
            torch.add(result, 0 if bias is None else bias, out=place)
    return out[:, :height, :width].contiguous().permute(0, 3, 1, 2)


def _polynomial(roots: list[float]) -> Tensor:
    """The coefficients of Π (t − root), from that of t⁰ on, (IN,)."""
    found = torch.zeros(IN, dtype=torch.float64)
    found[0] = 1
    for root in roots:
        found = found.roll(1) - root * found
    return found


def _matrices(points: tuple[float, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Aᵀ (4×6), Bᵀ (6×6) and G (6×3) of these points and infinity, the last."""
    a, b, g = (torch.zeros(n, m, dtype=torch.float64) for n, m in ((OUT, IN), (IN, IN), (IN, 3)))
    for i, point in enumerate(points):
        others = [other for j, other in enumerate(points) if j != i]
        value = torch.tensor(point, dtype=torch.float64)
        a[:, i] = value ** torch.arange(OUT)
        b[i] = _polynomial(others)
        g[i] = value ** torch.arange(3) / torch.tensor([point - o for o in others]).prod()
    a[-1, -1] = g[-1, -1] = 1
    b[-1] = _polynomial(list(points))
    return a, b, g


def _transforms(a: Tensor, b: Tensor) -> _Transforms:
    return _Transforms(torch.kron(b, b).float(), torch.kron(a, a).float())


def _turned() -> _Transforms:
    """Those by which transformed kernels work turned by 180°, as the way back needs them.

    A row of three turned about is the polynomial t²g(1/t), whose value at −a is a²g(−1/a): but for
    a factor, it is one of the values of g. So at the points −a all that differs is the order.
    """
    a, b, g = _matrices(tuple(-point for point in POINTS))
    factors = g.flip(1).sum(1, keepdim=True) / _G[TURNED].sum(1, keepdim=True)
    return _transforms(a[:, TURNED], (factors * b)[TURNED])


_A, _B, _G = _matrices(POINTS)
_THERE, _BACK = _transforms(_A, _B), _turned()
