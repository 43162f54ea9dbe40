"""What several styles and masks add to a step.

    python benchmarks/several.py [--size 400] [--rounds 20] [--precision auto]

All run in this process, taking one step each in turn, on the same picture; the ratios to one style
of the medians count. Seconds are of the processor, so that other programs do not matter.
"""

import argparse
import threading
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import torch

from stylex.config.pictures import SAMPLES
from stylex.images.load import size_of
from stylex.transfer.loop import Step
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.style import StyleSource
from stylex.transfer.stylize import stylize

CONTENT = SAMPLES / "content/jesse.jpg"
KAHLO, NIGHT = (SAMPLES / f"style/{name}.jpg" for name in ("kahlo", "night"))


def variants() -> dict[str, dict[str, Any]]:
    """{name: arguments of `stylize`}, the plain one first."""
    height, width = size_of(CONTENT)
    axes = [torch.linspace(-1, 1, n) for n in (height, width)]
    disc = torch.hypot(*torch.meshgrid(*axes, indexing="ij"))
    disc = (disc < 0.8).float().expand(3, -1, -1)
    left = torch.zeros(3, height, width)
    left[..., : width // 2] = 1
    both = [StyleSource(KAHLO, where=left), StyleSource(NIGHT, where=1 - left)]
    return {
        "one style": {"style": KAHLO},
        "again": {"style": KAHLO},
        "two styles": {"style": [KAHLO, NIGHT]},
        "a mask": {"style": KAHLO, "mask": disc},
        "two regions": {"style": both},
    }


class Turns:
    """One of several threads at a time, in turn."""

    def __init__(self, count: int) -> None:
        self.count, self.now, self.changed = count, 0, threading.Condition()

    def wait(self, own: int) -> None:
        """Until it is this one's turn."""
        with self.changed:
            self.changed.wait_for(lambda: self.now == own)

    def give(self) -> None:
        """The next one's."""
        with self.changed:
            self.now = (self.now + 1) % self.count
            self.changed.notify_all()


def measured(
    made: Mapping[str, dict[str, Any]], rounds: int, **common: Any
) -> dict[str, list[float]]:
    """{name: seconds of each step}, without the first, which also measures the targets."""
    turns, times = Turns(len(made)), {name: [0.0] for name in made}

    def on_step(own: int, taken: list[float]) -> Callable[[Step], None]:
        begun = [0.0]

        def after(step: Step) -> None:
            taken.append(time.process_time() - begun[0])
            turns.give()
            turns.wait(own)
            begun[0] = time.process_time()

        return after

    def run(own: int, name: str) -> None:
        turns.wait(own)
        stylize(CONTENT, **made[name], **common, on_step=on_step(own, times[name]))
        turns.give()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: taken[2 : rounds + 2] for name, taken in times.items()}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    times = measured(
        *(variants(), options.rounds),
        size=options.size,
        steps=options.rounds + 1,
        pyramid=Pyramid(levels=1),
        device="cpu",
        precision=options.precision,
    )
    one = median(times["one style"])
    for name, taken in times.items():
        print(f"{name:12}{median(taken):8.4f} s per step, {median(taken) / one:.3f}×")


if __name__ == "__main__":
    main()
