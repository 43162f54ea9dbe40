"""A search's journal: what the next start makes of it."""

import contextlib

import pytest

from stylex.config.plugins import Sampler
from stylex.errors import UserError
from stylex.sweeps.space import Choices, Numbers, Space

optuna = pytest.importorskip("optuna", minversion="4", reason="pip install '.[optuna]'")
from stylex.sweeps.study import JOURNAL, Study  # noqa: E402

SPACE = Space({"style_weight": Numbers(1, 30, log=True), "style": Choices(["kahlo", "night"])}, [])


def opened(folder, space=SPACE, *, sampler=Sampler.tpe, seed=0):
    return Study(folder / JOURNAL, space, sampler=sampler, seed=seed)


def figure(values):
    """Least at 5 and kahlo."""
    return abs(values["style_weight"] - 5) + (values["style"] == "night")


def proposed(study, count):
    found = []
    for _ in range(count):
        trial = study.ask()
        found.append(dict(trial.params))
        study.tell(trial, figure(trial.params), {})
    return found


@pytest.mark.parametrize("sampler", [*Sampler])
def test_in_two_starts_what_one_would_have_proposed(tmp_path, sampler):
    for name in "abc":
        (tmp_path / name).mkdir()
    whole = proposed(opened(tmp_path / "a", sampler=sampler), 16)
    first = opened(tmp_path / "b", sampler=sampler)
    found = proposed(first, 13)
    assert first.ask().params == whole[13]  # and there it is killed
    assert [*found, *proposed(opened(tmp_path / "b", sampler=sampler), 3)] == whole
    assert len({values["style_weight"] for values in whole}) == 16
    assert proposed(opened(tmp_path / "c", sampler=sampler, seed=1), 2) != whole[:2]


def test_it_learns(tmp_path):
    late = proposed(opened(tmp_path), 40)[20:]
    # At random half of them would be of `night`, and a fifth within 1.5 of the best.
    assert sum(values["style"] == "kahlo" for values in late) > 14
    assert sum(abs(values["style_weight"] - 5) < 1.5 for values in late) > 8


def test_what_was_under_way_or_has_failed_is_tried_again_once(tmp_path):
    study = opened(tmp_path)
    done, failed, killed = (study.ask() for _ in range(3))
    study.tell(done, 1.0, {1: 2.0})
    study.tell(failed, None, {})
    again = opened(tmp_path)
    assert again.over == [done.params]
    assert opened(tmp_path).over == [done.params]  # and a third start queues nothing twice
    again = opened(tmp_path)
    retried = [again.ask() for _ in range(2)]
    assert [trial.params for trial in retried] == [failed.params, killed.params]
    again.tell(retried[0], None, {1: 3.0}, pruned=True)
    again.tell(retried[1], 2.0, {})
    last = opened(tmp_path)
    assert last.over == [done.params, failed.params, killed.params]
    assert last.ask().params not in last.over


def test_what_has_failed_again_and_again_is_queued_once(tmp_path):
    study = opened(tmp_path)
    failed = study.ask()
    study.tell(failed, None, {})
    again = opened(tmp_path)
    retried = again.ask()
    again.tell(retried, None, {})
    last = opened(tmp_path)
    found = [last.ask().params for _ in range(2)]
    assert found[0] == retried.params == failed.params != found[1]


@pytest.mark.parametrize("size", [1, 40])
def test_a_line_that_was_being_written_is_cut_off(tmp_path, size):
    study = opened(tmp_path)
    trial = study.ask()
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    study.tell(trial, 1.0, {})
    path.write_bytes(path.read_bytes()[: len(whole) + size])
    again = opened(tmp_path)
    assert path.read_bytes().startswith(whole)
    assert again.over == [] and again.ask().params == trial.params
    assert opened(tmp_path).over == []


@pytest.mark.parametrize(
    "text", ["no journal\n", "{}\n", "[1]\n", '{"op_code": 4, "study_id": 7}\n', "null\n", "\0" * 9]
)
def test_a_file_that_is_no_journal_is_one_line(tmp_path, text):
    with_study = opened(tmp_path)
    with_study.ask()
    path = tmp_path / JOURNAL
    for broken in (text, path.read_text() + text, text + path.read_text()):
        path.write_text(broken)
        cut_off = broken.endswith("\0")  # as a last line without its end is
        refused = pytest.raises(UserError, match=r"study.journal is no journal of a search: remove")
        with contextlib.nullcontext() if cut_off else refused:
            opened(tmp_path).ask()


def test_other_values_are_refused(tmp_path):
    opened(tmp_path).ask()
    other = Space({**SPACE.ranges, "style": Choices(["kahlo", "night", "wave"])}, [])
    with pytest.raises(UserError, match="'?style'? had other values .*: choose another name"):
        opened(tmp_path, other)
