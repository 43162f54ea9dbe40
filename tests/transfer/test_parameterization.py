"""The coefficients of a Laplacian pyramid as variables, and positions that are drawn anew."""

import pytest
import torch
from test_level import Bowl, saved
from test_loop import flat, of

from stylex import stylize
from stylex.errors import UserError
from stylex.images.laplacian import collapse, pyramid
from stylex.transfer.loop import optimize
from stylex.transfer.losses.content import ContentTerm
from stylex.transfer.losses.hypercolumns import HypercolumnMatchingLoss
from stylex.transfer.losses.neighbours import NeighbourLoss
from stylex.transfer.losses.structure import SelfSimilarityLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.view import Region
from stylex.transfer.objective import Objective
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.parameterization import BANDS, Laplacian
from stylex.transfer.pyramid import Level, Pyramid

SIZES = [(64, 48), (37, 53), (5, 9), (1, 7)]


def noise(height, width, batch=1):
    generator = torch.Generator().manual_seed(height)
    return torch.rand(batch, 3, height, width, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("size", SIZES)
def test_a_pyramid_collapses_to_its_picture(size):
    x = noise(*size, batch=2)
    bands = pyramid(x, BANDS)
    assert len(bands) == BANDS + 1
    torch.testing.assert_close(collapse(bands), x, rtol=0, atol=1e-12)
    space = Laplacian(*size)
    torch.testing.assert_close(space.picture(space.variables(x)), x, rtol=0, atol=1e-12)


def test_the_bands_of_an_even_picture_are_what_the_means_of_blocks_leave():
    x = noise(8, 8)
    bands = pyramid(x, 1)
    blocks = (x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]) / 4
    torch.testing.assert_close(bands[1], blocks)
    # In the middle of a row: three quarters of the nearer block's mean and one of the other's.
    row = (0.75 * blocks[:, :, 1, 1] + 0.25 * blocks[:, :, 1, 2]) * 0.75
    row = row + 0.25 * (0.75 * blocks[:, :, 2, 1] + 0.25 * blocks[:, :, 2, 2])
    torch.testing.assert_close(bands[0][:, :, 3, 3], x[:, :, 3, 3] - row)


@pytest.mark.parametrize("size", SIZES)
def test_the_gradient_by_the_coefficients_is_that_of_finite_differences(size):
    space, x, weights = Laplacian(*size), noise(*size), noise(*reversed(size)).mT
    z = space.variables(x)
    picture = space.picture(z)
    found = space.gradient(picture.cos() * weights)  # of Σ weights · sin
    for i in range(0, z.shape[1], max(1, z.shape[1] // 40)):
        step = torch.zeros_like(z)
        step[0, i] = 1e-5
        high, low = ((space.picture(z + s).sin() * weights).sum() for s in (step, -step))
        assert float(found[0, i]) == pytest.approx(float(high - low) / 2e-5, abs=1e-7)


def test_clamped_the_picture_is_in_range_and_the_coarse_bands_stay():
    space = Laplacian(20, 31)
    z = space.variables(3 * noise(20, 31, batch=2) - 1)
    before = z.clone()
    space.clamp_(z)
    clamped = space.picture(before).clamp(0, 1)
    torch.testing.assert_close(space.picture(z), clamped, rtol=0, atol=1e-12)
    assert torch.equal(z[:, 3 * 20 * 31 :], before[:, 3 * 20 * 31 :])


MAKERS = {
    "lbfgs": Optimizer(),
    "adam": Optimizer(make=lambda p: torch.optim.Adam(p, lr=0.02), averaging=0.9, clamp="step"),
    "rmsprop": Optimizer(make=lambda p: torch.optim.RMSprop(p, lr=0.002), clamp="level"),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("stop_at", [2, 4, 6])
def test_coefficients_go_on_from_any_step_to_the_same_pixels(name, stop_at):
    levels, states = [Level(4, 6, 4), Level(8, 12, 5)], {}
    options = {"parameterization": "laplacian"}
    call = (flat(0.2), levels, of(Bowl(0.8)), MAKERS[name])
    whole = optimize(
        *call, lambda step: states.update({step.number: saved(step.state())}), **options
    )
    again = optimize(*call, state=states[stop_at], **options)
    assert torch.equal(again.picture, whole.picture)
    assert (again.number, again.evaluations) == (whole.number, whole.evaluations)


def test_gradient_descent_on_coefficients_moves_a_flat_picture_evenly_and_far():
    """Each band takes its own part of the gradient: by hand for one band of differences."""
    make = Optimizer(make=lambda p: torch.optim.SGD(p, lr=0.01), clamp="level")
    moves = {}
    for kind in ("pixels", "laplacian"):
        last = optimize(flat(0.2), [Level(4, 6, 1)], of(Bowl(0.8)), make, parameterization=kind)
        moves[kind] = last.level_state.pixels - 0.2
    x = torch.full((1, 3, 4, 6), 0.2, dtype=torch.float64)
    ramp = torch.linspace(0.5, 1.5, 6).double()
    gradient = ramp * (ramp * (x - 0.8)).sinh()
    torch.testing.assert_close(moves["pixels"].double(), -0.01 * gradient, rtol=1e-5, atol=1e-8)
    # S Sᵀ with S = [1, U, U², …], each Uᵏ the interpolation from band k to full size.
    unit = torch.eye(3 * 4 * 6, dtype=torch.float64).view(-1, 3, 4, 6)
    total, bands = torch.zeros_like(x), pyramid(unit, BANDS)
    for k in range(BANDS + 1):
        sides = bands[k].shape[-2:]
        number = 3 * sides[0] * sides[1]
        zeros = [torch.zeros(number, 3, *b.shape[-2:], dtype=torch.float64) for b in bands]
        zeros[k] = torch.eye(number, dtype=torch.float64).view(number, 3, *sides)
        columns = collapse(zeros).flatten(1)  # (number, D): what each coefficient adds
        total += (columns.T @ (columns @ gradient.flatten())).view_as(x)
    torch.testing.assert_close(moves["laplacian"].double(), -0.01 * total, rtol=1e-5, atol=1e-8)


# From here on: positions that are drawn anew.

STYLE = {"near": StyleTerm(NeighbourLoss(40), layers={"relu1_1": 1.0})}
CONTENT = {
    "selfsim": ContentTerm(SelfSimilarityLoss(30), layers={"relu1_1": 1.0}),
    "columns": ContentTerm(
        SelfSimilarityLoss(30, hypercolumns=True), layers={"image": 1.0, "relu1_2": 1.0}
    ),
}
OPTIONS = {
    "size": 48,
    "steps": 3,
    "precision": "fp32",
    "pyramid": Pyramid(min_size=24),
    "optimizer": Optimizer(make=lambda p: torch.optim.Adam(p, lr=0.02), clamp="step"),
    "style_losses": STYLE,
    "content_losses": CONTENT,
}


def test_draws_are_told_from_each_other_by_their_number():
    region = Region(64, 96, seed=3)
    drawn = []
    for number in (0, 1, 2, 1):
        region.redraw(number)
        drawn.append(region.positions("relu1_1", 50)[1])
    assert torch.equal(drawn[1], drawn[3])
    assert not torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[1], drawn[2])
    assert torch.equal(drawn[0], Region(64, 96, seed=3).positions("relu1_1", 50)[1])


def values(picture, **options):
    """The first steps' losses, and the parts of each."""
    found = []
    pair = picture(32, 48), picture(40, 40, seed=1)
    end = stylize(
        *(pair[0][0], pair[1][0]),
        **{**OPTIONS, **options},
        on_step=lambda step: found.append(
            {part: float(value) for part, value in step.losses.parts.items()}
        ),
    )
    return found, end


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("tile", ["off", 32])
def test_each_draw_s_values_are_those_of_its_own_positions(picture, every, tile):
    """A picture that does not move: its values change with the draw, and only then."""
    still = Optimizer(make=lambda p: torch.optim.SGD(p, lr=0.0), clamp="level")
    one = {"pyramid": Pyramid(levels=1), "steps": 6, "optimizer": still, "tv_weight": 0}
    found, _ = values(picture, **one, init=picture(32, 48, seed=2), resample_every=every, tile=tile)
    for part in found[0]:
        series = [step[part] for step in found]
        draws = [series[i : i + every] for i in range(0, 6, every)]
        assert all(max(draw) == min(draw) for draw in draws)
        assert len({draw[0] for draw in draws}) == len(draws)
    once, _ = values(picture, **one, init=picture(32, 48, seed=2), tile=tile)
    assert all(step == pytest.approx(found[0], rel=1e-5) for step in once)


def test_the_photograph_is_sampled_where_the_picture_is(picture):
    """So that the photograph itself costs nothing in any draw."""
    still = Optimizer(make=lambda p: torch.optim.SGD(p, lr=0.0), clamp="level")
    found, _ = values(
        picture, pyramid=Pyramid(levels=1), optimizer=still, resample_every=1, steps=4
    )
    for step in found:
        own = [value for part, value in step.items() if part.startswith("content")]
        assert len(own) == 2 and max(own) < 1e-4


@pytest.mark.parametrize("stop_at", [1, 4, 6])
def test_resumed_it_sees_the_same_positions(picture, stop_at):
    states, losses = {}, {}
    pair = picture(32, 48)[0], picture(40, 40, seed=1)[0]
    options = {**OPTIONS, "resample_every": 2, "parameterization": "laplacian"}

    def record(step):
        states[step.number] = saved(step.state())
        losses[step.number] = float(step.losses.total)

    whole = stylize(*pair, **options, on_step=record)
    before = dict(losses)
    again = stylize(*pair, **options, on_step=record, state=states[stop_at])
    assert torch.equal(again.image, whole.image) and losses == before


def test_without_it_nothing_is_drawn_twice(picture, monkeypatch):
    monkeypatch.setattr(Objective, "redraw", None)
    values(picture)


def test_a_state_that_cannot_be_resized_is_refused(picture):
    adam = Optimizer(make=torch.optim.Adam, carry=True)
    with pytest.raises(UserError, match="carry needs parameterization=pixels"):
        values(picture, optimizer=adam, parameterization="laplacian")
    with pytest.raises(UserError, match="parameterization 'laplace'.*'laplacian'"):
        values(picture, parameterization="laplace")
    with pytest.raises(UserError, match="resample_every"):
        values(picture, resample_every=-1)


def test_a_term_s_weight_may_change_from_level_to_level(picture):
    weights = {}
    style = {"near": StyleTerm(NeighbourLoss(40), 0.25, {"relu1_1": 1.0}, level_factor=2.0)}
    content = {"selfsim": ContentTerm(SelfSimilarityLoss(30), 8.0, {"relu1_1": 1.0}, 0.5)}
    pair = picture(64, 96)[0], picture(80, 80, seed=1)[0]
    options = {**OPTIONS, "size": 96, "steps": 1, "style_weight": 3.0}
    stylize(
        *pair,
        **{**options, "style_losses": style, "content_losses": content},
        on_step=lambda step: weights.update({step.level: dict(step.losses.weights)}),
    )
    assert [w["style/relu1_1"] for w in weights.values()] == [0.75, 1.5, 3.0]
    assert [w["content/relu1_1"] for w in weights.values()] == [8.0, 4.0, 2.0]


def test_terms_may_count_on_the_last_level_only_or_on_the_others(picture):
    """And the last size may come more than once, each time with a fresh optimiser."""
    style = {
        "near": StyleTerm(NeighbourLoss(40), layers={"relu1_1": 1.0}, levels="others"),
        "far": StyleTerm(NeighbourLoss(40), layers={"relu2_1": 1.0}, levels="last"),
    }
    pair, parts, sizes = (picture(32, 48)[0], picture(40, 40, seed=1)[0]), {}, {}

    def record(step):
        parts.setdefault(step.level, set()).update(step.losses.weights)
        level = step.level_state.level
        sizes[step.level] = (level.height, level.width)

    options = {**OPTIONS, "style_losses": style, "content_weight": 0, "tv_weight": 0}
    options["pyramid"] = Pyramid(min_size=24, repeat=2)
    stylize(*pair, **options, on_step=record)
    assert [*sizes.values()] == [(16, 24), (32, 48), (32, 48), (32, 48)]
    assert [*parts.values()] == [{"style/relu1_1"}] * 3 + [{"style/relu2_1"}]
    with pytest.raises(UserError, match="no loss counts on level 1 of 1"):
        stylize(
            *pair, **{**options, "style_losses": {"near": style["near"]}, "pyramid": Pyramid(1)}
        )
    near = {"near": StyleTerm(NeighbourLoss(40), levels="first")}
    with pytest.raises(UserError, match="loss.style.near.levels 'first'.*others"):
        stylize(*pair, **{**options, "style_losses": near})


@pytest.mark.parametrize("tile", ["off", 32])
@pytest.mark.parametrize("every", [0, 1])
def test_the_photograph_chooses_and_the_choice_follows_the_draw(picture, tile, every):
    """Of a painting that is the photograph each place is its own nearest, and costs nothing."""
    image = picture(32, 48)[0]
    still = Optimizer(make=lambda p: torch.optim.SGD(p, lr=0.0), clamp="level")
    style = {"guided": StyleTerm(HypercolumnMatchingLoss(200), layers={"relu1_1": 1, "relu2_1": 1})}
    options = {"pyramid": Pyramid(levels=1), "optimizer": still, "style_losses": style}
    options |= {"resample_every": every, "tile": tile, "content_weight": 0, "tv_weight": 0}
    found = []
    stylize(
        *(image, image),
        **{**OPTIONS, **options},
        on_step=lambda step: found.append(float(step.losses.total)),
    )
    assert max(found) < 1e-5 if not every else max(found[:1]) < 1e-5 < max(found[1:])


@pytest.mark.parametrize("tile", ["off", 32])
def test_in_every_draw_each_place_is_guided_by_its_own(tile):
    """Of two colours that the painting has, too: the photograph costs nothing, wherever it is
    sampled, as long as the choice is made there.
    """
    red = (torch.rand(8, 8, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    blocks = torch.stack([red, 0 * red, 1 - red])
    image = blocks.repeat_interleave(8, 1).repeat_interleave(8, 2)
    still = Optimizer(make=lambda p: torch.optim.SGD(p, lr=0.0), clamp="level")
    style = {"guided": StyleTerm(HypercolumnMatchingLoss(100), layers={"image": 1.0})}
    options = {"pyramid": Pyramid(levels=1), "optimizer": still, "style_losses": style}
    options |= {"size": 64, "resample_every": 1, "tile": tile, "content_weight": 0, "tv_weight": 0}
    found = []
    stylize(
        *(image, image.flip(2)),
        **{**OPTIONS, **options},
        on_step=lambda step: found.append(float(step.losses.total)),
    )
    assert len(found) == 3 and max(found) < 1e-5
