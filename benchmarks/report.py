"""What a report on 10,000 runs takes: seconds, peak memory and the size of the page.

    python benchmarks/report.py [--runs 10000]

The run folders are made in a temporary folder, each with files of its own; the report runs as a
user runs it, in a process of its own. A second time without thumbnails, from result.png. Where
Playwright and Chromium are, the first page is also opened: how long until its pictures are there,
and until it has answered a click.
"""

import argparse
import io
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from PIL import Image

SAMPLES = Path(__file__).resolve().parent.parent / "stylex" / "samples"
SWEPT = {
    "style": ("kahlo", "night", "wave", "glass", "cubist"),
    "style_weight": (1, 2, 5, 10, 15, 25, 40),
    "tv_weight": (0, 10, 25, 50),
    "loss": ("moments", "gram"),
    "steps": (20, 50, 100),
    "seed": tuple(range(12)),
}
SETTINGS = {
    "content.name": "jesse",
    "content.path": str(SAMPLES / "content/jesse.jpg"),
    **{"size": 512, "fit": "long", "enlarge": False, "style_scale": 1.0, "content_weight": 1.0},
    **{f"layers.style.relu{block}_1": 0.5**block for block in range(1, 6)},
    **{"layers.content.relu4_2": 1.0, "loss.tv.power": 2, "loss.tv.reduction": "mean"},
    "loss.content.features._target_": "stylex.transfer.losses.content.FeatureLoss",
    "loss.style.moments._target_": "stylex.transfer.losses.moments.MomentLoss",
    **{"pyramid.min_size": 128, "pyramid.factor": 2**0.5, "pyramid.first": 2.0, "init": "content"},
    "optimizer._target_": "stylex.transfer.optim.lbfgs.LBFGS",
    **{"optimizer.lr": 1.0, "optimizer.history_size": 10, "optimizer.first_move": 0.01},
    **{"extractor.weights": "embedded", "extractor.pooling": "max", "extractor.normalize": True},
    **{"device": "auto", "precision": "auto", "tracking.tensorboard": True},
}


def pictures(side: int, kind: str) -> list[bytes]:
    """The samples, `side` px, encoded."""
    encoded = []
    for path in sorted(SAMPLES.glob("*/*.jpg")):
        with Image.open(path) as image:
            image.thumbnail((side, side))
            data = io.BytesIO()
            image.save(data, kind)
            encoded.append(data.getvalue())
    return encoded


def make_runs(folder: Path, count: int) -> None:
    """`count` run folders of a sweep; one in fifty has failed."""
    chance = random.Random(0)
    results, small = pictures(320, "PNG"), pictures(320, "JPEG")
    combinations = list(itertools.product(*SWEPT.values()))
    for number, values in enumerate(itertools.islice(itertools.cycle(combinations), count)):
        point = dict(zip(SWEPT, values, strict=True))
        overrides = [f"{key}={value}" for key, value in point.items()]
        failed = number % 50 == 49
        record = {
            "status": "failed" if failed else "done",
            "started": "2026-11-21T08:24:39+0000",
            "command": "python -m stylex " + " ".join(overrides),
            "overrides": overrides,
            "choices": {"content": "jesse", "style": point["style"], "loss": point["loss"]},
            "settings": SETTINGS
            | {key: value for key, value in point.items() if key not in ("style", "loss")}
            | {"style.name": point["style"], "style.path": f"{SAMPLES}/style/{point['style']}.jpg"},
            "pictures": {
                name: {"path": str(SAMPLES / name / file), "sha256": "0" * 64}
                for name, file in (("content", "jesse.jpg"), ("style", f"{point['style']}.jpg"))
            },
            "levels": [[512, 341, 50]],
            "versions": {"stylex": "0.1.0", "torch": "2.15.0"},
            "seconds": round(chance.uniform(60, 90), 2),
        }
        if failed:
            record["reason"] = "OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB."
        else:
            record["style_error"] = chance.lognormvariate(-1, 0.5)
            record["content_error"] = chance.lognormvariate(-0.5, 0.4)
            record["style_distance"] = chance.lognormvariate(-1.5, 0.4)
            record["structure_error"] = chance.lognormvariate(-2, 0.4)
            record["peak_memory_mb"] = 1400
        run = folder / f"{number:05d}_{','.join(overrides)}"
        run.mkdir()
        (run / "run.json").write_text(json.dumps(record, indent=2))
        (run / "config.yaml").write_text("size: 512\n")
        if not failed:
            # Bytes behind a picture's end are nobody's: the files differ, the pictures recur.
            (run / "result.png").write_bytes(results[number % len(results)] + b"%d" % number)
            (run / "thumbnail.jpg").write_bytes(small[number % len(small)] + b"%d" % number)


def measure(folder: Path, name: str) -> None:
    """Runs the report and prints a line of the table."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "stylex.report", str(folder)], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit("the report failed")
    seconds = time.perf_counter() - began
    memory = usage.ru_maxrss / 1024
    page = (folder / "report.html").stat().st_size / 1e6
    print(f"{name:20} {seconds:6.1f} s {memory:6.0f} MB, report.html {page:.0f} MB", flush=True)


def measure_opening(page: Path, times: int = 5) -> None:
    """Opens the page in a browser that is new each time, and prints a line of medians."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return
    chromium = os.environ.get("STYLEX_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        return
    rendered, clicked = [], []
    with sync_playwright() as driver:
        for _ in range(times):
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            window = browser.new_page(viewport={"width": 1280, "height": 900})
            began = time.perf_counter()
            window.goto(page.as_uri(), wait_until="commit")
            window.locator(".tile img").first.wait_for()
            rendered.append(time.perf_counter() - began)
            window.get_by_role("button", name="Table", exact=True).click()
            window.locator(".rows tr").first.wait_for()
            clicked.append(time.perf_counter() - began)
            browser.close()
    print(
        f"{'opened in Chromium':20} {median(rendered):6.1f} s until pictures, "
        f"{median(clicked):.1f} s until a click is answered",
        flush=True,
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    count = parser.parse_args().runs
    folder = Path(tempfile.mkdtemp(prefix="stylex-report-"))
    try:
        make_runs(folder, count)
        measure(folder, f"{count} runs")
        measure_opening(folder / "report.html")
        for thumbnail in folder.glob("*/thumbnail.jpg"):
            thumbnail.unlink()
        measure(folder, "without thumbnails")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
