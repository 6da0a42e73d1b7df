"""Who gains and who pays: a portfolio's area, money and gains by region or farm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.values import Front, Problem

NO_REGRET = 0.95
"""Share of the good portfolios that have to agree on a unit."""


def group_table(problem: Problem, allocation: ArrayLike, groups: ArrayLike) -> pd.DataFrame:
    """Sum a portfolio by group of units.

    What is spent in a group is what its interventions cost there, whoever pays for them; who
    bears it is for the reader to say. Gains are in each feature's own sense: a feature that is
    better lower shrinks below 0.

    Parameters
    ----------
    problem : Problem
    allocation : int array, shape (n_units,)
    groups : array of str, shape (n_units,)
        Region or farm of each unit; empty for units of none.

    Returns
    -------
    DataFrame, one row per group in the order of the names
        group, units, area_ha, treated_ha, share_of_area (of the landscape), ``spent_<ledger>``,
        share_of_spending (first ledger; nan where nothing is spent), ``gain_<feature>`` in the
        feature's unit.
    """
    chosen = np.asarray(allocation)
    names, codes = np.unique(np.asarray(groups).astype(str), return_inverse=True)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(codes, weights=values, minlength=len(names)).astype(np.float64)

    area = total(problem.area_ha)
    table = pd.DataFrame(
        {
            "group": names,
            "units": np.bincount(codes, minlength=len(names)),
            "area_ha": area,
            "treated_ha": total(problem.area_ha * (chosen > 0)),
            "share_of_area": area / problem.area_ha.sum(),
        }
    )
    paid = problem.cost[np.arange(problem.n_units), chosen]
    for ledger, column in zip(problem.ledgers, paid.T, strict=True):
        table[f"spent_{ledger.name}"] = total(column)
    whole = float(paid[:, 0].sum()) if paid.shape[1] else 0.0
    table["share_of_spending"] = total(paid[:, 0]) / whole if whole > 0 else np.nan
    gains = problem.effects.chosen(chosen)
    for feature, column in zip(problem.features, gains.T, strict=True):
        table[f"gain_{feature.name}"] = total(column)
    return table


def usual_choice(
    front: Front, rows: Sequence[int] | NDArray[np.intp]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return what most portfolios do in every unit, and the share that does it.

    Parameters
    ----------
    front : Front
    rows : sequence of int
        Portfolios that count; `edaphon.portfolio.diverse.good_rows` for the good ones.

    Returns
    -------
    option : uint8 array, shape (n_units,)
        Among equally frequent ones the lowest position.
    share : float64 array, shape (n_units,)
        nan for no portfolios.
    """
    plans = front.portfolios[np.asarray(rows, dtype=np.intp)]
    n_units = front.portfolios.shape[1]
    if not len(plans):
        return np.zeros(n_units, dtype=np.uint8), np.full(n_units, np.nan)
    counts = np.stack([(plans == a).sum(axis=0) for a in range(int(plans.max()) + 1)])
    best = counts.argmax(axis=0)
    return best.astype(np.uint8), counts.max(axis=0) / len(plans)


def no_regret(
    front: Front, rows: Sequence[int] | NDArray[np.intp], share: float = NO_REGRET
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Return the units on which nearly all good portfolios agree, and on what.

    Such a choice is safe within this front: it is right at nearly all of the weights that the
    front answers. It is not safe against effects that are wrong, which all portfolios share.

    Returns
    -------
    agreed : bool array, shape (n_units,)
    option : uint8 array, shape (n_units,)
        The baseline where they agree on leaving the unit as it is.
    """
    option, agreement = usual_choice(front, rows)
    return agreement >= share, option
