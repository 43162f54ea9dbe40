"""What a transfer can be told: every argument of `stylize`, with its default and its range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from stylex.errors import UserError, check_range, choose, quoted
from stylex.images.load import Picture
from stylex.transfer.color import COLORS, Color
from stylex.transfer.evaluation.memory import Tile, check_tile
from stylex.transfer.inputs import check_init
from stylex.transfer.limits import MOST_WEIGHT, check_settings
from stylex.transfer.losses.base import (
    LEVELS,
    AnyCriterion,
    Criterion,
    Layers,
    Term,
    used_parts,
)
from stylex.transfer.losses.content import ContentTerm, FeatureLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.structure import SelfSimilarityLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.parameterization import PARAMETERIZATIONS, Parameterization
from stylex.transfer.pyramid import Fit, Pyramid
from stylex.transfer.vgg.extractor import Extractor
from stylex.transfer.vgg.layers import IMAGE, check_layers

DEFAULT_CONTENT_LAYERS: Layers = {"relu4_2": 1.0}
DEFAULT_STYLE_LAYERS: Layers = {
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
        instead, whatever its shape. `style_turned` takes strokes from it in all four directions:
        turned by 90, 180 and 270 degrees, too.
    mask: what of the photograph is painted: white is, black stays as it is, to the bit; a picture
        of its proportions, or `alpha` for the content picture's own alpha channel.
    mask_feather: px over which the mask's edges fade, inwards; by default a 200th of the long side.
    init: where to start: `content`, `noise`, `style`, its mean colour (`mean`), or a picture.
    init_detail: whether each level, but the last of several, starts with the photograph's finest
        details added to that.
    seed: of the noise and of sampled positions; the same call gives the same pixels on the same
        machine and threads.
    steps: of the optimiser, per level: one number, or one for each level.
    color: whose colours the result has. `style`: the painting's. `keep`: the photograph's, in the
        painted lightness, once that is painted. `match`: the painting's, whose mean and covariance
        are made the photograph's before. `luminance`: only lightness is painted, with the
        photograph's mean and spread, and in its colours.
    content_weight, style_weight, tv_weight: of the three kinds of losses; 0 leaves a kind out.
    content_layers, style_layers: {layer: weight}; 0 leaves a layer out. `image` is the pixels.
    content_losses, style_losses: {name: term}, added up; a term may have layers of its own.
    pyramid, extractor, optimizer: see these classes.
    parameterization: what the optimiser moves, `pixels` or the coefficients of a `laplacian`
        pyramid of the picture.
    resample_every: steps after which losses of sampled positions look at others; 0 for never.
        L-BFGS begins afresh each time.
    tileable: the result goes on at its edges as at the opposite ones, so that it tiles. Its sides,
        and each level's, are multiples of what the deepest layer sees as one position: 16 px, as
        a rule. Not in tiles of `tile` px, nor with losses that end at the edges.
    stop_change: ends a level early when ten steps change the picture by less than so many grey
        levels of 255, root mean square; 0 for never.
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
    style_turned: bool = False
    mask: Picture | None = None
    mask_feather: int | None = None
    init: Picture = "content"
    init_detail: bool = False
    seed: int = 0
    steps: int | Sequence[int] = 28
    pyramid: Pyramid = Pyramid()
    color: Color = "style"
    content_weight: float = 1.0
    style_weight: float = 5.0
    tv_weight: float = 25.0
    content_layers: Layers = field(default_factory=lambda: DEFAULT_CONTENT_LAYERS)
    style_layers: Layers = field(default_factory=lambda: DEFAULT_STYLE_LAYERS)
    content_losses: Mapping[str, ContentTerm] = field(
        default_factory=lambda: {
            "features": ContentTerm(FeatureLoss(), 0.5),
            "selfsim": ContentTerm(SelfSimilarityLoss(512), 3.0),
        }
    )
    style_losses: Mapping[str, StyleTerm] = field(
        default_factory=lambda: {"moments": StyleTerm(MomentLoss())}
    )
    tv_loss: TotalVariation = TotalVariation()
    extractor: Extractor = Extractor()
    optimizer: Optimizer = Optimizer(smoothing=1.0)
    parameterization: Parameterization = "pixels"
    resample_every: int = 0
    tileable: bool = False
    stop_change: float = 0.0
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16", "tf32"] = "auto"
    tile: Tile = "auto"

    def __post_init__(self) -> None:
        check_settings(**vars(self))
        _check_layers(self.content_layers, "layers.content")
        _check_layers(self.style_layers, "layers.style")
        terms: dict[str, Term[Criterion]] = {
            **{f"loss.content.{name}": term for name, term in self.content_losses.items()},
            **{f"loss.style.{name}": term for name, term in self.style_losses.items()},
        }
        for place, term in terms.items():
            check_range(f"{place}.weight", term.weight)
            check_range(f"{place}.level_factor", term.level_factor, 0.01, 100)
            choose(term.levels, LEVELS, f"{place}.levels")
            if term.layers is not None:
                _check_layers(term.layers, f"{place}.layers")
        check_tile(self.tile)
        check_init(self.init)
        self._check_products()
        self.optimizer.check()
        choose(self.color, COLORS, "color")
        choose(self.parameterization, PARAMETERIZATIONS, "parameterization")
        if self.optimizer.carry and self.parameterization != "pixels":
            raise UserError("optimizer.carry needs parameterization=pixels: a picture to resize")
        if self.tileable:
            self._check_tileable()
        if not (self.used_content_terms or self.used_style_terms):
            raise UserError("nothing to optimise: content_weight and style_weight are 0")

    def _check_tileable(self) -> None:
        """Raises UserError for what knows where a picture ends."""
        if isinstance(self.tile, int):
            raise UserError(f"tile={self.tile} does not go with tileable=true: see tile=auto")
        kinds: Sequence[tuple[str, Mapping[str, Term[Criterion]]]] = (
            ("content", self.used_content_terms),
            ("style", self.used_style_terms),
        )
        for kind, terms in kinds:
            for name, term in terms.items():
                if term.loss.ends_at_edges:
                    raise UserError(
                        f"loss.{kind}.{name} does not go with tileable=true: it ends at the edges"
                    )

    def _check_products(self) -> None:
        """A part's weight is the product of those above it. Raises UserError for a huge one."""
        kinds: Sequence[tuple[str, float, Mapping[str, Term[Criterion]]]] = (
            ("content", self.content_weight, self.used_content_terms),
            ("style", self.style_weight, self.used_style_terms),
        )
        for kind, weight, terms in kinds:
            for name, term in terms.items():
                for layer, own in (term.layers or {}).items():
                    product = weight * term.weight * own
                    if product > MOST_WEIGHT:
                        place = f"{kind}_weight · loss.{kind}.{name}.weight · layers.{kind}.{layer}"
                        raise UserError(f"{place} must be at most {MOST_WEIGHT:g}, not {product:g}")

    @property
    def keeps_start(self) -> bool:
        """Whether a loss depends on what its level starts from."""
        return any(term.loss.sees_start for term in self.used_style_terms.values())

    @property
    def used_content_terms(self) -> dict[str, ContentTerm]:
        """The terms that count, each with the layers that do."""
        return _used(self.content_losses, self.content_weight, self.content_layers)

    @property
    def used_style_terms(self) -> dict[str, StyleTerm]:
        """The terms that count, each with the layers that do."""
        return _used(self.style_losses, self.style_weight, self.style_layers)


def _used(
    terms: Mapping[str, Term[AnyCriterion]], weight: float, shared: Layers
) -> dict[str, Term[AnyCriterion]]:
    used = {}
    for name, term in terms.items():
        layers = _weighing(term.layers_or(shared))
        if weight and term.weight and used_parts(term.loss, layers):
            used[name] = replace(term, layers=layers)
    return used


def _weighing(layers: Layers) -> dict[str, float]:
    return {layer: weight for layer, weight in layers.items() if weight}


def _check_layers(layers: Layers, place: str) -> None:
    """Raises UserError for what is no {layer: weight}, an unknown layer, or a weight that is
    negative or not a number.
    """
    if not isinstance(layers, Mapping):
        raise UserError(f"{place} must be {{layer: weight}}, not {quoted(layers)}")
    check_layers((layer for layer in layers if layer != IMAGE), place)
    for layer, weight in layers.items():
        check_range(f"{place}.{layer}", weight)
