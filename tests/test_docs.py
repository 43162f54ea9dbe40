"""What the pages say can be done: links lead somewhere, commands compose, presets have pages."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from PIL import Image

import stylex.doctor.__main__
import stylex.film.__main__
import stylex.report.__main__
import stylex.studio.__main__
from stylex.command import arguments
from stylex.config import loader, pictures, plugins, schema
from stylex.config.build import to_arguments
from stylex.paths import conf_folder
from stylex.sweeps.grid import combinations

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "benchmarks/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PARSERS = {
    "report": stylex.report.__main__._parser,
    "film": stylex.film.__main__._parser,
    "doctor": stylex.doctor.__main__._parser,
    "studio": stylex.studio.__main__._parser,
}
PRESETS = sorted(path.stem for path in conf_folder().glob("experiment/*.yaml"))


def links(page):
    """What it links to or shows, but for addresses."""
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def blocks(page):
    """The lines of its blocks of code, indented or fenced, joined where a backslash ends them."""
    fenced = False
    for line in page.read_text().replace("\\\n", " ").splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line


def commands():
    # What needs the page's own files is run by tests/command/test_extending.py.
    for page in (page for page in PAGES if page.name != "extending.md"):
        for line in blocks(page):
            found = re.search(r"\bpython -m stylex (.+)$", line)
            if found and "resume=" not in line:  # needs the run
                yield pytest.param(found[1], id=f"{page.stem}: {found[1][:60]}")


def other_commands():
    for page in PAGES:
        for line in blocks(page):
            if found := re.search(r"\bpython -m stylex\.(\w+)(.*)$", line):
                yield pytest.param(*found.groups(), id=f"{page.stem}: {found[0]}")


def anchors(page):
    """What the repository's pages make of its headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        yield re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    missing = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)
    assert missing == []


def test_every_page_is_in_the_index():
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= set(links(ROOT / "docs/README.md"))


def test_pictures_are_small():
    sizes = {path: path.stat().st_size for path in (ROOT / "docs").rglob("*.jpg")}
    assert max(sizes.values()) <= 300_000 and sum(sizes.values()) < 6_000_000


def test_every_preset_has_a_page_and_is_in_the_index():
    folder = ROOT / "docs/presets"
    listed = {link.removesuffix(".md") for link in links(folder / "README.md")}
    for preset in PRESETS:
        assert f"experiment={preset}" in (folder / f"{preset}.md").read_text()
    assert {*PRESETS} <= listed
    assert {path.stem for path in folder.glob("*.md")} == {*PRESETS, "README"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the pictures that the pages speak of."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("me.jpg", "some dir/paint.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (64, 48)).save(folder / name)
    plugins.register()
    pictures.register()
    loader.register()
    return folder


@pytest.mark.parametrize("line", list(commands()))
def test_commands_compose(line, home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.delenv("STYLEX_IMAGES", raising=False)
    line = line.replace("~/", f"{home}/").replace("'/some dir", f"'{home}/some dir")
    words = arguments.prepare(shlex.split(line, comments=True))
    if "--version" in words or "--help" in words:
        return
    words = [word for word in words if word not in ("--multirun", "--plan", "--cfg", "job")]
    with initialize_config_dir(str(conf_folder()), version_base="1.3"):
        parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
        overrides = parser.parse_overrides(words)
        # A search takes its values from intervals.
        single = [o for o in overrides if not o.is_sweep_override() or o.is_discrete_sweep()]
        jobs = combinations(single)
        for job in {job.name: job for job in (jobs[0], jobs[-1])}.values():
            made = compose("config", overrides=[*job.overrides])
            assert to_arguments(schema.to_config(made))


@pytest.mark.parametrize(("program", "words"), list(other_commands()))
def test_commands_of_the_other_programs_parse(program, words):
    PARSERS[program]().parse_args(shlex.split(words, comments=True))
