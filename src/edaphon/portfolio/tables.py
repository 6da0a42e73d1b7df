"""Tables of a portfolio: area and money by intervention, and how often a unit is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.values import Front, Problem


def intervention_table(problem: Problem, allocation: ArrayLike) -> pd.DataFrame:
    """Sum a portfolio by intervention.

    Parameters
    ----------
    problem : Problem
    allocation : int array, shape (n_units,)

    Returns
    -------
    DataFrame, one row per intervention, the baseline first
        intervention, units, area_ha, share_of_area (of the landscape), ``spent_<ledger>`` per
        ledger in its unit, share_of_spending (of the first ledger; nan where nothing is spent).
    """
    chosen = np.asarray(allocation)
    area = by_intervention(problem, chosen, problem.area_ha)
    spent = spent_by_intervention(problem, chosen)
    table = pd.DataFrame(
        {
            "intervention": list(problem.interventions),
            "units": np.bincount(chosen, minlength=problem.n_interventions),
            "area_ha": area,
            "share_of_area": area / problem.area_ha.sum(),
        }
    )
    for ledger, column in zip(problem.ledgers, spent.T, strict=True):
        table[f"spent_{ledger.name}"] = column
    total = spent[:, 0].sum() if spent.shape[1] else 0.0
    table["share_of_spending"] = spent[:, 0] / total if total > 0 else np.nan
    return table


def by_intervention(
    problem: Problem, allocation: NDArray[np.integer], per_unit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum a figure of each unit by the unit's intervention, shape (n_interventions,)."""
    total = np.bincount(allocation, weights=per_unit, minlength=problem.n_interventions)
    return total.astype(np.float64)


def spent_by_intervention(problem: Problem, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
    """Sum what is spent by intervention, shape (n_interventions, n_ledgers)."""
    paid = problem.cost[np.arange(problem.n_units), allocation]
    columns = [by_intervention(problem, allocation, column) for column in paid.T]
    return np.array(columns).reshape(len(problem.ledgers), problem.n_interventions).T


def selection_frequency(front: Front) -> NDArray[np.float64]:
    """Return the share of portfolios of kind front in which a unit is selected.

    A unit that is often selected is a safe choice on this front; it is not for that reason
    important or irreplaceable, since another unit may do just as well in its place.

    Returns
    -------
    float64 array, shape (n_units,)
        0 to 1; nan where the front is empty.
    """
    rows = front.portfolios[front.on_front]
    if not len(rows):
        return np.full(front.portfolios.shape[1], np.nan)
    return np.asarray((rows > 0).mean(axis=0), dtype=np.float64)
