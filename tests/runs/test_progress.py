"""The bar of one run, and that of a folder of pictures: both end at 100 %."""

import sys

import pytest

from stylex import stylize
from stylex.many.progress import Progress as OfMany
from stylex.runs.console import Progress as OfOne
from stylex.transfer.pyramid import Pyramid


@pytest.mark.parametrize("surface_above", [None, 40], ids=["all layers", "then the surface"])
@pytest.mark.parametrize("made", [OfOne, lambda plan: OfMany([plan, plan])], ids=["one", "many"])
def test_the_bar_is_full_when_the_last_step_is_done(monkeypatch, picture, made, surface_above):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    bars, parts = [], []

    def on_start(started):
        bars.append(made(started.plan))
        if isinstance(bars[0], OfMany):
            bars[0].begin("a.png")

    def on_step(step):
        bars[0].on_step(step)
        parts.append(bars[0].bar.n / bars[0].bar.total)

    stylize(
        *(picture(48, 64), picture(40, 40, seed=1)),
        size=64,
        steps=4,
        precision="fp32",
        pyramid=Pyramid(levels=2, surface_above=surface_above),
        on_start=on_start,
        on_step=on_step,
    )
    bars[0].bar.close()
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(0.5 if isinstance(bars[0], OfMany) else 1)
