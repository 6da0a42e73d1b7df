"""Why nothing is feasible: a smallest set of conflicting rules, and how far each must give.

A deletion filter (Chinneck and Dravnieks, 1991, ORSA Journal on Computing 3, 157-168) over the
linear relaxation with elastic rows: rules are left out one after the other, and those without which
the rest can hold are the conflict. It starts from the rules that carry the proof of infeasibility.
Where only whole units are to blame and there are few of them, mixed-integer programs take the place
of the relaxation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

from edaphon.errors import Finding
from edaphon.solver.highs import Program, program_over, quiet_stdout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.linked import Linked

WHOLE_UNITS = 500
"""Up to here a conflict of whole units is looked for with mixed-integer programs."""
WHOLE_SECONDS = 5.0
MOST_NAMED = 12
_OVER = 1e-7


@dataclass(frozen=True)
class _Elastic:
    """How far rules must be exceeded, in the least sum relative to their sizes.

    Attributes
    ----------
    over : float64 array, shape (n_rows,)
        Excess of each row, in scaled units; nan where nothing is known.
    carries : bool array, shape (n_rows,)
        Rows with a price: they prove the excess.
    least : float
        Sum of the excesses relative to their rows' sizes; nan where nothing is known.
    """

    over: NDArray[np.float64]
    carries: NDArray[np.bool_]
    least: float


def explain(linked: Linked) -> list[Finding]:
    """Name the rules that cannot hold together, each with the least change that would help.

    Returns
    -------
    list of Finding
        One error at the place of the first rule of the conflict; its hint says how far each rule
        alone would have to give. Empty if no conflict was found.
    """
    program = program_over(linked, np.arange(linked.table.n_units))
    everything = np.ones(len(linked.limits), dtype=bool)
    first = _exceed(linked, program, everything, everything)
    if np.isnan(first.least):
        return []
    whole = first.least <= _OVER
    if whole:
        if linked.table.n_units > WHOLE_UNITS or not _impossible(linked, program, everything):
            return []
        conflict = _filtered(linked, program, everything, whole=True)
    else:
        conflict = _filtered(linked, program, first.carries, whole=False)
    return [_finding(linked, program, conflict, whole)]


def _filtered(
    linked: Linked, program: Program, rows: NDArray[np.bool_], *, whole: bool
) -> NDArray[np.intp]:
    """Leave rows out one by one; keep those without which the others can hold."""
    left = rows.copy()
    for row in np.flatnonzero(rows):
        left[row] = False
        if whole:
            still = _impossible(linked, program, left)
        else:
            still = _exceed(linked, program, left, left).least > _OVER
        left[row] = not still
    return np.flatnonzero(left)


def _exceed(
    linked: Linked, program: Program, rows: NDArray[np.bool_], elastic: NDArray[np.bool_]
) -> _Elastic:
    """Keep some rows, of which some may be exceeded, and find the least excess."""
    kept, soft = np.flatnonzero(rows), np.flatnonzero(rows & elastic)
    n_pairs, none = len(program.place), np.zeros(len(rows))
    if not len(kept):
        return _Elastic(none, none > 0, 0.0)
    sizes = _sizes(linked)
    place = np.searchsorted(kept, soft)
    excess = csr_array((-np.ones(len(soft)), (place, np.arange(len(soft)))),
                       shape=(len(kept), len(soft)))  # fmt: skip
    choose = hstack([program.choose, csr_array((program.choose.shape[0], len(soft)))])
    with quiet_stdout():
        found = linprog(
            np.concatenate([np.zeros(n_pairs), 1.0 / sizes[soft]]),
            A_ub=hstack([program.rows[kept], excess]),
            b_ub=linked.limits[kept],
            A_eq=choose,
            b_eq=np.ones(linked.table.n_units),
            bounds=(0.0, None),
            method="highs",
        )
    if found.status != 0:
        return _Elastic(none * np.nan, none > 0, np.nan)
    over, carries = none.copy(), none > 0
    over[soft] = found.x[n_pairs:]
    carries[kept] = -found.ineqlin.marginals * sizes[kept] > _OVER
    return _Elastic(over, carries, float(found.fun))


def _sizes(linked: Linked) -> NDArray[np.float64]:
    """Measure excesses by the limit, or by a share of what the row can sum to."""
    return np.maximum(np.abs(linked.limits), 1e-3 * linked.sizes + 1e-300)


def _impossible(linked: Linked, program: Program, rows: NDArray[np.bool_]) -> bool:
    """Whether no choice of whole units keeps some rows; False also where time ends the search."""
    kept = np.flatnonzero(rows)
    matrix = vstack([program.rows[kept], program.choose])
    ones = np.ones(linked.table.n_units)
    with quiet_stdout():
        found = milp(
            np.zeros(len(program.place)),
            constraints=LinearConstraint(
                matrix,
                np.concatenate([np.full(len(kept), -np.inf), ones]),
                np.concatenate([linked.limits[kept], ones]),
            ),
            integrality=np.ones(len(program.place)),
            bounds=Bounds(0.0, 1.0),
            options={"time_limit": WHOLE_SECONDS},
        )
    return bool(found.status == 2)


def _finding(linked: Linked, program: Program, conflict: NDArray[np.intp], whole: bool) -> Finding:
    named = [linked.rules[k] for k in conflict[:MOST_NAMED]]
    said = "; ".join(rule.said for rule in named)
    if len(conflict) > MOST_NAMED:
        said += f"; and {len(conflict) - MOST_NAMED} more"
    subject = "no choice of whole units satisfies all of" if whole else "cannot hold together"
    if len(named) == 1:
        subject = "no choice of whole units satisfies" if whole else "cannot hold"
    hint = "Relax one of them."
    if not whole:
        gives = [_relief(linked, program, conflict, k) for k in conflict[:MOST_NAMED]]
        ways = [way for way in gives if way]
        hint = f"Relax one of them: {'; or '.join(ways)}." if ways else hint
    return Finding(named[0].where, f"{subject}: {said}", hint)


def _relief(linked: Linked, program: Program, conflict: NDArray[np.intp], row: np.intp) -> str:
    """Say how far one rule must give, beside all others if they can hold, else in the conflict."""
    alone = np.zeros(len(linked.limits), dtype=bool)
    alone[row] = True
    within = np.zeros(len(linked.limits), dtype=bool)
    within[conflict] = True
    for rows in (np.ones(len(linked.limits), dtype=bool), within):
        found = _exceed(linked, program, rows, alone)
        if not np.isnan(found.least):
            return linked.rules[row].given(float(found.over[row]))
    return ""
