"""Put a front together: evaluated, non-dominated, sorted, with its certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.evaluate import LEVEL, evaluate
from edaphon.problem.values import Front
from edaphon.solver.dominance import (
    certified_gaps,
    hypervolume,
    nondominated,
    optimality_gaps,
    ranges,
    sandwich_ratio,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Evaluation, Problem
    from edaphon.solver.concave import Cut


@dataclass(frozen=True)
class _Row:
    """One portfolio on its way into the front."""

    kind: str
    plan: NDArray[np.uint8]
    worth: Evaluation
    cut: Cut | None


def baseline_plan(problem: Problem) -> NDArray[np.uint8]:
    """Do nothing new: the baseline everywhere, the first allowed option where it is locked out."""
    plan: NDArray[np.uint8] = (problem.allowed == 0).argmax(axis=1).astype(np.uint8)
    return plan


def bare(cut: Cut) -> Cut:
    """Return what a cut proves, without its portfolio."""
    return replace(cut, allocation=np.zeros(0, dtype=np.uint8))


def senses(problem: Problem) -> NDArray[np.float64]:
    """1 for maximized objectives, -1 for minimized ones, shape (n_objectives,)."""
    return np.array([1.0 if o.sense == "maximize" else -1.0 for o in problem.objectives])


def assemble(
    problem: Problem,
    formulation: Formulation,
    *,
    answers: list[Cut],
    extra: NDArray[np.uint8],
    cuts: Sequence[Cut],
    payoff: NDArray[np.float64],
    scales: NDArray[np.float64],
    policy: NDArray[np.integer] | None,
    level: float = LEVEL,
) -> Front:
    """Evaluate every portfolio and give the front with its certificates.

    Parameters
    ----------
    answers : list of Cut
        Portfolios with the weights they answer; the list is emptied, so that what drops out is
        held no longer.
    extra : uint8 array, shape (n_extra, n_units)
        Portfolios that answer no weights.
    cuts : sequence of Cut
        Everything that proves a bound.
    payoff : float64 array, shape (n_optima, n_objectives)
        Values of the single-objective optima, turned to maximize.
    scales : float64 array, shape (n_objectives,)
    policy : int array, shape (n_units,), or None
    """

    def worth(plan: NDArray[np.integer]) -> Evaluation:
        return evaluate(problem, plan, level, formulation)

    base = baseline_plan(problem)
    rows = [_Row("baseline", base, worth(base), None)]
    if policy is not None:
        rows.append(_Row("policy", policy.astype(np.uint8), worth(policy), None))
    shown = len(rows)
    candidates = []
    while answers:
        cut = answers.pop(0)
        candidates.append(_Row("front", cut.allocation, worth(cut.allocation), bare(cut)))
    candidates += [_Row("front", plan, worth(plan), None) for plan in extra]
    sense = senses(problem)
    candidates = [row for row in candidates if row.worth.feasible]
    points = np.array([row.worth.values * sense for row in candidates])
    points = points.reshape(len(candidates), len(sense))
    front = nondominated(points)
    front = front[np.lexsort(-points[front].T[::-1])]
    rows += [candidates[k] for k in front]
    del candidates
    return _front(problem, rows, shown, cuts=cuts, payoff=payoff, scales=scales, level=level)


def _front(
    problem: Problem,
    rows: list[_Row],
    shown: int,
    *,
    cuts: Sequence[Cut],
    payoff: NDArray[np.float64],
    scales: NDArray[np.float64],
    level: float,
) -> Front:
    sense = senses(problem)
    points = np.array([row.worth.values * sense for row in rows])
    on_front = points[shown:]
    ideal, nadir = ranges(on_front)
    ideal_seen = np.maximum(ideal, payoff.max(axis=0))
    reference = payoff.min(axis=0)
    walls = np.array([cut.weights for cut in cuts])
    bounds = np.array([cut.bound for cut in cuts])
    gaps = certified_gaps(points, walls, bounds, ideal - nadir)
    feasible = np.array([row.worth.feasible for row in rows])
    gaps[~feasible] = np.nan
    width = len(str(len(rows) - shown))
    labels = [f"p{k:0{max(2, width)}d}" for k in range(1, len(rows) - shown + 1)]
    made = _certificates(rows, points, scales, ideal - nadir) | _figures(rows)
    if len(sense) == 1:
        made["bound"] = made["bound"] * sense[0]
    return Front(
        portfolios=_stacked(rows),
        names=(*(row.kind for row in rows[:shown]), *labels),
        kinds=tuple(row.kind for row in rows),
        objectives=problem.objectives,
        values=points * sense,
        feasible=feasible,
        certified_gap=gaps,
        **made,
        certified_by=tuple("none" if r.cut is None else r.cut.certified_by for r in rows),
        tags=("",) * len(rows),
        scales=scales,
        ideal=ideal * sense,
        nadir=nadir * sense,
        reference_point=reference * sense,
        hypervolume=hypervolume(on_front, reference, ideal_seen),
        sandwich_ratio=sandwich_ratio(on_front, walls, bounds, reference, ideal_seen),
        level=level,
        findings=(),
        complete=False,
        interrupted=False,
    )


def _stacked(rows: list[_Row]) -> NDArray[np.uint8]:
    """Put the portfolios into one array, row by row, each held once."""
    made = np.empty((len(rows), len(rows[0].plan)), dtype=np.uint8)
    for k, row in enumerate(rows):
        made[k] = row.plan
        rows[k] = replace(row, plan=made[k])
    return made


def _figures(rows: list[_Row]) -> dict[str, NDArray[np.float64]]:
    """Columns of the front that are figures of each portfolio's evaluation."""
    names = ("lower", "upper", "treated_area_ha", "spent", "share_outside_applicability")
    return {name: np.array([getattr(row.worth, name) for row in rows]) for name in names}


def _certificates(
    rows: list[_Row],
    points: NDArray[np.float64],
    scales: NDArray[np.float64],
    span: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    """Weights that each row answers (on scaled objectives), its bound and optimality gap."""
    blank = np.full(points.shape[1], np.nan)
    raw = np.array([blank if row.cut is None else row.cut.weights for row in rows])
    bound = np.array([np.nan if row.cut is None else row.cut.bound for row in rows])
    rounding = np.array([0.0 if row.cut is None else row.cut.rounding for row in rows])
    value = (points * raw).sum(axis=1)
    return {
        "weights": raw * scales,
        "bound": bound,
        "optimality_gap": optimality_gaps(value, bound, (raw * span).sum(axis=1), rounding),
    }
