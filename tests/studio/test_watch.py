"""How far a run has come."""

import json
import os

import pytest

from stylex.studio.watch import MOST_POINTS, latest_picture, progress

LEVELS = [[20, 10, 6], [40, 20, 4]]  # 200 px six times, 800 px four times: 4400 in all


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"status": "running", "levels": LEVELS}))
    return tmp_path


def log(folder, *steps, ending="\n"):
    lines = []
    for step in steps:
        parts = {"content/relu4_2": 1.0, "style/relu1_1": 2.0, "style/relu2_1": 3.0, "tv": 0.5}
        line = {"step": step, "level": 1 if step <= 6 else 2, "seconds": 0.1 * step}
        line |= {"steps_per_second": 2.0, "loss": 6.5, "weighted": parts}
        lines.append(json.dumps(line))
    (folder / "steps.jsonl").write_text("\n".join(lines) + ending)


def test_before_it_has_begun(tmp_path):
    assert progress(tmp_path) is None


def test_before_the_first_step(folder):
    begun = progress(folder)
    assert (begun.fraction, begun.seconds_left, begun.steps) == (0, None, 10)
    assert str(begun) == "preparing"


def test_work_is_counted_in_pixels(folder):
    log(folder, 1, 5)
    assert progress(folder).fraction == pytest.approx(5 * 200 / 4400)
    assert progress(folder).seconds_left == pytest.approx((4400 - 1000) / (2 * 200))
    log(folder, 1, 5, 8)
    assert progress(folder).fraction == pytest.approx((1200 + 2 * 800) / 4400)
    assert progress(folder).seconds_left == pytest.approx(2 * 800 / (2 * 800))
    assert str(progress(folder)) == "level 2 of 2, 40×20 px, step 8 of 10, 1 s left"
    log(folder, 1, 5, 8, 10)
    assert progress(folder).fraction == 1


def test_steps_by_shallow_layers_are_less_work(folder):
    path = folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"costs": [1, 0.25]}))
    log(folder, 1, 5, 8)
    assert progress(folder).fraction == pytest.approx((1200 + 2 * 200) / (1200 + 4 * 200))
    assert progress(folder).seconds_left == pytest.approx(2 * 200 / (2 * 200))
    # What a record says is data: of a wrong one the steps count as all others do.
    for costs in ([0.5], [1, 0], [1, -2, 3], [1, float("nan")]):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"costs": costs}))
        assert progress(folder).seconds_left > 0


def test_losses_are_summed_by_their_kind(folder):
    log(folder, 1)
    (line,) = progress(folder).lines
    assert line.losses == {"total": 6.5, "content": 1.0, "style": 5.0, "tv": 0.5}


def test_a_line_that_is_being_written_is_left_for_later(folder):
    log(folder, 1, 5, ending="")
    assert [line.step for line in progress(folder).lines] == [1]


def test_a_damaged_log_is_read_as_far_as_it_can_be(folder):
    log(folder, 1, 5)
    with (folder / "steps.jsonl").open("a") as file:
        file.write('\0\0\0\n{"step": 3}\n[1]\n{"loss": "much"}\n')
    assert [line.step for line in progress(folder).lines] == [1, 5]


def test_a_log_of_more_levels_than_there_are_is_another_run_s(folder):
    log(folder, 1, 8)
    (folder / "run.json").write_text(json.dumps({"status": "running", "levels": LEVELS[:1]}))
    assert [line.step for line in progress(folder).lines] == [1]
    (folder / "run.json").write_text('{"levels": [[Infinity, 2, 3]]}')
    assert progress(folder) is None


def test_a_long_log_is_thinned_out_but_for_its_end(folder):
    (folder / "run.json").write_text(
        json.dumps({"status": "running", "levels": [[9, 9, 6], [9, 9, 4994]]})
    )
    log(folder, *range(1, 4322))
    steps = [line.step for line in progress(folder).lines]
    assert steps[0] == 1 and steps[-1] == 4321
    assert MOST_POINTS <= len(steps) <= 2 * MOST_POINTS


def test_the_latest_picture(folder):
    assert latest_picture(folder) is None
    (folder / "images").mkdir()
    for second, name in enumerate(["images/000010.png", "result.png", "images/000200.png"]):
        (folder / name).touch()
        os.utime(folder / name, (second, second))
        assert latest_picture(folder) == name
    (folder / "images/notes.png").touch()  # somebody else's
    assert latest_picture(folder) == "images/000200.png"
