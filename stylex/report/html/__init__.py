"""report.html: all runs on one page that needs no network, no server and no other file.

This fills page.html with its style, its scripts and the runs. Whatever a run folder says is text
that somebody else may have written: it goes into blocks of JSON, in which nothing looks like
markup, and the scripts show it as text only.
"""

import base64
import hashlib
import html
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from string import Template
from typing import Any

from stylex.atomic import replacing
from stylex.images import thumbnails
from stylex.report.axes import by_pair, number, place
from stylex.report.chosen import name_of
from stylex.report.figures import CHOICES, figure, rounded
from stylex.report.html.links import link
from stylex.report.html.originals import originals
from stylex.report.own import SOFTWARE
from stylex.report.ranking import Ranking
from stylex.runs.record import FIGURES, Record

FOLDER = Path(__file__).parent
STYLES = ("page.css", "stage.css")
SCRIPTS = (
    *("data.js", "strengths.js", "answers.js", "filter.js", "plot.js", "originals.js"),
    *("list.js", "table.js", "means.js", "stage.js", "run.js", "ask.js", "main.js"),
)


def save(path: Path, ranking: Ranking, *, title: str, folded: Ranking | None = None) -> None:
    """Writes the page, whole or not at all.

    folded: the same runs folded; their means stand in a table above the runs.

    The pictures in full are linked to, relative to the page's folder. Raises OSError where the page
    cannot be written.
    """
    script = "\n".join((FOLDER / name).read_text("utf-8") for name in SCRIPTS)
    style = "\n".join((FOLDER / name).read_text("utf-8") for name in STYLES)
    before, after = (FOLDER / "page.html").read_text("utf-8").split("$runs\n")
    texts = {
        "title": html.escape(title),
        "software": SOFTWARE,
        "policy": html.escape(_policy(script, style)),
        "style": style,
        "script": script,
    }
    parts = chain(
        [Template(before).substitute(texts)],
        _runs(ranking, path.parent, folded),
        [Template(after).substitute(texts)],
    )
    with replacing(path) as file:
        for part in parts:
            file.write(part.encode("utf-8", "replace"))


def common_settings(records: Sequence[Record]) -> dict[str, str | None]:
    """{key: what most runs have}, None where most do not have it; in the order of the settings."""
    complete = [record.settings for record in records if record.settings]
    values: dict[str, Counter[str]] = {}
    for settings in complete:
        for key, value in settings.items():
            values.setdefault(key, Counter())[_text(value)] += 1
    common: dict[str, str | None] = {}
    for key, counts in values.items():
        value, count = counts.most_common(1)[0]
        common[key] = value if count >= len(complete) - counts.total() else None
    return common


def _means(ranking: Ranking, folded: Ranking) -> dict[str, Any]:
    """A table of the means: its title, its columns, and a row for each group.

    columns: [name, whether it holds numbers]. rows: [index of the median run, whether the group is
    on the front, texts].
    """
    at = {run.folder: index for index, run in enumerate(ranking.order)}
    columns = [("#", True)]
    for axis in folded.axes:
        columns.append((axis.key, all(number(text) is not None for text in axis.values)))
    columns += [(name, True) for name in ("runs", *folded.figures)]
    rows = []
    for run in folded.order:
        rank, size = folded.ranks.get(run.folder, ""), folded.groups[run.folder].size
        figures = [folded.text(run, name) if run.done else "" for name in folded.figures]
        if not run.done:
            figures[0] = run.status
        texts = [str(rank), *place(run, folded.axes), size, *figures]
        rows.append((at[run.folder], run.folder in folded.on_front, texts))
    return {"title": folded.folding, "columns": columns, "rows": rows}


def _runs(ranking: Ranking, folder: Path, folded: Ranking | None) -> Iterator[str]:
    """What all runs share, then each of them with what it has of its own."""
    common, by = common_settings(ranking.order), ranking.by
    indices = {key: index for index, key in enumerate(common)}
    places = [(axis, {value: at for at, value in enumerate(axis.values)}) for axis in ranking.axes]
    ranked = {run.folder: number for number, runs in enumerate(ranking.pairs, 1) for run in runs}
    alike = enumerate(by_pair(chain(*ranking.pairs)), 1)
    pairs = {run.folder: number for number, runs in alike for run in runs}
    measured = [name for name in FIGURES if any(name in run.figures for run in ranking.order)]
    named = [name for name in dict.fromkeys([*measured, by]) if name != CHOICES]
    shared = {
        "by": by,
        "several": ranking.several,  # pairs of content and style
        "summary": ranking.counts(),
        "verdict": (folded or ranking).verdict() if ranking.several else "",
        "figures": named,
        "plane": ranking.plane,
        "axes": [{"key": axis.key, "values": axis.values} for axis in ranking.axes],
        "settings": list(common.items()),
        "means": _means(ranking, folded) if folded else None,
    }
    yield _block("page", shared)
    yield '<script type="application/json" id="runs">[\n'
    pictures, pictures_of = originals(ranking.order, folder)
    side, shapes = thumbnails.side(len(ranking.order)), []
    files = [(record.thumbnail, record.result) for record in ranking.order]
    for index, (picture, shape) in enumerate(thumbnails.encoded(files, side)):
        record = ranking.order[index]
        shapes += [shape] if shape else []
        own = {key: _text(value) for key, value in record.settings.items()}
        different = [key for key in common if own.get(key) != common[key]] if own else []
        score = figure(record.figures, by)
        figures = record.figures if score is None else {**record.figures, by: score}
        run = {
            "url": link(record.folder, folder),
            "status": record.status,
            "pair": pairs.get(record.folder),
            "set": ranked.get(record.folder),  # within which it has its rank
            "rank": ranking.ranks.get(record.folder),
            "at": [of[record.value(axis.key)] for axis, of in places],
            "figures": {
                name: rounded(value, name) if name in named else value
                for name, value in figures.items()
                if math.isfinite(value) and name != CHOICES  # which the page finds itself
            },
            "own": {indices[key]: own.get(key) for key in different},
            "pictures": {name: str(path) for name, path in record.pictures.items()},
            "originals": pictures_of[record.folder],
            "command": record.command,
            "started": record.started,
            "reason": record.reason,
            "picture": record.result.is_file(),
            "thumbnail": picture,
            "settings": bool(record.settings),
        }
        yield f"{',' if index else ''}{_json({k: v for k, v in run.items() if v})}\n"
    yield "]</script>\n"
    yield _block("originals", pictures)
    yield _block("choices", _choices(ranking, folder))
    yield _block("thumbnail", {"side": side, "shape": round(median(shapes or [1.5]), 3)})


def _choices(ranking: Ranking, folder: Path) -> dict[str, Any]:
    """The answers so far, as [index of the left run, of the right one, what was chosen, when];
    and with what a run's url begins where answers do not name it so.
    """
    choices = ranking.choices
    at = {name_of(run.folder, choices.root): index for index, run in enumerate(ranking.order)}
    return {
        "answers": [(at[one.left], at[one.right], one.chosen, one.time) for one in choices.answers],
        "root": prefix if (prefix := f"{link(choices.root, folder)}/") != "./" else "",
    }


def _block(name: str, data: Any) -> str:
    return f'<script type="application/json" id="{name}">{_json(data)}</script>\n'


def _json(data: Any) -> str:
    # Without `<` no text can end the block or open another. ASCII, because a name on disk need not
    # be valid Unicode.
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _policy(script: str, style: str) -> str:
    """That only this script and this style run, and that nothing but pictures is loaded."""
    hashes = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (script, style)
    )
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self' file: data:; "
        "script-src 'sha256-{}'; style-src 'sha256-{}'".format(*hashes)
    )
