"""NSGA-II from the oracle's portfolios: the only door to pymoo.

Evolutionary search never replaces the oracle; it starts from the oracle's portfolios, every child
is repaired to allowed options within the budget, and an archive outside the algorithm keeps every
non-dominated portfolio ever seen (NSGA-II itself drops good ones), so that it never returns less
than it was given. (Deb et al., 2002, IEEE Transactions on Evolutionary Computation 6, 182-197.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2, RankAndCrowding, binary_tournament
from pymoo.core.callback import Callback
from pymoo.core.crossover import Crossover
from pymoo.core.mutation import Mutation
from pymoo.core.problem import Problem as PymooProblem
from pymoo.core.repair import Repair
from pymoo.operators.selection.tournament import TournamentSelection
from pymoo.optimize import minimize
from pymoo.util.ref_dirs import get_reference_directions

from edaphon.problem.rows import tolerance
from edaphon.solver.dominance import nondominated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Problem
    from edaphon.solver.table import Outcome

MAX_CELLS = 20_000_000
_CHANGES = 4
_ARCHIVE = 500


def reference_directions(n_objectives: int, n_partitions: int) -> NDArray[np.float64]:
    """Return all vectors of multiples of 1 / n_partitions that sum to 1 (Das and Dennis, 1998).

    Returns
    -------
    float64 array, shape (n_directions, n_objectives)
        In lexicographic order.
    """
    directions = get_reference_directions("das-dennis", n_objectives, n_partitions=n_partitions)
    return np.asarray(directions, dtype=np.float64)


class Search:
    """Arrays of a problem in the form that populations are evaluated in.

    Parameters
    ----------
    problem : Problem
    formulation : Formulation
    columns : float64 array, shape (n_columns, n_interventions, n_units)
    outcome : Outcome
    """

    def __init__(
        self,
        problem: Problem,
        formulation: Formulation,
        columns: NDArray[np.float64],
        outcome: Outcome,
    ) -> None:
        self.columns = columns
        self.outcome = outcome
        self.rows = formulation.rows
        self.open = problem.allowed == 0
        self.units = np.arange(problem.n_units)
        self.n_open = self.open.sum(axis=1)
        self.options = np.argsort(~self.open, axis=1, kind="stable")
        upper = [row for row in self.rows if np.isfinite(row.high)]
        self.budget = upper[0] if upper else None
        if self.budget is not None:
            self.costs = np.where(self.open, self.budget.coefficients, np.inf)
            self.cheapest = self.costs.argmin(axis=1)
            self.least = self.costs[self.units, self.cheapest]

    def values(self, plans: NDArray[np.integer]) -> NDArray[np.float64]:
        """Objective values turned to maximize, shape (n_plans, n_objectives)."""
        totals = np.stack([c[plans, self.units].sum(axis=1) for c in self.columns], axis=1)
        return self.outcome.values(totals)

    def excess(self, plans: NDArray[np.integer]) -> NDArray[np.float64]:
        """Sum over constraints of how far each plan lies outside, relative to the limit."""
        over = np.zeros(len(plans))
        for row in self.rows:
            chosen = row.coefficients[self.units, plans]
            value, size = chosen.sum(axis=1), np.abs(chosen).sum(axis=1)
            for side, limit in ((1.0, row.high), (-1.0, row.low)):
                if np.isfinite(limit):
                    slack = np.maximum(abs(limit), size) * tolerance(1.0, 0.0)
                    outside = side * (value - limit)
                    over += np.where(outside > slack, outside / max(abs(limit), 1e-300), 0.0)
        return over

    def random_options(
        self, units: NDArray[np.intp], random: np.random.Generator
    ) -> NDArray[np.intp]:
        """Random allowed options of the given units."""
        pick = (random.random(len(units)) * self.n_open[units]).astype(np.intp)
        chosen: NDArray[np.intp] = self.options[units, pick]
        return chosen

    def repaired(self, plan: NDArray[np.intp], random: np.random.Generator) -> NDArray[np.intp]:
        """Bring a plan to allowed options and within the first upper limit.

        Units go to their cheapest option in random order until the limit holds.
        """
        made = plan.copy()
        barred = np.flatnonzero(~self.open[self.units, made])
        made[barred] = self.options[barred, 0]
        if self.budget is None:
            return made
        chosen = self.costs[self.units, made]
        saved = chosen - self.least
        over = chosen.sum() - self.budget.high
        if over <= 0:
            return made
        turn = random.permutation(np.flatnonzero(saved > 0))
        count = int(np.searchsorted(np.cumsum(saved[turn]), over * (1 + 1e-12))) + 1
        made[turn[:count]] = self.cheapest[turn[:count]]
        return made


class _Landscape(PymooProblem):
    """The search as pymoo sees it: integers per unit, objectives minimized."""

    def __init__(self, search: Search) -> None:
        n_options = search.open.shape[1]
        super().__init__(
            n_var=len(search.units),
            n_obj=search.outcome.matrix.shape[1],
            n_ieq_constr=1,
            xl=0,
            xu=n_options - 1,
            vtype=int,
        )
        self.search = search

    def _evaluate(self, x: Any, out: dict[str, Any], *_: Any, **__: Any) -> None:
        plans = np.asarray(x, dtype=np.intp)
        out["F"] = -self.search.values(plans)
        out["G"] = self.search.excess(plans)[:, None]


class _Blocks(Crossover):
    """Two children that exchange one run of neighboring positions."""

    def __init__(self) -> None:
        super().__init__(n_parents=2, n_offsprings=2, prob=0.9)

    def _do(self, _problem: Any, X: Any, *_: Any, random_state: Any = None, **__: Any) -> Any:
        made = X.copy()
        n_units = X.shape[2]
        for k in range(X.shape[1]):
            first, last = np.sort(random_state.integers(0, n_units + 1, size=2))
            made[0, k, first:last] = X[1, k, first:last]
            made[1, k, first:last] = X[0, k, first:last]
        return made


class _FewChanges(Mutation):
    """Give a few units another allowed option."""

    def __init__(self, search: Search) -> None:
        super().__init__(prob=1.0)
        self.search = search

    def _do(self, _problem: Any, X: Any, *_: Any, random_state: Any = None, **__: Any) -> Any:
        made = X.copy()
        for plan in made:
            units = random_state.integers(0, X.shape[1], size=_CHANGES)
            plan[units] = self.search.random_options(units, random_state)
        return made


class _Repair(Repair):
    """Bring plans back to allowed options within the budget."""

    def __init__(self, search: Search) -> None:
        super().__init__(vtype=int)
        self.search = search

    def _do(self, _problem: Any, X: Any, random_state: Any = None, **_: Any) -> Any:
        return np.array([self.search.repaired(plan, random_state) for plan in X])


class _Archive(Callback):
    """Every feasible non-dominated portfolio ever seen."""

    def __init__(self, plans: NDArray[np.uint8], values: NDArray[np.float64]) -> None:
        super().__init__()
        self.plans, self.values = plans, values
        self.given = len(plans)

    def update(self, algorithm: Any) -> None:
        """Take up the feasible plans of one generation."""
        population = algorithm.pop
        fine = population.get("CV")[:, 0] <= 0
        plans = np.vstack([self.plans, population.get("X")[fine].astype(np.uint8)])
        values = np.vstack([self.values, -population.get("F")[fine]])
        keep = nondominated(values)
        if len(keep) > _ARCHIVE:
            room = max(_ARCHIVE - int((keep < self.given).sum()), 0)
            new = keep[keep >= self.given]
            keep = np.concatenate([keep[keep < self.given], new[-room:] if room else new[:0]])
        self.given = int((keep < self.given).sum())
        self.plans, self.values = plans[keep], values[keep]


def refine(
    search: Search, plans: NDArray[np.uint8], *, generations: int, seed: int
) -> NDArray[np.uint8]:
    """Improve a set of feasible portfolios by NSGA-II.

    Parameters
    ----------
    search : Search
    plans : uint8 array, shape (n_plans, n_units)
        Feasible portfolios; all of them come back unless a better one dominates them.
    generations : int
    seed : int

    Returns
    -------
    uint8 array, shape (n_found, n_units)
        Mutually non-dominated, feasible. Above 20 million units x plans nothing is tried, since
        pymoo holds populations as 8-byte integers.
    """
    values = search.values(plans.astype(np.intp))
    keep = nondominated(values)
    archive = _Archive(plans[keep], values[keep])
    if generations < 1 or plans.size > MAX_CELLS or len(plans) < 1:
        return archive.plans
    size = max(4, len(plans))
    start = plans[np.arange(size) % len(plans)].astype(np.intp)
    algorithm = NSGA2(
        pop_size=size,
        sampling=start,
        selection=TournamentSelection(func_comp=binary_tournament),
        crossover=_Blocks(),
        mutation=_FewChanges(search),
        survival=RankAndCrowding(),
        repair=_Repair(search),
        eliminate_duplicates=True,
    )
    minimize(
        _Landscape(search),
        algorithm,
        ("n_gen", generations),
        seed=seed,
        callback=archive,
        copy_algorithm=False,
        verbose=False,
    )
    return archive.plans
