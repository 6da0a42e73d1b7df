"""Policy tables of portfolios: regions and people, SDG 15.3.1 and the soil part of SDG 2.4.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.portfolio.groups import group_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.values import Front, Problem

CARBON, YIELD, EROSION = "soc", "yield", "erosion"
"""Outcomes of the catalogue from which the indicators are made."""
NOTABLE = 0.10
"""Relative change from which a stock counts as gained or lost: for soil organic carbon that of the
UNCCD's good practice guidance on SDG indicator 15.3.1, as Trends.Earth applies it (documentation,
"SDG Indicator 15.3.1", soil organic carbon, step 4). For yields, in the place of the trend that the
guidance reads from satellites, a judgement."""
SEVERE_T_HA = 10.0
"""Soil loss in t/ha and year from which a unit counts as eroded: Eurostat's bound of severe erosion
(agri-environmental indicator on soil erosion; from memory, not verified)."""
FARM_SHARES = (0.10, 0.50)
"""Shares of a farm's area under a soil threat: below the first desirable, above the second not
sustainable: FAO's methodological note on SDG indicator 2.4.1 (2018), prevalence of soil
degradation; from memory, not verified."""
TRENDS = ("degraded", "stable", "improved")
FARM_CLASSES = ("desirable", "acceptable", "unsustainable")
WHOLE = "whole landscape"
LAND, SOIL = "SDG 15.3.1", "SDG 2.4.1, soil"
COMBINED = "one out, all out"
_PARTS = {CARBON: "carbon stock", YIELD: "land productivity"}


def region_table(
    problem: Problem,
    front: Front,
    rows: Sequence[int],
    groups: ArrayLike | None,
    people: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Sum portfolios by region, and over the whole landscape.

    Parameters
    ----------
    problem : Problem
    front : Front
    rows : sequence of int
        Rows of `front`.
    groups : array of str, shape (n_units,), or None
        Region of each unit.
    people : float64 array, shape (n_units,), optional
        People of each unit; nan where it is not known.

    Returns
    -------
    DataFrame, one row per portfolio and region, the whole landscape last
        portfolio, then the columns of `edaphon.portfolio.groups.group_table` with the region for
        the group; with people also people (known ones) and people_treated, those of units where
        something new is done. Gains are against the baseline.
    """
    whole = np.full(problem.n_units, WHOLE)
    named = [whole] if groups is None else [np.asarray(groups).astype(str), whole]
    found = []
    for row in rows:
        plan = front.portfolios[row]
        for labels in named:
            table = group_table(problem, plan, labels).rename(columns={"group": "region"})
            if people is not None:
                at = np.unique(labels, return_inverse=True)[1]
                known = np.where(np.isfinite(people), people, 0.0)
                table.insert(4, "people", np.bincount(at, weights=known))
                table.insert(5, "people_treated", np.bincount(at, weights=known * (plan > 0)))
            table.insert(0, "portfolio", front.names[row])
            found.append(table)
    return pd.concat(found, ignore_index=True)


def relative_change(problem: Problem, plan: NDArray[np.integer], f: int) -> NDArray[np.float64]:
    """Return by what share of today's stock a feature changes in each unit, nan without stock."""
    stock = problem.effects.stock[:, f]
    change: NDArray[np.float64] = np.full(problem.n_units, np.nan)
    np.divide(problem.effects.chosen(plan)[:, f], stock, out=change, where=stock > 0)
    return change


def trend(change: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return -1 for a loss of at least 10 %, 1 for a gain of as much, 0 between, nan if unknown."""
    known = np.where(change <= -NOTABLE, -1.0, np.where(change >= NOTABLE, 1.0, 0.0))
    return np.where(np.isfinite(change), known, np.nan)


def one_out_all_out(trends: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Combine trends: degraded where one is, else improved where one is, else stable.

    The rule of SDG indicator 15.3.1 (UNCCD, good practice guidance): nothing makes up for a loss.

    Returns
    -------
    float64 array
        -1, 0, 1; nan where no trend is known.
    """
    stack = np.stack(list(trends))
    worst = np.where(np.isnan(stack), np.inf, stack).min(axis=0)
    best = np.where(np.isnan(stack), -np.inf, stack).max(axis=0)
    combined = np.where(worst < 0, -1.0, best)
    return np.where(np.isfinite(worst), combined, np.nan)


def indicator_table(
    problem: Problem,
    front: Front,
    rows: Sequence[int],
    outcomes: Mapping[str, str],
    farms: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return what portfolios do to two indicators of the Sustainable Development Goals.

    SDG 15.3.1 (land degradation) from the carbon stock and from yields in the place of land
    productivity, each unit against doing nothing new; land cover is not counted, since an
    intervention of the catalogue leaves it as it is or is not told by the features. SDG 2.4.1
    (sustainable agriculture), of its eleven parts the prevalence of soil degradation alone, and of
    its threats erosion (above 10 t/ha and year with the portfolio) and loss of fertility (a tenth
    of the carbon): the area of farms by the share of it that is under a threat.

    Parameters
    ----------
    problem : Problem
    front : Front
    rows : sequence of int
        Rows of `front`.
    outcomes : mapping of str to str
        Feature to the outcome of the catalogue that changes it.
    farms : array of str, shape (n_units,), optional
        Farm of each unit, empty for none; without it there is no SDG 2.4.1.

    Returns
    -------
    DataFrame
        portfolio, indicator, part, class, area_ha, share_of_area (of the area whose class is
        known); no rows for what no feature tells.
    """
    found = []
    for row in rows:
        plan = front.portfolios[row].astype(np.intp)
        told = [*_land(problem, plan, outcomes), *_farms(problem, plan, outcomes, farms)]
        found += [{"portfolio": front.names[row], **one} for one in told]
    columns = ["portfolio", "indicator", "part", "class", "area_ha", "share_of_area"]
    return pd.DataFrame(found, columns=columns)


def _with_outcome(problem: Problem, outcomes: Mapping[str, str], outcome: str) -> list[int]:
    """Return the features that an outcome changes."""
    return [f for f, one in enumerate(problem.features) if outcomes.get(one.name) == outcome]


def _land(
    problem: Problem, plan: NDArray[np.intp], outcomes: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """Yield the areas of SDG 15.3.1."""
    trends = {}
    for outcome, part in _PARTS.items():
        for f in _with_outcome(problem, outcomes, outcome)[:1]:
            trends[part] = trend(relative_change(problem, plan, f))
    if trends:
        trends[COMBINED] = one_out_all_out(list(trends.values()))
    for part, signs in trends.items():
        yield from _areas(LAND, part, TRENDS, signs + 1, problem.area_ha)


def _farms(
    problem: Problem,
    plan: NDArray[np.intp],
    outcomes: Mapping[str, str],
    farms: ArrayLike | None,
) -> Iterator[dict[str, object]]:
    """Yield the areas of the soil part of SDG 2.4.1."""
    eroded = [
        f
        for f in _with_outcome(problem, outcomes, EROSION)
        if problem.features[f].unit == "t/yr" and not problem.features[f].relative
    ][:1]
    carbon = _with_outcome(problem, outcomes, CARBON)[:1]
    if farms is None or not eroded:
        return
    threats = []
    for f in eroded:
        left = problem.effects.stock[:, f] + problem.effects.chosen(plan)[:, f]
        threats.append(left / problem.area_ha > SEVERE_T_HA)
    threats += [relative_change(problem, plan, f) <= -NOTABLE for f in carbon]
    names, codes = np.unique(np.asarray(farms).astype(str), return_inverse=True)
    area = np.bincount(codes, weights=problem.area_ha).astype(np.float64)
    under = np.bincount(codes, weights=problem.area_ha * np.any(threats, axis=0))
    share = under / area
    worse = np.searchsorted(FARM_SHARES[:1], share, side="right") + (share > FARM_SHARES[1])
    position = np.where(names == "", np.nan, worse.astype(np.float64))
    part = "erosion, fertility" if carbon else "erosion"
    yield from _areas(SOIL, part, FARM_CLASSES, position, area)


def _areas(
    indicator: str,
    part: str,
    classes: Sequence[str],
    position: NDArray[np.float64],
    area: NDArray[np.float64],
) -> Iterator[dict[str, object]]:
    """Yield the area of each class; what is not known does not count."""
    known = np.isfinite(position)
    whole = float(area[known].sum())
    for number, name in enumerate(classes):
        here = float(area[known & (position == number)].sum())
        share = here / whole if whole > 0 else np.nan
        yield {"indicator": indicator, "part": part, "class": name, "area_ha": here,
               "share_of_area": share}  # fmt: skip
