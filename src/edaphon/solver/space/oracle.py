"""The oracle where exposed boundary counts: a portfolio for one weighting, and its proven bound.

At given prices of the constraints what is left is a choice by unit with a price on every pair of
neighbors in different groups. Between two groups that is a minimum cut, solved exactly; between
more of them messages bound it (`edaphon.solver.space.messages`) and expansions improve what the
messages suggest. Prices come from cutting planes. The portfolio is repaired at these prices and
climbs by changes of single units and by expansions that keep every constraint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import block_sum, tolerance
from edaphon.solver.exact import maximize_linked
from edaphon.solver.highs import Found
from edaphon.solver.oracle import Answer, Unfinished, outward
from edaphon.solver.prices import find_prices as smooth_prices
from edaphon.solver.space.bundle import Priced, Seen, find_prices
from edaphon.solver.space.cuts import cut, energy, expand
from edaphon.solver.space.local import Plan, climb, repair
from edaphon.solver.space.messages import Messages
from edaphon.solver.space.patches import with_patches
from edaphon.solver.space.program import solve_window
from edaphon.solver.space.whole import fits, solve_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.spatial import Spatial

SWEEPS = (100, 15)
"""Sweeps of messages at the first and the final prices, and at each others."""
CHUNK = 10
GOAL = 1e-6
"""Gap of the inner problem, relative to the sum of its values, at which sweeping ends."""
TRIED = 6
"""Portfolios found on the way that are repaired."""
CLOSE = 1e-6
"""Gap, relative to the bound, at which no program looks again."""
GOOD = 1e-4
"""Gap, relative to the bound, at which no window is looked at again."""
WINDOW, FEW = 240, 30
"""Units times groups of a window, and its fewest units."""
WINDOWS = (1.0, 1.5)
NODES = 100
STARTS, FEW_UNITS = 3, 2_000
"""Further portfolios that are settled, in problems up to so many units."""
_ROUNDING = 1e-13


class _Inner:
    """The problem at given prices, its messages kept from one set of prices to the next."""

    def __init__(self, spatial: Spatial, coefficients: NDArray[np.float64]) -> None:
        self.spatial = spatial
        self.price = float(coefficients[-1]) if spatial.priced else 0.0
        self.value = spatial.table.value(coefficients)
        self.margin = outward(spatial.table, coefficients, 0.0, 0.0)
        self.margin += _ROUNDING * self.price * float(spatial.graph.weight.sum())
        self.pairwise = self.price > 0 and len(spatial.graph.weight) > 0
        many = spatial.n_groups > 2 and self.pairwise
        self.messages = Messages(spatial.graph, spatial.n_groups) if many else None
        self.sweeps = SWEEPS[0]

    def look(self, prices: NDArray[np.float64]) -> Seen:
        """Bound and portfolio at prices of the constraints."""
        linked = self.spatial.linked
        reduced = self.value - np.tensordot(prices, linked.rows, axes=1)
        best, place = self.spatial.grouped(reduced)
        margin = self.margin
        for limit, size, price in zip(linked.limits, linked.sizes, prices, strict=True):
            margin += price * (tolerance(limit, size) + 1e-14 * (size + abs(limit)))
        bound, label = self._label(best)
        units = np.arange(len(label))
        made = place[label, units]
        slack = linked.limits - linked.rows[:, made, units].sum(axis=1)
        worth = self.spatial.worth(self.value, self.price, made)
        whole = bound + float(prices @ linked.limits) + margin
        return Seen(whole, worth, slack, made)

    def _label(self, best: NDArray[np.float64]) -> tuple[float, NDArray[np.intp]]:
        """Bound and labels where `best` (n_groups, n_units) is what each group is worth."""
        graph = self.spatial.graph
        if not self.pairwise:
            label = best.argmax(axis=0)
            return block_sum(best.max(axis=0)), label
        if self.messages is None:
            return self._cut(best)
        # in meters of boundary, so that the messages' weights stay the same
        cost = -best / self.price
        bound, label, least, size = -np.inf, cost.argmin(axis=0), np.inf, _size(cost)
        for k in range(self.sweeps):
            proven, seen = self.messages.sweep(cost)
            bound = max(bound, proven)
            if k % CHUNK == CHUNK - 1 or k == self.sweeps - 1:
                paid = energy(graph, cost, seen)
                if paid < least:
                    least, label = paid, seen
                if least - bound <= GOAL * size:
                    break
        self.sweeps = SWEEPS[1]
        return -(bound - _ROUNDING * size) * self.price, expand(graph, cost, label, 1)

    def _cut(self, best: NDArray[np.float64]) -> tuple[float, NDArray[np.intp]]:
        """Exact choice between two groups."""
        graph = self.spatial.graph
        only = np.isneginf(best)
        if only.any():
            # a group that is closed is worse than the other by more than all boundary around
            far = self.price * graph.matrix.sum(axis=1) + 1.0
            other = best[::-1] - far
            best = np.where(only, other, best)
        weight = self.price * graph.weight
        chosen, most = cut(best[1] - best[0], graph.first, graph.second, weight, weight)
        return block_sum(best[0]) + most, chosen.astype(np.intp)


def _size(cost: NDArray[np.float64]) -> float:
    """Sum over units of the largest finite absolute cost."""
    return float(np.where(np.isfinite(cost), np.abs(cost), 0.0).max(axis=0).sum())


def maximize_spatial(spatial: Spatial, coefficients: NDArray[np.float64]) -> Answer | None:
    """Find a feasible portfolio for one weighting of the columns, and prove a bound.

    Parameters
    ----------
    spatial : Spatial
    coefficients : float64 array, shape (n_columns,)
        The last one is the price of a meter of exposed boundary, where that has a column.

    Returns
    -------
    Answer or None
        None if no portfolio keeps every constraint.

    Raises
    ------
    Unfinished
        If no portfolio was found, and none is proven impossible.
    """
    inner = _Inner(spatial, coefficients)
    linked = spatial.linked
    start = np.zeros(len(linked.limits))
    size = float(np.abs(inner.value[np.isfinite(inner.value)]).mean())
    if len(start) and size > 0:
        start = smooth_prices(linked.rows, linked.limits, inner.value).prices
    priced = find_prices(inner.look, start, max(size, 1e-300))
    if inner.messages is not None:
        inner.sweeps = SWEEPS[0]
        last = inner.look(priced.prices)
        priced = Priced(priced.prices, min(priced.bound, last.bound), (*priced.seen, last))
    place = _portfolio(inner, priced.prices, priced.seen)
    if place is None:
        other = maximize_linked(linked, coefficients)
        if other is None:
            return None
        place = (spatial.table.order == other.allocation).argmax(axis=0)
        plan = Plan(spatial, inner.value, inner.price, place)
        climb(plan, priced.prices)
        place = plan.place if spatial.holds(plan.place) else place
    if spatial.least_patch > 1 or spatial.apart is not None:
        keep = _with_patches if spatial.least_patch > 1 else _kept_apart
        found = keep(inner, priced, place)
        if found.impossible:
            return None
        if found.place is None:
            raise Unfinished
        place = found.place
    else:
        found = _looked_at_again(inner, priced, place)
    bound, proof = priced.bound, "tree"
    if found.place is not None and spatial.holds(found.place):
        place = found.place
    if found.bound < np.inf:
        bound, proof = min(bound, found.bound + inner.margin), "milp"
    totals = spatial.totals(place)
    price = float(priced.prices[0]) if len(start) else 0.0
    chosen = spatial.table.allocation(place)
    margin = inner.margin + found.rounding
    return Answer(chosen, totals, totals, bound, price, proof, margin, found.stopped)


def _looked_at_again(inner: _Inner, priced: Priced, place: NDArray[np.intp]) -> Found:
    """Mixed-integer programs over windows of neighbors, and over everything where it is small."""
    spatial, value, price = inner.spatial, inner.value, inner.price
    gap = priced.bound - spatial.worth(value, price, place)
    if gap <= CLOSE * abs(priced.bound) + 2 * inner.margin:
        return Found(place)
    if fits(spatial):
        return solve_whole(spatial, value, price, place) if spatial.whole else Found(place)
    return Found(place) if gap <= GOOD * abs(priced.bound) else _windows(inner, priced, place)


def _with_patches(inner: _Inner, priced: Priced, place: NDArray[np.intp]) -> Found:
    """Portfolio without patches that are too small; the whole program where it is small.

    The bound at prices leaves the rule out; that of the program knows it.
    """
    spatial, value, price = inner.spatial, inner.value, inner.price
    best = with_patches(spatial, value, price, priced.prices, place)
    if not fits(spatial) or not (spatial.whole or best is None):
        return Found(best)
    return solve_whole(spatial, value, price, best)


def _kept_apart(inner: _Inner, priced: Priced, place: NDArray[np.intp]) -> Found:
    """Portfolio without forbidden neighbors; the whole program where it is small.

    The bound at prices leaves the rule out; that of the program knows it.
    """
    spatial, value, price = inner.spatial, inner.value, inner.price
    apart = spatial.apart
    losses = [-(one.worth + float(priced.prices @ one.slack)) for one in priced.seen]
    others = np.argsort(losses, kind="stable")[:STARTS] if len(place) <= FEW_UNITS else ()
    reduced = value - np.tensordot(priced.prices, spatial.linked.rows, axes=1)
    best, most = None, -np.inf
    for start in (place, *(priced.seen[k].place for k in others)):
        settled = None if apart is None else apart.settle(reduced, start)
        if settled is None:
            continue
        plan = Plan(spatial, value, price, settled)
        plan.kept_apart = apart
        if not repair(plan, priced.prices):
            continue
        climb(plan, priced.prices)
        worth = spatial.worth(value, price, plan.place)
        if worth > most and spatial.holds(plan.place):
            best, most = plan.place, worth
    if best is not None:
        return _looked_at_again(inner, priced, best)
    return solve_whole(spatial, value, price, None)


def _windows(inner: _Inner, priced: Priced, place: NDArray[np.intp]) -> Found:
    """Look again at the units that would lose least by changing, until that brings nothing."""
    spatial, value, price = inner.spatial, inner.value, inner.price
    on_rows = np.tensordot(priced.prices, spatial.linked.rows, axes=1)
    most, stopped = spatial.worth(value, price, place), False
    size = max(FEW, WINDOW // spatial.n_groups)
    for grown in WINDOWS:
        plan = Plan(spatial, value, price, place)
        loss = on_rows - on_rows[place, plan.units] - plan.gains()
        loss[place, plan.units] = np.inf
        near = np.argsort(loss.min(axis=0), kind="stable")[: int(grown * size)]
        found = solve_window(spatial, value, price, place, window=np.sort(near), nodes=NODES)
        stopped = stopped or found.stopped
        if found.place is None or not spatial.holds(found.place):
            continue
        worth = spatial.worth(value, price, found.place)
        if worth > most:
            most, place = worth, found.place
    return Found(place, stopped=stopped)


def _portfolio(
    inner: _Inner, prices: NDArray[np.float64], seen: tuple[Seen, ...]
) -> NDArray[np.intp] | None:
    """Return the best feasible portfolio made from those that were seen."""
    losses = [-(one.worth + float(prices @ one.slack)) for one in seen]
    best, most = None, -np.inf
    for k in np.argsort(losses, kind="stable")[:TRIED]:
        plan = Plan(inner.spatial, inner.value, inner.price, seen[k].place)
        if not repair(plan, prices):
            continue
        climb(plan, prices)
        worth = inner.spatial.worth(inner.value, inner.price, plan.place)
        if worth > most and inner.spatial.holds(plan.place):
            best, most = plan.place, worth
    return best
