"""The command that makes a film of a run's logged pictures: `python -m stylex.film RUN FILM`.

Exit status: 0, 2 for a mistake in the input, 1 for a film that cannot be written, 130 for Ctrl-C,
143 for SIGTERM.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from stylex import terminal
from stylex.errors import RunError, UserError
from stylex.film import formats
from stylex.film.reel import pictures_in
from stylex.importing import importing_torch
from stylex.paths import expand, shown
from stylex.runs.folder import FILM, IMAGES, PAINTED
from stylex.runs.record import RECORD, Record, read


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the film, prints its path and returns the exit status."""
    terminal.prepare()
    try:
        options = _parser().parse_args(arguments)
        print(shown(film(expand(options.run), options.film)))
    except (UserError, RunError, OSError) as error:
        print(f"stylex.film: {error}", file=sys.stderr)
        return 2 if isinstance(error, UserError) else 1
    except KeyboardInterrupt as stop:
        return terminal.stopped(stop)
    return 0


def film(run: Path, name: str) -> Path:
    """The path of the film of the run in that folder. Raises UserError, RunError, OSError."""
    if not (run / RECORD).is_file():
        raise UserError(f"no run in {run}")
    path = formats.check(name)
    found = {file.name: file for part in (IMAGES, FILM) for file in pictures_in(run / part)}
    pictures = [found[name] for name in sorted(found)]
    if not pictures:
        raise UserError(f"{run} holds no pictures but its result: tracking.images_every was 0")
    record = read(run)
    if path.exists() and any(path.samefile(file) for file in [*pictures, *_kept(record)]):
        raise UserError(f"film '{name}' would overwrite a picture of the run")
    # Of noise or another picture nothing is left.
    first = record.pictures.get(str(record.settings.get("init")))
    if first and first.is_file():
        pictures.insert(0, first)
    with importing_torch():  # not before there is something to read
        from stylex.film.film import write

    write([*pictures, *([record.result] if record.result.is_file() else [])], path)
    return path


def _kept(record: Record) -> Iterator[Path]:
    """The pictures that the run was made from and those that it left, as far as they are there."""
    output = record.output.get("path", record.settings.get("output", ""))
    files = [*record.pictures.values(), Path(str(output)), record.result, record.folder / PAINTED]
    for file in files:
        path = Path(record.cwd, expand(file))
        if path.is_file():
            yield path


def _parser() -> terminal.Parser:
    parser = terminal.Parser(
        prog="python -m stylex.film",
        description="Makes a film of the pictures that a run has logged (tracking.images_every), "
        "in even visual steps, about five seconds long. A run that is told film=me.webp makes a "
        "smoother one, of every step.",
        epilog="Example: python -m stylex.film outputs/sweeps/mine/style_weight=10 me.webp",
    )
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument(
        "film", metavar="FILM", help="what to write: .webp, .gif, or .mp4 by ffmpeg"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
