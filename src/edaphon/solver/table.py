"""What the oracle works on: columns of gains by option and unit, and how they make objectives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.benefits import SATURATING, Benefit, benefit_of
from edaphon.problem.boundary import boundary_of
from edaphon.problem.evaluate import ledger_weights, share_weights
from edaphon.problem.rows import block_sum, blocks, signs, tolerance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Problem


EVERYTHING = slice(None)


@dataclass(frozen=True)
class Outcome:
    """How totals of the columns make objective values, all turned to maximize.

    Attributes
    ----------
    matrix : float64 array, shape (n_columns, n_objectives)
        ``value[j] = sum over q of matrix[q, j] * g_q(total[q])``.
    saturating : bool array, shape (n_columns,)
        g_q is a concave benefit of a share where True, else the total itself.
    benefits : tuple of (tuple of int, Benefit)
        Columns of an objective and their benefit; where empty, every column with `saturating` has
        the saturating benefit.
    """

    matrix: NDArray[np.float64]
    saturating: NDArray[np.bool_]
    benefits: tuple[tuple[tuple[int, ...], Benefit], ...] = ()

    @property
    def linear(self) -> bool:
        """Whether every objective is a plain sum."""
        return not self.saturating.any()

    @property
    def concave(self) -> tuple[tuple[tuple[int, ...], Benefit], ...]:
        """Columns with a concave benefit, and the benefit, whose shape goes with the columns."""
        columns = tuple(np.flatnonzero(self.saturating).tolist())
        return self.benefits or (((columns, SATURATING),) if columns else ())

    def values(self, totals: NDArray[np.float64], blur: float = 0.0) -> NDArray[np.float64]:
        """Objective values of totals (..., n_columns), shape (..., n_objectives).

        `blur` rounds the kinks of ramps off, for the search only.
        """
        terms = np.array(totals, dtype=np.float64)
        for columns, benefit in self.concave:
            at = list(columns)
            terms[..., at] = benefit.smoothed(totals[..., at], blur)
        made: NDArray[np.float64] = terms @ self.matrix
        return made

    def slope(
        self, totals: NDArray[np.float64], weights: NDArray[np.float64], blur: float = 0.0
    ) -> NDArray[np.float64]:
        """Gradient of the weighted sum of objectives over the totals, shape (n_columns,)."""
        factors = np.ones(len(totals))
        for columns, benefit in self.concave:
            factors[list(columns)] = benefit.slope(totals[list(columns)], blur)
        made: NDArray[np.float64] = factors * (self.matrix @ weights)
        return made

    def height(
        self, totals: NDArray[np.float64], weights: NDArray[np.float64], blur: float = 0.0
    ) -> float:
        """Where the plane with the gradient at `totals` that lies above all values meets 0."""
        touched = self.matrix @ weights
        return sum(
            float(touched[list(columns)] @ benefit.height(totals[list(columns)], blur))
            for columns, benefit in self.concave
        )


@dataclass(frozen=True)
class Table:
    """Gains, price coefficients and permission of every option of every unit.

    Options stand in the order of the tie rule: by cost, then by position; forbidden pairs last.
    "The first of the best" is therefore the rule for ties everywhere.

    Attributes
    ----------
    order : uint8 array, shape (n_options, n_units)
        Intervention at each place.
    columns : float64 array, shape (n_columns, n_options, n_units)
        Gains; 0 for forbidden pairs.
    barrier : float64 array, shape (n_options, n_units)
        0, or -inf for forbidden pairs.
    cost : float64 array, shape (n_options, n_units)
        Coefficient of the one bounded sum; forbidden pairs hold that of the first option.
    limit : float
        Upper limit on that sum; inf without one. Where the cheapest options exceed it by no more
        than rounding (everything locked, and the budget just that), it is their sum.
    outcome : Outcome
    column_size : float64 array, shape (n_columns,)
        Sum over units of the largest absolute gain, for rounding bounds outward.
    cost_size : float
    at_once : int
        Blocks of 4,096 units that are worked on together where units are looked at by block; what
        comes out is the same for any number.
    """

    order: NDArray[np.uint8]
    columns: NDArray[np.float64]
    barrier: NDArray[np.float64]
    cost: NDArray[np.float64]
    limit: float
    outcome: Outcome
    column_size: NDArray[np.float64]
    cost_size: float
    at_once: int = 1

    @property
    def n_units(self) -> int:
        """Number of planning units."""
        return int(self.order.shape[1])

    @property
    def size(self) -> int:
        """Numbers that one weighting looks at."""
        return int(self.columns.size)

    def value(
        self, coefficients: NDArray[np.float64], rows: slice = EVERYTHING
    ) -> NDArray[np.float64]:
        """Weighted gain of every option of some units, -inf where forbidden.

        Shape (n_options, len(rows)). Summed column by column, so that the result is the same on
        every worker.
        """
        value = self.barrier[:, rows].copy()
        for column, coefficient in zip(self.columns, coefficients, strict=True):
            if coefficient != 0.0:
                value += coefficient * column[:, rows]
        return value

    def costs(self, rows: slice = EVERYTHING) -> NDArray[np.float64]:
        """Return what options of some units take from the limit, shape (n_options, len(rows))."""
        return self.cost[:, rows]

    def allocation(self, place: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Interventions at the given places, shape (n_units,)."""
        chosen: NDArray[np.uint8] = self.order[place, np.arange(self.n_units)]
        return chosen

    def totals(self, place: NDArray[np.integer]) -> NDArray[np.float64]:
        """Totals of the columns for the options at the given places, shape (n_columns,)."""
        units = np.arange(self.n_units)
        return np.array([block_sum(column[place, units]) for column in self.columns])


@dataclass(frozen=True)
class Making:
    """How columns are made of effects and ledgers.

    Attributes
    ----------
    by_feature : float64 array, shape (n_features, n_columns)
    by_ledger : float64 array, shape (n_ledgers, n_columns)
    outcome : Outcome
        Without the column of exposed boundary.
    """

    by_feature: NDArray[np.float64]
    by_ledger: NDArray[np.float64]
    outcome: Outcome

    def of(self, problem: Problem, rows: slice) -> NDArray[np.float64]:
        """Gains of some units, shape (len(rows), n_interventions, n_columns)."""
        made: NDArray[np.float64] = (
            problem.effects.block(rows) @ self.by_feature + problem.cost[rows] @ self.by_ledger
        )
        return made


def making(problem: Problem, total: NDArray[np.float64]) -> Making:
    """Say how columns are made: one per linear objective, one per feature of a concave one."""
    factors, ledgers, owners, weights, saturating = [], [], [], [], []
    benefits: list[tuple[tuple[int, ...], Benefit]] = []
    none = np.zeros(len(problem.features))
    for j, objective in enumerate(problem.objectives):
        share = share_weights(problem, objective, total) if objective.features else none
        money = ledger_weights(problem, objective)
        # what no option raises is a sum of nothing, whatever its benefit
        if objective.benefit == "linear" or objective.sense == "minimize" or not share.any():
            factors.append(share)
            ledgers.append(-money)
            owners.append(j)
            weights.append(1.0)
            saturating.append(False)
            continue
        shapes = np.asarray(benefit_of(problem, objective).shape)
        for f in np.flatnonzero(share):
            factors.append(np.where(np.arange(len(share)) == f, 1.0 / total[f], 0.0))
            ledgers.append(np.zeros(len(problem.ledgers)))
            owners.append(j)
            weights.append(float(share[f] * total[f]))
            saturating.append(True)
        last = len(owners)
        columns_of = tuple(range(last - np.count_nonzero(share), last))
        benefits.append((columns_of, Benefit(objective.benefit, shapes[share != 0])))
    matrix = np.zeros((len(owners), len(problem.objectives)))
    matrix[np.arange(len(owners)), owners] = weights
    outcome = Outcome(matrix, np.array(saturating, dtype=bool), tuple(benefits))
    return Making((np.stack(factors) * signs(problem)).T, np.stack(ledgers).T, outcome)


def outcome_columns(
    problem: Problem, total: NDArray[np.float64], at_once: int = 1
) -> tuple[NDArray[np.float64], Outcome]:
    """Columns of gains and how they make objectives.

    Returns
    -------
    columns : float64 array, shape (n_columns, n_interventions, n_units)
    outcome : Outcome
    """
    made = making(problem, total)
    columns = np.empty((made.by_feature.shape[1], problem.n_interventions, problem.n_units))
    for rows in blocks(problem.n_units, at_once):
        columns[:, :, rows] = made.of(problem, rows).transpose(2, 1, 0)
    if has_boundary(problem):
        return with_boundary(problem, columns, made.outcome)
    return columns, made.outcome


def all_linear(problem: Problem) -> bool:
    """Whether every objective is a plain sum."""
    return all(o.benefit == "linear" or o.sense == "minimize" for o in problem.objectives)


def has_boundary(problem: Problem) -> bool:
    """Whether an objective counts exposed boundary; its column is then the last one."""
    return any(objective.boundary > 0 for objective in problem.objectives)


def with_boundary(
    problem: Problem, columns: NDArray[np.float64], outcome: Outcome
) -> tuple[NDArray[np.float64], Outcome]:
    """Add the column of exposed boundary, negated: outer boundary here, pairs in the oracle."""
    column = np.zeros((1, *columns.shape[1:]))
    outer = boundary_of(problem).outer_m
    if outer is not None:
        column[0, 1:] = -outer
    prices = np.array([[objective.boundary for objective in problem.objectives]])
    saturating = np.append(outcome.saturating, False)
    return (
        np.concatenate([columns, column]),
        Outcome(np.concatenate([outcome.matrix, prices]), saturating, outcome.benefits),
    )


def single_row(
    problem: Problem, formulation: Formulation
) -> tuple[NDArray[np.float64], float] | None:
    """Return the one bounded sum (coefficients, upper limit), or None if there are several.

    A single lower limit is turned round. Without any constraint the first ledger stands with an
    infinite limit, since it breaks ties.
    """
    sides = []
    for row in formulation.rows:
        if np.isfinite(row.high):
            sides.append((row.coefficients, row.high))
        if np.isfinite(row.low):
            sides.append((-row.coefficients, -row.low))
    if not sides:
        return problem.cost[:, :, 0], np.inf
    return sides[0] if len(sides) == 1 else None


def attainable(limit: float, cheapest: NDArray[np.float64]) -> float:
    """Return the limit, or the sum of the cheapest options where that exceeds it by rounding."""
    least = block_sum(cheapest)
    slack = tolerance(limit, float(np.abs(cheapest).sum())) if np.isfinite(limit) else 0.0
    return least if limit < least <= limit + 0.5 * slack else float(limit)


def make_table(
    problem: Problem,
    formulation: Formulation,
    row: tuple[NDArray[np.float64], float] | None = None,
    at_once: int = 1,
) -> Table:
    """Prepare a problem for the oracle, its options in the order of the tie rule.

    Parameters
    ----------
    row : tuple, optional
        Coefficients (n_units, n_interventions) and upper limit of the bounded sum; without it
        the first ledger breaks ties and nothing is bounded.
    at_once : int
        Of the table.
    """
    coefficients, limit = (problem.cost[:, :, 0], np.inf) if row is None else row
    columns, outcome = outcome_columns(problem, formulation.total, at_once)
    closed = (problem.allowed != 0).T
    cost = np.where(closed, np.inf, coefficients.T)
    order = np.argsort(cost, axis=0, kind="stable")
    n_open = int((~closed).sum(axis=0).max())
    order = order[:n_open]
    shut = np.take_along_axis(closed, order, axis=0)
    cost = np.take_along_axis(coefficients.T, order, axis=0)
    cost = np.where(shut, cost[0], cost)
    sorted_columns = np.stack([np.take_along_axis(c, order, axis=0) for c in columns])
    sorted_columns[:, shut] = 0.0
    return Table(
        order=order.astype(np.uint8),
        columns=sorted_columns,
        barrier=np.where(shut, -np.inf, 0.0),
        cost=np.ascontiguousarray(cost),
        limit=attainable(limit, cost[0]),
        outcome=outcome,
        column_size=np.abs(sorted_columns).max(axis=1).sum(axis=1),
        cost_size=float(np.abs(cost).max(axis=0).sum()),
        at_once=at_once,
    )
