"""Solve a problem: many portfolios, each with a proven bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from edaphon.errors import Finding, InfeasibleError, raise_errors
from edaphon.problem.check import check_problem
from edaphon.problem.evaluate import as_allocation, evaluate, formulate
from edaphon.solver.assemble import assemble
from edaphon.solver.concave import Cut, Oracle, answer_weights
from edaphon.solver.dominance import certified_gaps, nondominated
from edaphon.solver.exact import maximize_linked
from edaphon.solver.highs import conflict
from edaphon.solver.linked import link
from edaphon.solver.oracle import QUICK, SMALL, THOROUGH, Unfinished, maximize
from edaphon.solver.table import Table, make_table, outcome_columns, single_row
from edaphon.solver.weights import floored, lattice, payoff_scales

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Front, Problem
    from edaphon.solver.linked import Linked
    from edaphon.solver.table import Outcome

Progress = Callable[[str, int, int], None]
BATCH = 8
WORTH_A_PROCESS = 200_000_000
"""Numbers to look at below which starting processes takes longer than the work: about 3 s."""
WORST_EXTRA = 0.01
STRICT_UNITS = 5_000
"""Up to here one linear objective under several constraints is given to HiGHS as a whole."""


@dataclass(frozen=True)
class _Engine:
    """The oracle that fits a problem's constraints."""

    table: Table
    linked: Linked | None

    @property
    def outcome(self) -> Outcome:
        """How column totals make objectives."""
        return self.table.outcome

    def oracle(self) -> Oracle:
        """Return the function that maximizes one weighting of the columns."""
        if self.linked is not None:
            return partial(maximize_linked, self.linked)
        thorough = self.table.n_units <= SMALL or self.outcome.matrix.shape[1] == 1
        return partial(maximize, self.table, effort=THOROUGH if thorough else QUICK)


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
) -> Front:
    """Find portfolios over a lattice of weights, each feasible and with its certificates.

    Parameters
    ----------
    problem : Problem
    portfolios : int
        The simplex lattice nearest to this number is used; portfolios that are dominated or
        stand twice drop out. With one objective there is one portfolio.
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
        engine = _engine(problem, formulation, time_limit)
        payoff, scales, cuts = _payoff(engine)
        weights = floored(lattice(len(problem.objectives), portfolios)) / scales
        proofs, asked = cuts, len(problem.objectives) * 2 + len(weights)
        if len(problem.objectives) == 1:
            answers, asked = cuts, 1
        else:
            answers = _answers(engine, weights, workers, progress)
            proofs = [*cuts, *answers]
        plans = np.stack([cut.allocation for cut in answers or cuts])
        extra = _refined(
            problem,
            formulation,
            engine,
            proofs,
            plans,
            generations=generations,
            seed=seed,
            portfolios=portfolios,
        )
        front = assemble(
            problem,
            formulation,
            answers=answers or cuts,
            extra=extra,
            cuts=proofs,
            payoff=payoff,
            scales=scales,
            policy=plan,
        )
        return replace(front, findings=_cut_short(proofs, asked, time_limit))


def _engine(problem: Problem, formulation: Formulation, time_limit: float) -> _Engine:
    row = single_row(problem, formulation)
    if row is not None:
        return _Engine(make_table(problem, formulation, row), None)
    table = make_table(problem, formulation)
    single = len(problem.objectives) == 1 and table.outcome.linear
    strict = single and problem.n_units <= STRICT_UNITS
    return _Engine(table, link(table, formulation, time_limit, strict))


def _answer(engine: _Engine, weights: NDArray[np.float64]) -> Cut | None:
    """Answer one weighting; None where no portfolio was found in the time given."""
    try:
        cut = answer_weights(engine.oracle(), engine.outcome, weights)
    except Unfinished:
        return None
    if cut is None:
        raise InfeasibleError(_why(engine))
    return cut


def _answered(engine: _Engine, weights: NDArray[np.float64]) -> list[Cut]:
    """Answer some weightings and drop those without a portfolio."""
    cuts = (_answer(engine, row) for row in weights)
    return [cut for cut in cuts if cut is not None]


def _why(engine: _Engine) -> Finding:
    names = conflict(engine.linked) if engine.linked is not None else ()
    if names:
        hint = "Relax one of them."
        return Finding("constraints", f"cannot hold together: {'; '.join(names)}", hint)
    rules = "; ".join(dict.fromkeys(engine.linked.names)) if engine.linked is not None else ""
    what = "no choice of whole units satisfies every constraint"
    return Finding("constraints", f"{what}: {rules}" if rules else what, "Relax one of them.")


def _unfinished() -> Finding:
    """Say that nothing was found, which is no proof that nothing exists."""
    what = "no feasible portfolio was found in the time given; none is proven impossible"
    return Finding("solve.time_limit", what, "Raise solve.time_limit, or relax a constraint.")


def _cut_short(cuts: Sequence[Cut], asked: int, time_limit: float) -> tuple[Finding, ...]:
    """Say that a time limit ended searches, so that another run may find other portfolios."""
    stopped = sum(cut.stopped for cut in cuts)
    empty = asked - len(cuts)
    if not stopped and not empty:
        return ()
    parts = []
    if stopped:
        parts.append(
            f"the time limit of {time_limit:g} s ended {stopped} of {asked} searches: the "
            "portfolios are feasible and their bounds hold, but another run may find others"
        )
    if empty:
        parts.append(f"{empty} of {asked} searches found no feasible portfolio in the time given")
    hint = "Raise solve.time_limit, or relax a constraint."
    return (Finding("solve.time_limit", "; ".join(parts), hint, "warning"),)


def _payoff(
    engine: _Engine,
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[Cut]]:
    """Payoff table of the single-objective optima, scales from it, and what it proved.

    Each objective is first maximized alone, then again with the floor on the other weights so
    that nothing is wasted in them.
    """
    count = engine.outcome.matrix.shape[1]
    pure = _answered(engine, np.eye(count))
    if not pure:
        raise InfeasibleError(_unfinished())
    if count == 1:
        return pure[0].values[None, :], np.ones(1), pure
    first = payoff_scales(np.stack([cut.values for cut in pure]))
    corners = _answered(engine, floored(np.eye(count)) / first)
    payoff = np.stack([cut.values for cut in corners or pure])
    return payoff, payoff_scales(payoff), [*pure, *corners]


def _batch(engine: _Engine, weights: NDArray[np.float64]) -> list[Cut]:
    with threadpool_limits(limits=1):
        return _answered(engine, weights)


def _answers(
    engine: _Engine,
    weights: NDArray[np.float64],
    workers: int,
    progress: Progress | None,
) -> list[Cut]:
    """Answer every weight, in fixed batches whatever the number of workers."""
    batches = [weights[k : k + BATCH] for k in range(0, len(weights), BATCH)]
    work = engine.table.columns.size * len(weights)
    n_jobs = workers if work > WORTH_A_PROCESS or engine.linked is not None else 1
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_batch)(engine, batch) for batch in batches
    )
    answers: list[Cut] = []
    done = 0
    for made in results:
        answers += made
        done = min(done + BATCH, len(weights))
        if progress is not None:
            progress("solve", done, len(weights))
    return answers


def _refined(
    problem: Problem,
    formulation: Formulation,
    engine: _Engine,
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
    if engine.outcome.linear or generations < 1 or len(problem.objectives) == 1:
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
