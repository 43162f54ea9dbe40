"""tradeoff.png: a ranking's two figures against each other, and the runs unbeaten in both."""

import io
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from textwrap import fill
from typing import TYPE_CHECKING, Any

from stylex.report.axes import Axis, place
from stylex.report.figures import TO_CONTENT, TO_STYLE
from stylex.report.own import SOFTWARE
from stylex.report.ranking import Point, Ranking, errors
from stylex.report.text import readable, shortened
from stylex.report.tint import Tint, tint_of
from stylex.runs.record import Record

if TYPE_CHECKING:  # half a second to import
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

WIDTH, HEIGHT, DPI = 1200, 900, 150  # px; px per inch
FAR = 1e9  # a run with a larger error has diverged, and would squeeze all others into a point
INK, GREY, PALE = "#202022", "#76767a", "#ececee"
AREAS = {False: (20, 60), True: (52, 80)}  # pt²: {ringed: (one run's dot, one of several)}
NAMED = 12  # places on the fronts that are named, at most
AWAY, CLEAR = 6, 5  # pt from a dot to its name; px around each dot that no name may cover
LOOK: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.xmargin": 0.13,  # room for names beside the outermost dots
    "axes.ymargin": 0.13,
    "font.family": "DejaVu Sans",  # the one that comes with matplotlib
    "font.size": 8,
    "grid.color": PALE,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "text.color": INK,
    "text.parse_math": False,  # a file's name may hold a $
    "text.usetex": False,
    "xtick.color": GREY,
    "xtick.major.size": 0,
    "ytick.color": GREY,
    "ytick.major.size": 0,
}


def draw(ranking: Ranking, *, title: str) -> bytes | None:
    """The plot as a PNG of WIDTH × HEIGHT px; None as long as no finished run can be shown."""
    if not places_of(ranking):
        return None
    # It logs where it keeps its list of fonts, and that it builds one.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import matplotlib

    with matplotlib.rc_context(LOOK):
        data = io.BytesIO()
        made_by = {"Software": SOFTWARE}
        plot(ranking, title=title).savefig(data, format="png", dpi=DPI, metadata=made_by)
    return data.getvalue()


def places_of(ranking: Ranking) -> dict[Point, list[Record]]:
    """The ranked runs by their figures; runs whose figures are printed alike share a place."""
    places: dict[Point, list[Record]] = {}
    for run in chain(*ranking.pairs):
        if (point := errors(run, ranking.plane)) and max(point) < FAR:
            places.setdefault(point, []).append(run)
    return places


def plot(ranking: Ranking, *, title: str) -> "Figure":
    """The figure, to be made and drawn under LOOK; at least one run must have a place.

    One dot for each place; one that several runs share shows their number. The front of each pair
    of content and style is joined by a line and ringed; its runs are named where space permits. Of
    folded runs it is their means, with bars of one standard deviation to either side.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    places, tint = places_of(ranking), tint_of(ranking)

    def points(runs: Iterable[Record]) -> list[Point]:
        found = dict.fromkeys(errors(run, ranking.plane) for run in runs)
        return [point for point in found if point and point in places]

    fronts = [points(front) for front in ranking.fronts]
    ringed = {*chain(*fronts)}
    figure = Figure((WIDTH / DPI, HEIGHT / DPI), dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)  # type: ignore[union-attr,call-arg]
    canvas = FigureCanvasAgg(figure)
    plane = figure.add_subplot()
    for front in filter(None, fronts):
        # Between two runs of a front nothing is known to be better than the worse of each.
        colour = tint.colour(places[front[0]][:1]) if tint.pairs else GREY
        plane.step(*zip(*front, strict=True), where="post", color=colour, linewidth=1, zorder=1)
    _dots(plane, places, ringed, tint)
    bars = _bars(plane, places, ranking, tint)
    _scale(plane, places)
    _legend(plane, tint)
    better = plane.annotate(
        "better",
        xy=(0.012, 0.016),
        xytext=(0.06, 0.07),
        xycoords="axes fraction",
        color=GREY,
        arrowprops={"arrowstyle": "->", "color": GREY},
    )
    across, up = ranking.plane
    plane.set_xlabel(f"{across}: {TO_STYLE[across]}")
    plane.set_ylabel(f"{up}: {TO_CONTENT[up]}")
    plane.set_title(fill(shortened(readable(title), 150), 80), loc="left", pad=20, fontsize=11)
    shown, finished = sum(map(len, places.values())), sum(map(len, ranking.pairs))
    notes = [_counted(finished, ranking)]
    notes += [f"{finished - shown} not shown, with errors above 1e9"] if shown < finished else []
    notes += [f"ringed: no other{ranking.pair} is better in both"] if ringed else []
    what = "means" if ranking.fold else "runs"
    notes += [f"number: {what} in one place"] if len(places) < shown else []
    plane.text(0, 1.018, "; ".join(notes), color=GREY, transform=plane.transAxes)
    canvas.draw()  # type: ignore[no-untyped-call]  # fixes where everything is
    if axes := ranking.setting_axes if tint.pairs else ranking.axes:
        best = [
            points(front or runs) for front, runs in zip(ranking.fronts, ranking.pairs, strict=True)
        ]
        named = {point: _name(places[point], axes) for point in chosen(best)}
        taken = [better.get_window_extent(), *_boxes(plane, bars)]
        _write_names(plane, named, places, fronts, taken)
    return figure


def _counted(finished: int, ranking: Ranking) -> str:
    if ranking.fold:
        means = "1 mean" if finished == 1 else f"{finished} means"
        return f"{means} over {ranking.fold} ± one standard deviation"
    return "1 finished run" if finished == 1 else f"{finished} finished runs"


def _legend(plane: "Axes", tint: Tint) -> None:
    title = readable(", ".join(axis.key for axis in tint.axes))
    if tint.bar:
        bar = plane.figure.colorbar(tint.bar, ax=plane, aspect=40, pad=0.02, label=title)
        bar.ax.yaxis.set_major_formatter("{x:g}")
        bar.ax.minorticks_off()
        bar.outline.set_visible(False)
    elif len(tint.colours) > 1:
        for value, colour in tint.colours.items():
            name = fill(shortened(readable(value) or "unset", 44), 24)
            plane.scatter([], [], color=colour, s=26, label=name)
        plane.legend(title=title, loc="upper left", bbox_to_anchor=(1.01, 1.02), alignment="left")


def _dots(
    plane: "Axes", places: Mapping[Point, Sequence[Record]], ringed: Collection[Point], tint: Tint
) -> None:
    """Those of the fronts above the others, so that each ring is around its own dot."""
    from matplotlib.colors import to_rgb

    for ring in (False, True):
        points = [point for point in places if (point in ringed) == ring]
        points.sort(key=lambda point: len(places[point]) > 1)
        colours = [tint.colour(places[point]) for point in points]
        plane.scatter(
            [across for across, _ in points],
            [up for _, up in points],
            s=[AREAS[ring][len(places[point]) > 1] for point in points],
            c=colours,
            edgecolors=[INK if ring else GREY if fill == "white" else "none" for fill in colours],
            linewidths=0.9,
            zorder=2 + ring,
        )
        for point, colour in zip(points, colours, strict=True):
            if (count := len(places[point])) > 1:
                red, green, blue = to_rgb(colour)
                ink = INK if 0.2 * red + 0.7 * green + 0.1 * blue > 0.5 else "white"
                text = plane.text(*point, str(count), color=ink, fontsize=5.5, zorder=2 + ring)
                text.set(ha="center", va="center_baseline")


def _bars(
    plane: "Axes", places: Mapping[Point, Sequence[Record]], ranking: Ranking, tint: Tint
) -> list[tuple[Point, Point]]:
    """One standard deviation to either side of the means of folded runs, as crosses; their arms."""
    drawn = []
    for point, runs in places.items():
        for run in runs:
            spreads = [ranking.spread(run, name) for name in ranking.plane]
            known = [spread for spread in spreads if spread is not None and spread < FAR]
            if len(known) == 2:
                drawn.append((*point, *known, tint.colour(runs)))
    if not drawn:
        return []
    across, up, wide, high, fills = zip(*drawn, strict=True)
    colours: Any = [GREY if fill == "white" else fill for fill in fills]  # one for each cross
    line = 1.3 if len(drawn) <= 40 else 0.5  # pt; many would cover one another
    plane.errorbar(
        *(across, up, high, wide), fmt="none", ecolor=colours, elinewidth=line, zorder=1.5
    )
    return [
        arm
        for x, y, dx, dy, _ in drawn
        for arm in (((x - dx, y), (x + dx, y)), ((x, y - dy), (x, y + dy)))
    ]


def _boxes(plane: "Axes", bars: Iterable[tuple[Point, Point]]) -> Iterator["Bbox"]:
    """Where the bars are, in px, as far as they are in the plane."""
    from matplotlib.transforms import Bbox

    (left, _), (bottom, _) = plane.get_xlim(), plane.get_ylim()
    for (x, y), end in bars:
        # On a logarithmic axis there is nothing below 0.
        yield Bbox(plane.transData.transform([(max(x, left), max(y, bottom)), end]))


def _scale(plane: "Axes", points: Iterable[Point]) -> None:
    """Logarithmic where the errors span more than a decade."""
    from matplotlib.ticker import LogLocator, NullLocator

    for side, values in zip("xy", zip(*points, strict=True), strict=True):
        least, most = min(values), max(values)
        if most / FAR < least < most / 10:
            plane.set(**{f"{side}scale": "log"})
            axis = plane.xaxis if side == "x" else plane.yaxis
            axis.set_major_locator(LogLocator(subs=(1, 2, 5) if most < 1000 * least else (1,)))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter("{x:g}")


def _name(runs: Iterable[Record], axes: Sequence[Axis]) -> str:
    """`style_weight=10, init=noise`, or `10` of a single axis; all of the runs in one place."""
    names = []
    for run in runs:
        values = zip(axes, place(run, axes), strict=True)
        parts = [f"{axis.key}={value}" if len(axes) > 1 else value for axis, value in values]
        names.append(readable(", ".join(parts)) or "unset")
    return shortened(" · ".join(dict.fromkeys(names)), 100)


def chosen(fronts: Sequence[Sequence[Point]]) -> list[Point]:
    """The places to name, at most NAMED: the ends of each front first, then evenly between them."""
    most = max(1, NAMED // max(len(fronts), 1))
    picked: list[Point] = []
    for front in fronts:
        count = min(len(front), most)
        evenly = [front[round(i * (len(front) - 1) / max(count - 1, 1))] for i in range(count)]
        picked += [*evenly[:1], *evenly[:0:-1]]
    return [*dict.fromkeys(picked)][:NAMED]


def _write_names(
    plane: "Axes",
    named: Mapping[Point, str],
    points: Iterable[Point],
    fronts: Iterable[Sequence[Point]],
    taken: Iterable["Bbox"],
) -> None:
    """Names beside their dots, where they cover no dot, no line of a front and nothing `taken`.

    The canvas must have been drawn: only then are positions in px known.
    """
    from matplotlib.transforms import Bbox

    used = [*taken]
    for x, y in plane.transData.transform([*points]):
        used.append(Bbox.from_bounds(x - CLEAR, y - CLEAR, 2 * CLEAR, 2 * CLEAR))
    for (left, high), (right, low) in chain(*map(pairwise, fronts)):
        corners = plane.transData.transform([(left, high), (right, high), (right, low)])
        used += map(Bbox, pairwise(corners))
    for point, name in named.items():
        # Below a front on its left there can be no run of its pair.
        for across, up in ((-1, -1), (1, 1), (1, -1), (-1, 1)):
            text = plane.annotate(
                fill(name, 28 if len(name) < 60 else 38),
                point,
                xytext=(across * AWAY, up * AWAY),
                textcoords="offset points",
                ha="left" if across > 0 else "right",
                va="bottom" if up > 0 else "top",
                fontsize=7,
                in_layout=False,
            )
            box = text.get_window_extent()
            if plane.bbox.count_contains(box.corners()) == 4 and not box.count_overlaps(used):
                used.append(box)
                break
            text.remove()
