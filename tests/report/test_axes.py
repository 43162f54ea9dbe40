"""What differs among runs."""

from dataclasses import replace
from itertools import product
from pathlib import Path

from stylex.report.axes import axes, place, tied
from stylex.runs.record import Record, split


def run(*typed: str, choices=None, **settings):
    """A record with settings of its own over some defaults."""
    settings = {"style_weight": 5.0, "tv_weight": 25.0, "content.name": "jesse", **settings}
    return Record(
        Path("x"),
        "done",
        typed=split(typed),
        choices={"content": "jesse", "optimizer": "lbfgs", **(choices or {})},
        settings={key.replace("__", "."): value for key, value in settings.items()},
    )


def keys(*records):
    return {axis.key: list(axis.values) for axis in axes(records)}


def test_typed_keys_that_differ_are_axes_numbers_ascending():
    runs = [
        run(f"style_weight={weight}", "size=64", style_weight=float(weight))
        for weight in ("10", "3", "1e2")
    ]
    assert keys(*runs) == {"style_weight": ["3", "10", "100"]}


def test_a_default_counts_where_nothing_was_typed():
    assert keys(run(), run("style_weight=10", style_weight=10.0)) == {"style_weight": ["5", "10"]}


def test_words_keep_their_order():
    runs = [run(f"loss={name}", choices={"loss": name}) for name in ("moments", "gram", "a")]
    assert keys(*runs) == {"loss": ["moments", "gram", "a"]}


def test_what_a_choice_brings_along_is_no_axis_of_its_own():
    runs = [
        run("optimizer=lbfgs", optimizer__lr=1.0),
        run("optimizer=adam", choices={"optimizer": "adam"}, optimizer__lr=0.02),
    ]
    assert keys(*runs) == {"optimizer": ["lbfgs", "adam"]}
    # Unless the choice does not tell it.
    edited = run("optimizer=adam", choices={"optimizer": "adam"}, optimizer__lr=0.05)
    assert keys(*runs, edited) == {
        "optimizer": ["lbfgs", "adam"],
        "optimizer.lr": ["0.02", "0.05", "1"],
    }


def test_what_is_noted_of_runs_is_no_axis():
    words = ("output", "film", "checkpoint_every", "tracking.images_every")
    runs = [
        run(
            *(f"{word}={n}" for word in words),
            f"tracking={kind}",
            choices={"tracking": kind},
            **{word.replace(".", "__"): n for word in words},
        )
        for n, kind in enumerate(("default", "light"))
    ]
    assert keys(*runs) == {}
    assert keys(*(run(choices={"tracking": kind}) for kind in ("default", "light"))) == {}


def test_a_setting_of_an_edited_file_is_an_axis_though_nobody_typed_it():
    assert keys(run(), run(tv_weight=3.0)) == {"tv_weight": ["3", "25"]}


def test_failed_and_pending_runs_make_no_axes():
    failed = Record(Path("y"), "failed", typed={"style_weight": "10"})
    assert keys(run("style_weight=5"), failed) == {"style_weight": ["5", "10"]}


def test_runs_alike_differ_in_nothing():
    assert keys(run(), run()) == {}
    assert axes([]) == []


def test_a_place_is_the_values_on_the_axes():
    runs = [run(f"style_weight={w}", f"seed={s}") for w, s in product((1, 2), (3, 4))]
    assert [place(one, axes(runs)) for one in runs] == [*product("12", "34")]


def test_axes_are_one_where_the_sweep_of_all_runs_varies_them_together_one_to_one():
    def names(zipped, *pairs):
        runs = [run(f"seed={a}", f"size={b}", seed=a, size=b) for a, b in pairs]
        runs = [replace(one, zipped=groups) for one, groups in zip(runs, zipped, strict=True)]
        return [axis.name for axis in tied(axes(runs), runs)]

    group = [["seed", "size"]]
    assert names([group] * 3, (1, 64), (2, 80), (3, 96)) == ["seed, size"]
    assert names([group] * 3, (1, 64), (2, 80), (3, 80)) == ["seed", "size"]
    # Some are of another sweep, in which they need not.
    assert names([group, group, ()], (1, 64), (2, 80), (3, 96)) == ["seed", "size"]
