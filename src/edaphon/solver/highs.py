"""HiGHS through scipy: the linear relaxation, mixed-integer programs over a core, and conflicts.

Nothing here is believed as it comes: bounds are recomputed from prices by our own oracle, and
portfolios are checked against the constraints.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.linked import Linked

CORE_NODES = 50
CORE_GAP = 2e-3
GAIN_SIZE = 1e3
"""Largest gain in the mixed-integer programs: beside it HiGHS' absolute tolerances are small."""
MILP_SLACK = 2e-6
"""What a finished search of HiGHS may leave: mip_abs_gap, mip_feasibility_tolerance, 1e-6 each."""
_BINARY = 0.5
_INFEASIBLE = 2


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Send file descriptor 1 to nowhere: HiGHS writes some lines there whatever its options."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)


@dataclass(frozen=True)
class _Program:
    """The sparse matrices over open pairs: one option per unit, and the rows."""

    place: NDArray[np.intp]
    unit: NDArray[np.intp]
    choose: csr_array
    rows: csr_array


def _program(linked: Linked, units: NDArray[np.intp]) -> _Program:
    open_ = ~np.isneginf(linked.table.barrier[:, units])
    place, column = np.nonzero(open_)
    count = len(place)
    choose = csr_array((np.ones(count), (column, np.arange(count))), shape=(len(units), count))
    rows = csr_array(linked.rows[:, place, units[column]])
    return _Program(place, units[column], choose, rows)


@dataclass(frozen=True)
class Relaxed:
    """The linear relaxation's optimum.

    Attributes
    ----------
    prices : float64 array, shape (n_rows,), or None
        None where HiGHS did not finish.
    share : float64 array, shape (n_options, n_units)
    impossible : bool
        The relaxation has no solution, so no portfolio keeps every constraint.
    """

    prices: NDArray[np.float64] | None
    share: NDArray[np.float64]
    impossible: bool = False


def relax(linked: Linked, value: NDArray[np.float64]) -> Relaxed:
    """Solve the linear relaxation for values of shape (n_options, n_units)."""
    everything = _program(linked, np.arange(linked.table.n_units))
    gains = value[everything.place, everything.unit]
    scale = max(float(np.abs(gains).max(initial=0.0)), 1e-300)
    with quiet_stdout():
        found = linprog(
            -gains / scale,
            A_ub=everything.rows,
            b_ub=linked.limits,
            A_eq=everything.choose,
            b_eq=np.ones(linked.table.n_units),
            bounds=(0.0, 1.0),
            method="highs",
        )
    share = np.zeros_like(value)
    if found.status != 0:
        return Relaxed(None, share, found.status == _INFEASIBLE)
    share[everything.place, everything.unit] = found.x
    return Relaxed(np.maximum(-found.ineqlin.marginals, 0.0) * scale, share)


@dataclass(frozen=True)
class Found:
    """What mixed-integer programs found.

    Attributes
    ----------
    place : intp array, shape (n_units,), or None
    bound : float
        inf where the whole program was not solved.
    rounding : float
        What the bound was rounded outward.
    stopped : bool
        Whether a time limit ended the search.
    impossible : bool
        Whether the whole program was proven infeasible.
    """

    place: NDArray[np.intp] | None = None
    bound: float = np.inf
    rounding: float = 0.0
    stopped: bool = False
    impossible: bool = False


def solve_core(
    linked: Linked,
    value: NDArray[np.float64],
    place: NDArray[np.intp],
    core: NDArray[np.intp],
    tighten: float,
) -> Found:
    """Solve the mixed-integer program over the core units, the others kept at `place`."""
    n_units = len(place)
    program = _program(linked, core)
    fixed = np.setdiff1d(np.arange(n_units), core)
    used = linked.rows[:, place[fixed], fixed].sum(axis=1)
    room = linked.limits - used - tighten * np.maximum(np.abs(linked.limits), linked.sizes)
    gains = value[program.place, program.unit]
    scale = max(float(np.abs(gains).max(initial=0.0)), 1e-300) / GAIN_SIZE
    whole = len(core) == n_units
    options = {"time_limit": linked.time_limit, "mip_rel_gap": 0.0 if whole else CORE_GAP}
    if not (linked.strict and whole):
        options |= {"node_limit": CORE_NODES}
    matrix = vstack([program.rows, program.choose])
    ones = np.ones(len(core))
    low = np.concatenate([np.full(len(room), -np.inf), ones])
    with quiet_stdout():
        found = milp(
            -gains / scale,
            constraints=LinearConstraint(matrix, low, np.concatenate([room, ones])),
            integrality=np.ones(len(gains)),
            bounds=Bounds(0.0, 1.0),
            options=options,
        )
    stopped = "ime limit" in found.message
    trusted = whole and tighten == 0.0
    if found.x is None:
        return Found(stopped=stopped, impossible=trusted and found.status == _INFEASIBLE)
    made = place.copy()
    taken = found.x > _BINARY
    made[program.unit[taken]] = program.place[taken]
    if not (trusted and found.status == 0):
        return Found(made, stopped=stopped)
    slack = MILP_SLACK * scale
    return Found(made, slack - float(found.mip_dual_bound) * scale, slack)


def conflict(linked: Linked) -> tuple[str, ...]:
    """Name the constraints that cannot hold together, from the least relaxation that helps.

    Every row may be exceeded at a price of 1 per scaled unit relative to its limit; the rows that
    are exceeded at the optimum are the conflict, with the tight rows they clash with left to
    the reader. Empty if the relaxation is feasible.
    """
    program = _program(linked, np.arange(linked.table.n_units))
    n_pairs, n_rows = len(program.place), len(linked.limits)
    excess = csr_array(-np.eye(n_rows))
    slack_rows = csr_array(np.hstack([program.rows.toarray(), excess.toarray()]))
    choose = csr_array(
        (program.choose.data, program.choose.indices, program.choose.indptr),
        shape=(linked.table.n_units, n_pairs + n_rows),
    )
    weights = 1.0 / np.maximum(np.abs(linked.limits), 1.0)
    with quiet_stdout():
        found = linprog(
            np.concatenate([np.zeros(n_pairs), weights]),
            A_ub=slack_rows,
            b_ub=linked.limits,
            A_eq=choose,
            b_eq=np.ones(linked.table.n_units),
            bounds=(0.0, None),
            method="highs",
        )
    if found.status != 0:
        return ()
    over = found.x[n_pairs:]
    names = [
        f"{name} ({over[k] / max(abs(linked.limits[k]), 1e-300):.2%} too strict)"
        for k, name in enumerate(linked.names)
        if over[k] > 1e-7 * max(1.0, abs(linked.limits[k]))
    ]
    tight = [
        name
        for k, name in enumerate(linked.names)
        if over[k] <= 1e-7 * max(1.0, abs(linked.limits[k])) and -found.ineqlin.marginals[k] > 1e-9
    ]
    return (*names, *tight) if names else ()
