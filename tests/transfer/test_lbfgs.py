"""L-BFGS against BFGS with dense matrices (Nocedal & Wright 2006, eq. 6.17) in float64."""

import io
import itertools
import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor

from stylex.transfer.optim.lbfgs import LBFGS

Loss = Callable[[Tensor], Tensor]


def quadratic(dimensions: int, seed: int = 0, condition: float = 30.0) -> tuple[Loss, Tensor]:
    """½ (x − c)ᵀ A (x − c) per row of x, and c; A has eigenvalues from 1 to `condition`."""
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(dimensions, dimensions, generator=generator, dtype=torch.float64)
    basis, _ = torch.linalg.qr(random)
    a = basis @ torch.diag(torch.linspace(1, condition, dimensions).double()) @ basis.T
    c = torch.randn(dimensions, generator=generator, dtype=torch.float64)
    return lambda x: 0.5 * torch.einsum("bi,ij,bj->b", x - c, a, x - c), c


def walk(loss: Loss, start: Tensor, steps: int, **options) -> list[Tensor]:
    """The iterates, start included."""
    x = start.clone().requires_grad_()
    optimizer = LBFGS([x], **options)
    path = [start]
    for _ in range(steps):
        optimizer.step(closure(loss, x))
        path.append(x.detach().clone())
    return path


def closure(loss: Loss, x: Tensor) -> Callable[[], Tensor]:
    def evaluate() -> Tensor:
        x.grad = None
        total = loss(x).sum()
        total.backward()
        return total.detach()

    return evaluate


def gradient_at(loss: Loss, x: Tensor) -> Tensor:
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad(loss(x).sum(), x)[0]


def dense_bfgs(
    loss: Loss,
    start: Tensor,
    steps: int,
    history: int,
    lr: float,
    diagonal: Callable[[list[tuple[Tensor, Tensor]], Tensor], Tensor] = lambda pairs, scale: scale,
) -> list[Tensor]:
    """For one vector (1, D): H from the last pairs, starting from a diagonal.

    diagonal: of the pairs (s, y) and the newest sᵀy/yᵀy; by default the latter.
    """
    x, path, pairs = start[0], [start], []
    gradient = gradient_at(loss, x[None])[0]
    identity = torch.eye(len(x), dtype=x.dtype)
    scale = 0.01 / (lr * gradient.square().mean().sqrt())
    for _ in range(steps):
        h = identity * diagonal(pairs[-history:], scale)
        for s, y in pairs[-history:]:
            rho = 1 / (s @ y)
            v = identity - rho * torch.outer(y, s)
            h = v.T @ h @ v + rho * torch.outer(s, s)
        x_next = x - lr * h @ gradient
        gradient_next = gradient_at(loss, x_next[None])[0]
        s, y = x_next - x, gradient_next - gradient
        if s @ y > 0:
            pairs.append((s, y))
            scale = (s @ y) / (y @ y)
        x, gradient = x_next, gradient_next
        path.append(x[None])
    return path


def start_of(dimensions: int, batch: int = 1, seed: int = 5) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, dimensions, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("history", [1, 3, 50])
@pytest.mark.parametrize("lr", [1.0, 0.5])
def test_every_step_equals_dense_bfgs(history, lr):
    loss, _ = quadratic(6)
    ours = walk(loss, start_of(6), 12, history_size=history, lr=lr, max_growth=1e9)
    dense = dense_bfgs(loss, start_of(6), 12, history, lr)
    for i, (a, b) in enumerate(zip(ours, dense, strict=True)):
        torch.testing.assert_close(a, b, rtol=1e-7, atol=1e-9, msg=f"step {i}")


def test_the_history_limit_matters_where_it_should():
    loss, _ = quadratic(6)
    short, full = (
        walk(loss, start_of(6), 6, history_size=size, max_growth=1e9) for size in (2, 50)
    )
    for step in range(4):  # step k + 1 is the first to know k pairs
        torch.testing.assert_close(short[step], full[step])
    assert not torch.allclose(short[4], full[4], rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_finds_the_minimum_of_a_convex_quadratic(dtype):
    loss, solution = quadratic(20)
    x = start_of(20).to(dtype)
    path = walk(lambda v: loss(v.double()), x, 80)
    tolerance = 1e-4 if dtype == torch.float32 else 1e-9
    assert float((path[0] - solution).abs().max()) > 1
    assert float((path[-1] - solution).abs().max()) < tolerance


def test_the_first_move_is_down_the_gradient_and_has_the_length_asked_for():
    loss, _ = quadratic(8)
    start = start_of(8, batch=3)
    for lr in (1.0, 0.2):
        _, after = walk(loss, start, 1, lr=lr, first_move=0.03)
        move, gradient = after - start, gradient_at(loss, start)
        torch.testing.assert_close(move.square().mean(1).sqrt(), torch.full((3,), 0.03).double())
        cosine = torch.cosine_similarity(move, -gradient)
        torch.testing.assert_close(cosine, torch.ones(3).double())


def test_samples_of_a_batch_walk_alone():
    loss, _ = quadratic(7)
    start = start_of(7, batch=3)
    start[1] *= 100
    together = walk(loss, start, 15)
    for i in range(3):
        alone = walk(loss, start[i : i + 1], 15)
        for a, b in zip(together, alone, strict=True):
            torch.testing.assert_close(a[i : i + 1], b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_scale_of_the_loss_does_not_matter(scale):
    loss, _ = quadratic(7)
    plain = walk(loss, start_of(7), 15)
    scaled = walk(lambda x: scale * loss(x), start_of(7), 15)
    for a, b in zip(plain, scaled, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_scale_of_the_loss_does_not_matter_in_float32(scale):
    loss, solution = quadratic(20)
    path = walk(lambda v: scale * loss(v.double()), start_of(20).float(), 80)
    assert float((path[-1] - solution).abs().max()) < 1e-4


def test_a_pair_of_negative_curvature_is_left_out():
    """On −½|x|² every pair has sᵀy < 0: all steps stay plain descent at the first one's scale."""
    start = start_of(4)
    path = walk(lambda x: -0.5 * x.square().sum(1), start, 3)
    scale = 0.01 / start.square().mean().sqrt()
    for k, x in enumerate(path):
        torch.testing.assert_close(x, start * (1 + scale) ** k)


def test_one_sample_s_negative_curvature_leaves_the_others_alone():
    loss, _ = quadratic(4)

    def mixed(x: Tensor) -> Tensor:
        return torch.cat([loss(x[:1]), -0.5 * x[1:].square().sum(1)])

    start = start_of(4, batch=2)
    together, alone = walk(mixed, start, 8), walk(loss, start[:1], 8)
    for a, b in zip(together, alone, strict=True):
        torch.testing.assert_close(a[:1], b)
    assert bool(together[-1].isfinite().all())


def test_curvature_seen_before_and_after_a_negative_pair_still_counts():
    """A quartic double well: concave in the middle, convex outside; dense BFGS skips the same."""

    def well(x: Tensor) -> Tensor:
        return (0.25 * x**4 - 0.5 * x**2).sum(1)

    start = torch.tensor([[0.05, -0.3, 0.2]], dtype=torch.float64)
    ours = walk(well, start, 12, history_size=50, max_growth=1e9)
    dense = dense_bfgs(well, start, 12, 50, 1.0)
    for a, b in zip(ours, dense, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-9)


def uneven(shape: tuple[int, ...]) -> tuple[Loss, Tensor]:
    """½ Σ a x² over pictures, and a (H, W): in the right half 30 times what it is in the left."""
    a = torch.ones(shape[2:], dtype=torch.float64)
    a[:, shape[3] // 2 :] = 30
    return lambda x: 0.5 * (a * x.square()).sum((1, 2, 3)), a


def by_place(shape: tuple[int, ...], pairs: list[tuple[Tensor, Tensor]], scale: Tensor) -> Tensor:
    """H₀ of a picture (1, C, H, W), by squares of 4 px: Σ s∘y/sᵀy over Σ y∘y/sᵀy of the pairs."""
    if not pairs:
        return scale
    _, c, height, width = shape
    h, w = math.ceil(height / 4), math.ceil(width / 4)
    means = torch.zeros(2, h, w, dtype=torch.float64)
    for s, y in pairs:
        for k, product in enumerate((s * y, y * y)):
            squares = torch.zeros(h, w, dtype=torch.float64)
            for i, j in itertools.product(range(h), range(w)):  # the last ones may be cut
                square = product.view(c, height, width)[:, 4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
                squares[i, j] = square.mean() / (s @ y)
            for i, j in itertools.product(range(h), range(w)):  # and the squares around it
                around = squares[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2]
                means[k, i, j] += around.mean()
    d = torch.nn.functional.interpolate(
        (means[0] / means[1])[None, None], (height, width), mode="bilinear"
    )
    d = d.expand(1, c, -1, -1).flatten()
    _, y = pairs[-1]
    return (d * scale * (y @ y) / (y @ (d * y))).clamp(scale / 5, scale * 5)


@pytest.mark.parametrize("shape", [(1, 2, 12, 16), (1, 2, 13, 18)])
def test_of_pictures_every_step_equals_dense_bfgs_from_a_scale_for_each_place(shape):
    loss, _ = uneven(shape)
    start = start_of(math.prod(shape))
    ours = walk(loss, start.view(shape), 8, history_size=4, max_growth=1e9)
    dense = dense_bfgs(
        lambda x: loss(x.view(-1, *shape[1:])), start, 8, 4, 1.0, partial(by_place, shape)
    )
    for a, b in zip(ours, dense, strict=True):
        torch.testing.assert_close(a.flatten(1), b, rtol=1e-7, atol=1e-9)


def test_where_the_curvature_differs_from_place_to_place_that_is_faster():
    shape = (1, 3, 32, 32)
    loss, _ = uneven(shape)
    rough = 2 ** start_of(32 * 32).view(32, 32).clamp(-1, 1)
    start = start_of(3 * 32 * 32).view(shape)

    def value(x: Tensor) -> Tensor:
        return loss(x.view(shape) * rough)

    picture, vector = walk(value, start, 20), walk(value, start.flatten(1), 20)
    assert float(value(picture[-1])) < 0.3 * float(value(vector[-1]))


def test_at_the_minimum_it_stays():
    loss, solution = quadratic(5)
    path = walk(loss, solution[None].clone(), 4)
    torch.testing.assert_close(path[-1], solution[None])


def test_saved_and_loaded_it_goes_on_the_same():
    loss, _ = quadratic(9)
    x = start_of(9, batch=2).requires_grad_()
    optimizer = LBFGS([x], history_size=3)
    for _ in range(5):
        optimizer.step(closure(loss, x))
    file = io.BytesIO()
    torch.save({"x": x.detach(), "state": optimizer.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    y = saved["x"].clone().requires_grad_()
    other = LBFGS([y])
    other.load_state_dict(saved["state"])
    for _ in range(5):
        optimizer.step(closure(loss, x))
        other.step(closure(loss, y))
        assert torch.equal(x, y)


def test_a_step_evaluates_once_and_returns_the_loss():
    loss, _ = quadratic(3)
    x = start_of(3).requires_grad_()
    values = []

    def evaluate() -> Tensor:
        values.append(closure(loss, x)())
        return values[-1]

    optimizer = LBFGS([x])
    before = float(loss(x.detach()))
    assert float(optimizer.step(evaluate)) == before
    assert len(values) == 1


def test_pictures_of_any_shape_are_vectors():
    loss, _ = quadratic(12)
    start = start_of(12, batch=2)
    flat = walk(loss, start, 6)
    shaped = walk(lambda x: loss(x.reshape(2, 12)), start.view(2, 3, 2, 2), 6)
    torch.testing.assert_close(shaped[-1].reshape(2, 12), flat[-1])


@pytest.mark.parametrize("options", [{"lr": 0}, {"lr": -1}, {"history_size": 0}, {"first_move": 0}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError, match="above 0"):
        LBFGS([torch.zeros(1, 2, requires_grad=True)], **options)


def test_it_takes_one_tensor():
    with pytest.raises(ValueError, match="one tensor"):
        LBFGS([torch.zeros(1, 2, requires_grad=True), torch.zeros(1, 2, requires_grad=True)])


def test_a_move_is_at_most_so_many_times_as_long_as_the_last_one_and_points_the_same_way():
    """Each sample by its own moves; the direction is that of the unlimited step."""
    loss, _ = quadratic(20)
    start = 100 * start_of(20)
    free, held = (walk(loss, start, 6, max_growth=growth) for growth in (1e9, 2.0))
    moves = [
        [float((b - a).square().mean().sqrt()) for a, b in itertools.pairwise(path)]
        for path in (free, held)
    ]
    assert max(b / a for a, b in itertools.pairwise(moves[0])) > 10
    assert max(b / a for a, b in itertools.pairwise(moves[1])) < 2 + 1e-9
    # Until the first that was too long both went the same way; there they part in length alone.
    first = next(n for n in range(1, 5) if moves[0][n] > 2 * moves[0][n - 1])
    ours, theirs = held[first + 1] - held[first], free[first + 1] - free[first]
    torch.testing.assert_close(ours / ours.norm(), theirs / theirs.norm())
