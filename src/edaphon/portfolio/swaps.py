"""The units in which two portfolios differ, and what each of them adds to the difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.portfolio.sides import ABSENT
from edaphon.problem.boundary import boundary_of, exposed_boundary
from edaphon.problem.network import connectivity_values
from edaphon.solver.table import outcome_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.portfolio.sides import Aligned
    from edaphon.problem.values import Objective, Problem
    from edaphon.solver.table import Outcome


@dataclass(frozen=True)
class Swaps:
    """What every unit adds to the difference a minus b.

    Attributes
    ----------
    units : intp array, shape (n_swaps,)
        Positions among the units of the two sides (`Aligned.a_units`) whose intervention differs.
    a_options, b_options : tuples of str
        What is done there in a and in b.
    change : float64 array, shape (n_swaps, n_objectives)
        a minus b, in each objective's own sense and unit.
    elsewhere : float64 array, shape (n_objectives,)
        What units with the same intervention add, because two runs know other figures of them;
        0 within one run. `change` and `elsewhere` sum to the difference.
    exact : bool array, shape (n_objectives,)
        Where True a unit's change does not depend on the others. Where False it is the change
        when the swaps are made one after the other from b to a, in the order of the units.
    """

    units: NDArray[np.intp]
    a_options: tuple[str, ...]
    b_options: tuple[str, ...]
    change: NDArray[np.float64]
    elsewhere: NDArray[np.float64]
    exact: NDArray[np.bool_]


def find_swaps(pair: Aligned, a_plan: NDArray[np.integer], b_plan: NDArray[np.integer]) -> Swaps:
    """List the units that differ, with their part of the difference in every objective.

    A plain sum over units is exact per unit. A benefit that is no plain sum, and boundary shared
    with neighbors, are counted by making the swaps one after the other from b to a, in the order
    of the units: each gets the change that its own swap makes then, so they sum to the difference.
    A difference in connectivity is counted elsewhere, with no single unit.

    Parameters
    ----------
    pair : Aligned
    a_plan, b_plan : int arrays
        Allocations of `pair.a` and `pair.b`.
    """
    a_names = _chosen_names(pair.a, a_plan, pair.a_units)
    b_names = _chosen_names(pair.b, b_plan, pair.b_units)
    differs = np.array([x != y for x, y in zip(a_names, b_names, strict=True)], dtype=bool)
    order = np.concatenate([np.flatnonzero(~differs), np.flatnonzero(differs)])
    kept = int((~differs).sum())
    bare = [replace(o, boundary=0.0) for o in pair.a.objectives]
    own_a, outcome = _gains(pair.a, bare, pair.a_total, a_plan, pair.a_units)
    own_b, _ = _gains(pair.b, bare, pair.b_total, b_plan, pair.b_units)
    step = np.cumsum((own_a - own_b)[order], axis=0)
    path = np.concatenate([own_b.sum(axis=0)[None], own_b.sum(axis=0) + step])
    sense = np.array([1.0 if o.sense == "maximize" else -1.0 for o in pair.a.objectives])
    single = (~outcome.saturating[:, None] | (outcome.matrix == 0)).all(axis=0)
    change = np.diff(outcome.values(path), axis=0)
    plain = (own_a - own_b)[order] @ outcome.matrix
    change = np.where(single, plain, change) * sense
    charged = np.array([o.boundary for o in pair.a.objectives])
    if charged.any():
        exposed = _boundary_change(pair, a_plan, b_plan, order)
        change += exposed[:, None] * np.where(sense > 0, -charged, charged)
    # connectivity belongs to the whole, not to single units
    linked = np.array([o.connectivity for o in pair.a.objectives])
    whole = np.zeros(len(linked))
    if linked.any():
        whole = connectivity_values(pair.a, a_plan) - connectivity_values(pair.b, b_plan)
    return Swaps(
        units=order[kept:],
        a_options=tuple(a_names[i] for i in order[kept:]),
        b_options=tuple(b_names[i] for i in order[kept:]),
        change=change[kept:],
        elsewhere=change[:kept].sum(axis=0) + whole,
        exact=single & (charged == 0) & ~linked,
    )


def _chosen_names(
    problem: Problem, plan: NDArray[np.integer], units: NDArray[np.intp]
) -> list[str]:
    """Return what is done in every unit; the baseline where a unit is not there."""
    names = problem.interventions
    return [names[plan[i]] if i != ABSENT else names[0] for i in units]


def _gains(
    problem: Problem,
    objectives: Sequence[Objective],
    total: NDArray[np.float64],
    plan: NDArray[np.integer],
    units: NDArray[np.intp],
) -> tuple[NDArray[np.float64], Outcome]:
    """Gains of the chosen options by unit and column, and how columns make objectives."""
    columns, outcome = outcome_columns(replace(problem, objectives=tuple(objectives)), total)
    chosen = columns[:, plan, np.arange(problem.n_units)].T
    there = units != ABSENT
    gains = np.zeros((len(units), chosen.shape[1]))
    gains[there] = chosen[units[there]]
    return gains, outcome


def _boundary_change(
    pair: Aligned,
    a_plan: NDArray[np.integer],
    b_plan: NDArray[np.integer],
    order: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Change of exposed boundary (m) as the units are swapped in an order, by place in it.

    Where two runs do not have the same neighbors, all of it stands at the first place: it cannot
    be told unit by unit.
    """
    change = np.zeros(len(order))
    if not _same_neighbors(pair):
        change[0] = exposed_boundary(pair.a, a_plan) - exposed_boundary(pair.b, b_plan)
        return change
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    a_groups, b_groups = _groups(pair, a_plan, b_plan)
    outer = boundary_of(pair.a).outer_m
    if outer is not None:
        change[rank] += outer * ((a_plan != 0).astype(float) - (b_plan != 0))
    pairs = pair.a.neighbours
    if pairs is not None:
        early = rank[pairs.first] < rank[pairs.second]
        first = np.where(early, pairs.first, pairs.second)
        second = np.where(early, pairs.second, pairs.first)
        before = b_groups[first] != b_groups[second]
        between = a_groups[first] != b_groups[second]
        after = a_groups[first] != a_groups[second]
        np.add.at(change, rank[first], pairs.length_m * (between.astype(float) - before))
        np.add.at(change, rank[second], pairs.length_m * (after.astype(float) - between))
    return change


def _same_neighbors(pair: Aligned) -> bool:
    """Whether units and their neighbors are the same on both sides, in the same order."""
    if pair.same:
        return True
    a, b = pair.a.neighbours, pair.b.neighbours
    if a is None or b is None or not np.array_equal(pair.a_units, pair.b_units):
        return False
    kinds = boundary_of(pair.a), boundary_of(pair.b)
    return (
        np.array_equal(a.first, b.first)
        and np.array_equal(a.second, b.second)
        and np.allclose(a.length_m, b.length_m)
        and kinds[0].between == kinds[1].between
        and kinds[0].outer_m is None
        and kinds[1].outer_m is None
    )


def _groups(
    pair: Aligned, a_plan: NDArray[np.integer], b_plan: NDArray[np.integer]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Group of each unit on both sides, between which boundary is exposed."""
    if boundary_of(pair.a).between == "treated":
        return (a_plan != 0).astype(np.intp), (b_plan != 0).astype(np.intp)
    names = {name: k for k, name in enumerate((*pair.a.interventions, *pair.b.interventions))}
    code_a = np.array([names[name] for name in pair.a.interventions])
    code_b = np.array([names[name] for name in pair.b.interventions])
    return code_a[a_plan], code_b[b_plan]
