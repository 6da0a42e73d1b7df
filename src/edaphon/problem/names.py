"""Checks of labels, objectives and constraints that arrays and configs share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.checks import FRONT_COLUMNS, MOST_OBJECTIVES
from edaphon.config.limits import LEDGER_UNITS
from edaphon.config.suggest import did_you_mean
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.problem.apart import check_apart
from edaphon.problem.area_ledgers import CHANGED_AREA
from edaphon.problem.benefits import wrong_shape
from edaphon.problem.boundary import check_boundary
from edaphon.problem.constraints import (
    TREATED,
    AreaLimit,
    Budget,
    ChangeLimit,
    Constraint,
    OutsideLimit,
    RegionShare,
    Target,
    UnitLimit,
    counted,
)
from edaphon.problem.evaluate import total_amount
from edaphon.problem.network import check_network
from edaphon.problem.values import Objective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Problem

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
    if not 1 <= len(objectives) <= MOST_OBJECTIVES:
        what = f"there are {len(objectives)} objectives"
        found.append(Finding("objectives", what, f"Give one to {MOST_OBJECTIVES}."))
    columns = {*FRONT_COLUMNS, *(f"spent_{ledger}" for ledger in ledgers)}
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
    bare = objective.connectivity or (objective.boundary and objective.sense == "minimize")
    if not (wanted or bare) or other:
        hint = "Give either maximize: a feature, or several, or minimize: a ledger."
        found.append(Finding(where, "must name what it maximizes or minimizes", hint))
    for name in objective.features:
        found += unknown("feature", name, features, where)
    for name in objective.ledgers:
        if name not in ledgers:
            if name == CHANGED_AREA:
                what = f"{name} compares with an earlier portfolio, and there is none"
                hint = "Name one: constraints.near in a config, earlier in Python."
            else:
                what = f"no ledger is called {name!r}"
                hint = did_you_mean(name, dict.fromkeys((*ledgers, *LEDGER_UNITS)))
            found.append(Finding(where, what, hint))
    found += duplicates("feature", objective.features, where)
    found += _check_shape(objective, where)
    weights = np.array(objective.weights, dtype=float)
    if len(weights) and len(weights) != len(objective.features):
        what = f"has {len(weights)} weights for {len(objective.features)} features"
        found.append(Finding(where, what, "Give one weight per feature, or none."))
    elif len(weights) and not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        found.append(Finding(where, "has negative weights, or zeros only", "Give weights above 0."))
    return found


def _check_shape(objective: Objective, where: str) -> list[Finding]:
    shape = objective.shape
    if objective.benefit in ("ramp", "worst") and not shape:
        hint = f'Write {{"{objective.benefit}": 0.3}}: what lies above that share counts no more.'
        return [Finding(where, f"a {objective.benefit} does not say where it ends", hint)]
    if objective.benefit == "worst" and objective.weights:
        hint = "Take the weights out, or give each feature an end of its own."
        return [Finding(where, "the worst of several features knows no weights", hint)]
    if len(shape) not in (0, 1, len(objective.features)):
        what = f"has {len(shape)} shapes for {len(objective.features)} features"
        return [Finding(where, what, "Give one, one per feature, or none.")]
    wrong = {wrong_shape(objective.benefit, one) for one in shape} - {""}
    return [Finding(where, what) for what in sorted(wrong)]


def check_constraints(
    constraints: Sequence[Constraint],
    features: Sequence[str],
    ledgers: Sequence[str],
    interventions: Sequence[str],
    region: NDArray[np.str_] | None,
    *,
    earlier: bool = False,
) -> list[Finding]:
    """Check the names and figures of constraints; `earlier`: is there a portfolio to be near."""
    found: list[Finding] = []
    regions = None if region is None else sorted({*map(str, region)})
    for rule in constraints:
        match rule:
            case Budget():
                found += _check_budget(rule, ledgers)
            case AreaLimit():
                found += unknown_option(rule.intervention, interventions, rule.where)
                found += _check_ends("area", rule.low_ha, rule.high_ha, " ha", rule.where)
            case UnitLimit():
                found += unknown_option(rule.intervention, interventions, rule.where)
                found += _check_ends("number of units", rule.low, rule.high, "", rule.where)
            case RegionShare() | OutsideLimit():
                found += _check_share(rule.share, rule.where)
            case ChangeLimit():
                found += _check_change(rule, earlier)
            case Target():
                found += _check_target(rule, features)
        found += _check_region(getattr(rule, "region", None), regions, rule.where)
    return found + _check_floors(constraints)


def unknown_option(name: str, interventions: Sequence[str], where: str) -> list[Finding]:
    """Return a finding if no option is `name` or a bundle that holds it, else none."""
    if counted(interventions, name).any():
        return []
    return unknown("intervention", name, (*interventions, TREATED), where)


def _check_floors(constraints: Sequence[Constraint]) -> list[Finding]:
    """Regions cannot receive more than everything together."""
    found = []
    for of in ("spending", "area"):
        floors = [
            rule
            for rule in constraints
            if isinstance(rule, RegionShare) and rule.of == of and rule.side == "min"
        ]
        asked = sum(rule.share for rule in floors)
        if asked > 1.0 + 1e-9:
            what = f"{len(floors)} regions are to receive {asked:.4g} times all {of} together"
            hint = f"Give each at most {100 / len(floors):.3g} %."
            found.append(Finding(floors[0].where, what, hint))
    return found


def _check_region(region: str | None, regions: Sequence[str] | None, where: str) -> list[Finding]:
    if region is None:
        return []
    if regions is None:
        what = f"asks for region {region!r}, but the units have no regions"
        return [Finding(where, what, "Give the regions of the units.")]
    return unknown("region", region, regions, where)


def _check_ends(what: str, low: float, high: float, unit: str, where: str) -> list[Finding]:
    if 0 <= low <= high and not np.isinf(low):
        return []
    said = f"the {what} runs from {low:,.6g} to {high:,.6g}{unit}"
    return [Finding(where, said, "Give 0 <= min <= max.")]


def _check_share(share: float, where: str) -> list[Finding]:
    if 0.0 <= share <= 1.0:
        return []
    return [Finding(where, f"{share:.4g} is no share", "Give 0 % to 100 %.")]


def _check_change(rule: ChangeLimit, earlier: bool) -> list[Finding]:
    if not earlier:
        what = "there is no earlier portfolio to stay close to"
        return [Finding(rule.where, what, "Give one, or name the column of present policy.")]
    if np.isfinite(rule.limit) and rule.limit >= 0:
        return []
    return [Finding(rule.where, f"the limit is {rule.limit}", "Give 0 or more.")]


def _check_budget(budget: Budget, ledgers: Sequence[str]) -> list[Finding]:
    found = unknown("ledger", budget.ledger, ledgers, budget.where)
    if not np.isfinite(budget.limit) or budget.limit < 0:
        what = f"the budget of {budget.ledger} is {budget.limit:,.6g}"
        found.append(Finding(budget.where, what, "Give an amount of 0 or more."))
    return found


def _check_target(target: Target, features: Sequence[str]) -> list[Finding]:
    found = unknown("feature", target.feature, features, target.where)
    if not np.isfinite(target.amount):
        what = f"the target of {target.feature} is {target.amount}"
        found.append(Finding(target.where, what, "Give a finite amount."))
    return found


def check_space(problem: Problem, where: Where = "objectives.{}".format) -> list[Finding]:
    """Check what looks at neighbors, or at farms as a whole, and what goes with it."""
    found = check_boundary(problem, where) + check_apart(problem)
    return found + check_network(problem, where) + _check_farms(problem, where)


def check_amounts(
    problem: Problem, total: NDArray[np.float64], where: Where = "objectives.{}".format
) -> list[Finding]:
    """Check for features that no allowed intervention raises, or that have no stock.

    A warning for objectives, which then sum losses only or nothing; an error for targets in
    percent, which have nothing to be a share of.
    """
    found: list[Finding] = []
    names = [feature.name for feature in problem.features]
    flat = {name for name, amount in zip(names, total, strict=True) if amount <= 0}
    for objective in problem.objectives:
        lost = [name for name in objective.features if name in flat]
        if lost:
            what = f"no allowed intervention raises {', '.join(lost)}"
            hint = "Take it out, or allow an intervention with evidence for it."
            found.append(Finding(where(objective.name), what, hint, "warning"))
    for target in (c for c in problem.constraints if isinstance(c, Target)):
        found += _check_base(target, target.feature in flat, _stock(problem, target))
    return found


def _check_farms(problem: Problem, where: Where) -> list[Finding]:
    """Boundary between units is not counted where farms choose as one."""
    spatial = [o.name for o in problem.objectives if o.boundary > 0]
    if problem.farm is None or not spatial:
        return []
    what = "exposed boundary cannot be counted where each farm takes one choice"
    return [Finding(where(spatial[0]), what, "Take out per_farm, or the boundary.")]


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


def check_labels(problem: Problem, faults: Sequence[Finding] = ()) -> Problem:
    """Return the problem if all its names and figures hold together.

    Raises
    ------
    DataError
        With `faults` and everything found here.
    """
    features = [feature.name for feature in problem.features]
    ledgers = [ledger.name for ledger in problem.ledgers]
    found = [*faults]
    found += check_objectives(problem.objectives, features, ledgers)
    found += check_constraints(
        problem.constraints,
        features,
        ledgers,
        problem.interventions,
        problem.region,
        earlier=problem.earlier is not None,
    )
    raise_errors(found + check_space(problem), DataError)
    raise_errors(check_amounts(problem, total_amount(problem)), DataError)
    return problem
