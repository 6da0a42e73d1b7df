"""Farms as deciding units: a smaller problem with one choice per farm, and the way back.

Everything that counts is a sum over units, so a farm's choice counts the sum over its units of what
each then takes. The smaller problem is solved like any other, with the same bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.values import DenseEffects
from edaphon.problem.evaluate import Formulation
from edaphon.problem.farms import deciders, farm_plans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Problem
    from edaphon.solver.concave import Cut


@dataclass(frozen=True)
class Deciding:
    """The problem as it is solved.

    Attributes
    ----------
    problem : Problem
        With one unit per deciding unit.
    formulation : Formulation
        Its rows; total_amount stays that of the whole problem.
    group : intp array, shape (n_units,), or None
        Deciding unit of every unit; None where every unit decides.
    plans : uint8 array, shape (n_interventions, n_units)
        What every unit takes at each choice of its deciding unit.
    """

    problem: Problem
    formulation: Formulation
    group: NDArray[np.intp] | None = None
    plans: NDArray[np.uint8] | None = None

    def spread(self, allocation: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Say what every unit takes, (..., n_units), at the choices of the deciding units."""
        if self.group is None or self.plans is None:
            return allocation
        taken = self.plans[allocation[..., self.group], np.arange(len(self.group))]
        return np.asarray(taken, dtype=np.uint8)

    def whole(self, cut: Cut) -> Cut:
        """Return the same cut with the allocation of all units."""
        return replace(cut, allocation=self.spread(cut.allocation))


def deciding_units(problem: Problem, formulation: Formulation) -> Deciding:
    """Return the problem with one unit per farm where farms choose as one, else as it is."""
    if problem.farm is None:
        return Deciding(problem, formulation)
    group, plans = deciders(problem.farm), farm_plans(problem)
    count = int(group.max()) + 1
    units = np.arange(problem.n_units)

    def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over the units of each farm, (count, ...)."""
        made = np.zeros((count, *values.shape[1:]))
        np.add.at(made, group, values)
        return made

    options = range(problem.n_interventions)
    mean = [summed(problem.effects.chosen(plans[a].astype(np.intp))) for a in options]
    cost = [summed(problem.cost[units, plans[a]]) for a in options]
    open_ = np.zeros((count, problem.n_interventions), dtype=bool)
    np.logical_or.at(open_, group, problem.allowed == 0)
    rows = tuple(
        replace(
            row,
            coefficients=np.stack([summed(row.coefficients[units, plans[a]]) for a in options], 1),
        )
        for row in formulation.rows
    )
    smaller = replace(
        problem,
        unit_ids=np.arange(count).astype(np.str_),
        effects=DenseEffects(np.stack(mean, axis=1), np.zeros((count, len(problem.features)))),
        cost=np.stack(cost, axis=1),
        allowed=np.where(open_, 0, 1).astype(np.uint8),
        reasons=("allowed", "not allowed"),
        area_ha=summed(problem.area_ha),
        region=None,
        neighbours=None,
        earlier=None,
        farm=None,
    )
    return Deciding(smaller, Formulation(formulation.total, rows), group, plans)
