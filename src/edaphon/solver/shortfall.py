"""Ramps as linear rows with a free variable: the least shortfall below targets, by HiGHS.

A ramp's benefit is the largest u with u <= 1 and u <= share / end, so one objective of ramps is one
mixed-integer program. Its answer is evaluated anew, and a time limit is told, never taken for a
proof.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array

from edaphon.solver.climb import holds_within
from edaphon.solver.highs import GAIN_SIZE, MILP_SLACK, program_over, quiet_stdout
from edaphon.solver.oracle import outward

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.climb import Ground
    from edaphon.solver.concave import Cut
    from edaphon.solver.highs import Program
    from edaphon.solver.table import Outcome

_FEASIBILITY = 1e-6
"""By how much HiGHS may exceed a row."""


def only_ramps(outcome: Outcome) -> bool:
    """Whether there is one objective, made of ramps or of the worst of several."""
    kinds = {benefit.kind for _, benefit in outcome.concave}
    return outcome.matrix.shape[1] == 1 and kinds in ({"ramp"}, {"worst"})


def fill_ramps(ground: Ground, cut: Cut, time_limit: float) -> Cut:
    """Look for the best portfolio of an objective of ramps, and prove it.

    Parameters
    ----------
    ground : Ground
    cut : Cut
        What is known already: the better portfolio and the better bound are kept.
    time_limit : float
        Seconds.
    """
    table, outcome = ground.table, ground.table.outcome
    touched = outcome.matrix @ cut.weights
    program = program_over(ground, np.arange(table.n_units))
    worth, limits = _rows_of_ramps(ground, touched, program)
    n_pairs = len(program.place)
    price = worth[n_pairs:]
    scale = max(float(np.abs(worth).max()), 1e-300) / GAIN_SIZE
    with quiet_stdout():
        found = milp(
            -worth / scale,
            constraints=limits,
            integrality=np.concatenate([np.ones(n_pairs), np.zeros(len(price))]),
            bounds=Bounds(np.concatenate([np.zeros(n_pairs), np.full(len(price), -np.inf)]), 1.0),
            options={"time_limit": time_limit, "mip_rel_gap": 0.0},
        )
    stopped = cut.stopped or "ime limit" in found.message
    if found.x is None or found.mip_dual_bound is None:
        return replace(cut, stopped=stopped)
    slack = MILP_SLACK * scale + _FEASIBILITY * float(np.abs(price).sum())
    margin = outward(table, outcome.slope(np.zeros(len(touched)), cut.weights), 0.0, 0.0)
    bound = slack + margin - float(found.mip_dual_bound) * scale
    place = np.zeros(table.n_units, dtype=np.intp)
    taken = found.x[:n_pairs] > 0.5
    place[program.unit[taken]] = program.place[taken]
    made = _better(ground, cut, place)
    if bound < cut.bound:
        made = replace(made, bound=bound, rounding=slack + margin)
    proof = "milp" if found.status == 0 else made.certified_by
    return replace(made, certified_by=proof, stopped=stopped)


def _rows_of_ramps(
    ground: Ground, touched: NDArray[np.float64], program: Program
) -> tuple[NDArray[np.float64], LinearConstraint]:
    """Worth of the pairs and of a free variable per ramp, and the rows over all of them."""
    table, ramps = ground.table, ground.table.outcome.concave
    groups = [
        part
        for group, benefit in ramps
        for part in ([group] if benefit.kind == "worst" else [(column,) for column in group])
    ]
    columns = np.array([column for group in groups for column in group])
    owner = np.array([k for k, group in enumerate(groups) for _ in group])
    plain = touched.copy()
    plain[columns] = 0.0
    gains = table.value(plain)[program.place, program.unit]
    shares = table.columns[columns][:, program.place, program.unit]
    ends = np.concatenate([np.atleast_1d(np.asarray(benefit.shape)) for _, benefit in ramps])
    filled = csr_array((np.ones(len(columns)), (np.arange(len(columns)), owner)))
    matrix = block_array(
        [
            [csr_array(-shares / ends[:, None]), filled],
            [program.rows, None],
            [program.choose, None],
        ],
        format="csr",
    )
    ones = np.ones(table.n_units)
    low = np.full(len(columns) + len(ground.limits), -np.inf)
    high = np.concatenate([np.zeros(len(columns)), ground.limits])
    limits = LinearConstraint(matrix, np.concatenate([low, ones]), np.concatenate([high, ones]))
    return np.concatenate([gains, touched[[group[0] for group in groups]]]), limits


def _better(ground: Ground, cut: Cut, place: NDArray[np.intp]) -> Cut:
    """Return the cut with the better of two portfolios that keep every limit."""
    if not holds_within(ground, place):
        return cut
    table = ground.table
    values = table.outcome.values(table.totals(place))
    if not values @ cut.weights > cut.values @ cut.weights:
        return cut
    return replace(cut, allocation=table.allocation(place), values=values)
