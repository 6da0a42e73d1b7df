"""The oracle that fits a problem's constraints, and how many weights are answered with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from edaphon.errors import Finding, InfeasibleError
from edaphon.problem.apart import APART
from edaphon.solver.climb import Ground
from edaphon.solver.concave import GOAL, Cut, Oracle, answer_weights
from edaphon.solver.conflicts import explain
from edaphon.solver.exact import maximize_linked
from edaphon.solver.linked import link
from edaphon.solver.oracle import QUICK, SMALL, THOROUGH, Unfinished, maximize
from edaphon.solver.pairs import LARGE, Pairs, make_pairs
from edaphon.solver.polish import Polish
from edaphon.solver.shortfall import fill_ramps, only_ramps
from edaphon.solver.space.finish import Finish
from edaphon.solver.space.oracle import maximize_spatial
from edaphon.solver.space.spatial import make_spatial, needs_neighbours
from edaphon.solver.table import Table, all_linear, make_table, single_row
from edaphon.solver.weights import floored, payoff_scales

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Problem
    from edaphon.solver.linked import Linked
    from edaphon.solver.space.spatial import Spatial
    from edaphon.solver.table import Outcome

WORTH_A_PROCESS = 20_000_000
"""Numbers to look at in one round below which starting processes takes longer than the work."""
STRICT_UNITS = 5_000
"""Up to here one linear objective under several constraints is given to HiGHS as a whole."""


@dataclass(frozen=True)
class Engine:
    """The oracle that fits a problem's constraints."""

    table: Table | Pairs
    linked: Linked | None
    spatial: Spatial | None = None
    time_limit: float = 60.0

    @property
    def outcome(self) -> Outcome:
        """How column totals make objectives."""
        return self.table.outcome

    @property
    def plain(self) -> bool:
        """Whether every objective is a plain sum, and one sum at most is bounded."""
        return self.outcome.linear and self.linked is None and self.spatial is None

    def oracle(self) -> Oracle:
        """Return the function that maximizes one weighting of the columns."""
        if self.spatial is not None:
            # a concave objective is finished as a whole, not at every slope on the way
            spatial = self.spatial
            linear = self.outcome.linear
            return partial(maximize_spatial, spatial if linear else replace(spatial, whole=False))
        if self.linked is not None:
            return partial(maximize_linked, self.linked)
        thorough = self.table.n_units <= SMALL or self.outcome.matrix.shape[1] == 1
        return partial(maximize, self.table, effort=THOROUGH if thorough else QUICK)

    def ground(self) -> Ground | None:
        """Return the table with its limits; None where no table was made."""
        table = self.table
        if isinstance(table, Pairs):
            return None
        if self.linked is not None:
            return Ground(table, self.linked.rows, self.linked.limits)
        bounded = int(np.isfinite(table.limit))
        return Ground(table, table.cost[None][:bounded], np.array([table.limit])[:bounded])

    def polish(self) -> Polish | Finish | None:
        """Return what improves portfolios on concave objectives; None where nothing can."""
        if self.outcome.linear:
            return None
        if self.spatial is not None:
            finish = Finish(self.spatial)
            return None if finish.idle else finish
        ground = self.ground()
        polish = None if ground is None else Polish(ground)
        return None if polish is None or polish.idle else polish


def make_engine(
    problem: Problem, formulation: Formulation, time_limit: float, at_once: int = 1
) -> Engine:
    """Return the engine for one bounded sum, or for several linking constraints.

    What it answers is the same for any number of blocks of units that are worked on `at_once`.
    """
    if needs_neighbours(problem):
        spatial = make_spatial(problem, formulation, time_limit, at_once)
        return Engine(spatial.table, spatial.linked if formulation.rows else None, spatial)
    row = single_row(problem, formulation)
    if row is not None and problem.n_units >= LARGE and all_linear(problem):
        return Engine(make_pairs(problem, formulation, row, at_once), None, None, time_limit)
    if row is not None:
        return Engine(make_table(problem, formulation, row, at_once), None, None, time_limit)
    table = make_table(problem, formulation, at_once=at_once)
    single = len(problem.objectives) == 1 and table.outcome.linear
    strict = single and problem.n_units <= STRICT_UNITS
    return Engine(table, link(table, formulation, time_limit, strict), None, time_limit)


def _answer(engine: Engine, weights: NDArray[np.float64]) -> Cut | None:
    """Answer one weighting; None where no portfolio was found in the time given."""
    polish = engine.polish()
    steps = polish.steps if isinstance(polish, Finish) else None
    try:
        cut = answer_weights(engine.oracle(), engine.outcome, weights, polish, steps)
    except Unfinished:
        return None
    if cut is None:
        raise InfeasibleError(_why(engine))
    if engine.spatial is not None or not only_ramps(engine.outcome):
        return cut
    ground = engine.ground()
    if ground is None or ground.table.n_units > STRICT_UNITS:
        return cut
    fine = cut.values @ weights >= cut.bound - GOAL
    return cut if fine else fill_ramps(ground, cut, engine.time_limit)


def answer_in_turn(engine: Engine, weights: NDArray[np.float64]) -> list[Cut]:
    """Answer some weightings and drop those without a portfolio."""
    cuts = (_answer(engine, row) for row in weights)
    return [cut for cut in cuts if cut is not None]


def _why(engine: Engine) -> list[Finding]:
    found = explain(engine.linked) if engine.linked is not None else []
    if found:
        return found
    rules = engine.linked.rules if engine.linked is not None else ()
    said = "; ".join(dict.fromkeys(rule.said for rule in rules))
    if engine.spatial is not None and engine.spatial.apart is not None:
        said = f"{said}; forbidden neighbors ({APART})".removeprefix("; ")
    what = "no choice of whole units satisfies every constraint"
    return [Finding("constraints", f"{what}: {said}" if said else what, "Relax one of them.")]


def unfinished() -> Finding:
    """Say that nothing was found, which is no proof that nothing exists."""
    what = "no feasible portfolio was found; none is proven impossible"
    return Finding("solve.time_limit", what, "Relax a constraint, or raise solve.time_limit.")


def cut_short(cuts: Sequence[Cut], asked: int, time_limit: float) -> tuple[Finding, ...]:
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
        parts.append(f"{empty} of {asked} searches found no feasible portfolio")
    hint = "Raise solve.time_limit, or relax a constraint."
    return (Finding("solve.time_limit", "; ".join(parts), hint, "warning"),)


@dataclass(frozen=True)
class Payoff:
    """What each objective reaches alone.

    Attributes
    ----------
    values : float64 array, shape (n_found, n_objectives)
        Of the single-objective optima; those that waste nothing in the others, if all were found.
    scales : float64 array, shape (n_objectives,)
        Range of each objective among them.
    cuts : list of Cut
        All that was proven.
    asked : int
        Searches made, those without a portfolio too.
    interrupted : bool
        Whether an interrupt (Ctrl-C) ended them.
    """

    values: NDArray[np.float64]
    scales: NDArray[np.float64]
    cuts: list[Cut]
    asked: int
    interrupted: bool = False


def find_payoff(
    engine: Engine, until: float = np.inf, tell: Callable[[int], None] = lambda asked: None
) -> Payoff:
    """Search the single-objective optima.

    Each objective is first maximized alone, then again with the floor on the other weights so
    that nothing is wasted in them. Once there is a portfolio, an interrupt ends this, and no search
    begins after the time `until` (of `time.monotonic`); `tell` hears how many were made.
    """
    count = engine.outcome.matrix.shape[1]
    made: list[Cut | None] = []

    def found() -> list[Cut]:
        return [cut for cut in made if cut is not None]

    def ask(weights: NDArray[np.float64]) -> list[Cut]:
        before = len(made)
        for row in weights:
            if monotonic() >= until and found():
                break
            made.append(_answer(engine, row))
            if count > 1:
                tell(len(made))
        return [cut for cut in made[before:] if cut is not None]

    corners: list[Cut] = []
    interrupted = False
    try:
        pure = ask(np.eye(count))
        if pure and count > 1:
            first = payoff_scales(np.stack([cut.values for cut in pure]))
            corners = ask(floored(np.eye(count)) / first)
    except KeyboardInterrupt:
        if not found():
            raise
        interrupted = True
    cuts = found()
    if not cuts:
        raise InfeasibleError(unfinished())
    values = np.stack([cut.values for cut in (corners if len(corners) == count else cuts)])
    scales = np.ones(1) if count == 1 else payoff_scales(values)
    return Payoff(values, scales, cuts, len(made), interrupted)


def _batch(engine: Engine, weights: NDArray[np.float64]) -> list[Cut | None]:
    with threadpool_limits(limits=1):
        return [_answer(engine, row) for row in weights]


def answer_at_once(
    engine: Engine,
    weights: NDArray[np.float64],
    pool: Parallel,
    workers: int,
    until: float = np.inf,
) -> Iterator[Cut | None]:
    """Answer one round of weightings, in several processes where that is worth it.

    Every weighting is answered on its own, so the answers are the same for any number of workers;
    None stands for one without a portfolio. In one process they come one by one, none begun after
    the time `until` (of `time.monotonic`).
    """
    work = engine.table.size * len(weights)
    alone = work < WORTH_A_PROCESS and engine.linked is None and engine.spatial is None
    if workers == 1 or len(weights) < 2 or alone:
        for row in weights:
            if monotonic() >= until:
                return
            yield _answer(engine, row)
        return
    parts = np.array_split(weights, min(workers, len(weights)))
    yield from chain(*pool(delayed(_batch)(engine, part) for part in parts))
