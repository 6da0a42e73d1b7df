"""Fronts with connectivity or contiguity: the other objectives certified, these refined.

No weighted sum with one of the two has a quick bound. The other objectives are searched and
certified as ever; their portfolios, and others that treat much land with little boundary, seed
NSGA-II over all objectives, which keeps every rule and loses none of them. Bounds of the others
hold with weight 0 on what hangs together, and treating every unit that may be treated bounds that
itself, since it only grows with what is treated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from edaphon.errors import Finding, InfeasibleError
from edaphon.practices.values import Ledger
from edaphon.problem.evaluate import as_allocation, evaluate, formulate
from edaphon.problem.network import linked_of
from edaphon.problem.values import Objective
from edaphon.solver.assemble import assemble, senses
from edaphon.solver.concave import Cut
from edaphon.solver.interrupts import held_interrupts
from edaphon.solver.pareto import not_whole
from edaphon.solver.search import Search, with_linked
from edaphon.solver.spread import spread_out
from edaphon.solver.table import outcome_columns
from edaphon.solver.weights import payoff_scales

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.network import Linked
    from edaphon.problem.values import Front, Problem
    from edaphon.solver.start import Start

WORTH = 0.5
"""What the whole boundary of a mean unit costs, in units of its area (judgement)."""
FEWEST = 6
"""Fewest compact portfolios that are asked for."""
_LAND = "treated land"
_OUTWARD = 1e-9
"""Share by which the largest connected area is rounded outward."""
_SHARES = (0.5, 0.75)
"""Shares of the search time by which the other objectives and the seeds are done (judgement)."""
SEARCH_TIME = "solve.search_time"


def is_connected(problem: Problem) -> bool:
    """Whether an objective is how what is treated hangs together."""
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
    search_time: float,
    **settings: Any,
) -> Front:
    """Search the other objectives with `solve`, then refine over all; see `edaphon.solve`."""
    linked, begin = linked_of(problem), monotonic()
    others = tuple(o for o in problem.objectives if not o.connectivity)
    bare, ats = replace(problem, objectives=others), [one.at for one in linked]
    settings |= {"portfolios": portfolios, "seed": seed, "generations": generations}
    front = solve(
        bare,
        start=None if start is None else replace(start, weights=np.delete(start.weights, ats, 1)),
        search_time=_SHARES[0] * search_time,
        **settings,
    )
    cuts = _lifted(front, senses(bare), linked)
    case = _Case(bare, formulate(bare), linked, begin, search_time)
    given = front.portfolios[front.on_front]
    if start is not None:
        given = np.vstack([given, start.feasible(bare, case.rules, front.scales)])
    extra, interrupted, late = given, front.interrupted, False
    if not interrupted:
        try:
            extra, late = _refined(case, solve, given, settings)
        except KeyboardInterrupt:
            interrupted = True
    payoff = _payoff(front, senses(bare), linked, extra)
    plan = None if policy is None else as_allocation(problem, policy, "policy")
    with held_interrupts() as held:
        made = assemble(
            problem,
            formulate(problem),
            answers=cuts,
            extra=extra,
            cuts=[*cuts, *(_most(problem, one, extra) for one in linked)],
            payoff=payoff,
            scales=payoff_scales(payoff),
            policy=plan,
        )
    findings = tuple(one for one in front.findings if one.where != SEARCH_TIME)
    if late or len(findings) < len(front.findings):
        findings = (*findings, _late(search_time))
    names = [problem.objectives[at].name for at in ats]
    findings = (*findings, *(_uncertified(name) for name in names))
    if whole:
        findings = (*findings, not_whole())
    return replace(made, findings=findings, interrupted=interrupted or bool(held))


@dataclass(frozen=True)
class _Case:
    """The other objectives, what hangs together, and when the search began."""

    bare: Problem
    rules: Formulation
    linked: tuple[Linked, ...]
    begin: float
    search_time: float


def _refined(
    case: _Case, solve: Callable[..., Front], given: NDArray[np.uint8], settings: dict[str, Any]
) -> tuple[NDArray[np.uint8], bool]:
    """Portfolios with those that NSGA-II adds; whether the time ended it."""
    from edaphon.solver.pymoo_adapter import refine

    bare, rules, generations = case.bare, case.rules, settings["generations"]
    if generations < 1:
        return given, False
    search = Search(bare, rules, *outcome_columns(bare, rules.total), case.linked)
    seeds, late = _compact(case, solve, settings)
    until = case.begin + case.search_time
    with threadpool_limits(limits=1):
        found = refine(
            search,
            np.unique(np.vstack([given, seeds]), axis=0),
            generations=generations,
            seed=settings["seed"],
            until=until,
            progress=settings["progress"],
        )
    new = _new(bare, rules, given, found)
    apart = spread_out(new, search.values(new), search.values(given), settings["portfolios"])
    return np.vstack([given, apart]), late or monotonic() >= until


def _compact(
    case: _Case, solve: Callable[..., Front], settings: dict[str, Any]
) -> tuple[NDArray[np.uint8], bool]:
    """Portfolios that treat much land in few pieces, for NSGA-II to start from.

    Treated land less priced boundary is a sum with a bound, and what holds together is connected.
    What counts as treated is asked for in turn, in equal parts of the time; the second value says
    whether it ended one.
    """
    bare = case.bare
    price = 0.0
    if bare.neighbours is not None and len(bare.neighbours.length_m):
        around = 2.0 * float(bare.neighbours.length_m.sum()) / bare.n_units
        price = WORTH * float(bare.area_ha.mean()) / around
    pieces = Objective("land", "minimize", ledgers=(_LAND,), boundary=price)
    own = settings | {
        "progress": None,
        "generations": 0,
        "weights": None,
        "portfolios": max(FEWEST, settings["portfolios"] // 3),
    }
    kinds = list({one.counts.tobytes(): one.counts for one in case.linked}.values())
    made, late = [np.zeros((0, bare.n_units), dtype=np.uint8)], False
    for k, counts in enumerate(kinds):
        land = np.where(counts, -bare.area_ha[:, None], 0.0)[:, :, None]
        proxy = replace(
            bare,
            cost=np.concatenate([bare.cost, land], axis=2),
            ledgers=(*bare.ledgers, Ledger(_LAND, "ha", money=False)),
            objectives=(*bare.objectives, pieces),
        )
        end = case.begin + _SHARES[1] * case.search_time
        left = (end - monotonic()) / (len(kinds) - k)
        if left <= 0.0:
            return np.vstack(made), True
        try:
            front = solve(proxy, search_time=left, **own)
        except InfeasibleError:  # none was found in time: there are seeds without
            late = True
            continue
        if front.interrupted:
            raise KeyboardInterrupt
        late |= any(one.where == SEARCH_TIME for one in front.findings)
        made.append(front.portfolios[front.on_front])
    return np.vstack(made), late


def _uncertified(name: str) -> Finding:
    what = (
        f"no quick bound exists for {name}: gaps and optimality count the other objectives only, "
        "and portfolios better connected may exist"
    )
    return Finding(f"objectives.{name}", what, "", "note")


def _late(search_time: float) -> Finding:
    what = (
        f"the search ended after {search_time:g} s, half of them kept for what hangs together: the "
        "portfolios are feasible and their bounds hold, but another run may find others"
    )
    return Finding(SEARCH_TIME, what, "Raise solve.search_time.", "warning")


def _lifted(front: Front, sense: NDArray[np.float64], linked: tuple[Linked, ...]) -> list[Cut]:
    """Answers of the other objectives, with weight 0 on what hangs together."""
    cuts = []
    for k in np.flatnonzero(front.on_front & np.isfinite(front.bound)):
        plan, bound = front.portfolios[k], float(front.bound[k])
        areas = [one.area(plan) for one in linked]
        cuts.append(
            Cut(
                with_linked(front.weights[k] / front.scales, linked, [0.0] * len(linked)),
                plan,
                with_linked(front.values[k] * sense, linked, areas),
                bound * float(sense[0]) if len(sense) == 1 else bound,
                front.certified_by[k],
            )
        )
    return cuts


def _most(problem: Problem, one: Linked, plans: NDArray[np.uint8]) -> Cut:
    """Return what proves how large an area can be: everything treated that may be."""
    most = one.connected.area((problem.allowed[:, one.counts] == 0).any(axis=1))
    weights = np.zeros(len(problem.objectives))
    weights[one.at] = 1.0
    values = np.zeros(len(problem.objectives))
    return Cut(weights, plans[0], values, most * (1.0 + _OUTWARD), "none")


def _payoff(
    front: Front,
    sense: NDArray[np.float64],
    linked: tuple[Linked, ...],
    plans: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Worst and best of every objective, shape (2, n_objectives)."""
    areas = np.array([[one.area(plan) for plan in plans] for one in linked])
    ends = ((front.reference_point, areas.min(axis=1)), (front.ideal, areas.max(axis=1)))
    return np.stack([with_linked(values * sense, linked, list(own)) for values, own in ends])


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
