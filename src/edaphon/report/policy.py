"""Policy tables, and the page on method and evidence that can be quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edaphon.data.columns import unit_numbers
from edaphon.data.messages import counted, unknown_column
from edaphon.effects.build import feature_outcomes
from edaphon.effects.values import FactoredEffects
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.portfolio.carbon import carbon_table
from edaphon.portfolio.policy import CARBON, WHOLE, indicator_table, region_table
from edaphon.portfolio.shortlist import names_of
from edaphon.report.cards import card_rows
from edaphon.report.environment import environment
from edaphon.report.page import evidence_rows
from edaphon.report.run_files import write_aside, write_csv
from edaphon.report.show import beside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Catalogue
    from edaphon.problem.values import Front, Problem
    from edaphon.surrogates.state import Card

REGIONS, INDICATORS, PAGE = "policy_regions.csv", "policy_indicators.csv", "policy.html"
_MOST_REGIONS = 60


@dataclass(frozen=True)
class PolicyOrder:
    """What the policy tables need from the config.

    Attributes
    ----------
    people : float64 array, shape (n_units,), or None
        People of each unit, nan where not known.
    outcomes : mapping of str to str
        Feature to the outcome of the catalogue that changes it, "" for none.
    """

    people: NDArray[np.float64] | None
    outcomes: Mapping[str, str]


def people_of(config: Config, landscape: Landscape) -> NDArray[np.float64] | None:
    """Return the people of each unit, None where the config names no column.

    Raises
    ------
    DataError
        Where the column is not there, or holds text or negative figures.
    """
    column, where = config.report.people, config.where("report.people")
    if not column:
        return None
    table = landscape.attributes
    if column not in table.columns:
        raise DataError(unknown_column(where, column, table.columns, landscape.source))
    values, found = unit_numbers(landscape, column)
    raise_errors(found, DataError)
    below = values < 0
    if below.any():
        what = f"{column} is below 0 in {counted(int(below.sum()), 'unit')}"
        raise DataError(Finding(where, what, "Leave empty what is not known."))
    return values


def policy_order(
    config: Config, catalogue: Catalogue, landscape: Landscape, problem: Problem
) -> PolicyOrder:
    """Return what the policy tables need from the config; raises as `people_of`."""
    names = tuple(feature.name for feature in problem.features)
    outcomes, _ = feature_outcomes(config, catalogue, names)
    return PolicyOrder(people_of(config, landscape), dict(outcomes))


def write_policy(
    folder: Path,
    order: PolicyOrder,
    *,
    record: Mapping[str, Any],
    landscape: Landscape,
    problem: Problem,
    front: Front,
    chosen: Sequence[int],
    cards: Sequence[Card],
) -> None:
    """Write policy_regions.csv, policy_indicators.csv, policy.html and, if missing, carbon.csv.

    None of them tells anything finer than the region.

    Parameters
    ----------
    folder : Path
        The run directory.
    order : PolicyOrder
    record : mapping
        run.json.
    landscape, problem, front
        Of the same units in the same order.
    chosen : sequence of int
        Rows of the shortlist.
    cards : sequence of Card
    """
    rows = beside(front, chosen)
    regions = region_table(problem, front, rows, landscape.region, order.people)
    indicators = indicator_table(problem, front, rows, order.outcomes, landscape.farm)
    write_csv(folder / REGIONS, regions)
    write_csv(folder / INDICATORS, indicators)
    feature = carbon_feature(problem, order.outcomes)
    carbon = None if feature is None else carbon_table(problem, front, feature)
    if carbon is not None and not (folder / "carbon.csv").exists():
        write_csv(folder / "carbon.csv", carbon)
    shown = chosen[0] if chosen else rows[0]
    one = regions[regions["portfolio"] == front.names[shown]]
    named = list(zip(rows, names_of(problem, front, rows), strict=True))
    sizes = problem.effects.sizes if isinstance(problem.effects, FactoredEffects) else None
    text = environment().get_template("policy.html.j2").render(
        record=record,
        n_units=problem.n_units,
        area_ha=float(problem.area_ha.sum()),
        problem=problem,
        front=front,
        shown=dict(named)[shown],
        name=front.names[shown],
        regions=_shown_regions(one).to_dict("records"),
        n_regions=len(one) - 1,
        people=order.people is not None,
        carbon=[] if carbon is None else carbon.iloc[rows].to_dict("records"),
        names=[name for _, name in named],
        indicators=_side_by_side(indicators, [front.names[row] for row in rows]),
        ids=[front.names[row] for row in rows],
        evidence=evidence_rows(sizes, problem, front.level),
        cards=card_rows(cards),
    )  # fmt: skip
    write_aside(folder / PAGE, lambda part: part.write_text(text, encoding="utf-8"))


def carbon_feature(problem: Problem, outcomes: Mapping[str, str]) -> str | None:
    """Return the feature that counts organic carbon in tonnes, None where there is none."""
    for feature in problem.features:
        if outcomes.get(feature.name) == CARBON and feature.unit == "t" and not feature.relative:
            return feature.name
    return None


def _shown_regions(table: pd.DataFrame) -> pd.DataFrame:
    """Return the largest regions, in the order of their names, with the whole landscape last."""
    whole = table["region"] == WHOLE
    largest = table[~whole].nlargest(_MOST_REGIONS, "area_ha", keep="first").sort_index()
    return pd.concat([largest, table[whole]])


def _side_by_side(table: pd.DataFrame, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row per class of each indicator with the shares of the portfolios in order."""
    rows = []
    for (indicator, part, name), group in table.groupby(["indicator", "part", "class"], sort=False):
        share = group.set_index("portfolio")["share_of_area"]
        rows.append({"indicator": indicator, "part": part, "class": name,
                     "shares": [float(share[one]) for one in ids]})  # fmt: skip
    return rows
