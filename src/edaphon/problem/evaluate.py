"""What a portfolio is worth: the only definition of good.

Every other part (solver, page, comparison) states its figures through these functions. Objectives
are sums over units of what the chosen options change, or a concave benefit of such sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from edaphon.errors import DataError, Finding, expect
from edaphon.problem.benefits import benefit_of
from edaphon.problem.boundary import boundary_charges
from edaphon.problem.network import connectivity_values
from edaphon.problem.rows import (
    best_gains_of,
    block_totals,
    blocks,
    column_sums,
    linking_rows,
    signs,
)
from edaphon.problem.values import Evaluation, Problem
from edaphon.problem.violations import violations

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.rows import LinkingRow
    from edaphon.problem.values import Objective

LEVEL = 0.9


@dataclass(frozen=True)
class Formulation:
    """What evaluating many portfolios of one problem shares.

    Attributes
    ----------
    total : float64 array, shape (n_features,)
        `total_amount`.
    rows : tuple of LinkingRow
        The constraints.
    """

    total: NDArray[np.float64]
    rows: tuple[LinkingRow, ...]


def formulate(problem: Problem, at_once: int = 1) -> Formulation:
    """Work out once what `evaluate` needs for every portfolio of a problem.

    The result is the same for any number of blocks of units that are worked on `at_once`.
    """
    return Formulation(total_amount(problem, at_once), linking_rows(problem))


def total_amount(problem: Problem, at_once: int = 1) -> NDArray[np.float64]:
    """Sum over units of the largest signed effect of the allowed pairs, at least 0, (n_features,).

    Design, section 3: the largest gain that could be held. In Marxan problems forbidden pairs
    count too. In the unit of each feature.
    """
    total = np.zeros(len(problem.features))
    for rows in blocks(problem.n_units, at_once):
        for one in block_totals(best_gains_of(problem, rows)):
            total += one
    return total


def share_weights(
    problem: Problem, objective: Objective, total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Factors that turn signed held amounts into the terms of an objective, (n_features,).

    One linear feature: 1 (its amount). Several, or a concave benefit: weight / total_amount,
    the weights summing to 1 (all 1 for "worst"); 0 for a feature that no allowed option raises.
    """
    names = [feature.name for feature in problem.features]
    factors = np.zeros(len(names))
    index = [names.index(name) for name in objective.features]
    if len(index) == 1 and objective.benefit == "linear":
        factors[index[0]] = 1.0
        return factors
    if objective.benefit == "worst":
        factors[index] = np.where(total[index] > 0, 1.0 / np.where(total > 0, total, 1.0)[index], 0)
        return factors
    weights = np.array(objective.weights or (1.0,) * len(index))
    reachable = np.where(total[index] > 0, total[index], np.inf)
    np.add.at(factors, index, weights / weights.sum() / reachable)
    return factors


def ledger_weights(problem: Problem, objective: Objective) -> NDArray[np.float64]:
    """1 for the ledgers that a minimized objective sums, else 0, shape (n_ledgers,)."""
    return np.array([float(ledger.name in objective.ledgers) for ledger in problem.ledgers])


def ledger_slopes(problem: Problem) -> NDArray[np.float64]:
    """Slopes of what is minimized in the features' prices, shape (n_objectives, n_features).

    What a unit of each feature's change (in its own sense) adds, so not above 0, and 0 but for
    ledgers with prices. For their spread only: the values hold the expected change already.
    """
    prices = np.zeros((len(problem.ledgers), len(problem.features)))
    for k, ledger in enumerate(problem.ledgers):
        if ledger.prices:
            prices[k] = ledger.prices
    return -np.array([ledger_weights(problem, one) for one in problem.objectives]) @ prices


def cost_loading(problem: Problem, chosen: NDArray[np.integer]) -> dict[str, NDArray[np.float64]]:
    """Return how objectives load on what practices turn out to cost, each (n_objectives,).

    Parameters
    ----------
    problem : Problem
    chosen : int array, shape (n_units,)

    Returns
    -------
    dict of str to float64 array
        By the practice whose cost deviates; the deviations are independent, of variance 1.
    """
    area = np.bincount(chosen, weights=problem.area_ha, minlength=problem.n_interventions)
    weights = np.array([ledger_weights(problem, one) for one in problem.objectives])
    loading: dict[str, NDArray[np.float64]] = {}
    for k, ledger in enumerate(problem.ledgers):
        for name, sds in ledger.spread:
            loading[name] = loading.get(name, 0.0) + weights[:, k] * float(area @ np.array(sds))
    return loading


def _cost_sd(
    problem: Problem, chosen: NDArray[np.integer], sd: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the standard deviation of each minimized objective, 0 for the others."""
    variance = ((ledger_slopes(problem) * sd) ** 2).sum(axis=1)
    for loading in cost_loading(problem, chosen).values():
        variance += loading**2
    return np.asarray(np.sqrt(variance))


def _objective(
    problem: Problem,
    objective: Objective,
    total: NDArray[np.float64],
    held: NDArray[np.float64],
    spent: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """Value of one objective, and its slope over signed held amounts (n_features,)."""
    if objective.sense == "minimize":
        return float(ledger_weights(problem, objective) @ spent), np.zeros(len(held))
    factors = share_weights(problem, objective, total)
    if objective.benefit == "linear":
        return float(factors @ held), factors
    if not factors.any():
        return 0.0, factors
    nothing = np.full_like(held, np.nan if objective.benefit == "worst" else 0.0)
    share = np.divide(held, total, out=nothing, where=total > 0)
    weights = factors * total
    worth = benefit_of(problem, objective)
    return float(weights @ worth.value(share)), factors * worth.slope(share)


def objective_values(
    problem: Problem,
    total: NDArray[np.float64],
    held: NDArray[np.float64],
    spent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Values of all objectives from totals, each in its own sense.

    Parameters
    ----------
    total : float64 array, shape (n_features,)
        `total_amount`.
    held : float64 array, shape (n_features,)
        Gains with the sign of each feature's good direction.
    spent : float64 array, shape (n_ledgers,)

    Returns
    -------
    float64 array, shape (n_objectives,)
        A maximized feature that is better lower is shown as the amount by which it shrinks.
    """
    return np.array([_objective(problem, o, total, held, spent)[0] for o in problem.objectives])


def objective_slopes(
    problem: Problem,
    total: NDArray[np.float64],
    held: NDArray[np.float64],
    spent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Slope of each objective in each signed held amount, shape (n_objectives, n_features).

    Parameters as in `objective_values`.
    """
    return np.array([_objective(problem, o, total, held, spent)[1] for o in problem.objectives])


def objective_intervals(
    problem: Problem,
    total: NDArray[np.float64],
    held: NDArray[np.float64],
    spent: NDArray[np.float64],
    *,
    sd: NDArray[np.float64],
    cost_sd: NDArray[np.float64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two-sided interval of every objective at `level`, in closed form.

    All features of an objective are moved together along the most likely direction of a change
    of its value (the design point of the first-order reliability method: Hasofer and Lind, 1974,
    J. Eng. Mech. Div. ASCE 100, 111-121): held -+ z sd (slope sd) / |slope sd|. For a linear
    objective this is value -+ z sqrt(variance) exactly; for a saturating benefit of one feature
    it is the benefit of the interval's ends. What is minimized is value -+ z sd.

    Parameters
    ----------
    sd : float64 array, shape (n_features,)
        Standard deviation of each held amount, shared and local parts together.
    cost_sd : float64 array, shape (n_objectives,)
        Standard deviation of each minimized objective.
    """
    z = float(ndtri(0.5 + level / 2))
    lower = np.empty(len(problem.objectives))
    upper = np.empty(len(problem.objectives))
    for j, objective in enumerate(problem.objectives):
        value, slope = _objective(problem, objective, total, held, spent)
        if objective.sense == "minimize":
            lower[j], upper[j] = value - z * cost_sd[j], value + z * cost_sd[j]
            continue
        pull = slope * sd
        size = float(np.sqrt((pull**2).sum()))
        step = z * sd * pull / size if size > 0 else np.zeros_like(sd)
        lower[j] = min(value, _objective(problem, objective, total, held - step, spent)[0])
        upper[j] = max(value, _objective(problem, objective, total, held + step, spent)[0])
    return lower, upper


def evaluate(
    problem: Problem,
    allocation: ArrayLike,
    level: float = LEVEL,
    formulation: Formulation | None = None,
) -> Evaluation:
    """Work out what one portfolio is worth, how sure that is, and whether it is feasible.

    Parameters
    ----------
    problem : Problem
    allocation : int array, shape (n_units,)
        Position of the chosen intervention in every unit.
    level : float
        Level of the intervals.
    formulation : Formulation, optional
        From `formulate`, to evaluate many portfolios of the same problem.

    Raises
    ------
    DataError
        If the allocation has another length or names an intervention that does not exist.
    """
    expect(problem=(problem, Problem))
    chosen = as_allocation(problem, allocation)
    shared_parts = formulate(problem) if formulation is None else formulation
    sign = signs(problem)
    held = column_sums(problem.effects.chosen(chosen))
    costs = problem.cost[np.arange(problem.n_units), chosen]
    spent = column_sums(costs)
    shared, local = problem.effects.total_spread(chosen)
    sd = np.sqrt((shared**2).sum(axis=0) + local)
    total = shared_parts.total
    lower, upper = objective_intervals(
        problem, total, held * sign, spent,
        sd=sd, cost_sd=_cost_sd(problem, chosen, sd), level=level,
    )  # fmt: skip
    broken = violations(problem, chosen, shared_parts.rows)
    charges = boundary_charges(problem, chosen) + connectivity_values(problem, chosen)
    return Evaluation(
        values=objective_values(problem, total, held * sign, spent) + charges,
        lower=lower + charges,
        upper=upper + charges,
        level=level,
        held=held,
        spent=spent,
        treated_area_ha=float(problem.area_ha[chosen != 0].sum()),
        share_outside_applicability=_share_outside(problem, chosen, costs),
        feasible=not broken,
        violations=broken,
        objectives=problem.objectives,
        ledgers=problem.ledgers,
    )


def as_allocation(
    problem: Problem, allocation: ArrayLike, where: str = "allocation"
) -> NDArray[np.intp]:
    """Return an allocation as positions, shape (n_units,).

    Raises
    ------
    DataError
        If it has another length, holds no integers or names an intervention that does not exist.
    """
    chosen = np.asarray(allocation)
    if chosen.shape != (problem.n_units,):
        what = f"has shape {chosen.shape}, but the problem has {problem.n_units} units"
        raise DataError(Finding(where, what, "Give one intervention position per unit."))
    if not np.issubdtype(chosen.dtype, np.integer):
        what = f"holds {chosen.dtype} values"
        raise DataError(Finding(where, what, "Give integer positions, 0 = baseline."))
    outside = np.flatnonzero((chosen < 0) | (chosen >= problem.n_interventions))
    if len(outside):
        i = outside[0]
        what = f"unit {problem.unit_ids[i]} has intervention {chosen[i]}"
        hint = f"Positions run from 0 to {problem.n_interventions - 1}."
        raise DataError(Finding(where, what, hint))
    return chosen.astype(np.intp)


def _share_outside(problem: Problem, chosen: NDArray[np.intp], costs: NDArray[np.float64]) -> float:
    """Share of the money that is spent on units outside the area of applicability."""
    money = np.array([ledger.money for ledger in problem.ledgers], dtype=bool)
    spending = costs[:, money].sum(axis=1)
    whole = float(spending.sum())
    if whole <= 0:
        return float("nan")
    return float(spending[~problem.effects.applicable(chosen)].sum() / whole)


def objective_gains(
    problem: Problem, total: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Table of what each pair adds to each objective, turned to maximize.

    Minimized ledgers are negated, features that are better lower reversed. A saturating
    objective stands with its linear shares (the sum of weight x share).

    Returns
    -------
    float64 array, shape (n_units, n_interventions, n_objectives)
        nan for pairs that are not allowed.
    """
    return np.concatenate(list(gain_blocks(problem, total)))


def gain_blocks(
    problem: Problem, total: NDArray[np.float64] | None = None
) -> Iterator[NDArray[np.float64]]:
    """Yield `objective_gains` of one block of units after the other."""
    amounts = total_amount(problem) if total is None else total
    factors = np.stack([share_weights(problem, o, amounts) for o in problem.objectives], axis=1)
    ledgers = np.stack([-ledger_weights(problem, o) for o in problem.objectives], axis=1)
    factors *= signs(problem)[:, None]
    for rows in blocks(problem.n_units):
        gains = problem.effects.block(rows) @ factors + problem.cost[rows] @ ledgers
        gains[problem.allowed[rows] != 0] = np.nan
        yield gains
