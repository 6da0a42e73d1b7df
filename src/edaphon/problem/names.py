"""Checks of labels, objectives and constraints that arrays and configs share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.errors import Finding
from edaphon.problem.values import AreaLimit, Budget, Constraint, Objective, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Problem

MAX_OBJECTIVES = 6
FIXED_COLUMNS = (
    "portfolio",
    "kind",
    "feasible",
    "certified_gap",
    "optimality_gap",
    "bound",
    "certified_by",
    "treated_area_ha",
    "share_outside_applicability",
    "tags",
)
Where = Callable[[str], str]


def duplicates(kind: str, names: Iterable[str], where: str) -> list[Finding]:
    """One finding per name that stands more than once."""
    return [
        Finding(where, f"{kind} {name!r} stands {count} times", "Names must be unique.")
        for name, count in Counter(names).items()
        if count > 1
    ]


def unknown(kind: str, name: str, known: Sequence[str], where: str) -> list[Finding]:
    """Return a finding with "did you mean" if `name` is not known, else none."""
    if name in known:
        return []
    return [Finding(where, f"no {kind} is called {name!r}", did_you_mean(name, known))]


def check_objectives(
    objectives: Sequence[Objective],
    features: Sequence[str],
    ledgers: Sequence[str],
    where: Where = "objectives.{}".format,
) -> list[Finding]:
    """Check the number, names, features, ledgers and weights of objectives."""
    found = duplicates("objective", (o.name for o in objectives), "objectives")
    if not 1 <= len(objectives) <= MAX_OBJECTIVES:
        what = f"there are {len(objectives)} objectives"
        found.append(Finding("objectives", what, f"Give one to {MAX_OBJECTIVES}."))
    columns = {*FIXED_COLUMNS, *(f"spent_{ledger}" for ledger in ledgers)}
    for other in objectives:
        columns |= {f"{other.name}_{end}" for end in ("lower", "upper", "weight")}
    for objective in objectives:
        if objective.name in columns:
            what = f"{objective.name!r} is the name of a column of front.csv"
            found.append(Finding(where(objective.name), what, "Choose another name."))
        found += _check_objective(objective, features, ledgers, where(objective.name))
    return found


def _check_objective(
    objective: Objective, features: Sequence[str], ledgers: Sequence[str], where: str
) -> list[Finding]:
    found: list[Finding] = []
    wanted = objective.features if objective.sense == "maximize" else objective.ledgers
    other = objective.ledgers if objective.sense == "maximize" else objective.features
    if not wanted or other:
        hint = "Give either maximize: a feature, or several, or minimize: a ledger."
        found.append(Finding(where, "must name what it maximizes or minimizes", hint))
    for name in objective.features:
        found += unknown("feature", name, features, where)
    for name in objective.ledgers:
        found += unknown("ledger", name, ledgers, where)
    found += duplicates("feature", objective.features, where)
    weights = np.array(objective.weights, dtype=float)
    if len(weights) and len(weights) != len(objective.features):
        what = f"has {len(weights)} weights for {len(objective.features)} features"
        found.append(Finding(where, what, "Give one weight per feature, or none."))
    elif len(weights) and not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        found.append(Finding(where, "has negative weights, or zeros only", "Give weights above 0."))
    return found


def check_constraints(
    constraints: Sequence[Constraint],
    features: Sequence[str],
    ledgers: Sequence[str],
    interventions: Sequence[str],
    region: NDArray[np.str_] | None,
) -> list[Finding]:
    """Check the names and figures of constraints."""
    found: list[Finding] = []
    for constraint in constraints:
        if isinstance(constraint, Budget):
            found += _check_budget(constraint, ledgers)
        elif isinstance(constraint, AreaLimit):
            found += _check_area(constraint, interventions)
        else:
            found += _check_target(constraint, features, region)
    return found


def _check_budget(budget: Budget, ledgers: Sequence[str]) -> list[Finding]:
    found = unknown("ledger", budget.ledger, ledgers, budget.where)
    if not np.isfinite(budget.limit) or budget.limit < 0:
        what = f"the budget of {budget.ledger} is {budget.limit:,.6g}"
        found.append(Finding(budget.where, what, "Give an amount of 0 or more."))
    return found


def _check_area(limit: AreaLimit, interventions: Sequence[str]) -> list[Finding]:
    found = unknown("intervention", limit.intervention, interventions, limit.where)
    if not (0 <= limit.low_ha <= limit.high_ha) or np.isinf(limit.low_ha):
        what = f"the area runs from {limit.low_ha:,.6g} to {limit.high_ha:,.6g} ha"
        found.append(Finding(limit.where, what, "Give 0 <= min <= max."))
    return found


def _check_target(
    target: Target, features: Sequence[str], region: NDArray[np.str_] | None
) -> list[Finding]:
    found = unknown("feature", target.feature, features, target.where)
    if not np.isfinite(target.amount):
        what = f"the target of {target.feature} is {target.amount}"
        found.append(Finding(target.where, what, "Give a finite amount."))
    if target.region is not None and region is None:
        what = f"asks for region {target.region!r}, but the units have no regions"
        found.append(Finding(target.where, what, "Give the regions of the units."))
    elif target.region is not None and region is not None:
        found += unknown("region", target.region, sorted({*map(str, region)}), target.where)
    return found


def check_amounts(
    problem: Problem, total: NDArray[np.float64], where: Where = "objectives.{}".format
) -> list[Finding]:
    """Check for features that no allowed intervention raises, or that have no stock.

    A warning for objectives, which then sum losses only or nothing; an error for targets in
    percent, which have nothing to be a share of.
    """
    names = [feature.name for feature in problem.features]
    flat = {name for name, amount in zip(names, total, strict=True) if amount <= 0}
    found = []
    for objective in problem.objectives:
        lost = [name for name in objective.features if name in flat]
        if lost:
            what = f"no allowed intervention raises {', '.join(lost)}"
            hint = "Take it out, or allow an intervention with evidence for it."
            found.append(Finding(where(objective.name), what, hint, "warning"))
    for target in (c for c in problem.constraints if isinstance(c, Target)):
        found += _check_base(target, target.feature in flat, _stock(problem, target))
    return found


def _stock(problem: Problem, target: Target) -> float:
    index = [feature.name for feature in problem.features].index(target.feature)
    return float(np.abs(problem.effects.stock[:, index]).sum())


def _check_base(target: Target, flat: bool, stock: float) -> list[Finding]:
    if target.kind == "share" and flat:
        what = f"no allowed intervention raises {target.feature}, so it has no share to reach"
        return [Finding(target.where, what, "Take the target out or give it as an amount.")]
    if target.kind == "gain" and stock == 0:
        what = f"{target.feature} has no stock today, so a share of it means nothing"
        return [Finding(target.where, what, "Give a share of total_amount or an amount.")]
    return []
