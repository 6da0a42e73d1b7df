"""The constraints of a problem as linear rows over unit-intervention pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.values import AreaLimit, Budget, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Constraint, Problem

BLOCK = 4096
ROUNDING_TOLERANCE = 1e-12


@dataclass(frozen=True)
class LinkingRow:
    """One constraint: ``low <= sum of coefficients[i, a_i] <= high``.

    Attributes
    ----------
    name : str
        What it bounds, in words: "budget of cost", "target of worms in north".
    where : str
        Place in the config.
    unit : str
        Unit of the sum.
    coefficients : float64 array, shape (n_units, n_interventions)
    low, high : float
        Limits; infinite where there is none.
    """

    name: str
    where: str
    unit: str
    coefficients: NDArray[np.float64]
    low: float
    high: float

    def activity(self, allocation: NDArray[np.integer]) -> tuple[float, float]:
        """Return the row's sum for a portfolio, and the sum of absolute terms."""
        chosen = self.coefficients[np.arange(len(self.coefficients)), allocation]
        return float(chosen.sum()), float(np.abs(chosen).sum())

    def shortfall(self, allocation: NDArray[np.integer]) -> float:
        """How far a portfolio lies outside the limits, 0 where the row holds.

        The row holds up to 1e-12 of its limit or of the sum of absolute terms, whichever is
        larger: what rounding of the sum itself may move.
        """
        value, size = self.activity(allocation)
        outside = max(value - self.high, self.low - value)
        limit = self.high if value > self.high else self.low
        return outside if outside > tolerance(limit, size) else 0.0


def tolerance(limit: float, size: float) -> float:
    """Return how far a row may exceed its limit and still hold."""
    return ROUNDING_TOLERANCE * max(abs(limit), size)


def blocks(n_units: int) -> list[slice]:
    """Return the fixed blocks of 4,096 units in which everything is summed, in order."""
    return [slice(start, min(start + BLOCK, n_units)) for start in range(0, n_units, BLOCK)]


def block_sum(values: NDArray[np.float64]) -> float:
    """Sum in fixed blocks of 4,096 units, in order, whatever the number of workers."""
    whole = len(values) // BLOCK * BLOCK
    parts = values[:whole].reshape(-1, BLOCK).sum(axis=1)
    return math.fsum([*parts, values[whole:].sum()])


def column_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`block_sum` of every column of an array (n_units, n_columns), shape (n_columns,)."""
    return np.array([block_sum(column) for column in np.ascontiguousarray(values.T)])


def signs(problem: Problem) -> NDArray[np.float64]:
    """Return 1 for features that are better higher, -1 for the others, shape (n_features,)."""
    return np.array([1.0 if f.better == "higher" else -1.0 for f in problem.features])


def best_gains(problem: Problem) -> NDArray[np.float64]:
    """Largest signed effect of every unit, at least 0, shape (n_units, n_features).

    Only allowed pairs count, except in problems with `total_counts_forbidden`.
    """
    n_units, _, n_features = problem.effects.shape
    best = np.zeros((n_units, n_features))
    sign = signs(problem)
    for rows in blocks(n_units):
        block = problem.effects.block(rows) * sign
        if not problem.total_counts_forbidden:
            block = np.where((problem.allowed[rows] == 0)[:, :, None], block, 0.0)
        best[rows] = np.maximum(block.max(axis=1), 0.0)
    return best


def signed_effects(problem: Problem, feature: int) -> NDArray[np.float64]:
    """Effects on one feature with the sign of its good direction, (n_units, n_interventions)."""
    n_units, n_interventions, _ = problem.effects.shape
    table = np.empty((n_units, n_interventions))
    sign = signs(problem)[feature]
    for rows in blocks(n_units):
        table[rows] = problem.effects.block(rows)[:, :, feature] * sign
    return table


def linking_rows(problem: Problem) -> tuple[LinkingRow, ...]:
    """Return every constraint as a linear row.

    Targets enter with the sign of the feature's good direction, in absolute amounts: a share is
    of `total_amount`, a gain of today's stock (the sum of the stock over the same units).

    Returns
    -------
    tuple of LinkingRow
        In the order of ``problem.constraints``.
    """
    shares = any(isinstance(c, Target) and c.kind == "share" for c in problem.constraints)
    best = best_gains(problem) if shares else None
    return tuple(_row(problem, constraint, best) for constraint in problem.constraints)


def _row(problem: Problem, constraint: Constraint, best: NDArray[np.float64] | None) -> LinkingRow:
    if isinstance(constraint, Budget):
        return _budget_row(problem, constraint)
    if isinstance(constraint, AreaLimit):
        return _area_row(problem, constraint)
    return _target_row(problem, constraint, best)


def _budget_row(problem: Problem, budget: Budget) -> LinkingRow:
    names = [ledger.name for ledger in problem.ledgers]
    index = names.index(budget.ledger)
    return LinkingRow(
        f"budget of {budget.ledger}",
        budget.where,
        problem.ledgers[index].unit,
        problem.cost[:, :, index],
        -np.inf,
        float(budget.limit),
    )


def _area_row(problem: Problem, limit: AreaLimit) -> LinkingRow:
    coefficients = np.zeros(problem.allowed.shape)
    coefficients[:, problem.interventions.index(limit.intervention)] = problem.area_ha
    low = limit.low_ha if limit.low_ha > 0 else -np.inf
    return LinkingRow(
        f"area of {limit.intervention}", limit.where, "ha", coefficients, low, limit.high_ha
    )


def _target_row(problem: Problem, target: Target, best: NDArray[np.float64] | None) -> LinkingRow:
    names = [feature.name for feature in problem.features]
    index = names.index(target.feature)
    inside = np.ones(problem.n_units, dtype=bool)
    name = f"target of {target.feature}"
    if target.region is not None and problem.region is not None:
        inside = problem.region == target.region
        name = f"{name} in {target.region}"
    coefficients = signed_effects(problem, index)
    coefficients[~inside] = 0.0
    amount = target.amount
    if target.kind == "share" and best is not None:
        amount *= float(best[inside, index].sum())
    elif target.kind == "gain":
        amount *= float(problem.effects.stock[inside, index].sum())
    unit = problem.features[index].unit
    return LinkingRow(name, target.where, unit, coefficients, float(amount), np.inf)
