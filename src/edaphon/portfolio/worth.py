"""What every option is worth near one portfolio, at the prices of the constraints there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.errors import DataError, Finding
from edaphon.problem.evaluate import evaluate, formulate, ledger_weights, objective_slopes
from edaphon.problem.rows import blocks, signs
from edaphon.solver.dual import find_price
from edaphon.solver.prices import find_prices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Front, Problem

_TIGHT = 1e-12


@dataclass(frozen=True)
class Worth:
    """The worth of every option of every unit, near one portfolio.

    Attributes
    ----------
    weights : float64 array, shape (n_objectives,)
        Worth of one unit of each objective, turned to maximize; nan where the front has no
        portfolio that answers weights.
    gains : float64 array, shape (n_units, n_interventions, n_objectives)
        What an option adds to each objective, turned to maximize; a benefit that is no plain sum
        enters with its slope at the portfolio. Boundary between units is left out.
    net : float64 array, shape (n_units, n_interventions)
        Weighted gains less what the constraints charge at their prices; -inf where forbidden.
    per_money : float
        What one unit of the first ledger's money is worth: the weight of what it costs, and the
        price of the budgets on it. 0 where money is no concern.
    """

    weights: NDArray[np.float64]
    gains: NDArray[np.float64]
    net: NDArray[np.float64]
    per_money: float


def check_row(front: Front, row: int) -> None:
    """Raise DataError where a front has no such row."""
    if row not in range(len(front.portfolios)):
        what = f"the front has rows 0 to {len(front.portfolios) - 1}, not {row!r}"
        raise DataError([Finding("row", what)])


def answering_weights(front: Front, row: int) -> NDArray[np.float64]:
    """Return the weights for which a portfolio is best, or else least bad.

    Its own where it answers some; else those of the portfolio of the front to which it loses
    least, relative to the spans, when both are judged by them. They multiply objectives turned to
    maximize, in their own units.

    Returns
    -------
    float64 array, shape (n_objectives,)
        nan where no portfolio answers weights.
    """
    if np.isfinite(front.weights[row]).all():
        return np.asarray(front.weights[row] / front.scales, dtype=np.float64)
    known = np.flatnonzero(front.on_front & np.isfinite(front.weights).all(axis=1))
    if not len(known):
        return np.full(len(front.scales), np.nan)
    sense = np.array([1.0 if o.sense == "maximize" else -1.0 for o in front.objectives])
    raw = front.weights[known] / front.scales
    points = front.values * sense
    span = np.abs(front.ideal - front.nadir)
    loss = (raw * (points[known] - points[row])).sum(axis=1)
    size = raw @ span
    relative = loss / np.where(size > 0, size, 1.0)
    best: NDArray[np.float64] = raw[int(relative.argmin())]
    return best


def worth_near(problem: Problem, front: Front, row: int) -> Worth:
    """Work out what every option is worth near one portfolio.

    The prices of the constraints are those of the relaxed problem at the portfolio's weights (the
    multipliers of the linear program; `edaphon.solver.dual`, `edaphon.solver.prices`). At them the
    portfolio's choice is the best or nearly the best of every unit, and what an option is worth
    less is what using it instead costs.

    Parameters
    ----------
    problem : Problem
    front : Front
    row : int

    Returns
    -------
    Worth
    """
    formulation = formulate(problem)
    weights = answering_weights(front, row)
    gains = _gains(problem, front.portfolios[row], formulation)
    value = gains @ np.where(np.isfinite(weights), weights, 0.0)
    value = np.where(problem.allowed == 0, value, -np.inf)
    sides = _sides(formulation)
    prices = _prices(value, sides)
    net = value - sum(
        (price * side for price, (side, _) in zip(prices, sides, strict=True)),
        start=np.zeros_like(value),
    )
    money = sum(
        weight * float(ledger_weights(problem, objective)[0])
        for weight, objective in zip(weights, problem.objectives, strict=True)
    )
    for price, (side, _) in zip(prices, sides, strict=True):
        money += price if np.array_equal(side, problem.cost[:, :, 0]) else 0.0
    return Worth(weights, gains, net, float(money) if np.isfinite(money) else 0.0)


def _gains(
    problem: Problem, plan: NDArray[np.uint8], formulation: Formulation
) -> NDArray[np.float64]:
    """Return what each pair adds to each objective, to first order at a portfolio."""
    found = evaluate(problem, plan, formulation=formulation)
    sign = signs(problem)
    slopes = objective_slopes(problem, formulation.total, found.held * sign, found.spent) * sign
    ledgers = np.stack([-ledger_weights(problem, o) for o in problem.objectives], axis=1)
    gains = np.empty((problem.n_units, problem.n_interventions, len(problem.objectives)))
    for rows in blocks(problem.n_units):
        gains[rows] = problem.effects.block(rows) @ slopes.T + problem.cost[rows] @ ledgers
    return gains


def _sides(formulation: Formulation) -> list[tuple[NDArray[np.float64], float]]:
    """Every constraint as sum of coefficients <= limit."""
    found = []
    for row in formulation.rows:
        if np.isfinite(row.high):
            found.append((row.coefficients, float(row.high)))
        if np.isfinite(row.low):
            found.append((-row.coefficients, -float(row.low)))
    return found


def _prices(
    value: NDArray[np.float64], sides: list[tuple[NDArray[np.float64], float]]
) -> NDArray[np.float64]:
    """Prices of the constraints in the relaxed problem, shape (n_sides,)."""
    if not sides or not np.isfinite(value).any():
        return np.zeros(len(sides))
    if len(sides) == 1:
        coefficients, limit = sides[0]
        shut = ~np.isfinite(value)
        cost = np.where(shut, np.inf, coefficients).T
        order = np.argsort(cost, axis=0, kind="stable")
        sorted_cost = np.take_along_axis(cost, order, axis=0)
        sorted_cost = np.where(np.isfinite(sorted_cost), sorted_cost, sorted_cost[0])
        found = find_price(np.take_along_axis(value.T, order, axis=0), sorted_cost, limit)
        return np.array([0.0 if found is None else found.price])
    sizes = np.array([max(float(np.abs(side).mean()), _TIGHT) for side, _ in sides])
    rows = np.stack([side.T / size for (side, _), size in zip(sides, sizes, strict=True)])
    limits = np.array([limit for _, limit in sides]) / sizes
    found_prices = find_prices(rows, limits, value.T.copy()).prices
    return np.asarray(found_prices / sizes, dtype=np.float64)
