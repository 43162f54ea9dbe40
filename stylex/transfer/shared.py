"""What many transfers share: networks, pictures, and what was measured in pictures.

A picture's targets depend on its size in pixels, which follows that of a level; photographs of one
`size` have levels alike, and then a painting is measured once for all of them.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor

from stylex.images.load import Picture
from stylex.paths import sha256
from stylex.transfer.losses.base import Loss
from stylex.transfer.losses.style import Keep
from stylex.transfer.losses.view import Region
from stylex.transfer.vgg.network import VGG19

Made = TypeVar("Made")

# Those that were used longest ago go.
MOST_BYTES = 256 * 2**20  # of what was measured, and of pictures
MOST_NETWORKS = 3  # up to 80 MB each


class Latest:
    """What was made for a key, the latest within `most` bytes of tensors."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self._known: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, unless it is known."""
        if key not in self._known:
            self._known[key] = make()
        self._known.move_to_end(key)
        while len(self._known) > 1 and sum(map(_bytes, self._known.values())) > self.most:
            self._known.popitem(last=False)
        known: Made = self._known[key]
        return known


class Shared:
    """Pass one to each of several calls of `stylize`. The results are those of calls without it."""

    def __init__(self) -> None:
        self.measured = Latest()
        self.pictures = Latest()
        self._networks: OrderedDict[Hashable, VGG19] = OrderedDict()

    def network(self, key: Hashable, build: Callable[[], VGG19]) -> VGG19:
        """What `build` gives, unless there is a network of that key."""
        if key not in self._networks:
            self._networks[key] = build()
        self._networks.move_to_end(key)
        if len(self._networks) > MOST_NETWORKS:
            self._networks.popitem(last=False)
        return self._networks[key]

    def keep(self, *network: Hashable) -> Keep:
        """For what is measured in pictures as that network sees them."""
        return lambda key, measure: self.measured.get((network, key), measure)

    def picture(self, picture: Picture, key: Hashable, read: Callable[[], Tensor]) -> Tensor:
        """What `read` makes of a picture; of a file with the same bytes, what it made before.

        key: equal where it makes the same of one picture.
        """
        if not isinstance(picture, str | Path):
            return read()
        return self.pictures.get((sha256(picture), key), read)


def fingerprint(paintings: Iterable[tuple[Tensor, Region]], *more: Hashable) -> Hashable:
    """Equal where paintings as they are seen are: their pixels, which of them count, and `more`."""
    return (*more, *((_digest(image), *_of(region)) for image, region in paintings))


def _of(region: Region) -> Sequence[Hashable]:
    mask = None if region.mask is None else _digest(region.mask)
    return mask, region.share, region.seed, region.height, region.width


def _digest(tensor: Tensor) -> Hashable:
    values: Any = tensor.detach().cpu().contiguous().numpy()
    return tuple(tensor.shape), hashlib.sha256(values).digest()


def _bytes(made: Any) -> int:
    if isinstance(made, Tensor):
        return made.nbytes
    if isinstance(made, Loss):
        made = vars(made)
    parts = made.values() if isinstance(made, Mapping) else made
    return sum(map(_bytes, parts)) if isinstance(made, Mapping | list | tuple) else 0
