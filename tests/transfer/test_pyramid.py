"""Sizes and levels against hand-made tables."""

import pytest

from stylex.errors import UserError
from stylex.transfer.pyramid import Level, fit_size, plan_levels, scale_size, work_of


@pytest.mark.parametrize(
    ("height", "width", "size", "options", "expected"),
    [
        (600, 800, 400, {}, (300, 400)),
        (800, 600, 400, {}, (400, 300)),
        (600, 800, 300, {"fit": "short"}, (300, 400)),
        (800, 600, 300, {"fit": "short"}, (400, 300)),
        (600, 800, 200, {"fit": "square"}, (200, 200)),
        # Never enlarged unless asked to.
        (60, 80, 400, {}, (60, 80)),
        (60, 80, 400, {"enlarge": True}, (300, 400)),
        (60, 80, 120, {"fit": "short"}, (60, 80)),
        (60, 80, 120, {"fit": "short", "enlarge": True}, (120, 160)),
        (60, 80, 200, {"fit": "square"}, (60, 60)),
        (60, 80, 70, {"fit": "square"}, (60, 60)),
        (60, 80, 200, {"fit": "square", "enlarge": True}, (200, 200)),
        (600, 800, 400, {"enlarge": True}, (300, 400)),
        # Rounded to whole pixels.
        (333, 1000, 500, {}, (166, 500)),
        (335, 1000, 100, {}, (34, 100)),
        # No side vanishes.
        (1, 5000, 100, {}, (1, 100)),
        (3, 5000, 100, {}, (1, 100)),
        (5000, 2, 100, {}, (100, 1)),
    ],
)
def test_fit_size(height, width, size, options, expected):
    assert fit_size(height, width, size, **options) == expected


def test_an_unknown_fit_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="unknown fit 'shortest'.*'short'"):
        fit_size(10, 10, 5, fit="shortest")


@pytest.mark.parametrize("size", [1, 17, 100, 511, 512, 2000])
def test_the_side_asked_for_is_met_exactly(size):
    for height, width in ((700, 901), (901, 700), (333, 333)):
        assert max(fit_size(height, width, size, enlarge=True)) == size
        assert min(fit_size(height, width, size, fit="short", enlarge=True)) == size


def test_scale_size_rounds_and_keeps_a_pixel():
    assert scale_size(101, 50, 0.5) in {(50, 25), (51, 25)}
    assert scale_size(3, 100, 0.01) == (1, 1)
    assert scale_size(30, 40, 2) == (60, 80)


def sizes(*args, **options):
    return [(level.height, level.width) for level in plan_levels(*args, **options)]


ROOT = 2**0.5


def test_the_default_goes_from_128_to_512_by_doubling():
    assert sizes(512, 512) == [(128, 128), (256, 256), (512, 512)]
    assert sizes(384, 512) == [(96, 128), (192, 256), (384, 512)]


def test_finer_by_the_root_of_two():
    by_root = [(128, 128), (181, 181), (256, 256), (362, 362), (512, 512)]
    assert sizes(512, 512, factor=ROOT) == by_root


def test_the_long_side_decides():
    assert sizes(384, 512) == [(h, w) for w, h in sizes(512, 384)]


def test_the_last_level_is_the_picture_itself():
    for height, width in ((127, 90), (128, 128), (300, 401), (1000, 333)):
        assert sizes(height, width)[-1] == (height, width)


@pytest.mark.parametrize(("side", "levels"), [(127, 1), (181, 1), (182, 2), (255, 2), (256, 3)])
def test_a_level_is_added_once_its_long_side_keeps_the_minimum(side, levels):
    # 128 · √2 is 181.02.
    assert len(sizes(side, side, factor=ROOT)) == levels


def test_factor_and_minimum():
    assert sizes(400, 400, factor=2, min_size=100) == [(100, 100), (200, 200), (400, 400)]
    assert sizes(400, 400, factor=2, min_size=101) == [(200, 200), (400, 400)]


def test_the_number_of_levels_can_be_set():
    assert sizes(400, 200, levels=1) == [(400, 200)]
    assert sizes(400, 200, levels=3, factor=2) == [(100, 50), (200, 100), (400, 200)]


def test_no_level_loses_the_deepest_layer():
    assert sizes(512, 32, smallest_side=16, factor=2) == [(256, 16), (512, 32)]
    for level in plan_levels(1000, 23, smallest_side=16, factor=ROOT):
        assert min(level.height, level.width) >= 16


def test_steps_are_one_number_and_a_quarter_more_at_the_first_of_several_levels():
    assert [level.steps for level in plan_levels(512, 512, steps=60)] == [75, 60, 60]
    assert [level.steps for level in plan_levels(100, 100, steps=60)] == [60]
    assert [level.steps for level in plan_levels(512, 512, steps=10, first=0.5)] == [5, 10, 10]
    assert [level.steps for level in plan_levels(512, 512, steps=1, first=0.1)] == [1, 1, 1]


def test_steps_can_be_named_for_each_level():
    assert plan_levels(512, 512, steps=[7, 5, 3], first=9) == [
        Level(128, 128, 7),
        Level(256, 256, 5),
        Level(512, 512, 3),
    ]


@pytest.mark.parametrize("steps", [[1], [1, 2], [1, 2, 3, 4]])
def test_a_wrong_number_of_steps_is_refused_with_both_numbers(steps):
    with pytest.raises(UserError, match=f"steps has {len(steps)} .*600×512 px makes 3 levels"):
        plan_levels(512, 600, steps=steps)


def test_the_work_of_some_steps_is_that_of_the_levels_they_are_in():
    levels = [Level(10, 20, 4), Level(20, 40, 3), Level(40, 80, 2, cost=0.5)]
    expected = {0: 0, 3: 600, 4: 800, 5: 1600, 7: 3200, 8: 4800, 9: 6400}
    assert {steps: work_of(levels, steps) for steps in expected} == expected
