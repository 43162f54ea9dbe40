"""Style as Gram matrices, with the factor of each published variant."""

from collections.abc import Callable, Mapping
from typing import Literal

from torch import Tensor

from stylex.errors import choose
from stylex.transfer.losses.base import Statistics, floored, scaled
from stylex.transfer.losses.statistics import moments_in
from stylex.transfer.losses.style import StyleLoss
from stylex.transfer.losses.view import View

Normalization = Literal[
    "relative", "mean", "gatys", "neural_style", "notebook", "johnson", "scaled"
]

# k in k · Σ_ij (G_ij − A_ij)², with G = FFᵀ/N and A the style picture's. Every published Gram loss
# is one of these.
GRAM_FACTORS: dict[str, Callable[[int, Tensor, Tensor], Tensor | float]] = {
    "relative": lambda c, n, a: 1 / floored(a.square().sum((1, 2))),
    "mean": lambda c, n, a: c**-2,
    # Gatys et al. 2016, eq. 4, has 1/(4C²N²) for raw FFᵀ, both pictures of N positions.
    "gatys": lambda c, n, a: 1 / (4 * c**2),
    # The Gram matrix over C·N, then the mean over its entries: neural-style-pt, PyTorch's tutorial.
    "neural_style": lambda c, n, a: c**-4,
    # Raw FFᵀ, mean over entries, then over C·N: Udacity's lesson.
    "notebook": lambda c, n, a: n * c**-3,
    # The Gram matrix over C·N, then the sum: Johnson et al. 2016, eq. 4.
    "johnson": lambda c, n, a: c**-2,
}


class GramLoss(StyleLoss):
    """k · ‖G − A‖² per layer, G and A the Gram matrices (Gatys et al. 2016, eq. 4).

    normalization: names k, see GRAM_FACTORS; or `scaled`: see `scaled`.

    Raises UserError for a name that is not one of them.
    """

    def __init__(self, normalization: Normalization = "relative") -> None:
        choose(normalization, (*GRAM_FACTORS, "scaled"), "normalization")
        self.factor = GRAM_FACTORS.get(normalization)

    def statistics(self, view: View) -> Statistics:
        """The tile's part of G, and how many positions it has, which only `notebook` asks for."""
        _, gram = moments_in(view)
        return gram, gram.new_full((len(gram),), view.positions)

    def value(self, picture: Mapping[str, Statistics], target: Mapping[str, Statistics]) -> Tensor:
        ((gram, positions),) = picture.values()
        ((target_gram, _),) = target.values()
        difference = gram - target_gram
        squares = difference.square().sum((1, 2))
        if self.factor is None:
            return scaled(squares, difference.abs().sum((1, 2)))
        return self.factor(gram.shape[1], positions, target_gram) * squares
