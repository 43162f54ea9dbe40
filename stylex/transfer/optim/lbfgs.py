"""Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.4) for a batch of pictures."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Pair = tuple[Tensor, Tensor, Tensor, Tensor]
"""(s, y, 1/sᵀy, what s∘y and y∘y are at each place), see `_pair`."""

PLACE = 4  # px
MOST = 5.0  # times: how far H₀ at a place may be from that of all, either way


class LBFGS:
    """L-BFGS with one evaluation and no line search per step, each sample of the batch on its own.

    What torch.optim.LBFGS lacks for this job: it takes the whole batch for one vector, so that
    samples influence each other; its thresholds are absolute, so that a loss of another scale, or
    the tiny gradient per pixel of a large picture, changes what it does or stops it; and it waits
    for the device several times a step. Used like a torch optimiser, but not one of its class,
    which takes two seconds to import the compiler.

    params: one tensor, (B, …); of pictures (B, C, H, W) H₀ is not one number for all pixels, but
        one for each place, see `_scales`.
    lr: step length along the quasi-Newton direction.
    history_size: how many (step, gradient change) pairs to keep; each costs two pictures.
    first_move: root mean square change of a pixel in the very first step, which has no curvature
        to go by. About two grey levels: enough to be seen in bfloat16.
    max_growth: how many times as long as the last move one may be (RMS), which takes the place of a
        line search: the first pairs promise too much, and the loss rose up to twelvefold without.

    Raises ValueError for what is out of range.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1.0,
        history_size: int = 10,
        first_move: float = 0.01,
        max_growth: float = 2.0,
    ) -> None:
        if not (0 < lr < math.inf and 0 < first_move < math.inf and history_size >= 1):
            raise ValueError("lr and first_move must be above 0 and history_size at least 1")
        if not max_growth > 1:
            raise ValueError("max_growth must be above 1")
        self.defaults = {
            "lr": lr,
            "history_size": history_size,
            "first_move": first_move,
            "max_growth": max_growth,
        }
        params = list(params)
        if len(params) != 1:
            raise ValueError("LBFGS optimises one tensor (B, …)")
        self.param_groups: list[dict[str, Any]] = [{"params": params, **self.defaults}]
        self.state: dict[Tensor, dict[str, Any]] = {params[0]: {}}

    def step(self, closure: Callable[[], Any]) -> Any:
        """Evaluates `closure`, which fills the gradient, then moves. Returns what it returned."""
        with torch.enable_grad():
            loss = closure()
        with torch.no_grad():
            self._move()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """The memory and the settings, not copied, but for what follows from them."""
        (group,) = self.param_groups
        (param,) = group["params"]
        state = dict(self.state[param])
        if state:
            state["pairs"] = [pair[:3] for pair in state["pairs"]]
        return {"state": state, **{key: group[key] for key in self.defaults}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on with what `state_dict` gave, on this one's device."""
        (group,) = self.param_groups
        (param,) = group["params"]

        def here(value: Any) -> Any:
            if isinstance(value, Tensor):
                return value.to(param.device)
            return [_pair(here(s), here(y), here(inverse), param.shape) for s, y, inverse in value]

        group.update({key: state[key] for key in self.defaults})
        self.state[param] = {key: here(value) for key, value in state["state"].items()}

    def _move(self) -> None:
        (group,) = self.param_groups
        (param,) = group["params"]
        assert param.grad is not None
        state = self.state[param]
        gradient = param.grad.reshape(len(param), -1)  # (B, D)
        if state:
            y = gradient - state.pop("gradient")
            self._remember(state, y, group["history_size"], param.shape)
        else:
            # Without curvature to go by, H is a multiple of the identity: the one that makes the
            # first step `first_move` long.
            first = group["first_move"] / _rms(gradient)
            state.update(
                pairs=[], scale=first / group["lr"], length=torch.full_like(first, math.inf)
            )
        scales = _scales(state["pairs"], state["scale"], param)
        move = _direction(gradient, state["pairs"], scales).mul_(group["lr"])
        length = _rms(move)
        longest = group["max_growth"] * state["length"]
        move.mul_((longest / length).clamp_max(1))
        param.add_(move.view_as(param))
        state["gradient"], state["move"] = gradient.clone(), move
        state["length"] = torch.minimum(length, longest)

    @staticmethod
    def _remember(state: dict[str, Any], y: Tensor, history_size: int, shape: torch.Size) -> None:
        """Adds the last move and y; of no positive curvature, a pair does nothing."""
        s = state["move"]
        sy, ss, yy = _dot(s, y), _dot(s, s), _dot(y, y)
        positive = sy > 1e-8 * (ss * yy).sqrt()  # relative: the same at any scale of the loss
        inverse = torch.where(positive, 1 / sy, torch.zeros_like(sy))
        state["scale"] = torch.where(positive, sy / yy, state["scale"])
        state["pairs"].append(_pair(s, y, inverse, shape))
        del state["pairs"][:-history_size]


def _rms(x: Tensor) -> Tensor:
    return x.square().mean(1, keepdim=True).sqrt().clamp_min(1e-30)  # (B, 1)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(1, keepdim=True)  # (B, 1)


def _pair(s: Tensor, y: Tensor, inverse: Tensor, shape: torch.Size) -> Pair:
    """(s, y, 1/sᵀy, places), with places (B, 2, h, w): s∘y and y∘y over sᵀy, averaged over channels
    and about 12×12 pixels.
    """
    places = torch.cat([_at_places(s * y, shape), _at_places(y * y, shape)], 1)
    return s, y, inverse, places * inverse.view(-1, 1, 1, 1)


def _at_places(x: Tensor, shape: torch.Size) -> Tensor:
    """Of x (B, D), pixels (B, C, H, W): their means at places, (B, 1, ⌈H/PLACE⌉, ⌈W/PLACE⌉)."""
    if len(shape) != 4:
        return x.mean(1).view(-1, 1, 1, 1)
    pixels = x.view(shape).mean(1, keepdim=True)
    # Not adaptive pooling, which Apple's GPUs have only for multiples.
    means = F.avg_pool2d(pixels, PLACE, ceil_mode=True, count_include_pad=False)
    return F.avg_pool2d(means, 3, 1, padding=1, count_include_pad=False)


def _scales(pairs: list[Pair], scale: Tensor, like: Tensor) -> Tensor:
    """The diagonal of H₀, (B, D) or (B, 1), for pictures of one shape; `scale` without pairs.

    A departure from Nocedal & Wright's γ·I with γ = sᵀy/yᵀy (eq. 7.20), `scale`: the curvature of
    these objectives differs from place to place, in flat parts and at edges. The same quotient,
    summed over the pairs at each place, is a diagonal d, of which H₀ = (γ yᵀy/yᵀdy)·d keeps
    yᵀH₀y for the last pair, sᵀy, as it is with γ·I (diagonals of H₀: Gilbert & Lemaréchal 1989);
    but for the places where d is MOST times as large or small as γ, or more.
    """
    if not pairs or like.dim() != 4:
        return scale
    sy, yy = torch.stack([places for *_, places in pairs]).sum(0).split(1, 1)
    known = (sy > 0) & (yy > 0)
    d = torch.where(known, sy / yy, scale.view(-1, 1, 1, 1))
    d = F.interpolate(d, like.shape[2:], mode="bilinear").expand_as(like).flatten(1)
    _, y, *_ = pairs[-1]
    along = _dot(y, d * y)  # 0 at a minimum
    d = d * torch.where(along > 0, scale * _dot(y, y) / along, torch.ones_like(along))
    return torch.minimum(torch.maximum(d, scale / MOST), scale * MOST)


def _direction(gradient: Tensor, pairs: list[Pair], scales: Tensor) -> Tensor:
    """−H·gradient per sample, (B, D): the two-loop recursion from H₀ = diag(scales).

    pairs: oldest first; where 1/sᵀy is 0 the pair does nothing to that sample.
    """
    q = -gradient
    alphas = []
    for s, y, inverse, _ in reversed(pairs):
        alpha = inverse * _dot(s, q)
        q.addcmul_(alpha, y, value=-1)
        alphas.append(alpha)
    q.mul_(scales)
    for (s, y, inverse, _), alpha in zip(pairs, reversed(alphas), strict=True):
        q.addcmul_(alpha - inverse * _dot(y, q), s)
    return q
