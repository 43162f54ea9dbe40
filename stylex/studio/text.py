"""What the page says of runs, safe to show: a run's record may be a stranger's."""

import math
import re
import string
from collections.abc import Mapping, Sequence

from stylex.errors import on_one_line
from stylex.runs.origin import to_command
from stylex.runs.record import Record

LONGEST, LONGEST_COMMAND = 400, 10_000  # characters
# {figure: (what it is of, ((below, in words), …))}. The limits are between the pictures of
# docs/settings.md: the cat at style weights from 1 to 25, the cup at strengths from 0 to 1.
WORDS = {
    "style_error": (
        "painting",
        (
            (0.03, "very near the painting"),
            (0.1, "near the painting, brushwork and all"),
            (0.2, "halfway to the painting"),
            (math.inf, "far from the painting: some of its colours, little of its brushwork"),
        ),
    ),
    "content_error": (
        "photograph",
        (
            (0.35, "the photograph is hardly changed"),
            (1.0, "what is in the photograph is kept, its surface painted"),
            (math.inf, "the painting's own things take over"),
        ),
    ),
    "structure_error": (
        "photograph",
        (
            (0.06, "outlines are where they were"),
            (0.12, "outlines are kept, drawn freely"),
            (math.inf, "outlines dissolve"),
        ),
    ),
}
_PATH = re.compile(r"^((?:content|style|init|output|extractor\.weights)=)'([\w ./~@+-]*)'$")
_PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")
# What the page's Markdown replaces in text even where its characters are escaped: links, e-mail
# addresses, :emoji:, arrows and dashes. A word joiner, which is invisible, breaks them up.
_REPLACED = re.compile(
    r"https?:|www(?=\.)|@(?=[\w.-])|:(?=[\w+/-]+:)|(?<!\S)[<>~-]+(?=[<>=-](?!\S))", re.IGNORECASE
)
_WORD_JOINER = "\u2060"


def plain(text: object) -> str:
    """Any text as Markdown that renders as exactly this text, on one line."""
    line = on_one_line(text, LONGEST).strip()
    broken = _REPLACED.sub(lambda match: match[0] + _WORD_JOINER, line)
    return _PUNCTUATION.sub(r"\\\1", broken)


def title(record: Record) -> str:
    """A run in a few words: `jesse in the manner of kahlo`."""
    content, style = (on_one_line(record.value(key)) or "?" for key in ("content", "style"))
    return f"{content} in the manner of {style}"


def command(record: Record) -> str:
    """The command line that makes the run again, on one line.

    In the record a path is quoted for Hydra, which the command line does where need be; quoted for
    the shell, too, it could hardly be read.
    """
    words = [_PATH.sub(r"\1\2", override) for override in record.overrides]
    return on_one_line(to_command([*record.flags, *words]), LONGEST_COMMAND)


def estimate(plan: str) -> str:
    """A run's size and time as its plan says them: `640×426 px, about 35 s`, as far as it does."""
    found = re.search(r"\d+×\d+ px", plan), re.search(r"about [^·(,]*[^·(, ]", plan)
    return ", ".join(one[0] for one in found if one)


def in_words(figures: Mapping[str, float]) -> list[str]:
    """What a run's figures mean, a sentence for each that is known; what is unknown is left out."""
    said = []
    for name, (whose, steps) in WORDS.items():
        value = figures.get(name)
        if value is not None and math.isfinite(value):
            words = next(words for below, words in steps if value < below)
            said.append(f"{_figure(name)} {value:.3f}: {words} (0 is the {whose} itself).")
    distance = figures.get("style_distance")
    if distance is not None and 0 <= distance <= 1:
        way = f"{100 * (1 - distance):.0f} % of the way from the photograph to the painting"
        said.append(f"{_figure('style_distance')} {distance:.3f}: {way}.")
    return said


def _figure(name: str) -> str:
    return name.replace("_", " ").capitalize()


def outcome(record: Record, failure: str, *, stopped: bool) -> str:
    """Why a run that is not under way is not done: the best reason known; empty where it is done.

    failure: the message of the process that last worked at it. It is better than the record's,
    which a full disk, for one, leaves without an end. stopped: whether the page stopped it.
    """
    if failure or record.done:
        return failure
    if stopped:
        return "Stopped. The picture so far is kept."
    if record.status in ("interrupted", "pruned"):
        said = record.status.capitalize()
        return f"{said}: {record.reason}." if record.reason else f"{said}."
    return record.reason or record.status


def differing(records: Sequence[Record]) -> dict[str, list[str]]:
    """{key: each record's value} of the settings in which the records differ."""
    keys = dict.fromkeys(key for record in records for key in record.settings)
    rows = {
        on_one_line(key): [on_one_line(record.settings.get(key, "–")) for record in records]
        for key in keys
    }
    return {key: row for key, row in rows.items() if len({*row}) > 1 and not key.endswith(".path")}
