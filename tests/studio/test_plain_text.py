"""What the page says of runs: a stranger's text stays text, and one reason is given, the best."""

from pathlib import Path

import pytest

from stylex.runs.record import Record
from stylex.studio.text import command, differing, estimate, in_words, outcome, plain, title


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("coffee in the manner of night", "coffee in the manner of night"),
        ("![a](b)", r"\!\[a\]\(b\)"),
        ("1. <b>`c`</b>", r"1\. \<b\>\`c\`\<\/b\>"),
        (" # a\n\n# b ", r"\# a\\n\\n\# b"),
        ("http://a.b", "http\\:\u2060\\/\\/a\\.b"),
        ("www.a.b", "www\u2060\\.a\\.b"),
        ("a@b.c", "a\\@\u2060b\\.c"),
        (":smile: 10:20", "\\:\u2060smile\\: 10\\:20"),
        ("a -> b", "a \\-\u2060\\> b"),
        ("x-y_z=1.5", r"x\-y\_z\=1\.5"),
    ],
)
def test_any_text_as_markdown_that_shows_it(text, markdown):
    assert plain(text) == markdown


def test_a_title_is_one_line_and_never_empty():
    names = {"content.name": "a\nb", "style.name": ""}
    assert title(Record(Path("x"), "done", settings=names)) == "a\\nb in the manner of ?"


def test_a_path_is_not_quoted_twice():
    words = ["content='outputs/My père.png'", "style='a,b.png'", "size=48", "sweep='x'"]
    record = Record(Path("x"), "done", overrides=words, flags=["--config-dir=/c"])
    assert command(record) == (
        "python -m stylex --config-dir=/c 'content=outputs/My père.png' "
        """'style='"'"'a,b.png'"'"'' size=48 'sweep='"'"'x'"'"''"""
    )


@pytest.mark.parametrize(
    ("status", "reason", "failure", "stopped", "said"),
    [
        ("done", "", "", False, ""),
        ("interrupted", "stopped on request", "", True, "Stopped. The picture so far is kept."),
        ("interrupted", "stopped on request", "", False, "Interrupted: stopped on request."),
        ("interrupted", "its process ended", "No space left", False, "No space left"),
        ("pruned", "median 0.2", "", False, "Pruned: median 0.2."),
        ("failed", "out of memory", "", False, "out of memory"),
        ("failed", "No space", "No space left on d", False, "No space left on d"),
        ("pending", "", "", False, "pending"),
    ],
)
def test_one_reason_is_given(status, reason, failure, stopped, said):
    assert outcome(Record(Path("x"), status, reason), failure, stopped=stopped) == said


def test_the_settings_in_which_runs_differ():
    same = {"size": 64, "content.path": "here", "fit": "long"}
    one = Record(Path("a"), "done", settings={**same, "seed": 1, "content.path": "there"})
    other = Record(Path("b"), "done", settings={**same, "seed": 2, "tv_weight": 3.0})
    assert differing([one, other]) == {"seed": ["1", "2"], "tv_weight": ["–", "3.0"]}


def test_the_time_that_a_plan_says():
    line = "64×48 px, 50 steps · 1.2 GB of memory · about 3 min (estimated by earlier runs here)"
    assert estimate(line) == "64×48 px, about 3 min"
    assert estimate("2 jobs, about 9 s, 1.0 GB each, into x") == "about 9 s"
    assert estimate("64×48 px, 50 steps") == "64×48 px"


@pytest.mark.parametrize(
    ("figure", "value", "said"),
    [  # the cat of docs/settings.md at style weights 1, 5 and 25
        ("style_error", 0.29, "some of its colours, little of its brushwork"),
        ("style_error", 0.07, "near the painting, brushwork and all"),
        ("style_error", 0.02, "very near the painting"),
        ("content_error", 0.25, "hardly changed"),
        ("content_error", 0.77, "its surface painted"),
        ("content_error", 1.42, "the painting's own things take over"),
        ("structure_error", 0.15, "outlines dissolve"),
        ("style_distance", 0.25, "75 % of the way from the photograph to the painting"),
    ],
)
def test_a_figure_in_words(figure, value, said):
    (sentence,) = in_words({figure: value, "seconds": 3.0})
    assert said in sentence and f"{value:.3f}" in sentence


def test_a_figure_that_is_none_says_nothing():
    assert in_words({}) == in_words({"style_error": float("nan"), "style_distance": 3.0}) == []
