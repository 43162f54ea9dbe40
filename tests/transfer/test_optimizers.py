"""The optimiser's policy: its checks, the average of the iterates, and state carried upwards."""

import pytest
import torch

from stylex.errors import UserError
from stylex.transfer.optim.lbfgs import LBFGS
from stylex.transfer.optim.policy import Average, Optimizer, carry_state


def test_an_average_of_iterates_is_the_normalised_weighted_sum():
    decay = 0.9
    images = [torch.full((1, 3, 2, 2), value) for value in (0.3, 0.9, 0.1, 0.5)]
    average = Average(decay)
    for n, image in enumerate(images, start=1):
        average.add(image)
        weights = [decay ** (n - i) for i in range(1, n + 1)]
        expected = sum(w * float(x[0, 0, 0, 0]) for w, x in zip(weights, images, strict=False))
        value = average.value(torch.zeros(1, 3, 2, 2))
        torch.testing.assert_close(value, torch.full((1, 3, 2, 2), expected / sum(weights)))


def test_without_decay_the_last_iterate_is_the_average():
    average = Average(0.0)
    average.add(torch.zeros(1, 3, 1, 1))
    last = torch.ones(1, 3, 1, 1)
    assert torch.equal(average.value(last), last)


def test_the_average_does_not_follow_a_picture_that_changes_in_place():
    average, image = Average(0.5), torch.ones(1, 3, 1, 1)
    average.add(image)
    image.zero_()
    assert average.value(image).tolist() == torch.ones(1, 3, 1, 1).tolist()


@pytest.mark.parametrize("clamp", ["levl", "", "Step", None])
def test_an_unknown_clamp_is_refused(clamp):
    with pytest.raises(UserError, match=f"optimizer.clamp '{clamp}'"):
        Optimizer(clamp=clamp)


@pytest.mark.parametrize("averaging", [1.0, -0.1, 2, float("nan"), True])
def test_an_averaging_outside_zero_to_one_is_refused(averaging):
    with pytest.raises(UserError, match="optimizer.averaging"):
        Optimizer(averaging=averaging)


def adam_after(shape: tuple[int, ...], gradients: list[torch.Tensor]) -> torch.optim.Adam:
    x = torch.zeros(shape, requires_grad=True)
    optimizer = torch.optim.Adam([x])
    for gradient in gradients:
        x.grad = gradient
        optimizer.step()
    return optimizer


def test_carried_moments_are_resized_linearly_and_the_count_goes_on():
    """Twice as high: between two rows a and b lie ¾a + ¼b and ¼a + ¾b (pixel centres)."""
    gradient = torch.tensor([1.0, -3.0]).view(1, 1, 2, 1).expand(1, 3, 2, 2)
    old = adam_after((1, 3, 2, 2), [gradient])
    y = torch.zeros(1, 3, 4, 2, requires_grad=True)
    new = torch.optim.Adam([y])
    carry_state(old, new, 4, 2)
    state = new.state[y]
    rows = torch.tensor([1.0, 0.0, -2.0, -3.0])  # of the gradient
    squares = torch.tensor([1.0, 3.0, 7.0, 9.0])  # of its square
    torch.testing.assert_close(state["exp_avg"][0, 0, :, 0], 0.1 * rows)
    torch.testing.assert_close(state["exp_avg_sq"][0, 0, :, 0], 0.001 * squares)
    assert float(state["step"]) == 1


def test_carried_squared_moments_stay_non_negative():
    generator = torch.Generator().manual_seed(0)
    spikes = (torch.rand(1, 3, 12, 12, generator=generator) > 0.9).float() * 1e3
    old = adam_after((1, 3, 12, 12), [spikes])
    y = torch.zeros(1, 3, 17, 17, requires_grad=True)
    new = torch.optim.Adam([y])
    carry_state(old, new, 17, 17)
    squared = new.state[y]["exp_avg_sq"]
    assert squared.shape == y.shape
    assert float(squared.min()) >= 0
    assert float(squared.max()) > 0


def test_a_carried_optimiser_can_go_on():
    old = adam_after((1, 3, 2, 2), [torch.ones(1, 3, 2, 2)] * 3)
    y = torch.zeros(1, 3, 3, 4, requires_grad=True)
    new = torch.optim.Adam([y], lr=0.1)
    carry_state(old, new, 3, 4)
    y.grad = torch.ones(1, 3, 3, 4)
    new.step()
    # Adam under a constant gradient moves by lr whatever its count: both moments are unbiased.
    torch.testing.assert_close(y.detach(), torch.full((1, 3, 3, 4), -0.1))


class Ahead(torch.optim.SGD):
    """Moves before it evaluates."""

    def step(self, closure):
        (pixels,) = self.param_groups[0]["params"]
        with torch.no_grad():
            pixels.add_(0.1)
        return super().step(closure)


@pytest.mark.parametrize(
    ("make", "once"),
    [
        (LBFGS, True),
        (torch.optim.Adam, True),
        (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), True),
        (lambda p: torch.optim.LBFGS(p, max_iter=1), True),
        (lambda p: torch.optim.LBFGS(p, max_iter=3), False),
        (lambda p: Ahead(p, lr=0.1), False),
    ],
)
def test_which_optimisers_evaluate_once_and_where_they_are(make, once):
    assert Optimizer(make=make).evaluates_once is once
