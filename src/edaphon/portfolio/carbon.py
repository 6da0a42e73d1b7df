"""Carbon that portfolios store, what a tonne costs, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from edaphon.soil.gsocseq import CO2_PER_C

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edaphon.problem.values import Front, Problem


def carbon_table(
    problem: Problem, front: Front, feature: str, rows: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return the carbon of portfolios with its cost.

    Parameters
    ----------
    problem : Problem
    front : Front
    feature : str
        A feature in t of organic carbon.
    rows : sequence of int, optional
        Rows of `front`; all if None.

    Returns
    -------
    DataFrame, one row per portfolio
        portfolio, tags, gain_t_c, gain_lower_t_c, gain_upper_t_c (at the front's level), and the
        same as t_co2e; spent (the first ledger); cost_per_t_c, cost_per_t_co2e with
        cost_per_t_co2e_lower and _upper: at the upper and the lower end of the gain. Costs are nan
        where nothing is gained, and the upper one infinite where the gain may be 0 or a loss. All
        the money counts, whatever else it buys.
    """
    f = [one.name for one in problem.features].index(feature)
    reach = float(ndtri(0.5 + front.level / 2))
    found = []
    for row in range(len(front.names)) if rows is None else rows:
        chosen = front.portfolios[row].astype(np.intp)
        gain = float(problem.effects.chosen(chosen)[:, f].sum())
        shared, local = problem.effects.total_spread(chosen)
        half = reach * float(np.sqrt((shared[:, f] ** 2).sum() + local[f]))
        spent = float(front.spent[row, 0])
        found.append(
            {
                "portfolio": front.names[row],
                "tags": front.tags[row],
                "gain_t_c": gain,
                "gain_lower_t_c": gain - half,
                "gain_upper_t_c": gain + half,
                "gain_t_co2e": CO2_PER_C * gain,
                "gain_lower_t_co2e": CO2_PER_C * (gain - half),
                "gain_upper_t_co2e": CO2_PER_C * (gain + half),
                "spent": spent,
                "cost_per_t_c": _price(spent, gain),
                "cost_per_t_co2e": _price(spent, CO2_PER_C * gain),
                "cost_per_t_co2e_lower": _price(spent, CO2_PER_C * (gain + half)),
                "cost_per_t_co2e_upper": _upper_price(spent, gain, CO2_PER_C * (gain - half)),
            }
        )
    return pd.DataFrame(found)


def _price(spent: float, tonnes: float) -> float:
    """Money per tonne; nan where nothing is gained."""
    return spent / tonnes if tonnes > 0 else float("nan")


def _upper_price(spent: float, gain: float, least: float) -> float:
    """Money per tonne at the lower end of a gain; infinite where it may be none."""
    if gain <= 0:
        return float("nan")
    return spent / least if least > 0 else float("inf")
