"""Several linking constraints: HiGHS finds prices and portfolios, our own oracle proves the bound.

The linear relaxation gives a price for every constraint. At those prices the best option of every
unit, summed in float64 and rounded outward, is a bound that does not rest on HiGHS' tolerances. The
portfolio comes from a mixed-integer program over the units whose options are nearly tied at those
prices (or over all of them), and is checked against the constraints before it is believed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from edaphon.problem.rows import block_sum, tolerance
from edaphon.solver.oracle import Answer, Unfinished, outward

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.solver.table import Table

CORE_UNITS = 60
CORE_NODES = 500
CORE_GAP = 1e-3
TIGHTEN = (0.0, 1e-9, 1e-7, 1e-6, 1e-5)
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
class Linked:
    """A table with several constraints, each turned to ``sum of row <= limit`` and scaled.

    Attributes
    ----------
    table : Table
        Without a limit of its own.
    rows : float64 array, shape (n_rows, n_options, n_units)
        Scaled so that the mean absolute coefficient is 1.
    limits : float64 array, shape (n_rows,)
    sizes : float64 array, shape (n_rows,)
        Sum over units of the largest absolute coefficient.
    names : tuple of str
        The constraint behind each row.
    time_limit : float
        Seconds of one mixed-integer program.
    strict : bool
        Whether one whole mixed-integer program is solved to optimality instead of a core.
    """

    table: Table
    rows: NDArray[np.float64]
    limits: NDArray[np.float64]
    sizes: NDArray[np.float64]
    names: tuple[str, ...]
    time_limit: float
    strict: bool


def link(table: Table, formulation: Formulation, time_limit: float, strict: bool) -> Linked:
    """Put all constraints of a problem beside its table."""
    rows, limits, names = [], [], []
    for row in formulation.rows:
        coefficients = np.take_along_axis(row.coefficients.T, table.order, axis=0)
        coefficients[np.isneginf(table.barrier)] = 0.0
        used = np.abs(coefficients[coefficients != 0.0])
        scale = float(used.mean()) if len(used) else 1.0
        for side, limit in ((1.0, row.high), (-1.0, -row.low)):
            if np.isfinite(limit):
                rows.append(side * coefficients / scale)
                limits.append(limit / scale)
                names.append(row.where + ": " + row.name)
    stacked = np.stack(rows)
    sizes = np.abs(stacked).max(axis=1).sum(axis=1)
    return Linked(table, stacked, np.array(limits), sizes, tuple(names), time_limit, strict)


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


def maximize_linked(linked: Linked, coefficients: NDArray[np.float64]) -> Answer | None:
    """Find a feasible portfolio for one weighting of the columns, and prove a bound.

    Returns
    -------
    Answer or None
        None if no portfolio keeps every constraint.

    Raises
    ------
    Unfinished
        If no portfolio was found, and none is proven impossible.
    """
    table = linked.table
    value = table.value(coefficients)
    everything = _program(linked, np.arange(table.n_units))
    gains = value[everything.place, everything.unit]
    scale = max(float(np.abs(gains).max(initial=0.0)), 1e-300)
    with quiet_stdout():
        relaxed = linprog(
            -gains / scale,
            A_ub=everything.rows,
            b_ub=linked.limits,
            A_eq=everything.choose,
            b_eq=np.ones(table.n_units),
            bounds=(0.0, 1.0),
            method="highs",
        )
    if relaxed.status == _INFEASIBLE:
        return None
    if relaxed.status != 0:
        raise Unfinished
    prices = np.maximum(-relaxed.ineqlin.marginals, 0.0) * scale
    bound = price_bound(linked, coefficients, prices)
    share = np.zeros_like(value)
    share[everything.place, everything.unit] = relaxed.x
    totals = np.array([block_sum((share * column).sum(axis=0)) for column in table.columns])
    found = _portfolio(linked, value, prices, share)
    if found.impossible:
        return None
    if found.place is None:
        raise Unfinished
    proof = "milp" if found.bound < np.inf else "lp_dual"
    margin = outward(table, coefficients, 0.0, 0.0)
    return Answer(
        table.allocation(found.place),
        table.totals(found.place),
        totals,
        min(bound, found.bound + margin),
        float(prices[0]) if len(prices) else 0.0,
        proof,
        margin + found.rounding,
        found.stopped,
    )


def price_bound(
    linked: Linked, coefficients: NDArray[np.float64], prices: NDArray[np.float64]
) -> float:
    """Bound on a weighting of the columns at given prices >= 0, rounded outward."""
    table = linked.table
    reduced = table.value(coefficients)
    margin = outward(table, coefficients, 0.0, 0.0)
    bound = 0.0
    for row, limit, size, price in zip(
        linked.rows, linked.limits, linked.sizes, prices, strict=True
    ):
        if price > 0:
            reduced -= price * row
            bound += price * limit
            margin += price * (tolerance(limit, size) + 1e-14 * (size + abs(limit)))
    return bound + block_sum(reduced.max(axis=0)) + margin


@dataclass(frozen=True)
class _Found:
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


def _portfolio(
    linked: Linked,
    value: NDArray[np.float64],
    prices: NDArray[np.float64],
    share: NDArray[np.float64],
) -> _Found:
    """Places of a feasible portfolio, and a bound where the whole program was solved."""
    reduced = value - np.tensordot(prices, linked.rows, axes=1)
    ranked = np.sort(reduced, axis=0)
    n_units = linked.table.n_units
    lead = ranked[-1] - ranked[-2] if len(ranked) > 1 else np.full(n_units, np.inf)
    split = share.max(axis=0) < 1.0 - 1e-6
    near = np.argsort(np.where(split, -1.0, lead), kind="stable")
    place = reduced.argmax(axis=0)
    found = _Found()
    for size in _core_sizes(n_units, CORE_UNITS + int(split.sum()), linked.strict):
        before = found.stopped
        found = _within_limits(linked, value, place, np.sort(near[:size]))
        found = replace(found, stopped=found.stopped or before)
        if found.place is not None or found.impossible:
            break
    return found


def _core_sizes(n_units: int, first: int, strict: bool) -> Iterator[int]:
    """Yield how many units are looked at: all of them where strict, else more from try to try."""
    if strict:
        yield n_units
    size = first
    while size < n_units:
        yield size
        size *= 4
    if not strict:
        yield n_units


def _within_limits(
    linked: Linked,
    value: NDArray[np.float64],
    place: NDArray[np.intp],
    core: NDArray[np.intp],
) -> _Found:
    """Solve over the core units, with limits tightened until the portfolio keeps the true ones."""
    stopped = False
    for tighten in TIGHTEN:
        found = _solve_core(linked, value, place, core, tighten)
        stopped = stopped or found.stopped
        if found.place is None or _holds(linked, found.place):
            return replace(found, stopped=stopped)
    return _Found(stopped=stopped)


def _holds(linked: Linked, place: NDArray[np.intp]) -> bool:
    chosen = linked.rows[:, place, np.arange(len(place))]
    over = chosen.sum(axis=1) - linked.limits
    sizes = np.abs(chosen).sum(axis=1)
    return all(
        o <= tolerance(limit, size)
        for o, limit, size in zip(over, linked.limits, sizes, strict=True)
    )


def _solve_core(
    linked: Linked,
    value: NDArray[np.float64],
    place: NDArray[np.intp],
    core: NDArray[np.intp],
    tighten: float,
) -> _Found:
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
        return _Found(stopped=stopped, impossible=trusted and found.status == _INFEASIBLE)
    made = place.copy()
    taken = found.x > _BINARY
    made[program.unit[taken]] = program.place[taken]
    if not (trusted and found.status == 0):
        return _Found(made, stopped=stopped)
    slack = MILP_SLACK * scale
    return _Found(made, slack - float(found.mip_dual_bound) * scale, slack)


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
