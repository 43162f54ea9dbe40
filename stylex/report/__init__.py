"""Many runs side by side: contact sheet, table, trade-off plot and a page for the browser.

All of it reads run folders and needs neither Hydra nor torch, so it starts at once and works on
folders from any machine.
"""

from pathlib import Path

from stylex.atomic import write_atomically
from stylex.report import html, plot, sheet, table
from stylex.report.ranking import Ranking

PLOT, PAGE = "tradeoff.png", "report.html"


def write(
    folder: Path, ranking: Ranking, *, title: str, folded: Ranking | None = None
) -> list[Path]:
    """Writes table, sheet, plot and page; gives what it wrote.

    folded: the same runs folded, which sheet and plot show then; they have a table of their own.

    Each file is written whole or not at all. Raises OSError where the folder cannot be written to.
    """
    written = []
    tables = {table.SUMMARY: ranking, **({table.FOLDED: folded} if folded else {})}
    for name, shown in tables.items():
        write_atomically(folder / name, table.to_csv(shown, folder).encode("utf-8", "replace"))
        written.append(folder / name)
    written += sheet.save(folder, folded or ranking, title=title)
    if picture := plot.draw(folded or ranking, title=title):  # something to be plotted
        write_atomically(folder / PLOT, picture)
        written.append(folder / PLOT)
    html.save(folder / PAGE, ranking, title=title, folded=folded)
    return [*written, folder / PAGE]
