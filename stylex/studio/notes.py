"""note.json in a run's folder: what a person has added to it, a title and a star.

It goes wherever the folder goes, and nothing that works with runs needs it.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from stylex.atomic import to_bytes, write_atomically
from stylex.errors import UserError
from stylex.studio.folders import own_file

FILE = "note.json"
LONGEST = 80  # characters of a title
_MOST = 4096  # bytes; no note of a page's is larger


@dataclass(frozen=True)
class Note:
    """title: on one line; empty for none."""

    title: str = ""
    starred: bool = False


def one_line(title: str) -> str:
    """A title as it is kept: without line breaks, and what has no shape of its own."""
    return "".join(letter for letter in " ".join(title.split()) if letter.isprintable())


def read_note(folder: Path) -> Note:
    """The folder's; empty where there is none, or a file that says something else."""
    path = own_file(folder, FILE)
    try:
        if path is None or path.stat().st_size > _MOST:
            return Note()
        data = json.loads(path.read_bytes())
        title = data.get("title", "")
        text = one_line(title)[:LONGEST] if isinstance(title, str) else ""
        return Note(text, data.get("starred") is True)
    except (OSError, ValueError, AttributeError, RecursionError):
        return Note()


def write_note(folder: Path, note: Note) -> None:
    """Replaces the folder's; an empty one is no file.

    Raises UserError for a title of more than LONGEST characters, and where the folder or the file
    is not the page's own; OSError where it cannot be written.
    """
    path = folder / FILE
    if len(note.title) > LONGEST:
        raise UserError(f"a title has at most {LONGEST} characters, not {len(note.title)}")
    if path.is_symlink() or not folder.is_dir():
        raise UserError(f"{path} is no file of that folder")
    if note == Note():
        path.unlink(missing_ok=True)
        return
    text = json.dumps(asdict(Note(one_line(note.title), note.starred)), ensure_ascii=False)
    write_atomically(path, to_bytes(text) + b"\n")
