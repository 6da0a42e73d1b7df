"""Static figures of a run: the front, and a map for each portfolio of the shortlist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from edaphon.errors import Finding
from edaphon.portfolio.tables import by_intervention
from edaphon.report.map import RasterMap, VectorMap, landscape_map
from edaphon.report.palette import BASELINE_COLOR, intervention_colors
from edaphon.report.regions import RegionMap, region_map, share_treated
from edaphon.report.run_files import write_aside
from edaphon.report.text import (
    Shown,
    capital,
    compact,
    shown_objectives,
    significant,
    words,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape
    from edaphon.problem.values import Front, Objective, Problem

_LONGEST = 48
"""Characters of a name in a figure."""

_ACCENT, _MARK, _CLOUD, _SOFT = "#00593f", "#b34700", "#9aa39d", "#5b635e"
_STYLE = {
    "pdf.fonttype": 42,  # text that can be selected and searched
    "svg.hashsalt": "edaphon",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#b9bdb8",
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "axes.labelcolor": "#1f2421",
    "figure.facecolor": "white",
}
_PANELS_ACROSS = 3
_SIDE = 3.3


def write_figures(
    folder: Path,
    landscape: Landscape,
    problem: Problem,
    front: Front,
    shortlist: Sequence[int],
    *,
    anonymous: bool = False,
) -> tuple[Finding, ...]:
    """Write front.png, front.svg and, for each portfolio of the shortlist, map_NAME.png and .svg.

    The same values give the same bytes: no date is written, and ids in SVG come from a fixed
    salt.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    landscape, problem, front
        Of the same units in the same order.
    shortlist : sequence of int
        Rows of `front`.
    anonymous : bool
        Draw regions by the share of their area that is treated instead of planning units.

    Returns
    -------
    tuple of Finding
        A note where no maps can be drawn.
    """
    with figure_style():
        _save(_front_figure(front, problem, shortlist), folder / "front")
        draw = _painter(landscape, problem, front, anonymous)
        if draw is None:
            missing = "regions" if anonymous else "geometry"
            what = f"the landscape has no {missing}, so no maps were drawn"
            return (Finding("figures", what, severity="note"),)
        for row in shortlist:
            _save(draw(row), folder / f"map_{front.names[row]}")
    return ()


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw in the style of the figures."""
    with mpl.rc_context(_STYLE):
        yield


def _save(figure: Figure, stem: Path) -> None:
    """Write PNG and SVG without the date and the program's version."""

    def write(part: Path) -> None:
        about = {"Date": None} if part.suffix == ".svg" else {"Software": None}
        figure.savefig(part, dpi=160, bbox_inches="tight", metadata=about)

    for suffix in (".png", ".svg"):
        write_aside(stem.with_name(stem.name + suffix), write)


def value_figure(
    stem: Path,
    landscape: Landscape,
    values: NDArray[np.float64],
    *,
    title: str,
    label: str,
    anonymous: bool = False,
) -> Path | None:
    """Draw one figure of every planning unit as STEM.png and STEM.svg.

    Parameters
    ----------
    stem : Path
        Without suffix.
    landscape : Landscape
    values : float64 array, shape (n_units,)
        nan where there is none: those units stay gray.
    title, label : str
        Above the map, and beside the color bar.
    anonymous : bool
        Draw the mean of each region, weighted by area, instead.

    Returns
    -------
    Path or None
        The PNG; None where there is nothing to draw.
    """
    with figure_style():
        figure = _value_map(landscape, values, title, label, anonymous)
        if figure is None:
            return None
        _save(figure, stem)
    return stem.with_name(stem.name + ".png")


def _value_map(
    landscape: Landscape, values: NDArray[np.float64], title: str, label: str, anonymous: bool
) -> Figure | None:
    """Map of units, or of regions where it is anonymous."""
    drawn = region_map(landscape) if anonymous else landscape_map(landscape)
    if drawn is None:
        return None
    values = _region_means(landscape, values) if anonymous else values
    known = values[np.isfinite(values)]
    low, high = (min(0.0, float(known.min())), float(known.max())) if len(known) else (0.0, 1.0)
    scale = mpl.colors.Normalize(low, high if high > low else low + 1.0)
    palette = mpl.colormaps["viridis"]
    if isinstance(drawn, VectorMap):
        figure, panel = _sheet(drawn.height / drawn.width, title)
        colors = palette.with_extremes(bad=_CLOUD)(scale(np.ma.masked_invalid(values)))
        panel.add_collection(_polygons(drawn, colors))
        panel.set(xlim=(0, drawn.width), ylim=(drawn.height, 0), aspect="equal")
    else:
        cells = drawn.codes if isinstance(drawn, RegionMap) else drawn.units
        figure, panel = _sheet(cells.shape[0] * drawn.aspect / cells.shape[1], title)
        shown = np.where(cells < 0, np.nan, values[cells])
        panel.imshow(shown, palette, norm=scale, aspect=drawn.aspect, interpolation="nearest")
    bar = figure.colorbar(mpl.cm.ScalarMappable(scale, palette), ax=panel, shrink=0.7)
    bar.set_label(label)
    return figure


def _region_means(landscape: Landscape, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each region weighted by area, nan where no unit has a value."""
    names, codes = np.unique(np.asarray(landscape.region), return_inverse=True)
    known = np.isfinite(values)
    weight = np.where(known, landscape.area_ha, 0.0)
    area = np.bincount(codes, weights=weight, minlength=len(names))
    total = np.bincount(codes, weights=weight * np.where(known, values, 0.0), minlength=len(names))
    means: NDArray[np.float64] = np.full(len(names), np.nan)
    np.divide(total, area, out=means, where=area > 0)
    return means


# The front -----------------------------------------------------------------------------------


def _front_figure(front: Front, problem: Problem, shortlist: Sequence[int]) -> Figure:
    """One panel per pair of objectives; a single objective against the treated area."""
    shown = shown_objectives(front, problem)
    values = front.values * np.array([one.factor for one in shown])
    pairs = list(combinations(range(len(front.objectives)), 2))
    n_panels = max(len(pairs), 1)
    across = min(n_panels, _PANELS_ACROSS)
    down = -(-n_panels // across)
    figure = Figure(figsize=(_SIDE * across + 0.4, (_SIDE - 0.3) * down), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for panel in panels[n_panels:]:
        panel.set_visible(False)
    if not pairs:
        front_panel(panels[0], front, shortlist, front.treated_area_ha, values[:, 0])
        panels[0].set_xlabel("Treated area (ha)")
        panels[0].set_ylabel(axis_label(front.objectives[0], shown[0], "y"))
    for panel, (y, x) in zip(panels, pairs, strict=False):
        front_panel(panel, front, shortlist, values[:, x], values[:, y])
        panel.set_xlabel(axis_label(front.objectives[x], shown[x], "x"))
        panel.set_ylabel(axis_label(front.objectives[y], shown[y], "y"))
    return figure


def axis_label(objective: Objective, shown: Shown, axis: str) -> str:
    """Return name, unit and better direction of an objective for the axis x or y."""
    unit = shown.unit
    more = "better →" if axis == "x" else "better ↑"
    less = "← better" if axis == "x" else "better ↓"
    arrow = more if objective.sense == "maximize" else less
    return f"{drawn_name(objective.name)}{f' ({unit})' if unit else ''}  {arrow}"


def front_panel(panel: Any, front: Front, shortlist: Sequence[int], x: Any, y: Any) -> None:
    """Dots of one pair: the front, the shortlist with names, baseline and policy hollow."""
    on_front = front.on_front
    panel.scatter(x[on_front], y[on_front], s=14, color=_CLOUD, linewidths=0)
    panel.scatter(
        x[~on_front], y[~on_front], s=22, facecolors="white", edgecolors=_SOFT, linewidths=1
    )
    rows = list(shortlist)
    panel.scatter(x[rows], y[rows], s=30, color=_ACCENT, linewidths=0, zorder=3)
    panel.margins(0.08)
    _name_dots(panel, [front.names[row] for row in rows], x[rows], y[rows])
    panel.grid(color="#eceae3", linewidth=0.8)
    panel.set_axisbelow(True)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(mpl.ticker.MaxNLocator(4))
        axis.set_major_formatter(lambda value, _: compact(value))


def _name_dots(panel: Any, names: Sequence[str], x: Any, y: Any) -> None:
    """Write names beside dots, each at the first of six places that is still free."""
    width, height = (72 * side for side in (_SIDE - 0.8, _SIDE - 0.9))  # of a panel, in points
    scale_x, scale_y = (width / (np.ptp(panel.get_xlim())), height / np.ptp(panel.get_ylim()))
    taken: list[tuple[float, float, float, float]] = [
        (px - 3, py - 3, px + 3, py + 3) for px, py in zip(x * scale_x, y * scale_y, strict=True)
    ]
    for name, at_x, at_y in zip(names, x, y, strict=True):
        long, high = 5.5 * len(name), 9.0
        for right, up in ((1, 4), (0, 4), (1, -11), (0, -11), (1, 13), (0, 13)):
            left = at_x * scale_x + (5 if right else -5 - long)
            low = at_y * scale_y + up
            box = (left, low, left + long, low + high)
            if not any(_overlap(box, other) for other in taken):
                break
        taken.append(box)
        panel.annotate(
            name,
            (at_x, at_y),
            (5 if right else -5, up),
            textcoords="offset points",
            color=_ACCENT,
            ha="left" if right else "right",
        )


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# The maps ------------------------------------------------------------------------------------


def _painter(
    landscape: Landscape, problem: Problem, front: Front, anonymous: bool
) -> Callable[[int], Figure] | None:
    """Return what draws the map of one row of the front; None where there is nothing to draw."""
    if anonymous:
        return _region_painter(landscape, problem, front)
    drawn = landscape_map(landscape)
    if drawn is None:
        return None
    colors = np.array(intervention_colors(problem.interventions))

    def draw(row: int) -> Figure:
        allocation = front.portfolios[row]
        ratio = drawn.height / drawn.width if isinstance(drawn, VectorMap) else _ratio(drawn)
        figure, panel = _sheet(ratio, _title(front, row, problem))
        if isinstance(drawn, VectorMap):
            panel.add_collection(_polygons(drawn, colors[allocation]))
            panel.set(xlim=(0, drawn.width), ylim=(drawn.height, 0), aspect="equal")
        else:
            codes = np.where(drawn.units < 0, np.nan, allocation[drawn.units].astype(float))
            palette = ListedColormap(list(colors))
            panel.imshow(
                codes, cmap=palette, vmin=-0.5, vmax=len(colors) - 0.5, aspect=drawn.aspect,
                interpolation="nearest",
            )  # fmt: skip
        _legend(panel, problem, allocation, colors)
        return figure

    return draw


def _ratio(drawn: RasterMap) -> float:
    rows, columns = drawn.units.shape
    return float(rows * drawn.aspect / columns)


def _region_painter(
    landscape: Landscape, problem: Problem, front: Front
) -> Callable[[int], Figure] | None:
    regions = region_map(landscape)
    if regions is None:
        return None
    rows, columns = regions.codes.shape

    def draw(row: int) -> Figure:
        share = share_treated(landscape, problem, front.portfolios[[row]])[0]
        figure, panel = _sheet(rows / columns, _title(front, row, problem))
        palette = mpl.colors.LinearSegmentedColormap.from_list("", [BASELINE_COLOR, "#0072b2"])
        shown = np.where(regions.codes < 0, np.nan, share[regions.codes])
        image = panel.imshow(
            100 * shown, cmap=palette, vmin=0, vmax=100, aspect=regions.aspect,
            interpolation="nearest",
        )  # fmt: skip
        bar = figure.colorbar(image, ax=panel, shrink=0.7)
        bar.set_label("Treated share of the region's area (%)")
        return figure

    return draw


def _title(front: Front, row: int, problem: Problem) -> str:
    tag = drawn_name(front.tags[row]) if front.tags[row] else ""
    name = f"{capital(tag)} ({front.names[row]})" if tag else front.names[row]
    money = f"{significant(front.spent[row, 0])} {problem.ledgers[0].unit}"
    return f"{name}: {money}, {significant(front.treated_area_ha[row])} ha"


def _sheet(ratio: float, title: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=(7.2, 7.2 * min(max(ratio, 0.35), 1.4) + 0.8), layout="constrained")
    panel = figure.subplots()
    panel.set_axis_off()
    panel.set_title(title, loc="left", fontweight="bold")
    return figure, panel


def _polygons(drawn: VectorMap, colors: Any) -> PathCollection:
    """All polygons as compound paths, so that holes stay open."""
    starts = np.cumsum(drawn.ring_sizes)[:-1]
    points = np.split(np.column_stack([drawn.x, drawn.y]), starts)
    units, first = np.unique(drawn.ring_units, return_index=True)
    stops = [*first[1:], len(points)]
    paths = [
        mpl.path.Path.make_compound_path(
            *(mpl.path.Path(ring, closed=True) for ring in points[begin:end])
        )
        for begin, end in zip(first, stops, strict=True)
    ]
    return PathCollection(paths, facecolors=colors[units], edgecolors="white", linewidths=0.25)


def drawn_name(name: str) -> str:
    """Return a name for a figure: short, and with no sign that matplotlib takes for a formula."""
    text = capital(words(name))
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return short.replace("$", r"\$")


def _legend(panel: Any, problem: Problem, allocation: Any, colors: Any) -> None:
    area = by_intervention(problem, allocation, problem.area_ha)
    used = [a for a in range(problem.n_interventions) if area[a] > 0]
    labels = [f"{drawn_name(problem.interventions[a])}, {significant(area[a])} ha" for a in used]
    handles = [
        Patch(facecolor=colors[a], edgecolor="#8a918c", linewidth=0.5, label=label)
        for a, label in zip(used, labels, strict=True)
    ]
    panel.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0), ncols=2, frameon=False)
