"""How much a unit matters: selection frequency, replacement cost, rarity.

None of the three is the importance of a place as such; each answers one question about this front.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edaphon.errors import expect
from edaphon.portfolio.diverse import good_rows
from edaphon.portfolio.groups import usual_choice
from edaphon.portfolio.tables import selection_frequency
from edaphon.portfolio.worth import Worth, answering_weights, check_row, worth_near
from edaphon.problem.evaluate import formulate
from edaphon.problem.rows import best_gains
from edaphon.problem.values import Front, Problem
from edaphon.solver.concave import answer_weights
from edaphon.solver.engine import make_engine
from edaphon.solver.oracle import Unfinished

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_UNITS = 60
"""Treated units up to which replacement costs are worked out by solving again."""
EXACT_PROBLEM = 1_000
"""Units of the problem up to which that is done."""
_SECONDS = 5.0


def importance(
    problem: Problem, front: Front, row: int, worth: Worth | None = None
) -> pd.DataFrame:
    """Say of every unit how often it is chosen, what doing without it costs, how rare it is.

    Parameters
    ----------
    problem : Problem
    front : Front
    row : int
        The portfolio to which replacement costs belong.
    worth : Worth, optional
        From `worth_near` for this row.

    Returns
    -------
    DataFrame, one row per unit
        unit_id, area_ha; selection_frequency (share of the front's portfolios that treat it);
        usual_intervention and usual_share (of the good portfolios); replacement_cost (loss of the
        weighted sum, as a share of what the whole portfolio is worth, if the unit may not be
        treated; 0 for untreated units, nan where that cannot be told), replacement_money (the
        same in money of the first ledger; nan where money is no concern), replacement_how
        ("exact" or "prices"); rarity (what the unit could hold at most of each feature that an
        objective counts, as a share of the landscape's, averaged over features and divided by
        the average unit's: 1 is average).

    Raises
    ------
    DataError
        If the front has no such row.
    """
    expect(problem=(problem, Problem), front=(front, Front))
    check_row(front, row)
    near = worth_near(problem, front, row) if worth is None else worth
    plan = front.portfolios[row]
    treated = np.flatnonzero(plan > 0)
    exact = len(treated) <= EXACT_UNITS and _quick(problem)
    if exact:
        loss = exact_replacement(problem, front, row, treated)
    else:
        loss = priced_replacement(near, plan, treated)
    option, share = usual_choice(front, good_rows(front))
    lost = np.zeros(problem.n_units)
    lost[treated] = loss
    whole = _whole(near, plan)
    columns: dict[str, Any] = {
        "unit_id": problem.unit_ids,
        "area_ha": problem.area_ha,
        "selection_frequency": selection_frequency(front),
        "usual_intervention": np.array(problem.interventions, dtype=object)[option],
        "usual_share": share,
        "replacement_cost": lost / whole if whole > 0 else np.full(problem.n_units, np.nan),
        "replacement_money": lost / near.per_money
        if near.per_money > 0
        else np.full(problem.n_units, np.nan),
        "replacement_how": "exact" if exact else "prices",
        "rarity": rarity(problem),
    }
    return pd.DataFrame(columns)


def _whole(worth: Worth, plan: NDArray[np.uint8]) -> float:
    """Weighted gains of a portfolio's treated units over what they would give untreated."""
    units = np.flatnonzero(plan > 0)
    weights = np.where(worth.weights > 0, worth.weights, 0.0)
    gains = np.maximum(worth.gains[units, plan[units]], 0.0)
    return float((gains @ weights).sum())


def _quick(problem: Problem) -> bool:
    """Whether solving again takes no time: few units, plain sums, at most one constraint."""
    plain = all(
        o.benefit == "linear" and not o.boundary and not o.connectivity for o in problem.objectives
    )
    return plain and problem.n_units <= EXACT_PROBLEM and len(problem.constraints) <= 1


def priced_replacement(
    worth: Worth, plan: NDArray[np.uint8], units: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Loss if each of some treated units may not be treated, from prices: (n,).

    At fixed prices the bound of the relaxed problem falls by what the chosen option is worth more
    than the baseline, so the money that is set free is spent elsewhere at the going price. nan
    where the baseline is not allowed.
    """
    chosen = worth.net[units, plan[units]]
    base = worth.net[units, 0]
    loss = np.where(np.isfinite(base), chosen - base, np.nan)
    return np.asarray(np.maximum(loss, 0.0), dtype=np.float64)


def exact_replacement(
    problem: Problem, front: Front, row: int, units: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Loss if each of some treated units may not be treated, by solving without it: (n,).

    The weights are the portfolio's, and shares keep their base. nan where the unit has to be
    treated or nothing feasible is left (Cabeza and Moilanen, 2006, Biological Conservation 132,
    187-198, call the loss of the optimum replacement cost).
    """
    weights = answering_weights(front, row)
    formulation = formulate(problem)
    lost = np.full(len(units), np.nan)
    if not np.isfinite(weights).all():
        return lost
    sense = np.array([1.0 if o.sense == "maximize" else -1.0 for o in problem.objectives])
    held = float(weights @ (front.values[row] * sense))
    best = _solved(problem, weights, formulation)
    held = held if best is None else max(held, best)
    for place, unit in enumerate(units):
        if problem.allowed[unit, 0] != 0:
            continue
        allowed = problem.allowed.copy()
        allowed[unit, 1:] = 1
        found = _solved(replace(problem, allowed=allowed), weights, formulation)
        lost[place] = np.nan if found is None else max(held - found, 0.0)
    return lost


def _solved(problem: Problem, weights: NDArray[np.float64], formulation: Any) -> float | None:
    """Weighted sum of the best portfolio; None where nothing feasible is found."""
    engine = make_engine(problem, formulation, _SECONDS)
    try:
        cut = answer_weights(engine.oracle(), engine.outcome, weights)
    except Unfinished:
        return None
    return None if cut is None else float(cut.values @ weights)


def rarity(problem: Problem) -> NDArray[np.float64]:
    """Return how much of what is scarce a unit could hold, 1 for the average unit, (n_units,).

    The unit's share of each feature's largest possible gain, summed over the features that
    objectives count (rarity-weighted richness: Williams et al., 1996, Conservation Biology 10,
    155-174), times the number of units and divided by that of features. 0 where no feature can
    be raised.
    """
    names = [feature.name for feature in problem.features]
    counted = {name for objective in problem.objectives for name in objective.features}
    columns = [names.index(name) for name in names if name in counted]
    best = best_gains(problem)[:, columns]
    total = best.sum(axis=0)
    live = total > 0
    if not live.any():
        return np.zeros(problem.n_units)
    share = best[:, live] / total[live]
    return np.asarray(share.mean(axis=1) * problem.n_units, dtype=np.float64)
