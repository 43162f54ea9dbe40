"""Many runs side by side: contact sheet, table, trade-off plot and a page for the browser.

All of it reads run folders and needs neither Hydra nor torch, so it starts at once and works on
folders from any machine.
"""

from pathlib import Path

from stylex.atomic import write_atomically
from stylex.report import html, plot, sheet, table
from stylex.report.ranking import Ranking

TABLE, PLOT, PAGE = "summary.csv", "tradeoff.png", "report.html"


def write(folder: Path, ranking: Ranking, *, title: str) -> list[Path]:
    """Writes table, sheet, plot and page; gives what it wrote.

    Each file is written whole or not at all. Raises OSError where the folder cannot be written to.
    """
    write_atomically(folder / TABLE, table.to_csv(ranking, folder).encode("utf-8", "replace"))
    written = [folder / TABLE, *sheet.save(folder, ranking, title=title)]
    if picture := plot.draw(ranking, title=title):  # something to be plotted
        write_atomically(folder / PLOT, picture)
        written.append(folder / PLOT)
    html.save(folder / PAGE, ranking, title=title)
    return [*written, folder / PAGE]
