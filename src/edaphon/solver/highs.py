"""HiGHS through scipy: the linear relaxation, and mixed-integer programs over a core.

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

    from edaphon.solver.climb import Ground
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
class Program:
    """The sparse matrices over open pairs: one option per unit, and the rows."""

    place: NDArray[np.intp]
    unit: NDArray[np.intp]
    choose: csr_array
    rows: csr_array


def program_over(linked: Linked | Ground, units: NDArray[np.intp]) -> Program:
    """Return the matrices over the open pairs of some units."""
    open_ = ~np.isneginf(linked.table.barrier[:, units])
    place, column = np.nonzero(open_)
    count = len(place)
    choose = csr_array((np.ones(count), (column, np.arange(count))), shape=(len(units), count))
    rows = csr_array(linked.rows[:, place, units[column]])
    return Program(place, units[column], choose, rows)


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
    everything = program_over(linked, np.arange(linked.table.n_units))
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
    program = program_over(linked, core)
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


def solve_among(
    linked: Linked,
    value: NDArray[np.float64],
    keep: NDArray[np.bool_],
    *,
    nodes: int | None,
    gap: float,
) -> Found:
    """Solve the whole program over some pairs; its bound holds for portfolios made of these.

    Parameters
    ----------
    linked : Linked
    value : float64 array, shape (n_options, n_units)
    keep : bool array, shape (n_options, n_units)
        Pairs that stay open; every unit has one.
    nodes : int or None
        Most nodes of the search, for the same answer on every machine; None for no such limit.
    gap : float
        Relative gap at which the search may end.
    """
    options = {"time_limit": linked.time_limit, "mip_rel_gap": gap}
    options |= {} if nodes is None else {"node_limit": nodes}
    program = program_over(linked, np.arange(linked.table.n_units))
    open_ = np.flatnonzero(keep[program.place, program.unit])
    place, unit = program.place[open_], program.unit[open_]
    gains = value[place, unit]
    scale = max(float(np.abs(gains).max(initial=0.0)), 1e-300) / GAIN_SIZE
    matrix = vstack([program.rows[:, open_], program.choose[:, open_]])
    ones = np.ones(linked.table.n_units)
    low = np.concatenate([np.full(len(linked.limits), -np.inf), ones])
    with quiet_stdout():
        found = milp(
            -gains / scale,
            constraints=LinearConstraint(matrix, low, np.concatenate([linked.limits, ones])),
            integrality=np.ones(len(gains)),
            bounds=Bounds(0.0, 1.0),
            options=options,
        )
    stopped = "ime limit" in found.message
    if found.x is None or found.mip_dual_bound is None:
        return Found(stopped=stopped)
    taken = found.x > _BINARY
    made = np.zeros(linked.table.n_units, dtype=np.intp)
    made[unit[taken]] = place[taken]
    slack = MILP_SLACK * scale
    return Found(made, slack - float(found.mip_dual_bound) * scale, slack, stopped)
