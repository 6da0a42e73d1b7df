"""What the page's script works from: a table of contents as JSON and one block of packed arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.effects.values import FactoredEffects
from edaphon.portfolio.reasons import NONE, Reasons
from edaphon.portfolio.shortlist import names_of
from edaphon.portfolio.tables import (
    by_intervention,
    selection_frequency,
    spent_by_intervention,
)
from edaphon.report.cards import card_arrays, scatter_log
from edaphon.report.map import RasterMap, VectorMap, landscape_map
from edaphon.report.packing import coded, pack
from edaphon.report.palette import intervention_colors
from edaphon.report.regions import region_map, share_treated
from edaphon.report.resolve import resolve_contents
from edaphon.report.text import shown_objectives, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape
    from edaphon.problem.values import Front, Problem
    from edaphon.surrogates.state import Card

Arrays = dict[str, Any]

EXACT_UNITS = 100_000
"""Units above which the page holds their figures rounded, and the maps of some portfolios."""
_MAPPED = 12_000_000
"""Units times portfolios that are mapped above that; measured with benchmarks/page.py: a million
units stay below 10 MB."""

_DENSE_LIMIT = 1_000_000
_WHY_LIMIT = 300_000


def page_data(
    *,
    landscape: Landscape,
    problem: Problem,
    front: Front,
    shortlist: Sequence[int],
    cards: Sequence[Card],
    stand_ins: Mapping[str, Sequence[Mapping[str, str]]],
    anonymous: bool,
    reasons: Mapping[int, Reasons] | None = None,
) -> tuple[dict[str, Any], str]:
    """Collect what the page's script needs.

    Parameters
    ----------
    landscape, problem, front
        Of the same units in the same order.
    shortlist : sequence of int
        Rows of `front`; the first one is shown when the page opens.
    cards : sequence of Card
    stand_ins : mapping
        Objective: the audited surrogates that it rests on, each with surrogate, stands_for, grade.
    anonymous : bool
        Leave out everything finer than the region.
    reasons : mapping, optional
        By row of the front; left out where they would make the page heavy.

    Returns
    -------
    contents : dict
        Plain values, with the index of the packed arrays under "arrays".
    block : str
        The packed arrays; see `pack`.
    """
    arrays: Arrays = {**_totals(problem, front), **card_arrays(cards)}
    contents: dict[str, Any] = {
        "objectives": _objectives(front, problem, stand_ins),
        "interventions": _interventions(problem),
        "features": [
            {"name": words(f.name), "unit": "%" if f.relative else f.unit, "relative": f.relative}
            for f in problem.features
        ],
        "ledgers": [{"name": words(x.name), "unit": x.unit} for x in problem.ledgers],
        "portfolios": _portfolios(front, _labels(problem, front, shortlist)),
        "shortlist": list(shortlist),
        "level": front.level,
        "n_units": problem.n_units,
        "area_ha": float(problem.area_ha.sum()),
        "scatter_log": scatter_log(cards),
        "anonymous": anonymous,
    }
    if anonymous:
        contents["map"] = _region_contents(arrays, landscape, problem, front)
    else:
        contents["map"] = map_contents(arrays, landscape_map(landscape))
        contents["units"] = _unit_contents(arrays, landscape, problem)
        contents["why"] = _why_contents(arrays, problem.n_units, reasons or {})
        _allocations(contents, arrays, front, shortlist)
    contents["resolve"] = resolve_contents(arrays, problem, front, anonymous=anonymous)
    contents["arrays"], block = pack(arrays)
    return contents, block


def _allocations(
    contents: dict[str, Any], arrays: Arrays, front: Front, shortlist: Sequence[int]
) -> None:
    """Pack what every portfolio does, (n_units, n_mapped), of very many units some portfolios."""
    n_portfolios, n_units = front.portfolios.shape
    rows = list(range(n_portfolios))
    if n_units > EXACT_UNITS:
        rows = mapped_rows(front, shortlist)
        arrays["frequency"] = np.rint(255 * selection_frequency(front)).astype("u1")
        for k, portfolio in enumerate(contents["portfolios"]):
            portfolio["map"] = rows.index(k) if k in rows else -1
    arrays["allocation"] = np.ascontiguousarray(front.portfolios[rows].T)


def mapped_rows(front: Front, shortlist: Sequence[int]) -> list[int]:
    """Return the portfolios of very many units whose maps the page holds.

    Those of the shortlist and those beside the front, then others spread evenly over the front,
    until units times portfolios reach 12 million.
    """
    n_portfolios, n_units = front.portfolios.shape
    first = {*shortlist, *(k for k, kind in enumerate(front.kinds) if kind != "front")}
    others = [k for k in range(n_portfolios) if k not in first]
    room = min(max(_MAPPED // n_units - len(first), 0), len(others))
    spread = np.linspace(0, max(len(others) - 1, 0), room).round().astype(int)
    return sorted(first | {others[at] for at in spread})


def _objectives(
    front: Front, problem: Problem, stand_ins: Mapping[str, Sequence[Mapping[str, str]]]
) -> list[dict[str, Any]]:
    return [
        {
            "name": words(objective.name),
            "sense": objective.sense,
            "unit": shown.unit,
            "factor": shown.factor,
            "ofWhat": shown.of_what,
            "change": shown.change,
            "saturating": objective.benefit == "saturating",
            "ideal": front.ideal[m],
            "nadir": front.nadir[m],
            "standIns": [
                {
                    "surrogate": words(one["surrogate"]),
                    "standsFor": words(one["stands_for"]),
                    "grade": one["grade"],
                }
                for one in stand_ins.get(objective.name, ())
            ],
        }
        for m, (objective, shown) in enumerate(
            zip(front.objectives, shown_objectives(front, problem), strict=True)
        )
    ]


def _interventions(problem: Problem) -> list[dict[str, str]]:
    colors = intervention_colors(problem.interventions)
    return [
        {"id": name, "name": words(name), "color": color}
        for name, color in zip(problem.interventions, colors, strict=True)
    ]


def _labels(problem: Problem, front: Front, shortlist: Sequence[int]) -> dict[int, str]:
    """Name the shortlisted portfolios and those beside the front by what they are."""
    rows = [k for k, kind in enumerate(front.kinds) if kind != "front"]
    rows += [k for k in shortlist if k not in rows]
    return dict(zip(rows, names_of(problem, front, rows), strict=True))


def _portfolios(front: Front, labels: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": words(labels.get(k, front.tags[k] or name)),
            "kind": front.kinds[k],
            "tags": words(front.tags[k]),
            "values": front.values[k],
            "lower": front.lower[k],
            "upper": front.upper[k],
            "feasible": front.feasible[k],
            "gap": front.certified_gap[k],
            "optimality": front.optimality_gap[k],
            "by": front.certified_by[k],
            "area": front.treated_area_ha[k],
            "spent": front.spent[k],
            "outside": front.share_outside_applicability[k],
        }
        for k, name in enumerate(front.names)
    ]


def _totals(problem: Problem, front: Front) -> Arrays:
    """Area (P, a) and spending (P, a, ledger) of each portfolio by intervention."""
    rows = front.portfolios
    return {
        "areas": np.array([by_intervention(problem, x, problem.area_ha) for x in rows], "f4"),
        "spending": np.array([spent_by_intervention(problem, x) for x in rows], "f4"),
    }


def map_contents(arrays: Arrays, drawn: VectorMap | RasterMap | None) -> dict[str, Any] | None:
    """Add a map to the packed arrays and return what the script has to know of it."""
    if isinstance(drawn, VectorMap):
        arrays["map_x"] = np.diff(drawn.x, prepend=0).astype("i2")
        arrays["map_y"] = np.diff(drawn.y, prepend=0).astype("i2")
        arrays["ring_sizes"] = drawn.ring_sizes
        arrays["ring_units"] = np.diff(drawn.ring_units, prepend=0).astype("i4")
        arrays["ring_holes"] = drawn.ring_holes
        return {
            "kind": "vector",
            "width": drawn.width,
            "height": drawn.height,
            "meters": drawn.meters,
            "place": drawn.place,
        }
    return _raster_contents(arrays, drawn) if drawn else None


def _raster_contents(arrays: Arrays, drawn: RasterMap) -> dict[str, Any]:
    arrays["map_units"] = np.diff(drawn.units.ravel(), prepend=0).astype("i4")
    rows, columns = drawn.units.shape
    return {
        "kind": "raster",
        "columns": columns,
        "rows": rows,
        "width": columns,
        "height": rows * drawn.aspect,
        "meters": drawn.meters,
        "cells": drawn.cells,
        "place": drawn.place,
    }


def _region_contents(
    arrays: Arrays, landscape: Landscape, problem: Problem, front: Front
) -> dict[str, Any] | None:
    regions = region_map(landscape)
    if regions is None:
        return None
    arrays["region_share"] = share_treated(landscape, problem, front.portfolios).astype("f4")
    drawn = RasterMap(regions.codes, regions.aspect, regions.meters)
    return {**_raster_contents(arrays, drawn), "regions": list(regions.names)}


def _unit_contents(arrays: Arrays, landscape: Landscape, problem: Problem) -> dict[str, Any]:
    ids = "\n".join(str(unit).replace("\n", " ") for unit in problem.unit_ids)
    arrays["ids"] = np.frombuffer(ids.encode("utf-8"), dtype="u1")
    arrays["unit_area"] = problem.area_ha.astype("f4")
    exact = problem.n_units <= EXACT_UNITS
    contents: dict[str, Any] = {
        "cost": _cost_contents(arrays, problem),
        "regions": None,
        "exact": exact,
    }
    if landscape.region is not None:
        names, codes = np.unique(landscape.region, return_inverse=True)
        arrays["region"] = codes.astype("i2")
        contents["regions"] = [str(name) for name in names]
    if exact:
        _effect_contents(contents, arrays, problem)
    else:
        _rounded_contents(contents, arrays, problem)
    return contents


def _rounded_contents(contents: dict[str, Any], arrays: Arrays, problem: Problem) -> None:
    """Round the figures of very many units; leave out what cannot be, and effects of many parts."""
    parts: Arrays = {}
    _effect_contents(contents, parts, problem)
    if set(parts) == {"stock", "stratum", "ratio"}:
        arrays.update(parts)
    else:
        contents.pop("effects", None)
    names = [name for name in arrays if name in ("unit_area", "stock") or name[:5] == "cost_"]
    for name in names:
        found = coded(np.asarray(arrays[name], dtype=np.float64))
        if found is not None:
            arrays[name] = found
            contents["rounding"] = max(contents.get("rounding", 0.0), found.error)


def _effect_contents(contents: dict[str, Any], arrays: Arrays, problem: Problem) -> None:
    effects = problem.effects
    if isinstance(effects, FactoredEffects):
        for name in ("probability", "room_up", "room_down", "odds"):
            if getattr(effects, name, None) is not None:
                arrays[name] = getattr(effects, name).astype("f4")
        arrays["stock"] = effects.stock.astype("f4")
        if effects.answering is not None:
            arrays["answering"] = effects.answering.astype("f4")
        arrays["stratum"] = effects.stratum.astype("i2")
        arrays["ratio"] = np.expm1(effects.sizes.lnrr).astype("f4")
        if effects.modeled is not None:
            arrays["response"] = effects.modeled.response.astype("f4")
            arrays["brought"] = effects.modeled.brought.astype("f4")
            contents["terms"] = effects.modeled.response.shape[1]
        contents["effects"] = "factored"
    elif np.prod(effects.shape) <= _DENSE_LIMIT:
        arrays["effects"] = effects.block(slice(None)).astype("f4")
        contents["effects"] = "dense"


def _why_contents(arrays: Arrays, n_units: int, reasons: Mapping[int, Reasons]) -> list[int]:
    """Pack the reasons, and return the rows of the front that they belong to."""
    if not reasons or n_units * len(reasons) > _WHY_LIMIT:
        return []
    shape = (len(reasons), n_units)
    packed = {name: np.full(shape, NONE, "u1") for name in ("main", "share", "beats", "next")}
    packed |= {"grade": np.zeros(shape, "u1"), "tie": np.zeros(shape, "u1")}
    money = np.full(shape, np.nan, "f4")
    for number, found in enumerate(reasons.values()):
        at = (number, found.units)
        packed["main"][at] = found.main
        packed["share"][at] = np.rint(100 * found.main_share)
        known = np.isfinite(found.beats)
        packed["beats"][at] = np.where(known, np.rint(100 * np.where(known, found.beats, 0)), NONE)
        packed["next"][at] = found.next_best
        packed["grade"][at] = found.grade
        packed["tie"][at] = found.tie
        money[at] = found.next_money
    arrays["why_money"] = money
    arrays.update({f"why_{name}": values for name, values in packed.items()})
    return list(reasons)


def _cost_contents(arrays: Arrays, problem: Problem) -> list[Any]:
    """First ledger by intervention: a number per ha, or a multiple of a packed column."""
    found: list[Any] = []
    packed: dict[str, NDArray[np.float64]] = {}
    for a in range(problem.n_interventions):
        column = problem.cost[:, a, 0]
        per_ha = _only(column / problem.area_ha)
        if per_ha is not None:
            found.append(per_ha)
            continue
        for name, other in packed.items():
            times = _only(column / other) if np.all(other != 0) else None
            if times is not None:
                found.append({"column": name, "times": times})
                break
        else:
            packed[f"cost_{a}"] = column
            found.append({"column": f"cost_{a}", "times": 1.0})
    arrays.update({name: column.astype("f4") for name, column in packed.items()})
    return found


def _only(values: NDArray[np.float64]) -> float | None:
    """Return the one value that all are, up to rounding; None where they differ."""
    same = np.ptp(values) <= 1e-9 * np.abs(values).max(initial=0.0)
    return float(values[0]) if same else None
