"""Losses aimed at pictures: the targets are measured by the network that will see the result."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from stylex.images.load import resize, sides
from stylex.transfer.evaluation.tiles import look
from stylex.transfer.losses.base import Layers, Look, Loss, Named, used_layers
from stylex.transfer.losses.content import ContentLoss, ContentTerm, one_look
from stylex.transfer.losses.style import Aim, Keep, StyleLoss, StyleTerm, aim
from stylex.transfer.losses.view import Region
from stylex.transfer.pyramid import Size, scale_size
from stylex.transfer.shared import fingerprint
from stylex.transfer.style import Painting
from stylex.transfer.vgg.network import VGG19


def aim_content(
    content: ContentLoss | Mapping[str, ContentTerm],
    vgg: VGG19,
    photograph: Tensor,
    layers: Layers,
    *,
    seed: int = 0,
    tile: int | None = None,
    keep: Keep | None = None,
) -> list[Loss]:
    """The content losses with their targets, for pictures of the photograph's size.

    content: one loss, or {name: term}. photograph: (1, 3, H, W) in [0, 1]. layers: {layer: weight},
    for terms without layers of their own. seed: of sampled positions. tile: px of the squares in
    which the photograph is looked at; None for all at once. keep: for losses that look at the same
    positions throughout, aimed in earlier calls at the photograph as that network sees it.
    A part is called `content/<term>/<part>`, without the term where there is one only.
    """
    terms = {"content": ContentTerm(content)} if isinstance(content, ContentLoss) else content
    region = Region(*sides(photograph), seed=seed)
    key = fingerprint([(photograph, region)], tile) if keep else None
    losses: list[Loss] = []
    show = partial(look, vgg, photograph, tile=tile)
    # A layer that one loss alone looks at is seen tile by tile, and not kept.
    asked = Counter(layer for term in terms.values() for layer in used_layers([term], layers))
    several = [layer for layer, count in asked.items() if count > 1]
    with one_look(show, region, several) as shown:
        for name, term in terms.items():
            own = term.layers_or(layers)
            measure = partial(term.loss.aim, shown, region, own)
            likeness = key, term.loss.likeness, *own.items()
            loss = keep(likeness, partial(_settled, measure)) if keep else measure()
            prefix = f"content/{name}" if len(terms) > 1 else "content"
            losses.append(Named(loss, prefix, term.weight))
    return losses


def _settled(aim: Callable[[], Loss]) -> Loss:
    return aim().settled()


def aim_style(
    style: StyleLoss | Mapping[str, StyleTerm],
    vgg: VGG19,
    paintings: Tensor | Sequence[Painting],
    size: Size,
    layers: Layers,
    *,
    ratio: float = 1.0,
    seed: int = 0,
    tile: int | None = None,
    device: torch.device | None = None,
    photograph: Tensor | None = None,
    start: Tensor | None = None,
    guide_vgg: VGG19 | None = None,
    keep: Keep | None = None,
) -> list[Loss]:
    """The style losses with their targets, for pictures of `size`, (height, width).

    Paintings of the same place are one mixture, in the proportions of their weights. The losses of
    a place weigh what part of the picture it is, so that each of its pixels is painted as strongly
    as if the style were everywhere.

    style: one loss, or {name: term}. paintings: one, (1, 3, ·, ·) in [0, 1], or several.
    layers: {layer: weight}, for terms without layers of their own.
    ratio: the paintings' sides are multiplied by it. seed: of sampled positions. tile: as above.
    photograph: (1, 3, *size) in [0, 1], for losses that look at it, too, by `guide_vgg`; by default
        as the paintings. start: what the level starts from, of that shape; None on the first one.
    keep: for the paintings' statistics, as that network sees them, from earlier calls.
    """

    def guide(loss: StyleLoss) -> Look:
        assert photograph is not None
        return partial(look, guide_vgg or vgg, loss.guide(photograph, start), tile=tile)

    terms = {"style": StyleTerm(style)} if isinstance(style, StyleLoss) else style
    if isinstance(paintings, Tensor):
        paintings = [Painting(paintings)]
    device = device or paintings[0].image.device
    aims = []
    for where, together in _places(paintings):
        mask = _mask_at(where, size, device)
        shares = _shares([painting.weight for painting in together])
        looks, seen = [], []
        for painting, share in zip(together, shares, strict=True):
            if share[0] == share[1]:  # of a weight that vanishes beside the others'
                continue
            own = scale_size(*sides(painting.image), ratio)
            image = resize(painting.image, *own).clamp(0, 1).to(device)
            part = Region(*own, _mask_at(painting.source, own, device), share, seed)
            looks.append((partial(look, vgg, image, tile=tile), part))
            seen.append((image, part))
        weight = 1.0 if mask is None else float(mask.mean())
        key = fingerprint(seen, tile) if keep else None
        chosen_by = guide if photograph is not None else None
        aims.append(Aim(Region(*size, mask, seed=seed), looks, weight, chosen_by, key))
    return aim(terms, layers, aims, keep) if keep else aim(terms, layers, aims)


def _places(paintings: Sequence[Painting]) -> list[tuple[Tensor | None, list[Painting]]]:
    """The paintings by where they go."""
    places: list[tuple[Tensor | None, list[Painting]]] = []
    for painting in paintings:
        for where, together in places:
            if _same(where, painting.where):
                together.append(painting)
                break
        else:
            places.append((painting.where, [painting]))
    return places


def _same(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return torch.equal(one, other)


def _shares(weights: Sequence[float]) -> list[tuple[float, float]]:
    """[0, 1) cut in proportion to the weights: [2, 1, 1] -> (0, ½), (½, ¾), (¾, 1)."""
    total, edges = sum(weights), [0.0]
    for weight in weights:
        edges.append(edges[-1] + weight / total)
    edges[-1] = 1.0  # whatever rounding made of it
    return list(pairwise(edges))


def _mask_at(mask: Tensor | None, size: Size, device: torch.device) -> Tensor | None:
    if mask is None:
        return None
    return resize(mask, *size, mode="bilinear").clamp(0, 1).to(device)
