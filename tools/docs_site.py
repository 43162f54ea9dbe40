"""What the site of docs/ needs beyond mkdocs.yml; the pages themselves stay plain Markdown.

Hooks: what pages link to outside docs/ comes along, and `<!-- api: MODULE: NAME, … -->`, which is
not seen in the repository, becomes the reference of these names. In docstrings, lines of `name: …`
become a list.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

import griffe
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]

# {path in the repository: path in the site}
OUTSIDE = {
    "benchmarks/README.md": "benchmarks.md",
    "notebooks/style_transfer.ipynb": "style_transfer.ipynb",
}
LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(?=[)#])")
API = re.compile(r"^<!-- api: ([\w.]+): ([\w, ]+) -->$", re.MULTILINE)
FIELD = re.compile(r"^(\w+(?:, \w+)*): ")
NEXT_FIELD = re.compile(r"(?<=\.) (?=\w+(?:, \w+)*: )")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the files outside docs/, under their names in the site."""
    for path, name in OUTSIDE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """The page as it is for the site: see `site_link`; the API's names are for mkdocstrings."""
    here = page.file.src_uri
    origin = next((path for path, name in OUTSIDE.items() if name == here), f"docs/{here}")
    linked = LINK.sub(lambda link: site_link(link[1], origin, here), markdown)
    return API.sub(r"::: \1\n    options:\n      members: [\2]", linked)


def site_link(link: str, origin: str, here: str) -> str:
    """Of a link in the repository's file `origin` that of the site's page `here`.

    A module leads to its place in the API.
    """
    path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), link))
    if path.startswith("stylex/") and path.endswith(".py"):
        return f"api.md#{path.removesuffix('.py').replace('/', '.')}"
    inside = path.removeprefix("docs/") if path.startswith("docs/") else OUTSIDE.get(path)
    return posixpath.relpath(inside, posixpath.dirname(here) or ".") if inside else link


def as_list(text: str) -> str:
    """A docstring in which each run of `name: …`, from a line's start on, is a list.

    What is indented below an item belongs to it, and so does a line within its sentence.
    """
    lines: list[str] = []
    listed = False
    given = text.splitlines()
    while given:
        line = given.pop(0)
        if listed or FIELD.match(line):
            line, *others = NEXT_FIELD.split(line)
            given = [*others, *given]
        if field := FIELD.match(line):
            if not listed:
                lines.append("")
            names = ", ".join(f"`{name}`" for name in field[1].split(", "))
            line, listed = f"- {names}: {line[field.end() :]}", True
        elif listed and line and not line.startswith("    "):
            if lines[-1].endswith("."):
                listed = False
                lines.append("")
            else:
                line = f"    {line}"
        elif not line:
            listed = False
        lines.append(line)
    return "\n".join(lines)


class Fields(griffe.Extension):
    """Applies `as_list` to every docstring of stylex."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = as_list(obj.docstring.value)
