"""Links from the page to what is on the disk."""

import os
from pathlib import Path
from urllib.parse import quote


def link(path: Path, folder: Path) -> str:
    """A link to `path` from a page in `folder`."""
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        return path.absolute().as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))
