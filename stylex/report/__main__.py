"""The command that shows runs side by side: `python -m stylex.report FOLDER [FOLDER …]`.

Exit status: 0, 2 for a mistake in the input, 1 for a report that cannot be written, 130 for Ctrl-C,
143 for SIGTERM.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from stylex import terminal
from stylex.errors import UserError, did_you_mean
from stylex.paths import expand, shown
from stylex.report import PAGE, PLOT, own, table, write
from stylex.report.chosen import choices_among
from stylex.report.figures import CHOICES, to_plane, weights_of
from stylex.report.fold import check_fold
from stylex.report.ranking import rank
from stylex.report.sheet import FIRST
from stylex.runs.record import FIGURES
from stylex.runs.sweep_record import collect, read_plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the report, prints the table and returns the exit status."""
    terminal.prepare()
    try:
        options = _parser().parse_args(arguments)
        for option, names in (("FOLDER", options.folders), ("--output", [options.output])):
            if "" in names:  # a variable of the shell that is not set
                raise UserError(f"{option} needs a folder")
        folders = [expand(folder) for folder in options.folders]
        print(report(folders, options.by, options.output, options.figures, options.fold))
    except (UserError, OSError) as error:
        print(f"stylex.report: {error}", file=sys.stderr)
        return 2 if isinstance(error, UserError) else 1
    except KeyboardInterrupt as stop:
        return terminal.stopped(stop)
    return 0


def report(
    folders: Sequence[Path],
    by: str,
    output: str | None,
    figures: str | None = None,
    fold: str | None = None,
) -> str:
    """Writes the report on all runs in and below `folders`; returns what the command prints.

    Into `output`, by default the folder itself, or the one that all of several are in. Raises
    UserError for a folder that is missing or holds no runs, for an unknown figure, for a setting
    `fold` that does not vary, and before it would replace a file that no report wrote.
    figures: the two to show, see `to_plane`. fold: by default what the sweep was started with, of
    a single folder that is a sweep's; empty for none.
    """
    weights_of(by)
    plane = to_plane(figures) if figures is not None else None
    for folder in folders:
        _check(folder)
    found = collect(folders)
    if not found:
        raise UserError(
            f"no runs in {', '.join(map(str, folders))}: no folder there has a run.json"
        )
    common = Path(os.path.commonpath(list(map(os.path.abspath, folders))))
    choices, notes = choices_among(found, common)
    for note in notes:
        print(f"stylex.report: {note}", file=sys.stderr)
    ranking = rank(found, by, plane, choices=choices)
    if fold:
        check_fold(fold, [axis.key for axis in ranking.axes], "these runs")
    elif fold is None and len(folders) == 1:
        fold = plan.fold if (plan := read_plan(folders[0])) else None
    place = expand(output) if output else common
    own.check(place, [table.SUMMARY, *([table.FOLDED] if fold else []), FIRST, PLOT, PAGE])
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--output {place} cannot be made: {error.strerror}") from error
    title = ", ".join(folder.resolve().name or str(folder) for folder in folders)
    folded = rank(found, by, plane, fold, choices) if fold else None
    written = write(place, ranking, title=title, folded=folded)
    text = table.to_text(folded or ranking, shutil.get_terminal_size().columns)
    return "\n".join([text, *(str(shown(path)) for path in written)])


def _check(folder: Path) -> None:
    """Raises UserError unless the folder exists, naming the nearest one that does."""
    if folder.is_dir():
        return
    if folder.exists():
        raise UserError(f"{folder} is no folder")
    missing = folder
    while not missing.parent.is_dir():
        missing = missing.parent
    there = [path.name for path in missing.parent.iterdir() if path.is_dir()]
    raise UserError(f"no such folder: {folder}{did_you_mean(missing.name, there)}")


def _parser() -> argparse.ArgumentParser:
    parser = terminal.Parser(
        prog="python -m stylex.report",
        description="Shows runs side by side: a contact sheet (sheet.png), a table (summary.csv), "
        "the trade-off between painting and photograph (tradeoff.png), and all of it on one page "
        "to look through (report.html); with --fold also a table of the means (folded.csv).",
        epilog="Example: python -m stylex.report outputs/sweeps/mine --by seconds",
    )
    parser.add_argument(
        "folders",
        nargs="+",
        metavar="FOLDER",
        help="where runs are: all those in it and below it are taken",
    )
    parser.add_argument(
        "--by",
        default=FIGURES[0],
        metavar="FIGURE",
        help=f"what to sort by, least first: {', '.join(FIGURES)}, or a sum, as "
        f"style_error+0.3*content_error; or {CHOICES}, what you chose by eye in report.html or in "
        "the browser (default: %(default)s)",
    )
    parser.add_argument(
        "--figures",
        metavar="TWO",
        help="which two to show below the pictures and in tradeoff.png, as "
        "style_distance,structure_error (default: those that go with --by)",
    )
    parser.add_argument(
        "--fold",
        metavar="SETTING",
        help="show runs that differ in this setting only, as in seed, as one: the mean and the "
        "standard deviation of their figures, the picture of the median run; '' for none (default: "
        "the sweep's own fold=, where FOLDER is a sweep's)",
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        help="where to write the report (default: FOLDER; of several the one that they are in)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
