"""What many transfers share: the networks, and the statistics of the paintings.

A painting's statistics depend on its size in pixels, which follows that of a level; photographs of
one `size` have levels alike, and then a painting is measured once for all of them.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from torch import Tensor

from stylex.transfer.losses.base import Statistics
from stylex.transfer.losses.style import Keep
from stylex.transfer.losses.view import Region
from stylex.transfer.vgg.network import VGG19

Made = TypeVar("Made")
Found = dict[str, dict[str, Statistics]]  # {term: {layer: its statistics}}

# Those that were used longest ago go.
MOST_BYTES = 256 * 2**20  # of statistics
MOST_NETWORKS = 3  # up to 80 MB each


class Measured:
    """Statistics by what they were measured of, the latest within `most` bytes."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self._known: OrderedDict[Hashable, Found] = OrderedDict()

    def get(self, key: Hashable, measure: Callable[[], Found]) -> Found:
        """What `measure` gives, unless it is known."""
        if key not in self._known:
            self._known[key] = measure()
        self._known.move_to_end(key)
        while len(self._known) > 1 and sum(map(_bytes, self._known.values())) > self.most:
            self._known.popitem(last=False)
        return self._known[key]


class Shared:
    """Pass one to each of several calls of `stylize`. The results are those of calls without it."""

    def __init__(self) -> None:
        self.measured = Measured()
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
        """For statistics of what that network sees."""
        return lambda key, measure: self.measured.get((network, key), measure)


def fingerprint(paintings: Iterable[tuple[Tensor, Region]], *more: Hashable) -> Hashable:
    """Equal where paintings as they are seen are: their pixels, which of them count, and `more`."""
    return (*more, *((_digest(image), *_of(region)) for image, region in paintings))


def _of(region: Region) -> Sequence[Hashable]:
    mask = None if region.mask is None else _digest(region.mask)
    return mask, region.share, region.seed, region.height, region.width


def _digest(tensor: Tensor) -> Hashable:
    values: Any = tensor.detach().cpu().contiguous().numpy()
    return tuple(tensor.shape), hashlib.sha256(values).digest()


def _bytes(found: Found) -> int:
    return sum(
        value.nbytes for layers in found.values() for values in layers.values() for value in values
    )
