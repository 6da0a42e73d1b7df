"""The oracle: the best portfolio for given weights under one bounded sum, and the bound it proves.

Tie rule: among equally good options of a unit the one with the lowest cost, then the lowest
position. Bounds are summed in float64 and rounded outward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import block_sum, tolerance
from edaphon.solver.core import Effort, fill_slack
from edaphon.solver.narrow import everything, narrow
from edaphon.solver.pairs import LARGE, Pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.narrow import Look
    from edaphon.solver.table import Table

SMALL = 500
THOROUGH = Effort(units=400, states=20_000, goal=0.0)
QUICK = Effort(units=40, states=400, goal=3e-7)
_ROUNDING = 64 * np.finfo(np.float64).eps


class Unfinished(Exception):
    """No portfolio was found in the time or nodes given, and none is proven impossible."""


@dataclass(frozen=True)
class Answer:
    """What the oracle says of one linear weighting of the columns.

    Attributes
    ----------
    allocation : uint8 array, shape (n_units,)
        A feasible portfolio.
    totals : float64 array, shape (n_columns,)
        Its column totals.
    relaxed : float64 array, shape (n_columns,)
        Column totals of the relaxed optimum (units may be split); `totals` where every objective
        is linear, since only concave ones ask for it.
    bound : float
        No feasible portfolio has a larger weighted sum.
    price : float
    certified_by : str
        "dp" where the portfolio is proven optimal, else "lp_dual".
    rounding : float
        What the bound was rounded outward.
    stopped : bool
        Whether a time limit ended the search.
    """

    allocation: NDArray[np.uint8]
    totals: NDArray[np.float64]
    relaxed: NDArray[np.float64]
    bound: float
    price: float
    certified_by: str
    rounding: float = 0.0
    stopped: bool = False


def outward(
    table: Table | Pairs, coefficients: NDArray[np.float64], price: float, limit: float
) -> float:
    """Return what rounding may have taken from a bound.

    Every unit's term is a sum of a few products and the terms are summed pairwise in blocks, so
    the error stays below 64 units in the last place of the sum of absolute terms (Higham, 2002,
    Accuracy and Stability of Numerical Algorithms, section 4.2).
    """
    size = float(np.abs(coefficients) @ table.column_size)
    if price > 0:
        size += price * (table.cost_size + abs(limit))
    return _ROUNDING * size


def maximize(
    table: Table | Pairs, coefficients: NDArray[np.float64], effort: Effort | None = None
) -> Answer | None:
    """Find the best portfolio for one weighting of the columns, and prove a bound.

    Parameters
    ----------
    table : Table or Pairs
    coefficients : float64 array, shape (n_columns,)
    effort : Effort, optional
        Default: thorough up to 500 units, quick above.

    Returns
    -------
    Answer or None
        None if no portfolio keeps the limit.
    """
    if isinstance(table, Pairs) or table.n_units >= LARGE:
        look = narrow(table, coefficients)
    else:
        look = everything(table, coefficients)
    if look is None:
        return None
    place, price = look.dual.within, look.dual.price
    units = np.arange(len(place))
    if price == 0.0:
        margin = outward(table, coefficients, 0.0, 0.0)
        bound = look.decided_value + block_sum(look.value[place, units]) + margin
        whole = look.whole(place)
        totals = table.totals(whole)
        return Answer(table.allocation(whole), totals, totals, bound, 0.0, "dp", margin)
    reduced = look.value - price * look.cost
    top = look.decided_value - price * look.decided_cost + block_sum(reduced.max(axis=0))
    margin = outward(table, coefficients, price, table.limit)
    margin += price * tolerance(table.limit, table.cost_size)
    bound = top + price * table.limit
    relaxed = None if table.outcome.linear else _relaxed(table, look)
    slack = table.limit - (look.decided_cost + block_sum(look.cost[place, units]))
    work = effort or (THOROUGH if table.n_units <= SMALL else QUICK)
    moves = fill_slack(
        reduced,
        look.cost,
        place,
        price,
        slack=slack,
        goal=max(work.goal * abs(bound), margin),
        effort=work,
        rest=look.rest,
    )
    place = place.copy()
    place[moves.units] = moves.places
    proof = "dp" if moves.proven >= moves.loss else "lp_dual"
    whole = look.whole(place)
    totals = table.totals(whole)
    return Answer(
        table.allocation(whole),
        totals,
        totals if relaxed is None else relaxed,
        bound - moves.proven + margin,
        price,
        proof,
        margin,
    )


def _relaxed(table: Table | Pairs, look: Look) -> NDArray[np.float64]:
    """Column totals of the mixture of both sides that meets the limit exactly."""
    units = np.arange(len(look.units))
    low = look.decided_cost + block_sum(look.cost[look.dual.within, units])
    high = look.decided_cost + block_sum(look.cost[look.dual.beyond, units])
    part = min(1.0, (table.limit - low) / (high - low)) if high > low else 0.0
    within = table.totals(look.whole(look.dual.within))
    return (1.0 - part) * within + part * table.totals(look.whole(look.dual.beyond))
