"""brief.pdf: two pages for a meeting, with the map, the front, a table and the caveats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from edaphon.data.messages import counted
from edaphon.portfolio.tables import intervention_table
from edaphon.report.brief_map import id_raster, plan_image, textured
from edaphon.report.brief_text import Brief, caveats, lead, short
from edaphon.report.figures import axis_label, figure_style, front_panel
from edaphon.report.palette import BASELINE_COLOR
from edaphon.report.paper import (
    ACCENT,
    LEFT,
    PALE,
    RIGHT,
    SOFT,
    blank,
    line_height,
    rule,
    say,
    wrapped,
)  # fmt: skip
from edaphon.report.regions import region_map, share_treated
from edaphon.report.run_files import write_aside
from edaphon.report.text import (
    capital,
    compact,
    percent,
    shown_objectives,
    significant,
    title,
    told_units,
    words,
)

_MOST_ROWS = 9
_LONGEST_ENDS = 14
"""Characters of the ends of an interval that fit into a column."""
_MOST_OPTIONS = 12
_PANELS = 3


def write_brief(path: Path, case: Brief) -> None:
    """Write two pages of A4 about the first portfolio of the shortlist and those beside it.

    Text can be selected and searched. Every intervention has a pattern besides its color, so the
    map can be read in a black-and-white print. The same values give the same bytes.

    Parameters
    ----------
    path : Path
    case : Brief
    """
    name = title(str(case.record.get("name", "")))

    def write(part: Path) -> None:
        about = {"Title": f"{name}: brief", "CreationDate": None, "Producer": None}
        with PdfPages(part, metadata={**about, "Creator": "edaphon"}) as pages:
            for page in brief_pages(case):
                pages.savefig(page)

    with figure_style():
        write_aside(path, write)


def brief_pages(case: Brief) -> tuple[Figure, Figure]:
    """Draw the two pages: map and front; tables and caveats."""
    name = title(str(case.record.get("name", "")))
    first = _page(name, f"Brief, {str(case.record.get('started', ''))[:10]}", 1)
    _first_page(first, case)
    second = _page(name, "Side by side, and what to keep in mind", 2)
    top = _table(second, case, 0.925)
    top = _options(second, case, top)
    _bullets(second, caveats(case), top)
    return first, second


# Parts of a page -----------------------------------------------------------------------------


def _page(name: str, what: str, number: int) -> Figure:
    """Return an empty page with its head and foot."""
    figure = blank()
    say(figure, LEFT, 0.945, short(name, 56), size=18 if number == 1 else 13, weight="bold")
    say(figure, RIGHT, 0.945, what, size=9, color=SOFT, ha="right")
    rule(figure, 0.932)
    foot = "Computed by edaphon. A proposal from models and studies, not an order or a grant."
    say(figure, LEFT, 0.03, foot, size=7.5, color=SOFT)
    say(figure, RIGHT, 0.03, f"{number} of 2", size=7.5, color=SOFT, ha="right")
    return figure


def _paragraph(figure: Figure, text: str, top: float) -> float:
    """Write a paragraph below `top`; return where it ends."""
    size = 9.5
    for line in wrapped(text, size):
        top -= line_height(size)
        say(figure, LEFT, top, line, size=size)
    return top - 0.4 * line_height(size)


def _head(figure: Figure, text: str, top: float) -> float:
    """Write a heading below `top`; return where it ends."""
    top -= 1.4 * line_height(11)
    say(figure, LEFT, top, text, size=11, weight="bold", color=ACCENT)
    return top - 0.3 * line_height(11)


# The first page ------------------------------------------------------------------------------


def _first_page(figure: Figure, case: Brief) -> None:
    """Lead, map and front."""
    top = 0.925
    for text in lead(case):
        top = _paragraph(figure, text, top)
    bottom = 0.36
    top = _head(figure, "Where, by region" if case.anonymous else "Where", top)
    draw = _regions if case.anonymous else _map
    if not draw(figure, case, (bottom, top)):
        missing = "regions" if case.anonymous else "shapes of its units"
        say(figure, LEFT, top - 0.03, f"There is no map: the landscape has no {missing}.", size=9)
    top = _head(figure, "All portfolios that were found", bottom)
    _fronts(figure, case, top)
    note = (
        "Each dot is a portfolio: dark ones with a name are the shortlist, hollow ones what is "
        "done today or planned. Arrows point to the better side."
    )
    end = 0.085
    for line in wrapped(note, 7.5):
        end -= line_height(7.5)
        say(figure, LEFT, end, line, size=7.5, color=SOFT)


def _map(figure: Figure, case: Brief, span: tuple[float, float]) -> bool:
    """Draw a portfolio with its key; return whether there was anything to draw."""
    problem, plan = case.problem, case.front.portfolios[case.rows[0]]
    drawn = id_raster(case.landscape)
    if drawn is None:
        return False
    area = intervention_table(problem, plan)["area_ha"].to_numpy()
    used = [a for a in np.argsort(-area, kind="stable") if area[a] > 0]
    listed = used[:_MOST_OPTIONS]
    across = 2
    key_rows = -(-len(listed) // across)
    bottom = span[0] + key_rows * 0.0165 + 0.012
    panel = figure.add_axes((LEFT, bottom, RIGHT - LEFT, span[1] - bottom))
    panel.imshow(plan_image(drawn, plan, problem.interventions), interpolation="nearest")
    panel.set_axis_off()
    panel.set_anchor("N")
    width = (RIGHT - LEFT) / across
    for number, a in enumerate(listed):
        x = LEFT + width * (number % across)
        y = bottom - 0.0165 * (1 + number // across)
        swatch = figure.add_axes((x, y, 0.035, 0.0125))
        swatch.imshow(textured(np.full((30, 70), a), problem.interventions), aspect="auto")
        swatch.set(xticks=[], yticks=[])
        label = f"{short(capital(words(problem.interventions[a])), 30)}, {significant(area[a])} ha"
        say(figure, x + 0.042, y + 0.0025, label, size=8)
    meters = drawn.meters
    wide = f"{significant(meters / 1000, 2)} km" if meters >= 1000 else f"{significant(meters)} m"
    more = len(used) - len(listed)
    rest = f"; {counted(more, 'smaller one')} not listed" if more else ""
    say(figure, RIGHT, span[1] + 0.004, f"about {wide} wide{rest}", size=7.5, color=SOFT,
         ha="right")  # fmt: skip
    return True


def _regions(figure: Figure, case: Brief, span: tuple[float, float]) -> bool:
    """Draw regions by the share that is treated, light to dark; return whether there are any."""
    regions = region_map(case.landscape)
    if regions is None:
        return False
    plans = case.front.portfolios[[case.rows[0]]]
    share = share_treated(case.landscape, case.problem, plans)[0]
    panel = figure.add_axes((LEFT, span[0] + 0.03, RIGHT - LEFT, span[1] - span[0] - 0.03))
    shown = np.where(regions.codes < 0, np.nan, share[regions.codes])
    palette = mpl.colors.LinearSegmentedColormap.from_list("", [BASELINE_COLOR, "#003a5c"])
    image = panel.imshow(
        100 * shown, cmap=palette, vmin=0, vmax=100, aspect=regions.aspect, interpolation="nearest"
    )
    panel.set_axis_off()
    bar = figure.colorbar(image, ax=panel, shrink=0.7)
    bar.set_label("Treated share of the region's area (%)", fontsize=8)
    for r, name in enumerate(regions.names):
        place = np.argwhere(regions.codes == r)
        if len(place) and len(regions.names) <= 30:
            y, x = place.mean(axis=0)
            label = f"{short(name, 20)}\n{percent(float(share[r]))}"
            box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
            panel.text(
                x, y, label, fontsize=7, ha="center", va="center", bbox=box, parse_math=False
            )
    return True


def _fronts(figure: Figure, case: Brief, top: float) -> None:
    """Draw up to three pairs: the first minimized objective (else the first) with the others."""
    front, rows = case.front, case.rows
    shown = shown_objectives(front, case.problem)
    values = front.values * np.array([one.factor for one in shown])
    down = [m for m, o in enumerate(front.objectives) if o.sense == "minimize"]
    across = down[0] if down else 0
    others = [m for m in range(len(front.objectives)) if m != across][:_PANELS]
    n_panels = max(len(others), 1)
    gap = 0.08
    width = (RIGHT - LEFT - gap * (n_panels - 1)) / n_panels - 0.045 / n_panels
    for number in range(n_panels):
        x = LEFT + 0.045 + number * (width + gap)
        panel = figure.add_axes((x, 0.135, width, top - 0.145))
        panel.tick_params(labelsize=7)
        if not others:
            front_panel(panel, front, rows, front.treated_area_ha, values[:, 0])
            panel.set_xlabel("Treated area (ha)", fontsize=7.5)
            panel.set_ylabel(axis_label(front.objectives[0], shown[0], "y"), fontsize=7.5)
            continue
        m = others[number]
        front_panel(panel, front, rows, values[:, across], values[:, m])
        panel.margins(0.15, 0.1)
        panel.set_xlabel(axis_label(front.objectives[across], shown[across], "x"), fontsize=7.5)
        panel.set_ylabel(axis_label(front.objectives[m], shown[m], "y"), fontsize=7.5)


# The second page -----------------------------------------------------------------------------


def _table(figure: Figure, case: Brief, top: float) -> float:
    """Write the portfolios side by side, intervals below their values; return where it ends."""
    front, listed = case.front, case.listed
    shown = shown_objectives(front, case.problem)
    heads = ["Portfolio"]
    for objective, one in zip(front.objectives, shown, strict=True):
        heads.append(f"{short(capital(words(objective.name)), 18)}\n{one.unit}")
    heads += ["Treated\nha", "Outside*\nof spending"]
    edges = _columns(len(shown), 2)
    size = 8.0 if len(shown) <= 4 else 6.8
    top = _row(figure, heads, edges, top, size=size, weight="bold")
    rule(figure, top)
    for row, name in list(listed.items())[:_MOST_ROWS]:
        cells = [f"{short(capital(name), 28)}\n{front.names[row]}"]
        for m, one in enumerate(shown):
            value, low, high = (
                x[row, m] * one.factor for x in (front.values, front.lower, front.upper)
            )
            cells.append(f"{significant(value)}\n{interval(low, high)}")
        cells += [significant(front.treated_area_ha[row])]
        cells += [percent(front.share_outside_applicability[row])]
        top = _row(figure, cells, edges, top, size=size)
        rule(figure, top, PALE)
    level = percent(front.level)
    note = (
        f"In brackets: where the value lies with {level} certainty, if studies and samples "
        "resemble this landscape. "
        + "".join(f"{capital(words(told))}. " for told in told_units(front, case.problem))
        + "* Share of the money that goes where samples or studies do not reach."
    )
    more = len(listed) - _MOST_ROWS
    note += f" {counted(more, 'more portfolio')} in report.html." if more > 0 else ""
    for line in wrapped(note, 7.5):
        top -= line_height(7.5)
        say(figure, LEFT, top, line, size=7.5, color=SOFT)
    return top


def interval(low: float, high: float) -> str:
    """Return an interval in brackets, no longer than its column; nothing where it is none."""
    ends = significant(low), significant(high)
    if ends[0] == ends[1]:
        return ""
    if len("".join(ends)) > _LONGEST_ENDS:
        ends = compact(low), compact(high)
    return f"({ends[0]} to {ends[1]})"


def _columns(n_objectives: int, others: int) -> list[float]:
    """Return the left edge of the first column and the right edges of the others."""
    widths = np.array([1.5] * n_objectives + [1.1] * others)
    first = 0.16
    right = LEFT + first + (RIGHT - LEFT - first) * np.cumsum(widths) / widths.sum()
    return [LEFT, *map(float, right)]


def _row(
    figure: Figure, cells: Sequence[str], edges: Sequence[float], top: float, **style: Any
) -> float:
    """Write cells of up to two lines; return where the row ends."""
    high = line_height(float(style["size"]))
    lines = [cell.split("\n") for cell in cells]
    for number, (cell, edge) in enumerate(zip(lines, edges, strict=True)):
        for at, text in enumerate(cell):
            small = {**style, "size": style["size"] * 0.8, "color": SOFT} if at else style
            side = "left" if number == 0 else "right"
            say(figure, edge, top - high * (at + 1), text, ha=side, **small)
    return top - high * max(map(len, lines)) - 0.35 * high


def _options(figure: Figure, case: Brief, top: float) -> float:
    """Write what the first portfolio does: fields, area and money of each intervention."""
    problem, front, row = case.problem, case.front, case.rows[0]
    top = _head(figure, f"What {case.called(row, 40)} does", top)
    table = intervention_table(problem, front.portfolios[row])
    used = table[table["units"] > 0].sort_values("area_ha", ascending=False, kind="stable")
    ledger = problem.ledgers[0] if problem.ledgers else None
    heads = ["Intervention", "Units", "ha", "of all land"]
    heads += [ledger.unit, "of spending"] if ledger else []
    edges = [LEFT, *(0.5 + 0.1025 * k for k in range(len(heads) - 1))]
    top = _row(figure, heads, edges, top, size=8.0, weight="bold")
    rule(figure, top)
    for _, one in used.head(_MOST_OPTIONS).iterrows():
        cells = [short(capital(words(one["intervention"])), 44), f"{int(one['units']):,}"]
        cells += [significant(one["area_ha"]), percent(one["share_of_area"])]
        if ledger:
            cells += [significant(one[f"spent_{ledger.name}"]), percent(one["share_of_spending"])]
        top = _row(figure, cells, edges, top, size=8.0)
    return top


def _bullets(figure: Figure, told: Sequence[str], top: float) -> None:
    """Write the caveats as far as the page reaches, and say where the rest stands."""
    top = _head(figure, "What to keep in mind", top)
    size, floor = 8.2, 0.05
    for number, lines in enumerate(wrapped(text, size, RIGHT - LEFT - 0.02) for text in told):
        last = number == len(told) - 1
        if top - line_height(size) * (len(lines) + (0 if last else 1.3)) < floor:
            say(figure, LEFT, top - line_height(size), "More stands in report.html.", size=size)
            return
        say(figure, LEFT, top - line_height(size), "\u2022", size=size)
        for line in lines:
            top -= line_height(size)
            say(figure, LEFT + 0.02, top, line, size=size)
        top -= 0.35 * line_height(size)
