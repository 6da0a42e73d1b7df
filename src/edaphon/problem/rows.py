"""The constraints of a problem as linear rows over unit-intervention pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.constraints import (
    TREATED,
    AreaLimit,
    Budget,
    ChangeLimit,
    OutsideLimit,
    RegionShare,
    Target,
    UnitLimit,
    counted,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.constraints import Constraint
    from edaphon.problem.values import Problem

BLOCK = 4096
ROUNDING_TOLERANCE = 1e-12
LESS = " less "
"""Stands in the names of rows that bound a part by a share of the whole, between the two."""
NUMBER = "number of "
"""Begins the names of rows that count planning units."""


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


def blocks(n_units: int, at_once: int = 1) -> list[slice]:
    """Return the fixed blocks of 4,096 units in which everything is summed, in order.

    With `at_once` above 1 so many blocks stand together: what is worked out for them at once has
    to be summed by block (`block_totals`), so that the sums are the same for any number.
    """
    step = at_once * BLOCK
    return [slice(start, min(start + step, n_units)) for start in range(0, n_units, step)]


def block_totals(values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Sum each block of rows of an array (n_units, ...) that begins with a block."""
    return [values[rows].sum(axis=0) for rows in blocks(len(values))]


def block_sum(values: NDArray[np.float64]) -> float:
    """Sum in fixed blocks of 4,096 units, in order, whatever the number of workers."""
    whole = len(values) // BLOCK * BLOCK
    parts = values[:whole].reshape(-1, BLOCK).sum(axis=1)
    return math.fsum([*parts, values[whole:].sum()])


def column_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`block_sum` of every column of an array (n_units, n_columns), shape (n_columns,)."""
    return np.array([block_sum(np.ascontiguousarray(column)) for column in values.T])


def signs(problem: Problem) -> NDArray[np.float64]:
    """Return 1 for features that are better higher, -1 for the others, shape (n_features,)."""
    return np.array([1.0 if f.better == "higher" else -1.0 for f in problem.features])


def best_gains(problem: Problem) -> NDArray[np.float64]:
    """Largest signed effect of every unit, at least 0, shape (n_units, n_features).

    Only allowed pairs count, except in problems with `total_counts_forbidden`.
    """
    return np.concatenate([best_gains_of(problem, rows) for rows in blocks(problem.n_units)])


def best_gains_of(problem: Problem, rows: slice) -> NDArray[np.float64]:
    """`best_gains` of some units, shape (len(rows), n_features)."""
    block = problem.effects.block(rows) * signs(problem)
    if not problem.total_counts_forbidden:
        block = np.where((problem.allowed[rows] == 0)[:, :, None], block, 0.0)
    best: NDArray[np.float64] = np.maximum(block.max(axis=1), 0.0)
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
    match constraint:
        case Budget():
            row = _budget_row(problem, constraint)
        case AreaLimit():
            row = _area_row(problem, constraint)
        case UnitLimit():
            row = _unit_row(problem, constraint)
        case RegionShare():
            row = _region_row(problem, constraint)
        case OutsideLimit():
            row = _outside_row(problem, constraint)
        case ChangeLimit():
            row = _change_row(problem, constraint)
        case Target():
            row = _target_row(problem, constraint, best)
    return row


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


def _inside(problem: Problem, region: str | None) -> tuple[NDArray[np.bool_], str]:
    """Units of a region, and how a name goes on; all units without one."""
    if region is None or problem.region is None:
        return np.ones(problem.n_units, dtype=bool), ""
    return problem.region == region, f" in {region}"


def _counted(problem: Problem, intervention: str, each: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put what each unit counts (n_units,) at the pairs that a rule on an intervention counts."""
    return np.where(counted(problem.interventions, intervention), each[:, None], 0.0)


def _lower(limit: float) -> float:
    """Return a lower limit of sums that are never negative: none where it asks for nothing."""
    return limit if limit > 0 else -np.inf


def _area_row(problem: Problem, limit: AreaLimit) -> LinkingRow:
    inside, place = _inside(problem, limit.region)
    coefficients = _counted(problem, limit.intervention, problem.area_ha * inside)
    name = f"{_said(problem, 'area', limit.intervention)}{place}"
    return LinkingRow(name, limit.where, "ha", coefficients, _lower(limit.low_ha), limit.high_ha)


def _said(problem: Problem, what: str, intervention: str) -> str:
    """Say what a limit counts: "treated area", "units with compost (bundles included)"."""
    if intervention == TREATED and TREATED not in problem.interventions:
        return f"treated {what}"
    bundles = counted(problem.interventions, intervention).sum() > 1
    named = f"{intervention} (bundles included)" if bundles else intervention
    return f"{what} {'of' if what == 'area' else 'with'} {named}"


def _unit_row(problem: Problem, limit: UnitLimit) -> LinkingRow:
    inside, place = _inside(problem, limit.region)
    coefficients = _counted(problem, limit.intervention, inside.astype(np.float64))
    of = _said(problem, "units", limit.intervention)
    low = _lower(limit.low)
    return LinkingRow(f"{NUMBER}{of}{place}", limit.where, "", coefficients, low, limit.high)


def money_cost(problem: Problem) -> NDArray[np.float64]:
    """Sum of the money ledgers of every pair, shape (n_units, n_interventions)."""
    money = np.array([float(ledger.money) for ledger in problem.ledgers])
    spent: NDArray[np.float64] = problem.cost @ money
    return spent


def _region_row(problem: Problem, rule: RegionShare) -> LinkingRow:
    if rule.of == "spending":
        whole, what = money_cost(problem), "spending"
        unit = next((ledger.unit for ledger in problem.ledgers if ledger.money), "")
    else:
        whole, what, unit = _counted(problem, TREATED, problem.area_ha), "treated area", "ha"
    inside, place = _inside(problem, rule.region)
    coefficients = whole * (inside[:, None] - rule.share)
    low, high = (0.0, np.inf) if rule.side == "min" else (-np.inf, 0.0)
    name = f"{what}{place}{LESS}{100 * rule.share:.4g} % of all {what}"
    return LinkingRow(name, rule.where, unit, coefficients, low, high)


def _outside_row(problem: Problem, rule: OutsideLimit) -> LinkingRow:
    money = money_cost(problem)
    options = np.arange(problem.n_interventions)
    outside = np.stack(
        [~problem.effects.applicable(np.full(problem.n_units, a)) for a in options], axis=1
    )
    unit = next((ledger.unit for ledger in problem.ledgers if ledger.money), "")
    whole = f"{100 * rule.share:.4g} % of all spending"
    name = f"spending outside the area of applicability{LESS}{whole}"
    return LinkingRow(name, rule.where, unit, money * (outside - rule.share), -np.inf, 0.0)


def changed(problem: Problem) -> NDArray[np.bool_]:
    """Pairs other than the earlier portfolio's, none without one, (n_units, n_interventions)."""
    if problem.earlier is None:
        return np.zeros(problem.allowed.shape, dtype=bool)
    pairs: NDArray[np.bool_] = np.arange(problem.n_interventions) != problem.earlier[:, None]
    return pairs


def _change_row(problem: Problem, rule: ChangeLimit) -> LinkingRow:
    pairs = changed(problem).astype(np.float64)
    if rule.counts == "area":
        coefficients, unit, what = pairs * problem.area_ha[:, None], "ha", "changed area"
    else:
        coefficients, unit, what = pairs, "", f"{NUMBER}changed units"
    name = f"{what} against the earlier portfolio"
    return LinkingRow(name, rule.where, unit, coefficients, -np.inf, rule.limit)


def _target_row(problem: Problem, target: Target, best: NDArray[np.float64] | None) -> LinkingRow:
    names = [feature.name for feature in problem.features]
    index = names.index(target.feature)
    inside, place = _inside(problem, target.region)
    name = f"target of {target.feature}{place}"
    coefficients = signed_effects(problem, index)
    coefficients[~inside] = 0.0
    amount = target.amount
    if target.kind == "share" and best is not None:
        amount *= float(best[inside, index].sum())
    elif target.kind == "gain":
        amount *= float(problem.effects.stock[inside, index].sum())
    unit = problem.features[index].unit
    return LinkingRow(name, target.where, unit, coefficients, float(amount), np.inf)
