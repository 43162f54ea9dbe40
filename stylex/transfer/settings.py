"""What a transfer can be told: every argument of `stylize`, with its default and its range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from stylex.errors import UserError, check_range
from stylex.images.load import Picture
from stylex.transfer.evaluation.memory import Tile, check_tile
from stylex.transfer.inputs import check_init
from stylex.transfer.limits import MOST_WEIGHT, check_settings
from stylex.transfer.losses.content import ContentLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Fit, Pyramid
from stylex.transfer.vgg.extractor import Extractor
from stylex.transfer.vgg.layers import check_layers

DEFAULT_CONTENT_LAYERS: Mapping[str, float] = {"relu4_2": 1.0}
DEFAULT_STYLE_LAYERS: Mapping[str, float] = {
    "relu1_1": 0.5,
    "relu2_1": 0.25,
    "relu3_1": 0.125,
    "relu4_1": 0.0625,
    "relu5_1": 0.0625,
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a transfer.

    size: px of the result's long side (`fit="short"`: the short one, `"square"`: both); a smaller
        picture keeps its size unless `enlarge`.
    style_size: the same for the style picture, which is never enlarged; by default `size`, and
        times `style_scale`: below 1 for finer strokes. `style_squash` gives it the content's size
        instead, whatever its shape.
    init: where to start: `content`, `noise`, `style`, or a picture.
    seed: of the noise and of sampled positions; the same call gives the same pixels on the same
        machine and threads.
    steps: of the optimiser, per level: one number, or one for each level.
    content_weight, style_weight, tv_weight: of the three kinds of losses; 0 leaves a kind out.
    content_layers, style_layers: {layer: weight}; 0 leaves a layer out.
    style_losses: {name: term}, added up; a term may have layers of its own.
    pyramid, extractor, optimizer: see these classes.
    rel_change: ends a level early when ten steps lower the loss by less than this part of it.
    tile: px of the squares in which larger levels are evaluated, to the same loss and gradient up
        to rounding, in less memory; `auto`: where a level would take more than is available, with
        less L-BFGS history if need be; `off`: never.

    Raises UserError for a value out of its range.
    """

    size: int = 512
    fit: Fit = "long"
    enlarge: bool = False
    style_size: int | None = None
    style_scale: float = 1.0
    style_squash: bool = False
    init: Picture = "content"
    seed: int = 0
    steps: int | Sequence[int] = 50
    pyramid: Pyramid = Pyramid()
    content_weight: float = 1.0
    style_weight: float = 5.0
    tv_weight: float = 25.0
    content_layers: Mapping[str, float] = field(default_factory=lambda: DEFAULT_CONTENT_LAYERS)
    style_layers: Mapping[str, float] = field(default_factory=lambda: DEFAULT_STYLE_LAYERS)
    content_loss: ContentLoss = ContentLoss()
    style_losses: Mapping[str, StyleTerm] = field(
        default_factory=lambda: {"moments": StyleTerm(MomentLoss())}
    )
    tv_loss: TotalVariation = TotalVariation()
    extractor: Extractor = Extractor()
    optimizer: Optimizer = Optimizer()
    rel_change: float = 0.0
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16", "tf32"] = "auto"
    tile: Tile = "auto"

    def __post_init__(self) -> None:
        check_settings(**vars(self))
        _check_layers(self.content_layers, "layers.content")
        _check_layers(self.style_layers, "layers.style")
        for name, term in self.style_losses.items():
            check_range(f"loss.style.{name}.weight", term.weight)
            if term.layers is not None:
                _check_layers(term.layers, f"loss.style.{name}.layers")
        check_tile(self.tile)
        check_init(self.init)
        self._check_products()
        self.optimizer.check()
        if not (self.used_content_layers or self.used_style_terms):
            raise UserError("nothing to optimise: content_weight and style_weight are 0")

    def _check_products(self) -> None:
        """A part's weight is the product of those above it. Raises UserError for a huge one."""
        products = {
            f"content_weight · layers.content.{layer}": self.content_weight * weight
            for layer, weight in self.used_content_layers.items()
        }
        for name, term in self.used_style_terms.items():
            place = f"style_weight · loss.style.{name}.weight · layers.style"
            for layer, weight in (term.layers or {}).items():
                products[f"{place}.{layer}"] = self.style_weight * term.weight * weight
        for place, product in products.items():
            if product > MOST_WEIGHT:
                raise UserError(f"{place} must be at most {MOST_WEIGHT:g}, not {product:g}")

    @property
    def used_content_layers(self) -> dict[str, float]:
        """{layer: weight} of those that count."""
        return _weighing(self.content_layers) if self.content_weight else {}

    @property
    def used_style_terms(self) -> dict[str, StyleTerm]:
        """The terms that count, each with the layers that do."""
        terms = {}
        for name, term in self.style_losses.items():
            layers = _weighing(self.style_layers if term.layers is None else term.layers)
            if self.style_weight and term.weight and layers:
                terms[name] = StyleTerm(term.loss, term.weight, layers)
        return terms


def _weighing(layers: Mapping[str, float]) -> dict[str, float]:
    return {layer: weight for layer, weight in layers.items() if weight}


def _check_layers(layers: Mapping[str, float], place: str) -> None:
    """Raises UserError for an unknown layer, or a weight that is negative or not a number."""
    check_layers(layers, place)
    for layer, weight in layers.items():
        check_range(f"{place}.{layer}", weight)
