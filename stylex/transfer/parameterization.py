"""What the optimiser moves: the pixels, or the coefficients of their Laplacian pyramid.

Both are linear in the picture and lose nothing. One step on a coefficient of a coarse band moves
many pixels alike, so that large forms and colours settle in few steps (Kolkin et al. 2019, §3.3).
Under a mask, what they make is laid over the photograph.
"""

from typing import Literal, Protocol

import torch
from torch import Tensor

from stylex.images.laplacian import collapse, pyramid
from stylex.transfer.masks import Canvas

Parameterization = Literal["pixels", "laplacian"]
PARAMETERIZATIONS = ("pixels", "laplacian")
BANDS = 5  # besides the coarsest picture, as in STROTSS's file


class Space(Protocol):
    """How variables make a picture."""

    def variables(self, image: Tensor) -> Tensor:
        """Those of a picture (B, 3, H, W), (B, …), a copy."""

    def picture(self, variables: Tensor) -> Tensor:
        """The picture that they make, (B, 3, H, W), affine in them."""

    def gradient(self, gradient: Tensor) -> Tensor:
        """Of a function's gradient by the picture that by the variables."""

    def clamp_(self, variables: Tensor) -> None:
        """Changes them in place so that the picture is in [0, 1]."""

    def restored(self, image: Tensor) -> Tensor:
        """A picture of this space, exactly so where an average has rounded it."""


def space_of(
    name: Parameterization, height: int, width: int, canvas: Canvas | None = None
) -> Space:
    """Of pictures of that size; canvas: what of them may be painted, of any size."""
    space = Pixels() if name == "pixels" else Laplacian(height, width)
    return space if canvas is None else Masked(space, canvas.at(height, width))


class Pixels:
    """The picture itself."""

    def variables(self, image: Tensor) -> Tensor:
        return image.detach().clone()

    def picture(self, variables: Tensor) -> Tensor:
        return variables

    def gradient(self, gradient: Tensor) -> Tensor:
        return gradient

    def clamp_(self, variables: Tensor) -> None:
        variables.clamp_(0, 1)

    def restored(self, image: Tensor) -> Tensor:
        return image


class Laplacian:
    """Bands of differences from the next coarser picture, and the coarsest picture.

    One row of numbers, (B, D), band after band from fine to coarse; torch's optimisers and L-BFGS
    see one tensor, and for those that move each number on its own that is the same as a list.
    """

    def __init__(self, height: int, width: int) -> None:
        self.sizes = [(height, width)]
        for _ in range(BANDS):
            height, width = max(1, height // 2), max(1, width // 2)
            self.sizes.append((height, width))

    def variables(self, image: Tensor) -> Tensor:
        return torch.cat([band.flatten(1) for band in pyramid(image.detach(), BANDS)], 1)

    def picture(self, variables: Tensor) -> Tensor:
        numbers = [3 * height * width for height, width in self.sizes]
        bands = variables.split(numbers, 1)
        return collapse(
            [band.view(len(band), 3, *s) for band, s in zip(bands, self.sizes, strict=True)]
        )

    def gradient(self, gradient: Tensor) -> Tensor:
        numbers = sum(3 * height * width for height, width in self.sizes)
        with torch.enable_grad():
            at = gradient.new_zeros(len(gradient), numbers).requires_grad_()
            (found,) = torch.autograd.grad(self.picture(at), at, gradient)
        return found

    def clamp_(self, variables: Tensor) -> None:
        """In the finest band, whose numbers are one pixel's each."""
        picture = self.picture(variables)
        height, width = self.sizes[0]
        variables[:, : 3 * height * width] += (picture.clamp(0, 1) - picture).flatten(1)

    def restored(self, image: Tensor) -> Tensor:
        return image


class Masked:
    """p + m · (x − p): a picture x of another space over the photograph p, where the mask m is.

    The losses see what is kept, so that paint joins it without a seam; where m is 0, the picture is
    the photograph, bit for bit.
    """

    def __init__(self, inner: Space, canvas: Canvas) -> None:
        self.inner = inner
        self.photograph, self.mask = canvas.photograph, canvas.mask

    def variables(self, image: Tensor) -> Tensor:
        """Of the picture of this space that comes nearest to `image` and has its x in [0, 1]."""
        offset = (image.detach() - self.photograph) / self.mask.clamp_min(LEAST_MASK)
        x = torch.where(self.mask >= LEAST_MASK, self.photograph + offset, self.photograph)
        return self.inner.variables(torch.where(self.mask == 1, image, x.clamp(0, 1)))

    def picture(self, variables: Tensor) -> Tensor:
        return torch.lerp(self.photograph, self.inner.picture(variables), self.mask)

    def gradient(self, gradient: Tensor) -> Tensor:
        return self.inner.gradient(self.mask * gradient)

    def clamp_(self, variables: Tensor) -> None:
        self.inner.clamp_(variables)

    def restored(self, image: Tensor) -> Tensor:
        return torch.where(self.mask > 0, image, self.photograph)


LEAST_MASK = 1 / 256  # fainter, a picture says nothing of what lies over it
