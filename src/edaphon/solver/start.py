"""A warm start: what an earlier run found, brought to the units and options of another problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.errors import expect
from edaphon.problem.evaluate import evaluate
from edaphon.problem.values import Front, Problem
from edaphon.solver.mend import mended
from edaphon.solver.weights import ALIKE, on_simplex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation


@dataclass(frozen=True)
class Start:
    """Portfolios and weights to begin with.

    Attributes
    ----------
    plans : uint8 array, shape (n_plans, n_units)
        In the order of the problem's units and interventions; feasible or not.
    weights : float64 array, shape (n_weights, n_objectives)
        On objectives turned to maximize, not divided by anything.
    """

    plans: NDArray[np.uint8]
    weights: NDArray[np.float64]

    def feasible(
        self, problem: Problem, rules: Formulation, scales: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        """Return its portfolios, mended where they break a rule; those beyond mending drop out."""
        fine = np.array(
            [evaluate(problem, plan, formulation=rules).feasible for plan in self.plans], dtype=bool
        )
        made = [*self.plans[fine]]
        if not fine.all():
            for plan in mended(problem, rules, self.plans[~fine], scales):
                if plan is not None and evaluate(problem, plan, formulation=rules).feasible:
                    made.append(plan)
        return np.unique(np.array(made, dtype=np.uint8).reshape(-1, problem.n_units), axis=0)

    def unasked(
        self, asked: NDArray[np.float64], scales: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return its weights that are like none of those asked, nor like each other."""
        seen = on_simplex(asked * scales)
        fresh = []
        for weights in self.weights:
            share = on_simplex(weights * scales)
            if np.abs(seen - share).max(axis=1).min() > ALIKE:
                seen = np.vstack([seen, share])
                fresh.append(weights)
        return np.array(fresh).reshape(-1, len(scales))


def start_from(front: Front, earlier: Problem, problem: Problem) -> Start:
    """Bring an earlier front to another problem, by the names of units and interventions.

    Parameters
    ----------
    front : Front
        Found for `earlier`.
    earlier, problem : Problem
        Units that are new, and interventions that are no more, have the baseline. Weights are
        kept where both problems have the same objectives, in any order.
    """
    expect(front=(front, Front), earlier=(earlier, Problem), problem=(problem, Problem))
    here = pd.Index(earlier.unit_ids).get_indexer(pd.Index(problem.unit_ids))
    position = {name: a for a, name in enumerate(problem.interventions)}
    option = np.array([position.get(name, 0) for name in earlier.interventions], dtype=np.uint8)
    shown = front.on_front
    plans = option[front.portfolios[shown]]
    plans = np.where(here >= 0, plans[:, here], 0).astype(np.uint8)
    names, before = problem.objective_names, earlier.objective_names
    weights = np.zeros((0, len(names)))
    if set(names) == set(before):
        raw = (front.weights / front.scales)[shown]
        weights = raw[np.isfinite(raw).all(axis=1)][:, [before.index(name) for name in names]]
    return Start(plans, weights)
