"""The site of docs/: it builds without a warning, needs no other host, and its links lead on."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tools.docs_site import as_list, site_link

ROOT = Path(__file__).resolve().parents[1]


class Page(HTMLParser):
    """ids: where links may lead. links: of <a>. loaded: what else the page asks for by itself."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids |= {found[key] for key in ("id", "name") if found.get(key)}
        address = found.get("href") or found.get("src")
        if address and tag == "a":
            self.links.append(address)
        elif address:
            self.loaded.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    # Not --quiet, under which --strict sees no warnings.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path.resolve(): Page(path) for path in site.rglob("*.html") if path.name != "404.html"}


def test_nothing_comes_from_another_host(site, pages):
    loaded = {address for page in pages.values() for address in page.loaded}
    assert loaded and not {address for address in loaded if urlsplit(address).netloc}
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    assert not re.search(r"url\(['\"]?(https?:)?//", styles)


def test_links_lead_to_a_file_and_a_place_in_it(site, pages):
    assert len(pages) > 30
    for path, page in pages.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or link in (".", ".."):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{link} in {path.relative_to(site)}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].ids, f"{link} in {path.name}"


def test_the_search_knows_settings_and_names_of_the_api(site):
    found = json.loads((site / "search/search_index.json").read_text())["docs"]
    places = {entry["location"] for entry in found}
    assert "runs.html#stopping-and-resuming" in places
    assert "api.html#stylex.transfer.stylize.stylize" in places
    assert any("tv_weight" in entry["text"] for entry in found)


def test_a_repository_s_links_become_the_site_s():
    assert site_link("../benchmarks/README.md", "docs/speed.md", "speed.md") == "benchmarks.md"
    assert site_link("../../benchmarks/README.md", "docs/presets/best.md", "presets/best.md") == (
        "../benchmarks.md"
    )
    assert site_link("../docs/strengths.jpg", "benchmarks/README.md", "benchmarks.md") == (
        "strengths.jpg"
    )
    assert site_link("control.md", "docs/runs.md", "runs.md") == "control.md"
    assert site_link("../stylex/transfer/plan.py", "docs/api.md", "api.md") == (
        "api.md#stylex.transfer.plan"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Does it.\n\nsize: px.", "Does it.\n\n\n- `size`: px."),
        ("a, b: both,\n    and more.\nc: one.", "\n- `a`, `b`: both,\n    and more.\n- `c`: one."),
        ("a: one, which\ngoes on.", "\n- `a`: one, which\n    goes on."),
        (
            "a: one. b: two,\n    done. c: three.",
            "\n- `a`: one.\n- `b`: two,\n    done.\n- `c`: three.",
        ),
        ("Prose. Note: prose.", "Prose. Note: prose."),
        ("a: one.\nProse again.", "\n- `a`: one.\n\nProse again."),
        ("a: one\n\nProse again.", "\n- `a`: one\n\nProse again."),
        ("Plain text: with a colon.", "Plain text: with a colon."),
    ],
)
def test_fields_of_a_docstring_become_a_list(text, shown):
    assert as_list(text) == shown
