"""One bar for all pictures, and the lines that are said beside it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from stylex.transfer.loop import Step
from stylex.transfer.plan import Plan


class Progress:
    """How much of all pictures is done, by the work; silent where there is no terminal."""

    def __init__(self, plans: list[Plan]) -> None:
        self.sizes = [planned.pixel_steps for planned in plans]
        self.ended = 0  # pictures
        self.moved = 0.0  # of the picture at work, in pixels evaluated with all layers
        self.bar: tqdm[Any] = tqdm(
            total=sum(self.sizes),
            disable=not sys.stderr.isatty(),
            dynamic_ncols=True,
            smoothing=0,  # pictures are alike, while the steps of small levels are slow
            bar_format="{percentage:3.0f}% {bar} {elapsed}, {remaining} left{postfix}",
        )

    def begin(self, name: str) -> None:
        """The next picture is at work."""
        self.moved = 0.0
        self.bar.set_postfix_str(f"{self.ended + 1}/{len(self.sizes)} {name}")

    def on_step(self, step: Step) -> None:
        level = step.levels[step.level]
        self.moved += level.work
        self.bar.update(level.work)

    def end(self, *, done: bool = True) -> None:
        """It is done, in fewer steps than planned perhaps; or it is left out."""
        rest = self.sizes[self.ended] - self.moved
        self.ended += 1
        if done:
            self.bar.update(rest)
        else:
            self.bar.total = (self.bar.total or 0) - rest
            self.bar.refresh()

    def say(self, line: str) -> None:
        """On stderr, above the bar."""
        self.bar.write(line, file=sys.stderr)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Says what is logged meanwhile, too, and closes the bar at the end."""
        handler, root = _Telling(self), logging.getLogger()
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)
            self.bar.close()


class _Telling(logging.Handler):
    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.WARNING)
        self.progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        self.progress.say(record.getMessage())
