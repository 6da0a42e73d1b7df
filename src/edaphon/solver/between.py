"""More portfolios between two of a front, also where no weights lead.

Of the objectives that are plain sums, none may fall below the worse of the two portfolios, and the
one in which they lie furthest apart must reach evenly spaced values between them; the weights stand
on the others (the epsilon-constraint method: Haimes, Lasdon and Wismer, 1971, IEEE Transactions on
Systems, Man, and Cybernetics 1, 296-297). So portfolios come out that lie inside the convex hull,
which no weights choose.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.errors import Finding, InfeasibleError
from edaphon.problem.evaluate import evaluate, objective_gains
from edaphon.problem.rows import LinkingRow
from edaphon.solver.assemble import senses
from edaphon.solver.concave import answer_weights
from edaphon.solver.deciding import deciding_units
from edaphon.solver.engine import make_engine
from edaphon.solver.oracle import Unfinished

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Front, Problem

LITTLE = 0.01
"""Weight of the objective whose value is asked for, beside the others' 1: it breaks ties."""
_EDGE = 1e-9
"""Share of the distance by which limits are loosened, so that both portfolios stay inside."""


def fill_between(
    problem: Problem,
    rules: Formulation,
    front: Front,
    ends: tuple[int, int],
    *,
    count: int,
    time_limit: float = 60.0,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[list[NDArray[np.uint8]], tuple[Finding, ...]]:
    """Find portfolios between two rows of a front.

    Parameters
    ----------
    problem : Problem
    rules : Formulation
    front : Front
    ends : tuple of int
        Two rows.
    count : int
        Most portfolios to find; fewer where there are none between, or the front has them.
    time_limit : float
        Seconds of one mixed-integer program.
    progress : callable, optional
        Called with ("between", done, count).

    Returns
    -------
    plans : list of uint8 arrays, shape (n_units,)
        From the first end to the second; feasible, none dominated by a feasible row of the front.
    findings : tuple of Finding
        A warning where searches ended without a proof, so that more may lie between.

    Raises
    ------
    InfeasibleError
        If the two differ in no objective that is a plain sum.
    """
    sense = senses(problem)
    first, second = (front.values[row] * sense for row in ends)
    plain = np.array(
        [(o.benefit == "linear" or o.sense == "minimize") and not o.boundary and not o.connectivity
         for o in problem.objectives]
    )  # fmt: skip
    span = np.abs(front.ideal - front.nadir)
    apart = np.where(plain & (span > 0), np.abs(second - first) / np.where(span > 0, span, 1), 0.0)
    if not apart.any():
        what = "the two portfolios differ in no objective that is a plain sum over units"
        raise InfeasibleError(Finding("between", what, "Name two others."))
    lead = int(apart.argmax())
    gains = np.nan_to_num(objective_gains(problem, rules.total))
    slack = _EDGE * np.maximum(np.abs(second - first), 1e-12 * (np.abs(first) + np.abs(second)))
    least = np.where(plain, np.minimum(first, second) - slack, -np.inf)
    scale = np.where(span > 0, span, 1.0)
    weights = np.where(np.arange(len(span)) == lead, LITTLE, 1.0) / scale
    found: list[NDArray[np.uint8]] = []
    late = 0
    seen = (front.values * sense)[front.feasible]
    for step in range(1, count + 1):
        aims = least.copy()
        aims[lead] = first[lead] + step / (count + 1) * (second[lead] - first[lead])
        asked = [
            LinkingRow(o.name, "between", o.unit, gains[:, :, j], float(aims[j]), np.inf)
            for j, o in enumerate(problem.objectives)
            if plain[j]
        ]
        more = replace(rules, rows=(*rules.rows, *asked))
        plan, stopped = _answer(problem, more, weights, time_limit)
        late += stopped
        if progress is not None:
            progress("between", step, count)
        if plan is None:
            continue
        worth = evaluate(problem, plan, formulation=rules)
        values = worth.values * sense
        if worth.feasible and not (seen >= values).all(axis=1).any():
            found.append(plan)
            seen = np.vstack([seen, values])
    return found, _late(late, count, time_limit)


def _late(late: int, count: int, time_limit: float) -> tuple[Finding, ...]:
    """Say that searches ended early: nothing is proven of what they looked for."""
    if not late:
        return ()
    what = (
        f"{late} of {count} searches between the two ended without a proof (time limit: "
        f"{time_limit:g} s each): more or better portfolios may lie there"
    )
    hint = "Raise solve.time_limit where it was reached, or ask for fewer."
    return (Finding("solve.time_limit", what, hint, "warning"),)


def _answer(
    problem: Problem, rules: Formulation, weights: NDArray[np.float64], time_limit: float
) -> tuple[NDArray[np.uint8] | None, bool]:
    """Best portfolio for the weights under the rules, None where none was found; was it stopped."""
    deciding = deciding_units(problem, rules)
    engine = make_engine(deciding.problem, deciding.formulation, time_limit)
    try:
        cut = answer_weights(engine.oracle(), engine.outcome, weights, engine.polish())
    except Unfinished:
        return None, True
    return (None, False) if cut is None else (deciding.spread(cut.allocation), cut.stopped)
