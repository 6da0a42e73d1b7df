"""Solve a problem: many portfolios, each with a proven bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel
from threadpoolctl import threadpool_limits

from edaphon.errors import Finding, InfeasibleError, raise_errors
from edaphon.problem.check import check_problem
from edaphon.problem.evaluate import as_allocation, evaluate, formulate
from edaphon.solver.assemble import assemble
from edaphon.solver.deciding import deciding_units
from edaphon.solver.dominance import certified_gaps, nondominated
from edaphon.solver.engine import answer_at_once, cut_short, find_payoff, make_engine
from edaphon.solver.facets import Box, next_weights
from edaphon.solver.pareto import Known, not_whole, pareto_front, proven_whole
from edaphon.solver.table import outcome_columns

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Front, Problem
    from edaphon.solver.concave import Cut
    from edaphon.solver.engine import Engine

Progress = Callable[[str, int, int], None]
ROUND = 8
"""Weights asked at once."""
MAX_ROUNDS = 1_000
WORST_EXTRA = 0.01


def solve(
    problem: Problem,
    *,
    portfolios: int = 91,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    policy: ArrayLike | None = None,
    generations: int = 60,
    time_limit: float = 60.0,
    whole: bool = False,
    search_time: float = np.inf,
) -> Front:
    """Find portfolios that answer weights, each feasible and with its certificates.

    Parameters
    ----------
    problem : Problem
    portfolios : int
        Weights that are asked, the single-objective optima included; each next one is asked where
        the gap between portfolios and proven bound is widest. Portfolios that are dominated or
        stand twice drop out, and the search ends early where no gap is left. With one objective
        there is one portfolio.
    seed : int
        Of the evolutionary search, which runs for saturating objectives only.
    workers : int
        Processes; the answer is the same for any number.
    progress : callable, optional
        Called with (stage, done, total).
    policy : int array, shape (n_units,), optional
        The present policy; it is shown beside the front, feasible or not.
    generations : int
        Generations of NSGA-II for saturating objectives, 0 = none.
    time_limit : float
        Seconds of one mixed-integer program, for problems with several constraints.
    whole : bool
        Look for the whole Pareto front and prove it complete: for small problems. Where it is
        too large, a finding says so and the front is what the weights found.
    search_time : float
        Seconds after which no further weights are asked; the front found so far is returned with
        its certificates and a finding.

    Returns
    -------
    Front
        Rows: baseline, policy if given, then the front. Its findings say where a time limit ended
        a search.

    Raises
    ------
    InfeasibleError
        If no portfolio keeps every constraint; the findings name the conflict. Also if none was
        found in the time given; the finding then says that none is proven impossible.
    """
    with threadpool_limits(limits=1):
        plan = None if policy is None else as_allocation(problem, policy, "policy")
        formulation = formulate(problem)
        raise_errors(check_problem(problem, formulation), InfeasibleError)
        deciding = deciding_units(problem, formulation)
        inner, rules = deciding.problem, deciding.formulation
        engine = make_engine(inner, rules, time_limit)
        payoff, scales, cuts = find_payoff(engine)
        proofs, asked = cuts, len(cuts)
        start = monotonic()
        if len(problem.objectives) > 1:
            asked, proofs = _search(
                engine,
                Box(payoff.min(axis=0), payoff.max(axis=0)),
                cuts,
                portfolios=portfolios,
                workers=workers,
                progress=progress,
                until=start + search_time,
            )
        # an optimum of one objective alone may waste the others, so it proves but is not shown
        answers = [cut for cut in proofs if (cut.weights > 0).all()] or proofs
        pareto = _pareto(inner, rules, proofs) if whole else None
        extra = pareto
        if extra is None:
            extra = _refined(
                inner,
                rules,
                engine,
                proofs,
                np.stack([cut.allocation for cut in answers]),
                generations=generations,
                seed=seed,
                portfolios=portfolios,
            )
        front = assemble(
            problem,
            formulation,
            answers=[deciding.whole(cut) for cut in answers],
            extra=deciding.spread(extra),
            cuts=proofs,
            payoff=payoff,
            scales=scales,
            policy=plan,
        )
        findings = cut_short(proofs, asked, time_limit)
        if monotonic() - start >= search_time and asked < portfolios:
            findings = (*findings, _ended(search_time, asked, portfolios))
        if pareto is not None:
            front = proven_whole(front)
        elif whole:
            findings = (*findings, not_whole())
        return replace(front, findings=findings)


def _ended(search_time: float, asked: int, portfolios: int) -> Finding:
    what = (
        f"the search ended after {search_time:g} s with {asked} of {portfolios} weights asked: "
        "the portfolios are feasible and their bounds hold, but another run may find others"
    )
    return Finding("solve.search_time", what, "Raise solve.search_time.", "warning")


def _pareto(
    problem: Problem, formulation: Formulation, proofs: Sequence[Cut]
) -> NDArray[np.uint8] | None:
    """Find the whole Pareto front, starting from what the weights found."""
    found = np.array([cut.values for cut in proofs])
    known = Known(found, np.unique([cut.weights for cut in proofs], axis=0))
    return pareto_front(problem, formulation, known)


def _search(
    engine: Engine,
    box: Box,
    cuts: list[Cut],
    *,
    portfolios: int,
    workers: int,
    progress: Progress | None,
    until: float,
) -> tuple[int, list[Cut]]:
    """Ask for weights round by round; return how many were asked, and every answer."""
    asked = len(cuts)
    with Parallel(n_jobs=workers) as pool:
        for number in range(MAX_ROUNDS):
            weights = next_weights(cuts, box, min(ROUND, portfolios - asked), number)
            if not len(weights):
                break
            asked += len(weights)
            cuts = cuts + answer_at_once(engine, weights, pool, workers)
            if progress is not None:
                progress("solve", asked, portfolios)
            if asked >= portfolios or monotonic() >= until:
                break
    return asked, cuts


def _refined(
    problem: Problem,
    formulation: Formulation,
    engine: Engine,
    cuts: Sequence[Cut],
    plans: NDArray[np.uint8],
    *,
    generations: int,
    seed: int,
    portfolios: int,
) -> NDArray[np.uint8]:
    """Portfolios that the evolutionary search adds, for saturating objectives only.

    Those with a certified gap above 1 % are left out.
    """
    nothing = plans[:0]
    plain = engine.outcome.linear or engine.spatial is not None
    if plain or generations < 1 or len(problem.objectives) == 1:
        return nothing
    from edaphon.solver.pymoo_adapter import Search, refine

    columns, outcome = outcome_columns(problem, formulation.total)
    search = Search(problem, formulation, columns, outcome)
    given = np.unique(plans, axis=0)
    found = refine(search, given, generations=generations, seed=seed)
    fresh = np.array([not (given == plan).all(axis=1).any() for plan in found], dtype=bool)
    fine = [evaluate(problem, plan, formulation=formulation).feasible for plan in found[fresh]]
    new = found[fresh][np.array(fine, dtype=bool)]
    base = search.values(given.astype(np.intp))
    values = search.values(new.astype(np.intp))
    gaps = certified_gaps(
        values,
        np.array([cut.weights for cut in cuts]),
        np.array([cut.bound for cut in cuts]),
        np.ptp(base, axis=0),
    )
    close = ~(gaps > WORST_EXTRA)
    return _spread_out(new[close], values[close], base, portfolios)


def _spread_out(
    plans: NDArray[np.uint8],
    values: NDArray[np.float64],
    base: NDArray[np.float64],
    portfolios: int,
) -> NDArray[np.uint8]:
    """Plans that dominate a given one, and the most distant others up to `portfolios` in all."""
    if not len(plans):
        return plans
    span = np.maximum(np.ptp(base, axis=0), 1e-300)
    better = [bool(((v >= base).all(axis=1) & (v > base).any(axis=1)).any()) for v in values]
    chosen = [k for k, dominates in enumerate(better) if dominates]
    room = portfolios - len(nondominated(np.vstack([base, values[chosen]])))
    shown = np.vstack([base, values[chosen]]) / span
    distance = np.abs(values[:, None, :] / span - shown[None]).max(axis=2).min(axis=1)
    for _ in range(max(0, min(room, len(plans) - len(chosen)))):
        distance[chosen] = -1.0
        k = int(distance.argmax())
        chosen.append(k)
        step = np.abs(values / span - values[k] / span).max(axis=1)
        distance = np.minimum(distance, step)
    return plans[sorted(chosen)]
