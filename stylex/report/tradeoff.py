"""tradeoff.png: style_error against content_error, and the runs that no other beats in both."""

import io
import logging
import math
from collections.abc import Sequence
from itertools import pairwise
from textwrap import fill
from typing import TYPE_CHECKING, Any

from stylex.report.axes import Axis, label, number
from stylex.report.lettering import readable
from stylex.report.placing import shortened, write_beside
from stylex.report.ranking import measured, pareto_front
from stylex.runs.record import Record

if TYPE_CHECKING:  # half a second to import
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 1200, 900, 150  # px; px per inch
FEW = 8  # values that colours tell apart
# Okabe & Ito's, which the colour-blind can tell apart, too.
WORDS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222", "#999999")
NUMBERS, LIGHTEST = "viridis", 0.9  # its end is too light on white
INK, GREY, PALE = "#202022", "#76767a", "#ececee"
LOOK: dict[Any, Any] = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",  # the one that comes with matplotlib
    "font.size": 8,
    "legend.fontsize": 7.5,
    "text.color": INK,
    "text.parse_math": False,  # a file's name may hold a $
    "text.usetex": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
}


def draw(records: Sequence[Record], axes: Sequence[Axis], *, title: str) -> bytes | None:
    """The plot as a PNG of WIDTH × HEIGHT px; None as long as no run is finished."""
    if not measured(records):
        return None
    # It tells where it keeps its list of fonts, and that it makes one.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import matplotlib

    with matplotlib.rc_context(LOOK):
        data = io.BytesIO()
        plot(records, axes, title=title).savefig(data, format="png", dpi=DPI)
    return data.getvalue()


def plot(records: Sequence[Record], axes: Sequence[Axis], *, title: str) -> "Figure":
    """The figure, to be made and drawn with LOOK; at least one run must be `measured`.

    Colour tells the first axis of few values or of numbers; the front is labelled with them all.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = measured(records)
    front = pareto_front(shown)
    figure = Figure((WIDTH / DPI, HEIGHT / DPI), dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)  # type: ignore[union-attr,call-arg]
    canvas = FigureCanvasAgg(figure)
    plane = figure.add_subplot()
    _scale(plane, shown)
    _scatter(plane, shown, front, next((a for a in axes if _few(a) or _numeric(a)), None))
    better = plane.annotate(
        "better",
        xy=(0.012, 0.016),
        xytext=(0.06, 0.07),
        xycoords="axes fraction",
        color=GREY,
        arrowprops={"arrowstyle": "->", "color": GREY},
    )
    plane.set_xlabel("style_error: distance to the painting's texture")
    plane.set_ylabel("content_error: distance to the photograph")
    title = fill(shortened(readable(title), 150), 80)
    plane.set_title(title, loc="left", pad=20, fontsize=11)
    runs = "1 finished run" if len(shown) == 1 else f"{len(shown)} finished runs"
    ringed = "; ringed: no other is better in both" if len(shown) > 1 else ""
    plane.text(0, 1.018, runs + ringed, color=GREY, transform=plane.transAxes)
    canvas.draw()  # type: ignore[no-untyped-call]  # only then it is known where everything is
    write_beside(
        plane,
        [(_point(record), _name(record, axes)) for record in front] if axes else [],
        points=[_point(record) for record in shown],
        steps=steps(front),
        taken=[better.get_window_extent()],
    )
    return figure


def steps(front: Sequence[Record]) -> list[tuple[float, float]]:
    """Corners of the line on and above which everything is that has been reached."""
    points = [_point(record) for record in front]
    corners = [(after[0], before[1]) for before, after in pairwise(points)]
    return [points[0], *(point for both in zip(corners, points[1:], strict=True) for point in both)]


def _point(record: Record) -> tuple[float, float]:
    """(style_error, content_error), nan where it is missing."""
    figures = record.figures
    return figures.get("style_error", math.nan), figures.get("content_error", math.nan)


def _name(record: Record, axes: Sequence[Axis]) -> str:
    return readable(label(record, axes) if len(axes) > 1 else record.value(axes[0].key)) or "unset"


def _scale(plane: "Axes", shown: Sequence[Record]) -> None:
    """Logarithmic where the figures span more than a decade; room at the lower left, for labels."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    sides = zip("xy", zip(*map(_point, shown), strict=True), strict=True)
    for side, values in sides:
        least, most = min(values), max(values)
        decades = 0 < least < most / 10
        low, high = (math.log(least), math.log(most)) if decades else (least, most)
        span = (high - low) or abs(high) / 5 or 1
        low, high = low - 0.18 * span, high + 0.08 * span
        if not decades:
            plane.set(**{f"{side}lim": (low, high)})
            continue
        plane.set(**{f"{side}scale": "log", f"{side}lim": (math.exp(low), math.exp(high))})
        axis = plane.xaxis if side == "x" else plane.yaxis
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    plane.grid(color=PALE, linewidth=0.8)
    plane.set_axisbelow(True)
    plane.tick_params(length=0)


def _scatter(
    plane: "Axes", shown: Sequence[Record], front: Sequence[Record], axis: Axis | None
) -> None:
    """All runs, small; those of the front large, on the steps that bound what has been reached."""
    plane.plot(*zip(*steps(front), strict=True), color=GREY, linewidth=1, zorder=1)
    best = {record.folder for record in front}
    colours = _colours(axis) if axis else {}
    across, up = zip(*map(_point, shown), strict=True)
    plane.scatter(
        across,
        up,
        s=[52 if record.folder in best else 20 for record in shown],
        c=[colours.get(record.value(axis.key), PALE) if axis else WORDS[0] for record in shown],
        edgecolors=[INK if record.folder in best else "none" for record in shown],
        linewidths=0.9,
        zorder=2,
    )
    if axis and _few(axis):
        for value, colour in colours.items():
            name = fill(shortened(readable(value) or "unset", 44), 24)
            plane.scatter([], [], color=colour, s=26, label=name)
        plane.legend(
            title=readable(axis.key),
            loc="upper left",
            bbox_to_anchor=(1.01, 1.02),
            alignment="left",
            frameon=False,
        )
    elif axis:
        _bar(plane, axis)


def _few(axis: Axis) -> bool:
    return 1 < len(axis.values) <= FEW


def _numeric(axis: Axis) -> bool:
    return all(math.isfinite(_number(value)) for value in axis.values)


def _number(value: str) -> float:
    known = number(value)
    return math.nan if known is None else known


def _colours(axis: Axis) -> dict[str, Any]:
    """{value: colour}: a few numbers evenly from dark to light, many by their (log of) size."""
    if not _numeric(axis):
        return dict(zip(axis.values, WORDS, strict=False))
    gradient, norm = _gradient(axis)
    if _few(axis):
        last = len(axis.values) - 1
        return {value: gradient(i / last) for i, value in enumerate(axis.values)}
    return {value: gradient(norm(_number(value))) for value in axis.values}


def _gradient(axis: Axis) -> tuple["Colormap", "Normalize"]:
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap, LogNorm, Normalize

    values = [_number(value) for value in axis.values]
    least, most = min(values), max(values)
    colours = colormaps[NUMBERS]([LIGHTEST * i / 255 for i in range(256)])
    return ListedColormap(colours), (LogNorm if 0 < least < most / 10 else Normalize)(least, most)


def _bar(plane: "Axes", axis: Axis) -> None:
    """What the colours of many numbers mean."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.ticker import FuncFormatter

    gradient, norm = _gradient(axis)
    shades = ScalarMappable(norm, gradient)
    bar = plane.figure.colorbar(shades, ax=plane, aspect=40, pad=0.02)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.ax.minorticks_off()
    bar.outline.set_visible(False)
    bar.set_label(readable(axis.key))
