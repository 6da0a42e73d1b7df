"""NSGA-II from the oracle's portfolios: the only door to pymoo.

Evolutionary search never replaces the oracle; it starts from the oracle's portfolios, every child
is repaired to allowed options within the budget, and an archive outside the algorithm keeps every
non-dominated portfolio ever seen (NSGA-II itself drops good ones), so that it never returns less
than it was given. (Deb et al., 2002, IEEE Transactions on Evolutionary Computation 6, 182-197.)

pymoo sees numbers of portfolios only; the portfolios themselves are held here as uint8.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2, RankAndCrowding, binary_tournament
from pymoo.core.callback import Callback
from pymoo.core.crossover import Crossover
from pymoo.core.duplicate import DuplicateElimination
from pymoo.core.mutation import Mutation
from pymoo.core.problem import Problem as PymooProblem
from pymoo.core.repair import Repair
from pymoo.operators.selection.tournament import TournamentSelection
from pymoo.optimize import minimize
from pymoo.util.ref_dirs import get_reference_directions

from edaphon.solver.dominance import nondominated
from edaphon.solver.search import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from edaphon.solver.search import Search

MAX_CELLS = 200_000_000
"""Units x portfolios above which nothing is tried (judgement: 200 MB of each generation)."""
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


class _Trials:
    """Portfolios by number, those of generations gone by forgotten."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.known: dict[int, Trial] = {}
        self.last = -1

    def add(self, trial: Trial) -> int:
        """Keep a portfolio; return its number."""
        self.last += 1
        self.known[self.last] = trial
        return self.last

    def of(self, numbers: Any) -> list[Trial]:
        """Portfolios of some numbers, an array with one in each row."""
        return [self.known[int(number)] for number in np.asarray(numbers).ravel()]

    def keep(self, numbers: Iterable[int]) -> None:
        """Forget all others."""
        self.known = {number: self.known[number] for number in sorted(set(numbers))}


class _Landscape(PymooProblem):
    """The search as pymoo sees it: one number per portfolio, objectives minimized."""

    def __init__(self, trials: _Trials) -> None:
        count = trials.search.n_objectives
        super().__init__(n_var=1, n_obj=count, n_ieq_constr=1, xl=0, xu=2**62, vtype=int)
        self.trials = trials

    def _evaluate(self, x: Any, out: dict[str, Any], *_: Any, **__: Any) -> None:
        search, worth, over = self.trials.search, [], []
        for trial in self.trials.of(x):
            if trial.worth is None:
                search.measure(trial)
            worth.append(trial.worth)
            over.append(search.over(trial.used, trial.size))
        out["F"] = -np.array(worth)
        out["G"] = np.array(over)[:, None]


class _Blocks(Crossover):
    """Two children that exchange one block of neighboring units."""

    def __init__(self, trials: _Trials) -> None:
        super().__init__(n_parents=2, n_offsprings=2, prob=0.9)
        self.trials = trials

    def _do(self, _problem: Any, X: Any, *_: Any, random_state: Any = None, **__: Any) -> Any:
        made = X.copy()
        for k in range(X.shape[1]):
            one, two = self.trials.of(X[:, k])
            block = self.trials.search.block(random_state)
            for place, (own, other) in enumerate(((one, two), (two, one))):
                child = own.child()
                child.plan[block] = other.plan[block]
                made[place, k, 0] = self.trials.add(child)
        return made


class _FewChanges(Mutation):
    """Change a few units of a child, which is a copy where no crossover made it."""

    def __init__(self, trials: _Trials) -> None:
        super().__init__(prob=1.0)
        self.trials = trials

    def _do(self, _problem: Any, X: Any, *_: Any, random_state: Any = None, **__: Any) -> Any:
        made = X.copy()
        for k, trial in enumerate(self.trials.of(X)):
            child = trial.child()
            self.trials.search.mutate(child.plan, random_state)
            made[k, 0] = self.trials.add(child)
        return made


class _Repair(Repair):
    """Bring children back to allowed options within the budget."""

    def __init__(self, trials: _Trials) -> None:
        super().__init__(vtype=int)
        self.trials = trials

    def _do(self, _problem: Any, X: Any, random_state: Any = None, **_: Any) -> Any:
        for trial in self.trials.of(X):
            if trial.worth is None:
                self.trials.search.repair(trial.plan, random_state)
        return X


class _Distinct(DuplicateElimination):
    """Drop children whose portfolio is there already."""

    def __init__(self, trials: _Trials) -> None:
        super().__init__()
        self.trials = trials

    def _do(self, pop: Any, other: Any, is_duplicate: Any) -> Any:
        seen = set() if other is None else set(self._keys(other))
        for k, key in enumerate(self._keys(pop)):
            is_duplicate[k] = key in seen
            if other is None:
                seen.add(key)
        return is_duplicate

    def _keys(self, pop: Any) -> list[bytes]:
        return [trial.plan.tobytes() for trial in self.trials.of(pop.get("X"))]


class _Archive(Callback):
    """Every feasible non-dominated portfolio ever seen."""

    def __init__(
        self, trials: _Trials, given: list[Trial], told: Callable[[int], None], until: float
    ) -> None:
        super().__init__()
        self.trials = trials
        self.found = given
        self.given = len(given)
        self.told, self.until = told, until

    def update(self, algorithm: Any) -> None:
        """Take up the feasible portfolios of one generation."""
        population = algorithm.pop
        fine = population.get("CV")[:, 0] <= 0
        numbers = population.get("X")
        found = [*self.found, *self.trials.of(numbers[fine])]
        keep = nondominated(np.array([trial.worth for trial in found]))
        if len(keep) > _ARCHIVE:
            room = max(_ARCHIVE - int((keep < self.given).sum()), 0)
            new = keep[keep >= self.given]
            keep = np.concatenate([keep[keep < self.given], new[-room:] if room else new[:0]])
        self.given = int((keep < self.given).sum())
        self.found = [found[k] for k in keep]
        self.trials.keep(int(number) for number in numbers.ravel())
        self.told(algorithm.n_gen)
        if monotonic() >= self.until:
            algorithm.termination.terminate()


def _tell(progress: Callable[[str, int, int], None] | None, generations: int, done: int) -> None:
    if progress is not None:
        progress("refine", min(done, generations), generations)


def refine(
    search: Search,
    plans: NDArray[np.uint8],
    *,
    generations: int,
    seed: int,
    until: float = np.inf,
    progress: Callable[[str, int, int], None] | None = None,
) -> NDArray[np.uint8]:
    """Improve a set of feasible portfolios by NSGA-II.

    Parameters
    ----------
    search : Search
    plans : uint8 array, shape (n_plans, n_units)
        Feasible portfolios; all of them come back unless a better one dominates them.
    generations : int
    seed : int
    until : float
        Time of `time.monotonic` after which no further generation is made.
    progress : callable, optional
        Called with ("refine", done, total) after every generation.

    Returns
    -------
    uint8 array, shape (n_found, n_units)
        Mutually non-dominated, feasible, both by sums made anew. Above 200 million units x plans
        nothing is tried.
    """
    plans = plans[nondominated(search.values(plans))] if len(plans) else plans
    if generations < 1 or plans.size > MAX_CELLS or len(plans) < 1 or monotonic() >= until:
        return plans
    trials = _Trials(search)
    given = [Trial(plan.astype(np.uint8)) for plan in plans]
    for trial in given:
        search.measure(trial)
    size = max(4, len(plans))
    start = np.array([[trials.add(given[k % len(given)])] for k in range(size)])
    archive = _Archive(trials, given, partial(_tell, progress, generations), until)
    algorithm = NSGA2(
        pop_size=size,
        sampling=start,
        selection=TournamentSelection(func_comp=binary_tournament),
        crossover=_Blocks(trials),
        mutation=_FewChanges(trials),
        survival=RankAndCrowding(),
        repair=_Repair(trials),
        eliminate_duplicates=_Distinct(trials),
    )
    minimize(
        _Landscape(trials),
        algorithm,
        ("n_gen", generations),
        seed=seed,
        callback=archive,
        copy_algorithm=False,
        verbose=False,
    )
    found = np.array([trial.plan for trial in archive.found])
    kept = np.arange(len(found)) < archive.given
    found = found[kept | (search.excess(found) <= 0)]
    made: NDArray[np.uint8] = found[nondominated(search.values(found))]
    return made
