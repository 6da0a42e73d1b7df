"""What an evolutionary search works on: portfolios as uint8, judged by what changes in them.

A portfolio remembers the one it was made from. Where few units differ, its totals are those of that
one and the differences; totals are summed anew where many differ, and at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from edaphon.problem.apart import touching
from edaphon.problem.rows import tolerance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.network import Linked
    from edaphon.problem.values import Problem
    from edaphon.solver.table import Outcome

CHANGES = 4
"""Units that one mutation changes."""
_FEW = 0.25
"""Share of the units up to which totals are made from the differences."""


def with_linked(
    values: NDArray[np.float64], linked: Sequence[Linked], own: Sequence[float]
) -> NDArray[np.float64]:
    """Put what is no sum over units at its places among the other objectives' values."""
    for one, value in zip(linked, own, strict=True):
        values = np.insert(values, one.at, value)
    return values


@dataclass
class Trial:
    """A portfolio in the search.

    Attributes
    ----------
    plan : uint8 array, shape (n_units,)
    origin : Trial or None
        The measured one that it was made from.
    totals : float64 array, shape (n_columns,), or None
        None until measured.
    used, size : float64 arrays, shape (n_rows,)
        Sum of every row, and of its absolute terms.
    worth : float64 array, shape (n_objectives,), or None
        Turned to maximize.
    """

    plan: NDArray[np.uint8]
    origin: Trial | None = None
    totals: NDArray[np.float64] | None = None
    used: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    size: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    worth: NDArray[np.float64] | None = None

    def child(self) -> Trial:
        """Return a copy to change."""
        return Trial(self.plan.copy(), self if self.totals is not None else self.origin)


class Search:
    """Arrays of a problem in the form that portfolios are judged in.

    Parameters
    ----------
    problem : Problem
    formulation : Formulation
    columns : float64 array, shape (n_columns, n_interventions, n_units)
    outcome : Outcome
    linked : tuple of Linked
        Objectives that are no sum over units, in their order.
    """

    def __init__(
        self,
        problem: Problem,
        formulation: Formulation,
        columns: NDArray[np.float64],
        outcome: Outcome,
        linked: tuple[Linked, ...] = (),
    ) -> None:
        self.columns, self.outcome = columns, outcome
        self.linked = linked
        self.rows = formulation.rows
        self.open = problem.allowed == 0
        self.units = np.arange(problem.n_units)
        self.n_open = self.open.sum(axis=1)
        self.options = np.argsort(~self.open, axis=1, kind="stable")
        upper = [row for row in self.rows if np.isfinite(row.high)]
        self.budget = upper[0] if upper else None
        if self.budget is not None:
            self.costs = np.where(self.open, self.budget.coefficients, np.inf)
            self.cheapest = self.costs.argmin(axis=1).astype(np.uint8)
            self.least = self.costs[self.units, self.cheapest]
        first, second = touching(problem)
        ends = np.concatenate([first, second]), np.concatenate([second, first])
        shape = (problem.n_units, problem.n_units)
        self.beside = csr_array((np.ones(len(ends[0])), ends), shape=shape)

    @property
    def n_objectives(self) -> int:
        """Objectives, connectivity and contiguity included."""
        return int(self.outcome.matrix.shape[1]) + len(self.linked)

    def measure(self, trial: Trial) -> None:
        """Work out totals, rows and objectives of a trial."""
        origin = trial.origin
        changed = self.units
        if origin is not None and origin.totals is not None:
            changed = np.flatnonzero(trial.plan != origin.plan)
        if origin is None or origin.totals is None or len(changed) > _FEW * len(self.units):
            trial.totals, trial.used, trial.size = self._sums(trial.plan, self.units)
        else:
            new = self._sums(trial.plan[changed], changed)
            old = self._sums(origin.plan[changed], changed)
            trial.totals = origin.totals + (new[0] - old[0])
            trial.used = origin.used + (new[1] - old[1])
            trial.size = origin.size + (new[2] - old[2])
        trial.worth = self._worth(trial.totals, trial.plan)
        trial.origin = None

    def _sums(
        self, plan: NDArray[np.integer], units: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Sum columns, rows and absolute terms of the rows over some units."""
        totals = np.array([column[plan, units].sum() for column in self.columns])
        chosen = [row.coefficients[units, plan] for row in self.rows]
        used = np.array([terms.sum() for terms in chosen])
        return totals, used, np.array([np.abs(terms).sum() for terms in chosen])

    def _worth(self, totals: NDArray[np.float64], plan: NDArray[np.integer]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = self.outcome.values(totals[None])[0]
        return with_linked(values, self.linked, [one.area(plan) for one in self.linked])

    def values(self, plans: NDArray[np.integer]) -> NDArray[np.float64]:
        """Objective values turned to maximize, summed anew, shape (n_plans, n_objectives)."""
        made = [self._worth(self._sums(plan, self.units)[0], plan) for plan in plans]
        return np.array(made).reshape(len(plans), self.n_objectives)

    def over(self, used: NDArray[np.float64], size: NDArray[np.float64]) -> float:
        """Sum over constraints of how far the rows lie outside, relative to the limit.

        Relative to the sum of their absolute terms where the limit is 0.
        """
        whole = 0.0
        for row, value, terms in zip(self.rows, used, size, strict=True):
            for side, limit in ((1.0, row.high), (-1.0, row.low)):
                if np.isfinite(limit):
                    outside = side * (value - limit)
                    if outside > tolerance(limit, terms):
                        whole += outside / (abs(limit) or terms)
        return float(whole)

    def excess(self, plans: NDArray[np.integer]) -> NDArray[np.float64]:
        """How far each plan lies outside the constraints, summed anew; 0 where it keeps them."""
        sums = (self._sums(plan, self.units) for plan in plans)
        return np.array([self.over(used, size) for _, used, size in sums])

    def block(self, random: np.random.Generator) -> NDArray[np.intp]:
        """Units of one random block: neighbors around one unit, else a run of positions."""
        count = len(self.units)
        if not self.beside.nnz:
            first, last = np.sort(random.integers(0, count + 1, size=2))
            return self.units[first:last]
        start, size = int(random.integers(count)), int(random.integers(1, count // 2 + 2))
        order = breadth_first_order(self.beside, start, directed=False, return_predecessors=False)
        found: NDArray[np.intp] = order[:size].astype(np.intp)
        return found

    def mutate(self, plan: NDArray[np.uint8], random: np.random.Generator) -> None:
        """Give a few units another allowed option; every second one a neighbor's, if it has any."""
        units = random.integers(0, len(plan), size=CHANGES)
        pick = (random.random(CHANGES) * self.n_open[units]).astype(np.intp)
        plan[units] = self.options[units, pick]
        for unit in units[::2]:
            near = self.beside.indices[self.beside.indptr[unit] : self.beside.indptr[unit + 1]]
            if len(near):
                option = plan[near[int(random.random() * len(near))]]
                plan[unit] = option if self.open[unit, option] else plan[unit]

    def repair(self, plan: NDArray[np.uint8], random: np.random.Generator) -> None:
        """Bring a plan to allowed options and within the first upper limit.

        Units go to their cheapest option in random order until the limit holds.
        """
        barred = np.flatnonzero(~self.open[self.units, plan])
        plan[barred] = self.options[barred, 0]
        if self.budget is None:
            return
        chosen = self.costs[self.units, plan]
        saved = chosen - self.least
        over = chosen.sum() - self.budget.high
        if over <= 0:
            return
        turn = random.permutation(np.flatnonzero(saved > 0))
        count = int(np.searchsorted(np.cumsum(saved[turn]), over * (1 + 1e-12))) + 1
        plan[turn[:count]] = self.cheapest[turn[:count]]
