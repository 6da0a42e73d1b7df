"""The pairs of a large problem, read block by block where they lie: no table of them is made.

A `Table` holds every gain once more, in float64 and sorted by cost. For a million units that is
several times the effects themselves. Here a weighting of the objectives is worked out for 4,096
units at a time from the problem's own arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from mmap import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.effects.values import DenseEffects
from edaphon.problem.rows import block_totals, blocks
from edaphon.solver.table import EVERYTHING, attainable, making

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Problem
    from edaphon.solver.table import Making, Outcome

LARGE = 20_000
"""Units from which pairs are read where they lie."""
_WORTH_A_COPY = 2
"""Features per column from which columns are made once: the copy is small beside the effects."""


@dataclass(frozen=True)
class Pairs:
    """Gains and coefficients of the one bounded sum of every pair of unit and intervention.

    It answers what `Table` answers, but places are interventions in the problem's order.

    Attributes
    ----------
    gains : float array, shape (n_units, n_options, n_parts)
        Effects as the problem holds them, or columns already made of them.
    by_part : float64 array, shape (n_parts, n_columns)
        How parts make columns.
    ledgers : float64 array, shape (n_units, n_options, n_ledgers)
    by_ledger : float64 array, shape (n_ledgers, n_columns)
    allowed : uint8 array, shape (n_units, n_options)
        0 = allowed.
    bounded : float64 array, shape (n_units, n_options)
        Coefficients of the bounded sum.
    limit, outcome, column_size, cost_size, at_once
        As in `edaphon.solver.table.Table`.
    """

    gains: NDArray[Any]
    by_part: NDArray[np.float64]
    ledgers: NDArray[np.float64]
    by_ledger: NDArray[np.float64]
    allowed: NDArray[np.uint8]
    bounded: NDArray[np.float64]
    limit: float
    outcome: Outcome
    column_size: NDArray[np.float64]
    cost_size: float
    at_once: int = 1

    @property
    def n_units(self) -> int:
        """Number of planning units."""
        return len(self.allowed)

    @property
    def size(self) -> int:
        """Numbers that one weighting looks at."""
        return int(self.gains.size)

    def value(
        self, coefficients: NDArray[np.float64], rows: slice = EVERYTHING
    ) -> NDArray[np.float64]:
        """Weighted gain of every option of some units, -inf where forbidden.

        Shape (n_options, len(rows)).
        """
        gains, by_part = self.gains[rows], self.by_part @ coefficients
        value = np.empty(gains.shape[:2])
        # a product of another size may round otherwise
        for one in blocks(len(gains)):
            block = gains[one].astype(np.float64, copy=False)
            value[one] = (block.reshape(-1, block.shape[2]) @ by_part).reshape(block.shape[:2])
        money = self.by_ledger @ coefficients
        if money.any():
            value += self.ledgers[rows] @ money
        made = np.ascontiguousarray(value.T)
        made[(self.allowed[rows] != 0).T] = -np.inf
        return made

    def costs(self, rows: slice = EVERYTHING) -> NDArray[np.float64]:
        """Return what options of some units take from the limit, shape (n_options, len(rows))."""
        return np.ascontiguousarray(self.bounded[rows].T)

    def allocation(self, place: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Interventions at the given places, shape (n_units,).

        In pages of its own, which go back to the system when the portfolio is dropped: a heap
        would keep them, and a front of a million units would be held twice when it is put together.
        """
        made = np.frombuffer(mmap(-1, len(place)), dtype=np.uint8)
        made[:] = place
        return made

    def totals(self, place: NDArray[np.integer]) -> NDArray[np.float64]:
        """Totals of the columns for the options at the given places, shape (n_columns,)."""
        parts = []
        for rows in blocks(self.n_units):  # by block: see `value`
            pairs = np.arange(rows.start, rows.stop), place[rows]
            made = self.gains[pairs].astype(np.float64, copy=False) @ self.by_part
            if self.by_ledger.any():
                made += self.ledgers[pairs] @ self.by_ledger
            parts.append(np.ascontiguousarray(made.T).sum(axis=1))
        return np.array([math.fsum(column) for column in np.transpose(parts)])


def make_pairs(
    problem: Problem,
    formulation: Formulation,
    row: tuple[NDArray[np.float64], float],
    at_once: int = 1,
) -> Pairs:
    """Prepare a problem of plain sums under one bounded sum.

    Parameters
    ----------
    row : tuple
        Coefficients (n_units, n_interventions) and upper limit of the bounded sum.
    at_once : int
        Blocks of units that are worked on together; the result is the same for any number.
    """
    made = making(problem, formulation.total)
    gains, by_part, by_ledger = _parts(problem, made, at_once)
    bounded, limit = row
    sizes: list[NDArray[np.float64]] = []
    cost_sizes: list[NDArray[np.float64]] = []
    cheapest = np.empty(problem.n_units)
    for rows in blocks(problem.n_units, at_once):
        closed = problem.allowed[rows] != 0
        size = np.abs(gains[rows]) @ np.abs(by_part)
        size += np.abs(problem.cost[rows]) @ np.abs(by_ledger)
        sizes += block_totals(size.max(axis=1))
        cheapest[rows] = np.where(closed, np.inf, bounded[rows]).min(axis=1)
        cost_sizes += block_totals(np.abs(bounded[rows]).max(axis=1))
    return Pairs(
        gains=gains,
        by_part=by_part,
        ledgers=problem.cost,
        by_ledger=by_ledger,
        allowed=problem.allowed,
        bounded=bounded,
        limit=attainable(limit, cheapest),
        outcome=made.outcome,
        column_size=np.sum(sizes, axis=0),
        cost_size=float(np.sum(cost_sizes)),
        at_once=at_once,
    )


def _parts(
    problem: Problem, made: Making, at_once: int
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]:
    """Gains to read, and how they and the ledgers make columns.

    Effects that are held as an array are read there, unless they have far more features than
    there are columns; those that are worked out from a state are worked out once.
    """
    n_features, n_columns = made.by_feature.shape
    effects = problem.effects
    if isinstance(effects, DenseEffects) and n_features < _WORTH_A_COPY * n_columns:
        return effects.mean, made.by_feature, made.by_ledger
    columns = np.empty((problem.n_units, problem.n_interventions, n_columns))
    for rows in blocks(problem.n_units, at_once):
        columns[rows] = made.of(problem, rows)
    return columns, np.eye(n_columns), np.zeros_like(made.by_ledger)
