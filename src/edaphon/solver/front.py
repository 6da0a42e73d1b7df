"""Solve a problem: many portfolios, each with a proven bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel
from threadpoolctl import threadpool_limits

from edaphon.errors import InfeasibleError, expect, raise_errors
from edaphon.problem.check import check_problem
from edaphon.problem.evaluate import as_allocation, evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver.assemble import assemble, bare
from edaphon.solver.bounded import bound_weights
from edaphon.solver.connected import is_connected, solve_connected
from edaphon.solver.deciding import deciding_units
from edaphon.solver.dominance import certified_gaps
from edaphon.solver.engine import answer_at_once, cut_short, find_payoff, make_engine
from edaphon.solver.facets import ROUND, Box, choose_answers, next_weights, open_facets
from edaphon.solver.interrupts import held_interrupts
from edaphon.solver.pareto import Known, not_whole, pareto_front, proven_whole
from edaphon.solver.settings import Settings
from edaphon.solver.spread import spread_out
from edaphon.solver.table import outcome_columns

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Front
    from edaphon.solver.concave import Cut
    from edaphon.solver.engine import Engine, Payoff
    from edaphon.solver.settings import Progress
    from edaphon.solver.start import Start

MAX_ROUNDS = 1_000
WORST_EXTRA = 0.01


def solve(
    problem: Problem,
    *,
    portfolios: int = 91,
    weights: int | None = None,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    policy: ArrayLike | None = None,
    generations: int = 60,
    time_limit: float = 60.0,
    whole: bool = False,
    search_time: float = np.inf,
    start: Start | None = None,
) -> Front:
    """Find portfolios that answer weights, each feasible and with its certificates.

    Parameters
    ----------
    problem : Problem
    portfolios : int
        Most portfolios that answer weights. Those dominated or standing twice drop out. With one
        objective there is one. The evolutionary search fills the front up to this number, and
        adds a third of it at least where it finds as many.
    weights : int, optional
        Weights that are asked, `portfolios` and one for each objective if not given; each next
        one is asked where the gap between portfolios and proven bound is widest, and the search
        ends early where none is left. The first ones, each objective alone, only prove bounds. If
        more are answered than `portfolios`, those whose convex hull leaves least of the gap are
        shown, the best of each objective always; the bounds of all stand. Where all objectives are
        plain sums under one bounded sum at most, the weights of all facets of that hull prove
        bounds too, without portfolios.
    seed : int
        Of the evolutionary search, which runs for saturating objectives, connectivity and
        contiguity only.
    workers : int
        Processes; the answer is the same for any number.
    progress : callable, optional
        Called with (stage, done, total) after every round of weights. The stage is "solve" and, in
        brackets, the gap so far, as "solve (sandwich gap 1.83%)": one minus the sandwich ratio,
        or the optimality gap where there is one objective. "refine" counts generations of NSGA-II.
    policy : int array, shape (n_units,), optional
        The present policy; it is shown beside the front, feasible or not.
    generations : int
        Generations of NSGA-II for saturating objectives, connectivity and contiguity, 0 = none.
    time_limit : float
        Seconds of one mixed-integer program, for problems with several constraints.
    whole : bool
        Look for the whole Pareto front and prove it complete: for small problems. Where it is
        too large, a finding says so and the front is what the weights found.
    search_time : float
        Seconds after which no further weights are asked nor generations made; the front found so
        far is returned with its certificates and a finding.
    start : Start, optional
        What an earlier run found (`edaphon.start_from`): its portfolios, mended where they break a
        rule, and its weights, asked in addition, join the front, which is never worse for it.

    Returns
    -------
    Front
        Rows: baseline, policy if given, then the front. Its findings say where a time limit ended
        a search. An interrupt (Ctrl-C) once there is a portfolio ends the search the same way: what
        was found is returned, and `interrupted` is set.

    Raises
    ------
    DataError
        If a number is none or too small.
    InfeasibleError
        If no portfolio keeps every constraint; the findings name the conflict. Also if none was
        found in the time given; the finding then says that none is proven impossible.
    """
    settings = Settings(
        portfolios=portfolios,
        weights=weights,
        seed=seed,
        workers=workers,
        progress=progress,
        generations=generations,
        time_limit=time_limit,
        whole=whole,
        search_time=search_time,
    )
    expect(problem=(problem, Problem))
    raise_errors(settings.faults())
    if is_connected(problem):
        return solve_connected(problem, solve, policy=policy, start=start, **vars(settings))
    with threadpool_limits(limits=1):
        return _solve(problem, settings.counted(len(problem.objectives)), policy, start)


@dataclass(frozen=True)
class _Case:
    """The problem of the deciding units, with its rules and the oracle that fits it."""

    problem: Problem
    rules: Formulation
    engine: Engine


def _solve(
    problem: Problem, settings: Settings, policy: ArrayLike | None, start: Start | None
) -> Front:
    """Search and certify a problem that is sums over units; see `solve`."""
    plan = None if policy is None else as_allocation(problem, policy, "policy")
    formulation = formulate(problem)
    raise_errors(check_problem(problem, formulation), InfeasibleError)
    deciding = deciding_units(problem, formulation)
    inner, rules = deciding.problem, deciding.formulation
    case = _Case(inner, rules, make_engine(inner, rules, settings.time_limit))
    until = monotonic() + settings.search_time
    settings.begin(len(problem.objectives))
    payoff = find_payoff(case.engine, until, settings.tell_payoff)
    scales, box = payoff.scales, Box(payoff.values.min(axis=0), payoff.values.max(axis=0))
    found = _searched(case.engine, payoff, box, settings, until, start)
    chosen = _chosen(found, box, settings)
    found = _bounded(case.engine, found, chosen, box, scales)
    more = _More(np.zeros((0, inner.n_units), dtype=np.uint8))
    if not found.interrupted:
        more = _more(case, settings, found.cuts[: found.own], chosen, until)
    answers = [deciding.whole(cut) for cut in [*chosen, *_shown(found.cuts[found.own :])]]
    del chosen
    # the answers alone hold portfolios now, and hand them over one by one to the front
    found = replace(found, cuts=[bare(cut) for cut in found.cuts])
    extra = deciding.spread(more.plans)
    with held_interrupts() as held:
        if start is not None:
            extra = np.vstack([extra, start.feasible(problem, formulation, scales)])
        front = assemble(
            problem,
            formulation,
            answers=answers,
            extra=extra,
            cuts=[*found.cuts, *found.between],
            payoff=payoff.values,
            scales=scales,
            policy=plan,
        )
    interrupted = found.interrupted or more.interrupted or bool(held)
    late = len(problem.objectives) > 1 and monotonic() >= until
    findings = (
        *cut_short(found.cuts, found.asked, settings.time_limit),
        *settings.why_ended(found.asked, interrupted=interrupted, late=late),
    )
    if more.complete:
        front = proven_whole(front)
    elif settings.whole:
        findings = (*findings, not_whole())
    return replace(front, findings=findings, interrupted=interrupted)


@dataclass(frozen=True)
class _Found:
    """Answers, how many weights were asked, and whether an interrupt ended the search.

    The first `own` answers are those of this search, the others those of an earlier run's weights.
    What lies `between` them proves bounds without a portfolio.
    """

    cuts: list[Cut]
    asked: int
    own: int
    interrupted: bool = False
    between: tuple[Cut, ...] = ()


def _searched(  # noqa: PLR0917 - what one search needs
    engine: Engine,
    payoff: Payoff,
    box: Box,
    settings: Settings,
    until: float,
    start: Start | None,
) -> _Found:
    """Go on from the single-objective optima, if there is more than one and nothing ended them."""
    cuts, count = payoff.cuts, len(payoff.scales)
    found = _Found(cuts, payoff.asked, len(cuts), interrupted=payoff.interrupted)
    if count == 1:
        short = cuts[0].bound - float(cuts[0].weights @ cuts[0].values)
        settings.tell(1, short / max(abs(cuts[0].bound), 1e-300), "optimality", ended=True)
    if count == 1 or payoff.interrupted or payoff.asked < count:
        return found
    unasked = None if start is None else partial(start.unasked, scales=payoff.scales)
    return _search(engine, box, found, settings, until, unasked)


def _shown(cuts: list[Cut]) -> list[Cut]:
    """Answers to show: an optimum of one objective alone proves, but may waste the others.

    Where the search ended before each had another answer, those are shown that there are.
    """
    mixed = [cut for cut in cuts if (cut.weights > 0).all()]
    return mixed if mixed and len(mixed) >= len(mixed[0].weights) else cuts


def _chosen(found: _Found, box: Box, settings: Settings) -> list[Cut]:
    """Answers of this search to show; where more weights were asked for that, a choice of them."""
    shown = _shown(found.cuts[: found.own])
    if len(shown) <= settings.portfolios:
        return shown
    return choose_answers(shown, found.cuts, box, settings.portfolios)


def _bounded(
    engine: Engine, found: _Found, shown: list[Cut], box: Box, scales: NDArray[np.float64]
) -> _Found:
    """Prove bounds for the weights of the facets that the answers shown leave."""
    if found.interrupted or not engine.plain:
        return found
    try:
        weights = open_facets(shown, found.cuts, box)
        return replace(
            found, between=tuple(bound_weights(engine.table, found.cuts, weights, scales))
        )
    except KeyboardInterrupt:
        return replace(found, interrupted=True)


@dataclass(frozen=True)
class _More:
    """Portfolios that answer no weights, and whether they and the answers are all there are."""

    plans: NDArray[np.uint8]
    complete: bool = False
    interrupted: bool = False


def _search(  # noqa: PLR0917 - what one search needs
    engine: Engine,
    box: Box,
    found: _Found,
    settings: Settings,
    until: float,
    start: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None,
) -> _Found:
    """Ask for weights round by round; an interrupt or the end of the time keeps every answer.

    At the end the weights of an earlier run are asked that `start` returns for those asked.
    """
    asked, made, workers = found.asked, list(found.cuts), settings.workers
    try:
        with Parallel(n_jobs=workers) as pool:
            for number in range(MAX_ROUNDS):
                left = settings.total - asked
                if settings.progress is None and left <= 0:
                    break
                weights, gap = next_weights(made, box, max(0, min(ROUND, left)), number)
                settings.tell(asked, gap, "sandwich", ended=not len(weights))
                if not len(weights) or monotonic() >= until:
                    break
                for cut in answer_at_once(engine, weights, pool, workers, until):
                    asked += 1
                    made += [] if cut is None else [cut]
            own = len(made)
            if start is not None:
                weights = start(np.array([cut.weights for cut in made]))
                for cut in answer_at_once(engine, weights, pool, workers, until):
                    asked += 1
                    made += [] if cut is None else [cut]
    except KeyboardInterrupt:
        return _Found(made, asked, len(made), interrupted=True)
    return _Found(made, asked, own)


def _more(
    case: _Case, settings: Settings, cuts: Sequence[Cut], shown: list[Cut], until: float
) -> _More:
    """Find the whole front where it is asked for and in reach, else refine; or be interrupted."""
    try:
        if settings.whole:
            found = np.array([cut.values for cut in cuts])
            known = Known(found, np.unique([cut.weights for cut in cuts], axis=0))
            pareto = pareto_front(case.problem, case.rules, known)
            if pareto is not None:
                return _More(pareto, complete=True)
        return _More(_refined(case, settings, cuts, shown, until))
    except KeyboardInterrupt:
        nothing = np.zeros((0, case.problem.n_units), dtype=np.uint8)
        return _More(nothing, interrupted=True)


def _refined(
    case: _Case, settings: Settings, cuts: Sequence[Cut], shown: list[Cut], until: float
) -> NDArray[np.uint8]:
    """Portfolios that the evolutionary search adds, for saturating objectives only.

    Those with a certified gap above 1 % are left out.
    """
    problem, rules = case.problem, case.rules
    plain = case.engine.outcome.linear or case.engine.spatial is not None
    if plain or settings.generations < 1 or len(problem.objectives) == 1:
        return np.zeros((0, problem.n_units), dtype=np.uint8)
    from edaphon.solver.pymoo_adapter import refine
    from edaphon.solver.search import Search

    columns, outcome = outcome_columns(problem, rules.total)
    search = Search(problem, rules, columns, outcome)
    given = np.unique([cut.allocation for cut in shown], axis=0)
    found = refine(
        search,
        given,
        generations=settings.generations,
        seed=settings.seed,
        until=until,
        progress=settings.progress,
    )
    fresh = np.array([not (given == plan).all(axis=1).any() for plan in found], dtype=bool)
    fine = [evaluate(problem, plan, formulation=rules).feasible for plan in found[fresh]]
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
    return spread_out(new[close], values[close], base, settings.portfolios)
