"""report.html: what it holds, and that nothing in a run folder can become more than text."""

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
from PIL import Image

from stylex.images import thumbnails
from stylex.report import html
from stylex.report.ranking import rank
from stylex.runs.record import Record, find, read

NASTY = """</script><img src=x onerror=alert(1)> "it's" & %41 #1 ? ${x} <!-- ünï 図"""


def make_run(folder, colour=None, *, settings=None, status="done", thumbnail=True, **record):
    """A run folder with pictures of one colour."""
    folder.mkdir(parents=True)
    settings = {"content.name": "jesse", "size": 512, **(settings or {})}
    record = {
        "status": status,
        "command": "python -m stylex",
        "overrides": [f"{key}={value}" for key, value in settings.items()],
        "settings": settings,
        "pictures": {"content": {"path": "/photos/jesse.jpg"}},
        **record,
    }
    (folder / "run.json").write_text(json.dumps(record))
    (folder / "config.yaml").write_text("size: 512\n")
    if colour:
        picture = Image.new("RGB", (60, 40), colour)
        picture.save(folder / "result.png")
        if thumbnail:
            picture.save(folder / "thumbnail.jpg")
    return folder


class Reader(HTMLParser):
    """The page as a browser takes it apart: its elements, and the text inside each script."""

    def __init__(self, path):
        super().__init__()
        self.elements, self.scripts, self.texts, self.inside = [], [], [], False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append([dict(attributes), ""])

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1][1] += data
        self.texts.append(data)

    def block(self, name):
        (text,) = [text for attributes, text in self.scripts if attributes.get("id") == name]
        return json.loads(text)

    @property
    def pictures(self):
        encoded = [run.get("thumbnail") for run in self.block("runs")]
        return [code and Image.open(io.BytesIO(base64.b64decode(code))) for code in encoded]


def saved(folder, records=None, title="a sweep"):
    records = [read(path) for path in find([folder])] if records is None else records
    html.save(folder / "report.html", rank(records), title=title)
    return Reader(folder / "report.html")


def test_every_run_is_there_best_first_with_its_own_picture(tmp_path):
    colours = {"red": (200, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 200)}
    for error, (name, colour) in enumerate(colours.items(), 1):
        make_run(tmp_path / name, colour, style_error=1 / error, content_error=error)
    reader = saved(tmp_path)
    assert [run["url"] for run in reader.block("runs")] == ["blue", "green", "red"]
    for picture, colour in zip(reader.pictures, [*colours.values()][::-1], strict=True):
        mean = np.asarray(picture).mean((0, 1))
        assert abs(mean - colour).max() < 4
    assert reader.block("thumbnail")["shape"] == 1.5


def test_what_a_run_says_is_text_and_nothing_else(tmp_path):
    name = NASTY.replace("/", "_")
    folder = make_run(
        tmp_path / name,
        "red",
        settings={"style": NASTY, NASTY: NASTY},
        status="failed",
        reason=NASTY,
        command=NASTY,
        choices={NASTY: NASTY},
        started=NASTY,
        pictures={NASTY: {"path": NASTY}},
    )
    make_run(tmp_path / "plain", "red", settings={"style": "b"})
    plain = saved(tmp_path, [read(tmp_path / "plain")], title="plain")
    reader = saved(tmp_path, title=NASTY)
    assert [tag for tag, _ in reader.elements] == [tag for tag, _ in plain.elements]
    (run,) = [run for run in reader.block("runs") if run["status"] == "failed"]
    assert run["reason"] == run["command"] == run["started"] == NASTY
    assert run["pictures"] == {NASTY: NASTY}
    assert (tmp_path / unquote(run["url"])).samefile(folder)
    assert NASTY in "".join(reader.texts)  # the title
    assert "<img" not in (tmp_path / "report.html").read_text("utf-8")


def test_no_script_takes_data_for_markup():
    text = "".join((html.FOLDER / name).read_text("utf-8") for name in html.SCRIPTS)
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in text
    assert {path.name for path in html.FOLDER.glob("*.js")} == set(html.SCRIPTS)


def test_only_the_pages_own_script_and_style_may_run(tmp_path):
    make_run(tmp_path / "run", "red")
    reader = saved(tmp_path)
    (policy,) = [about["content"] for _, about in reader.elements if "http-equiv" in about]
    text = (tmp_path / "report.html").read_text("utf-8")
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    (script,) = [text for about, text in reader.scripts if about.get("type") == "module"]
    for kind, text in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", text)
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_links_lead_to_the_files_from_wherever_the_page_is(tmp_path):
    names = ["plain", "a b", "100%", "q?x=1#y", "ünï 図画", "a'b\"c", "semi;colon:dots"]
    for name in names:
        make_run(tmp_path / "runs" / name, "red")
    for place in ("runs", "reports/one"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        records = [read(path) for path in find([tmp_path / "runs"])]
        for run in saved(tmp_path / place, records).block("runs"):
            assert re.fullmatch(r"[\w.%/~-]+", run["url"], re.ASCII)
            assert run["picture"]
            assert (tmp_path / place / unquote(run["url"]) / "result.png").is_file()


def test_missing_and_broken_pictures_leave_a_gap(tmp_path):
    make_run(tmp_path / "1", None, status="failed")
    make_run(tmp_path / "2", "red", thumbnail=False)
    make_run(tmp_path / "3", "red")
    (tmp_path / "3/thumbnail.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    make_run(tmp_path / "4", "red")
    for name in ("thumbnail.jpg", "result.png"):
        whole = (tmp_path / "4" / name).read_bytes()
        (tmp_path / "4" / name).write_bytes(whole[: len(whole) // 2])
    (make_run(tmp_path / "5") / "result.png").mkdir()
    (make_run(tmp_path / "6") / "run.json").write_text("{")
    records = [read(tmp_path / name) for name in "123456"] + [Record(tmp_path / "7", "pending")]
    html.save(tmp_path / "r.html", rank(records, "seconds"), title="x")
    reader = Reader(tmp_path / "r.html")
    runs, pictures = reader.block("runs"), reader.pictures
    seen = {run["url"]: picture is not None for run, picture in zip(runs, pictures, strict=True)}
    assert seen == {str(n): n in (2, 3) for n in range(1, 8)}
    assert {run["url"] for run in runs if run.get("picture")} == {"2", "3", "4"}


def test_settings_are_stored_once_and_their_differences_with_each_run(tmp_path):
    for number in range(5):
        settings = {"size": 512, "seed": number, "fit": "long"}
        if number == 4:
            settings = {"size": 256, "seed": number, "extra": True}
        make_run(tmp_path / str(number), settings=settings)
    reader = saved(tmp_path)
    about = reader.block("page")
    common = dict(about["settings"])
    assert common == {
        **{"content.name": "jesse", "size": "512", "fit": "long", "extra": None},
        "seed": "0",
    }
    keys = [key for key, _ in about["settings"]]
    own = {
        run["url"]: {keys[int(index)]: value for index, value in run.get("own", {}).items()}
        for run in reader.block("runs")
    }
    assert own["0"] == {}
    assert own["3"] == {"seed": "3"}
    assert own["4"] == {"size": "256", "seed": "4", "fit": None, "extra": "true"}
    values = {axis["key"]: axis["values"] for axis in about["axes"]}
    assert values["seed"] == ["0", "1", "2", "3", "4"]


def test_numbers_that_json_has_no_word_for(tmp_path):
    make_run(tmp_path / "a", settings={"lr": float("inf"), "seed": 2**63}, style_error=float("nan"))
    make_run(tmp_path / "b", settings={"lr": 1.0, "seed": 2**63 + 1}, style_error=0.5)
    reader = saved(tmp_path)
    assert [run["figures"] for run in reader.block("runs") if "figures" in run] == [
        {"style_error": 0.5}
    ]
    values = {axis["key"]: axis["values"] for axis in reader.block("page")["axes"]}
    assert values == {"lr": ["1", "inf"], "seed": [str(2**63), str(2**63 + 1)]}


def test_the_more_runs_the_smaller_the_thumbnails(tmp_path):
    assert [thumbnails.side(count) for count in (0, 1, 300, 1200, 10_000)] == [
        320,
        320,
        320,
        160,
        96,
    ]
    make_run(tmp_path / "run")
    Image.new("RGB", (320, 200), "red").save(tmp_path / "run/thumbnail.jpg")
    reader = saved(tmp_path, [read(tmp_path / "run")] * 469)
    assert [picture.size for picture in reader.pictures] == [(256, 160)] * 469


def test_figures_are_those_that_are_printed(tmp_path):
    make_run(
        tmp_path / "a", style_error=0.30041, content_error=1.5e-5, seconds=12.345, steps=1234567
    )
    make_run(tmp_path / "b", style_error=1e308, content_error=0.5, seconds=1)
    first, second = saved(tmp_path).block("runs")
    assert first["figures"] == {
        **{"style_error": 0.3, "content_error": 1.5e-5, "seconds": 12.3, "steps": 1234567}
    }
    assert second["figures"]["style_error"] == 1e308


def test_runs_are_ranked_within_their_pair(tmp_path):
    for name, error in (("a1", 0.1), ("a2", 0.2), ("b1", 5), ("b2", 4)):
        settings = {"content.name": name[0], "weight": name[1]}
        overrides = [f"content={name[0]}", f"weight={name[1]}"]
        about = {"style_error": error, "content_error": 1, "seconds": 1}
        make_run(tmp_path / name, settings=settings, overrides=overrides, **about)
    reader = saved(tmp_path)
    ranks = [(run["url"], run["rank"]) for run in reader.block("runs")]
    assert ranks == [("a1", 1), ("a2", 2), ("b2", 1), ("b1", 2)]
    assert reader.block("page")["verdict"].startswith("Best mean rank over 2 pairs")


def test_no_runs_at_all(tmp_path):
    assert saved(tmp_path, []).block("runs") == []
