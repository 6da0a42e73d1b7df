"""Fronts with connectivity: the other objectives certified, connectivity refined.

No weighted sum with connectivity has a quick bound. The other objectives are searched and certified
as ever; their portfolios, and others that treat much land with little boundary, seed NSGA-II over
all objectives, connectivity included, which keeps every rule and loses none of them. Bounds of the
others hold with weight 0 on connectivity, and treating every unit that may be treated bounds
connectivity itself, since it only grows with what is treated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from edaphon.errors import Finding
from edaphon.practices.values import Ledger
from edaphon.problem.evaluate import as_allocation, evaluate, formulate
from edaphon.problem.network import connected_of
from edaphon.problem.values import Objective
from edaphon.solver.assemble import assemble, senses
from edaphon.solver.concave import Cut
from edaphon.solver.pareto import not_whole
from edaphon.solver.search import Search
from edaphon.solver.spread import spread_out
from edaphon.solver.table import outcome_columns
from edaphon.solver.weights import payoff_scales

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.network import Connected
    from edaphon.problem.values import Front, Problem
    from edaphon.solver.start import Start

WORTH = 0.5
"""What the whole boundary of a mean unit costs, in units of its area (judgement)."""
FEWEST = 6
"""Fewest compact portfolios that are asked for."""
_LAND = "treated land"
_OUTWARD = 1e-9
"""Share by which the largest connectivity is rounded outward."""


def is_connected(problem: Problem) -> bool:
    """Whether an objective is connectivity."""
    return any(objective.connectivity for objective in problem.objectives)


def solve_connected(
    problem: Problem,
    solve: Callable[..., Front],
    *,
    portfolios: int,
    seed: int,
    generations: int,
    policy: ArrayLike | None,
    whole: bool,
    start: Start | None,
    **settings: Any,
) -> Front:
    """Search the other objectives with `solve`, then refine over all; see `edaphon.solve`."""
    at = [objective.connectivity for objective in problem.objectives].index(True)
    others = tuple(o for o in problem.objectives if not o.connectivity)
    bare, connected = replace(problem, objectives=others), connected_of(problem)
    from edaphon.solver.pymoo_adapter import refine

    if connected is None:
        raise ValueError("check_network lets no problem pass without a network")
    front = solve(
        bare,
        portfolios=portfolios,
        seed=seed,
        generations=generations,
        start=None if start is None else replace(start, weights=np.delete(start.weights, at, 1)),
        **settings,
    )
    cuts = _lifted(front, senses(bare), connected, at)
    given = front.portfolios[front.on_front]
    extra, interrupted = given, front.interrupted
    if not interrupted:
        rules = formulate(bare)
        search = Search(bare, rules, *outcome_columns(bare, rules.total), connected, at)
        try:
            seeds = np.vstack([given, _compact(bare, solve, portfolios, generations, settings)])
            with threadpool_limits(limits=1):
                found = refine(search, np.unique(seeds, axis=0), generations=generations, seed=seed)
        except KeyboardInterrupt:
            interrupted = True
        else:
            new = _new(bare, rules, given, found)
            apart = spread_out(new, search.values(new), search.values(given), portfolios)
            extra = np.vstack([given, apart])
    payoff = _payoff(front, senses(bare), connected, at, extra)
    plan = None if policy is None else as_allocation(problem, policy, "policy")
    made = assemble(
        problem,
        formulate(problem),
        answers=cuts,
        extra=extra,
        cuts=[*cuts, _most(problem, connected, at, extra)],
        payoff=payoff,
        scales=payoff_scales(payoff),
        policy=plan,
    )
    findings = (*front.findings, _uncertified(problem.objectives[at].name))
    if whole:
        findings = (*findings, not_whole())
    return replace(made, findings=findings, interrupted=interrupted)


def _compact(
    bare: Problem,
    solve: Callable[..., Front],
    portfolios: int,
    generations: int,
    settings: dict[str, Any],
) -> NDArray[np.uint8]:
    """Portfolios that treat much land in few pieces, for NSGA-II to start from.

    Treated land less priced boundary is a sum with a bound, and what holds together is connected.
    """
    if generations < 1:
        return np.zeros((0, bare.n_units), dtype=np.uint8)
    land = np.zeros((*bare.cost.shape[:2], 1))
    land[:, 1:, 0] = -bare.area_ha[:, None]
    price = 0.0
    if bare.neighbours is not None and len(bare.neighbours.length_m):
        around = 2.0 * float(bare.neighbours.length_m.sum()) / bare.n_units
        price = WORTH * float(bare.area_ha.mean()) / around
    pieces = Objective("land", "minimize", ledgers=(_LAND,), boundary=price)
    proxy = replace(
        bare,
        cost=np.concatenate([bare.cost, land], axis=2),
        ledgers=(*bare.ledgers, Ledger(_LAND, "ha", money=False)),
        objectives=(*bare.objectives, pieces),
    )
    own = {key: value for key, value in settings.items() if key != "progress"}
    front = solve(proxy, portfolios=max(FEWEST, portfolios // 3), generations=0, **own)
    if front.interrupted:
        raise KeyboardInterrupt
    return front.portfolios[front.on_front]


def _uncertified(name: str) -> Finding:
    what = (
        f"no quick bound exists for {name}: gaps and optimality count the other objectives only, "
        "and portfolios better connected may exist"
    )
    return Finding(f"objectives.{name}", what, "", "note")


def _lifted(front: Front, sense: NDArray[np.float64], connected: Connected, at: int) -> list[Cut]:
    """Answers of the other objectives, with weight 0 on connectivity."""
    cuts = []
    for k in np.flatnonzero(front.on_front & np.isfinite(front.bound)):
        plan, bound = front.portfolios[k], float(front.bound[k])
        area = connected.area(plan != 0)
        cuts.append(
            Cut(
                np.insert(front.weights[k] / front.scales, at, 0.0),
                plan,
                np.insert(front.values[k] * sense, at, area),
                bound * float(sense[0]) if len(sense) == 1 else bound,
                front.certified_by[k],
            )
        )
    return cuts


def _most(problem: Problem, connected: Connected, at: int, plans: NDArray[np.uint8]) -> Cut:
    """Return what proves how large connectivity can be: everything treated that may be."""
    most = connected.area((problem.allowed[:, 1:] == 0).any(axis=1))
    weights = np.zeros(len(problem.objectives))
    weights[at] = 1.0
    values = np.zeros(len(problem.objectives))
    return Cut(weights, plans[0], values, most * (1.0 + _OUTWARD), "none")


def _payoff(
    front: Front,
    sense: NDArray[np.float64],
    connected: Connected,
    at: int,
    plans: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Worst and best of every objective, shape (2, n_objectives)."""
    areas = np.array([connected.area(plan != 0) for plan in plans])
    ends = np.stack([front.reference_point * sense, front.ideal * sense])
    return np.insert(ends, at, [areas.min(), areas.max()], axis=1)


def _new(
    bare: Problem, rules: Formulation, given: NDArray[np.uint8], found: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return what was found beyond what was given and keeps every rule."""
    known = {plan.tobytes() for plan in given}
    new = [
        plan
        for plan in found
        if plan.tobytes() not in known and evaluate(bare, plan, formulation=rules).feasible
    ]
    return np.array(new, dtype=np.uint8).reshape(-1, bare.n_units)
