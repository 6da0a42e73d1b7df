"""compare.html: two or more portfolios of one run or of several, on one page without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from edaphon.portfolio.compare import intervention_rows, objective_rows
from edaphon.report.comparison import (
    LETTERS,
    Side,
    agreement_lines,
    group_rows,
    largest_swaps,
    price_rows,
    run_rows,
    shown_in,
    swap_kinds,
    units_of,
)
from edaphon.report.environment import environment
from edaphon.report.geopackage import read_shapes
from edaphon.report.map import shapes_map
from edaphon.report.packing import pack, script_json
from edaphon.report.page_data import map_contents
from edaphon.report.palette import intervention_colors
from edaphon.report.run_files import write_aside
from edaphon.report.text import significant, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.portfolio.compare import Comparison

_SWAPS = 100
_ABSENT = 0


def write_comparison(
    path: Path, sides: Sequence[Side], found: Sequence[Comparison], folder: Path
) -> None:
    """Write the page of a comparison.

    Parameters
    ----------
    path : Path
        The file to write; it is filled aside and renamed.
    sides : sequence of Side
    found : sequence of Comparison
        The first side with each of the others.
    folder : Path
        Run directory of the first side, whose GeoPackage holds the geometry; without one the page
        has no maps. If one of the runs is anonymous, maps, farms and single units are left out.
    """
    text = comparison_page(sides, found, folder)
    write_aside(path, lambda part: part.write_text(text, encoding="utf-8"))


def comparison_page(sides: Sequence[Side], found: Sequence[Comparison], folder: Path) -> str:
    """Return the page as text; parameters as in `write_comparison`."""
    first = sides[0]
    names = tuple(dict.fromkeys(name for side in sides for name in side.problem.interventions))
    arrays: dict[str, NDArray[Any]] = {}
    hidden = any(side.anonymous for side in sides)
    shapes = None if hidden else read_shapes(folder / "portfolios.gpkg", first.problem.unit_ids)
    drawn = None if shapes is None else map_contents(arrays, shapes_map(*shapes))
    if drawn is not None:
        arrays["allocation"] = _allocations(sides, names)
        ids = "\n".join(str(unit).replace("\n", " ") for unit in first.problem.unit_ids)
        arrays["ids"] = np.frombuffer(ids.encode("utf-8"), dtype="u1")
    index, block = pack(arrays)
    colors = intervention_colors(names)
    legend = [
        {"name": words(name), "color": color} for name, color in zip(names, colors, strict=True)
    ]
    contents = {
        "objectives": [],
        "features": [],
        "ledgers": [],
        "interventions": legend,
        "portfolios": [{"name": LETTERS[k], "kind": "front"} for k in range(len(sides))],
        "n_units": first.problem.n_units,
        "map": drawn,
        "arrays": index,
    }
    template = environment().get_template("compare.html.j2")
    return template.render(
        sides=[
            {
                "letter": LETTERS[k],
                "label": side.label,
                "what": words(side.what),
                "gap": side.front.certified_gap[side.row],
                "feasible": bool(side.front.feasible[side.row]),
                "area": side.front.treated_area_ha[side.row],
            }
            for k, side in enumerate(sides)
        ],
        pairs=[
            _pair(first, side, one, LETTERS[k], hidden)
            for k, (side, one) in enumerate(zip(sides[1:], found, strict=True), start=1)
        ],
        legend=_legend(legend, arrays.get("allocation")),
        has_map=drawn is not None,
        runs=[[run, paid, words(own), rules] for run, paid, own, rules in run_rows(sides)],
        agreement=agreement_lines(sides),
        data=Markup(script_json(contents)),
        block=block,
    )


def _legend(
    shown: Sequence[dict[str, str]], allocation: NDArray[Any] | None
) -> list[dict[str, str]]:
    """Return what any side does anywhere, the baseline first."""
    done = () if allocation is None else np.unique(allocation)
    return [one for number, one in enumerate(shown) if number == 0 or number in done]


def _allocations(sides: Sequence[Side], names: Sequence[str]) -> NDArray[np.uint8]:
    """Return what each side does in the first's units, (n_units, n_sides); 0 where absent."""
    units = sides[0].problem.unit_ids.astype(str)
    columns = []
    for side in sides:
        codes = np.array([names.index(name) for name in side.problem.interventions], np.uint8)
        own = dict(zip(side.problem.unit_ids.astype(str), codes[side.plan], strict=True))
        columns.append(np.array([own.get(unit, _ABSENT) for unit in units], dtype=np.uint8))
    return np.ascontiguousarray(np.stack(columns, axis=1))


def _pair(first: Side, other: Side, found: Comparison, letter: str, hidden: bool) -> dict[str, Any]:
    """Collect the tables on one pair; where `hidden`, nothing finer than the region."""
    letters = ("A", letter)
    shown = shown_in(first, found)
    groups = {}
    for kind in ("region",) if hidden else ("region", "farm"):
        a, b = first.groups(kind), other.groups(kind)
        if a is not None and b is not None:
            groups[kind] = group_rows(a, b, kind, letters, units_of(first))
    return {
        "letter": letter,
        "verdict": _verdict(found, letters),
        "objectives": objective_rows(found, letters, shown),
        "bars": [_bar(found, m) for m in range(len(found.objectives))],
        "prices": price_rows(first, other, found, letters),
        "interventions": intervention_rows(found, letters),
        "groups": groups,
        "heads": [
            f"{name} [{unit}]" if unit else name
            for name, (_, unit) in zip(found.objectives, shown, strict=True)
        ],
        "kinds": [
            [x, y, f"{count:,}", *_cells(change, shown)]
            for x, y, count, change in swap_kinds(found)
        ],
        "elsewhere": _cells(found.elsewhere, shown) if found.elsewhere.any() else None,
        "swaps": [
            [
                found.unit_ids[s],
                found.interventions[found.b_options[s]],
                found.interventions[found.a_options[s]],
                *_cells(found.swap_change[s], shown),
            ]
            for s in largest_swaps(found, 0 if hidden else _SWAPS)
        ],
        "n_swaps": len(found.units),
        "swap_area": found.swap_area_ha,
        "loose": [
            name
            for name, exact in zip(found.objectives, found.swaps_exact, strict=True)
            if not exact
        ],
        "findings": () if hidden else found.findings,
    }


def _cells(change: NDArray[np.float64], shown: Sequence[tuple[float, str]]) -> list[str]:
    return [significant(v * factor) for v, (factor, _) in zip(change, shown, strict=True)]


def _bar(found: Comparison, m: int) -> dict[str, float]:
    """Place of the difference and its interval on a scale of 0 to 100 with zero in the middle."""
    ends = np.array([found.lower[m], found.difference[m], found.upper[m]])
    size = float(np.abs(ends).max()) or 1.0
    low, middle, high = (float(value) for value in 50.0 + 48.0 * ends / size)
    return {"low": low, "middle": middle, "high": high}


def _verdict(found: Comparison, letters: tuple[str, str]) -> str:
    """Say in a sentence in what each is better, and how sure that is."""
    parts = []
    for side, sure in zip(
        letters, (found.probability_a_better, 1 - found.probability_a_better), strict=True
    ):
        better = [
            f"{words(name)} ({chance:.0%} sure)"
            for name, chance in zip(found.objectives, sure, strict=True)
            if chance > 0.5
        ]
        if better:
            parts.append(f"{side} is better in {', '.join(better)}")
    return "; ".join(parts) if parts else "They do not differ in any objective"
