"""Everything that shows many runs side by side, written into one folder."""

from collections.abc import Sequence
from pathlib import Path

from stylex.atomic import write_atomically
from stylex.report import page as html
from stylex.report import sheet, table, tradeoff
from stylex.report.axes import axes
from stylex.runs.record import Record

TABLE, PLOT, PAGE = "summary.csv", "tradeoff.png", "report.html"


def write(
    folder: Path, records: Sequence[Record], *, title: str, by: str, page: bool = True
) -> list[Path]:
    """Writes the sheet, the table, the plot and, if `page`, the page; gives what it wrote.

    Runs are best first by `by`. Each file is written whole or not at all. Raises
    UserError for an unknown figure, OSError where the folder cannot be written to.
    """
    found = axes(records)
    csv = table.to_csv(records, found, by, folder)
    write_atomically(folder / TABLE, csv.encode("utf-8", "replace"))
    written = [folder / TABLE, *sheet.save(folder, records, found, title=title, by=by)]
    plot = tradeoff.draw(records, found, title=title)
    if plot is not None:  # nothing to be plotted yet
        write_atomically(folder / PLOT, plot)
        written.append(folder / PLOT)
    if page:
        html.save(folder / PAGE, records, found, title=title, by=by)
        written.append(folder / PAGE)
    return written
