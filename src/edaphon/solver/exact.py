"""Several linking constraints: prices prove the bound, and the portfolio is made at these prices.

Small problems take their prices from HiGHS' linear relaxation, larger ones from the smoothed dual.
At those prices the best option of every unit, summed in float64 and rounded outward, is the bound,
so it rests on nobody's tolerances. The portfolio starts from the same options, is repaired, and its
slack is used up by sets of moves. Where there is no portfolio yet, or few units, a mixed-integer
program looks at the units whose options are nearly tied. Whatever comes out is checked against the
constraints before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import block_sum
from edaphon.solver.exchange import exchange, few_priced
from edaphon.solver.highs import Found, relax, solve_among, solve_core
from edaphon.solver.linked import holds, price_bound
from edaphon.solver.oracle import SMALL, Answer, Unfinished, outward
from edaphon.solver.prices import find_prices
from edaphon.solver.repair import improve, repair
from edaphon.solver.swing import Course, swing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.linked import Linked

RELAXED_UNITS = 2_000
"""Up to here HiGHS' relaxation is fast and its prices are exact."""
CORE_UNITS = 60
"""Nearly tied units looked at first."""
CLOSE = 1e-5
"""Gap, relative to the bound, at which no better portfolio is looked for."""
ROUGH = 2e-3
"""The same where many prices are at work; in larger problems single moves get there."""
STARTS, STRICT_STARTS = 8, 60
"""Portfolios near the relaxed optimum that the search for these starts from, and from how many
where one weighting is all that is asked and its program was not finished in time."""
NARROW, FEW_STEPS, QUERIES, LONG = 7e-5, 100, 100, 500
"""Where few prices are at work: the gap, relative to the bound, above which the search starts from
these as well, the steps that bring them within the limits, the questions of each search, and those
of the last one."""
FINE = 1e-3
"""Gap, relative to the bound, above which a problem up to `RELAXED_UNITS` is looked at whole."""
EXACT, NODES = 1e-7, 500
"""The same up to 500 units, and the nodes that this may take."""
TIGHTEN = (0.0, 1e-9, 1e-7, 1e-6, 1e-5)


@dataclass(frozen=True)
class _Priced:
    """What a weighting is worth at its prices.

    Attributes
    ----------
    value, reduced, share : float64 arrays, shape (n_options, n_units)
        Worth of each option, the same less the priced rows, and the relaxed optimum.
    prices : float64 array, shape (n_rows,)
    bound : float
    """

    value: NDArray[np.float64]
    reduced: NDArray[np.float64]
    share: NDArray[np.float64]
    prices: NDArray[np.float64]
    bound: float

    def worth(self, place: NDArray[np.intp]) -> float:
        """Worth of the options at the given places."""
        return block_sum(self.value[place, np.arange(len(place))])


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
    priced = _price(linked, coefficients)
    if priced is None:
        return None
    found = _portfolio(linked, priced)
    if found.impossible:
        return None
    if found.place is None:
        raise Unfinished
    proof = "milp" if found.bound < np.inf else "lp_dual"
    margin = outward(table, coefficients, 0.0, 0.0)
    totals = [block_sum((priced.share * column).sum(axis=0)) for column in table.columns]
    return Answer(
        table.allocation(found.place),
        table.totals(found.place),
        np.array(totals),
        min(priced.bound, found.bound + margin),
        float(priced.prices[0]) if len(priced.prices) else 0.0,
        proof,
        margin + found.rounding,
        found.stopped,
    )


def _price(linked: Linked, coefficients: NDArray[np.float64]) -> _Priced | None:
    """Prices of the rows and the bound they prove; None where the relaxation is infeasible."""
    value = linked.table.value(coefficients)
    if linked.table.n_units <= RELAXED_UNITS:
        relaxed = relax(linked, value)
        if relaxed.impossible:
            return None
        if relaxed.prices is None:
            raise Unfinished
        prices, share = relaxed.prices, relaxed.share
    else:
        smooth = find_prices(linked.rows, linked.limits, value)
        prices, share = smooth.prices, smooth.share
    reduced = value - np.tensordot(prices, linked.rows, axes=1)
    return _Priced(value, reduced, share, prices, price_bound(linked, coefficients, prices))


def _portfolio(linked: Linked, priced: _Priced) -> Found:
    """Places of a feasible portfolio, and a bound where the whole program was solved."""
    start = repair(linked, priced.reduced, priced.reduced.argmax(axis=0))
    if start is None:
        course = _course(linked, priced)
        start = swing(course, course.rounded(STARTS), np.inf)
    if start is not None:
        start = _improved(linked, priced, start, STARTS) if holds(linked, start) else None
    best = Found(start)
    if start is not None and linked.strict:
        best = _closed(linked, priced, best, start)
        place = start if best.place is None else best.place
        longer = _improved(linked, priced, place, STRICT_STARTS) if best.stopped else place
        return replace(best, place=longer)
    enough = start is not None and linked.table.n_units > SMALL
    for core in () if enough else _cores(linked, priced):
        found = _within_limits(linked, priced, core)
        better = _better(linked, priced, best.place, found.place)
        best = replace(found, place=better, stopped=found.stopped or best.stopped)
        if better is not None or found.impossible:
            break
    if best.place is not None:
        best = _closed(linked, priced, best, best.place)
    if best.place is None and linked.table.n_units > RELAXED_UNITS:
        best = replace(best, impossible=best.impossible or relax(linked, priced.value).impossible)
    return best


def _closed(linked: Linked, priced: _Priced, best: Found, place: NDArray[np.intp]) -> Found:
    """Close the gap of a small problem with one program over all pairs that could be better.

    A pair whose reduced loss exceeds the gap is in no better portfolio (reduced cost fixing), so
    the program's bound, or the portfolio's own worth, holds for all. Cuts at the root of HiGHS'
    search do most of the work, so it ends there, unless the problem is small or strict.
    """
    n_units, worth = linked.table.n_units, priced.worth(place)
    gap = priced.bound - worth
    goal = 0.0 if linked.strict else EXACT if n_units <= SMALL else FINE
    nodes = None if linked.strict else NODES if n_units <= SMALL else 1
    enough = best.bound < np.inf or gap <= goal * abs(priced.bound)
    large = n_units > RELAXED_UNITS and not linked.strict
    if large or enough or not linked.table.outcome.linear:
        return best
    top = priced.reduced.max(axis=0)
    keep = (top - priced.reduced <= gap) | (priced.reduced == top)
    keep[place, np.arange(n_units)] = True
    found = solve_among(linked, priced.value, keep, nodes=nodes, gap=goal / 10)
    new = found.place
    if new is not None and not holds(linked, new):
        everything = np.arange(n_units)
        new = _within_limits(linked, priced, everything).place if linked.strict else None
    better = _better(linked, priced, place, new)
    bound = max(found.bound, worth) if found.bound < np.inf else np.inf
    return replace(
        best,
        place=better,
        bound=bound,
        rounding=found.rounding,
        stopped=best.stopped or found.stopped,
    )


def _better(
    linked: Linked,
    priced: _Priced,
    old: NDArray[np.intp] | None,
    new: NDArray[np.intp] | None,
) -> NDArray[np.intp] | None:
    """Return the more valuable of two portfolios, the new one improved first."""
    if new is None:
        return old
    new = _improved(linked, priced, new)
    return new if old is None or priced.worth(new) > priced.worth(old) else old


def _course(linked: Linked, priced: _Priced) -> Course:
    hard = np.full(len(linked.limits), np.inf)
    rows, limits = linked.rows, linked.limits
    return Course(rows, limits, priced.prices, hard, priced.reduced, priced.share)


def _improved(
    linked: Linked, priced: _Priced, place: NDArray[np.intp], starts: int = 0
) -> NDArray[np.intp]:
    """Use up the slack of a feasible portfolio, by single moves and then by several.

    With many prices at work, walks also begin from some portfolios near the relaxed optimum.
    """
    made = improve(linked, priced.value, priced.prices, place)
    place = made if holds(linked, made) else place
    n_units, size = linked.table.n_units, abs(priced.bound)
    if n_units <= SMALL or not priced.prices.any():
        return place
    better: NDArray[np.intp] | None = place
    if few_priced(priced.prices):
        better = _exchanged(linked, priced, place, starts)
    elif n_units <= RELAXED_UNITS or linked.strict:
        course = _course(linked, priced)
        better = swing(course, chain([place], course.rounded(starts)), ROUGH * size)
    return better if better is not None and holds(linked, better) else place


def _exchanged(
    linked: Linked, priced: _Priced, place: NDArray[np.intp], starts: int
) -> NDArray[np.intp]:
    """Exchange sets of moves, from other portfolios too where the gap stays wide.

    One search ends where no set of its moves pays; others end elsewhere, and the best of them is
    looked at for longer.
    """
    size = abs(priced.bound)

    def ended(start: NDArray[np.intp], queries: int = QUERIES) -> NDArray[np.intp]:
        made = exchange(linked, priced.reduced, priced.prices, start, CLOSE * size, queries=queries)
        return made if holds(linked, made) else start

    def wide(made: NDArray[np.intp]) -> bool:
        return priced.bound - priced.worth(made) > NARROW * size

    best = ended(place)
    course = _course(linked, priced)
    for start in course.rounded(starts) if wide(best) else ():
        kept = swing(course, [start], 0.0, FEW_STEPS)
        made = best if kept is None or not holds(linked, kept) else ended(kept)
        best = made if priced.worth(made) > priced.worth(best) else best
        if not wide(best):
            return best
    return ended(best, LONG) if starts and wide(best) else best


def _cores(linked: Linked, priced: _Priced) -> Iterator[NDArray[np.intp]]:
    """Yield the units to look at again: nearly tied ones first, more where nothing was found."""
    n_units = linked.table.n_units
    ranked = np.sort(priced.reduced, axis=0)
    lead = ranked[-1] - ranked[-2] if len(ranked) > 1 else np.full(n_units, np.inf)
    split = priced.share.max(axis=0) < 1.0 - 1e-6
    exact = n_units <= RELAXED_UNITS
    near = np.argsort(np.where(split & exact, -1.0, lead), kind="stable")
    if linked.strict:
        yield np.arange(n_units)
    size = CORE_UNITS + int((split & exact).sum())
    while size < n_units:
        yield np.sort(near[:size])
        size *= 4
    if not linked.strict:
        yield np.arange(n_units)


def _within_limits(linked: Linked, priced: _Priced, core: NDArray[np.intp]) -> Found:
    """Solve over the core units, with limits tightened until the portfolio keeps the true ones."""
    place = priced.reduced.argmax(axis=0)
    stopped = False
    for tighten in TIGHTEN:
        found = solve_core(linked, priced.value, place, core, tighten)
        stopped = stopped or found.stopped
        if found.place is None or holds(linked, found.place):
            return replace(found, stopped=stopped)
    return Found(stopped=stopped)
