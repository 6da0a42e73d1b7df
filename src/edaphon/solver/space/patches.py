"""Smallest patches: units of one group that hang together, at least so many.

No bound is known that counts patches and is quick, so portfolios are made from those of the problem
without the rule, whose bound still holds (a rule more can only cost). Patches that are too small
are given up or grown, then blocks are planted all over (`edaphon.solver.space.planting`) while the
prices follow the limits. What comes out is repaired and climbs by single units that keep every
patch large enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.patches import patches_of
from edaphon.solver.repair import room_of
from edaphon.solver.space.local import Plan, climb, repair
from edaphon.solver.space.planting import Planting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.spatial import Spatial

PASSES = 6
STEPS, BURSTS = 22, 16
"""Times the prices follow the limits, and how many of these, the last, shake the values."""
FIRST, ROUNDS = 12, 3
"""Rounds of planting at first, and at each later prices, shaken and true."""
TRIED = 3
"""Portfolios within the limits that are climbed from at the end."""
NOISE = 1.0
"""Largest noise, relative to what the best group of a unit leads by."""
STEP, SHRINKS = 0.2, 0.6
"""How far a price moves at first, as a factor, and what is left of that once it turns."""
FLOOR = 0.05
"""Price that a limit without one gets once it is exceeded: this share of the mean value, over the
largest coefficient of its row."""


class Patches:
    """Groups of all units, and whether changes keep every patch large enough.

    Parameters
    ----------
    spatial : Spatial
    group : intp array, shape (n_units,)
        Group 0 has no patches.
    """

    def __init__(self, spatial: Spatial, group: NDArray[np.intp]) -> None:
        matrix = spatial.graph.matrix
        self.near = [
            matrix.indices[low:high].tolist()
            for low, high in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
        ]
        self.spatial, self.least = spatial, spatial.least_patch
        self.group: list[int] = group.tolist()

    def reaches(self, start: int, group: int, without: set[int]) -> bool:
        """Whether the patch of a unit is large enough without some units."""
        seen, open_ = {start}, [start]
        while open_:
            if len(seen) >= self.least:
                return True
            for other in self.near[open_.pop()]:
                if other not in seen and self.group[other] == group and other not in without:
                    seen.add(other)
                    open_.append(other)
        return len(seen) >= self.least

    def spares(self, units: set[int], to: int) -> bool:
        """Whether the patches that lose these units to a group stay large enough."""
        done: set[int] = set()
        for unit in units:
            own = self.group[unit]
            if own in (0, to):
                continue
            for other in self.near[unit]:
                if self.group[other] != own or other in units or other in done:
                    continue
                if not self.reaches(other, own, units):
                    return False
                done.add(other)
        return True

    def takes(self, unit: int, to: int) -> bool:
        """Whether one unit may change its group."""
        if self.group[unit] == to:
            return True
        joins = to == 0 or any(self.group[other] == to for other in self.near[unit])
        return joins and self.spares({unit}, to)

    def small(self) -> list[NDArray[np.intp]]:
        """Patches that are too small."""
        part, size = patches_of(self.spatial.graph.matrix, np.array(self.group))
        short = np.flatnonzero((size < self.least) & (size > 0))
        return [np.flatnonzero(part == k) for k in short]

    def block(self, start: set[int], to: int, best: NDArray[np.float64]) -> tuple[set[int], float]:
        """Grow units into a patch that is large enough, each time by the cheapest neighbor.

        Returns the units and what their change is worth by `best` (n_groups, n_units); no units
        where no patch can be grown.
        """
        units, total = set(start), 0.0
        edge: dict[int, float] = {}

        def reach(unit: int) -> bool:
            met = False
            for other in self.near[unit]:
                if other in units:
                    continue
                if self.group[other] == to:
                    met = True
                elif other not in edge:
                    edge[other] = float(best[to, other] - best[self.group[other], other])
            return met

        for unit in start:
            total += float(best[to, unit] - best[self.group[unit], unit])
        met = [reach(unit) for unit in start]
        joined = any(met)
        while len(units) < self.least and not joined:
            if not edge:
                return set(), -np.inf
            unit = max(edge, key=lambda one: (edge[one], -one))
            gain = edge.pop(unit)
            if gain == -np.inf:
                return set(), -np.inf
            units.add(unit)
            total += gain
            joined = reach(unit)
        return units, total

    def change(self, units: set[int], to: int) -> None:
        """Change some units."""
        for unit in units:
            self.group[unit] = to

    def settle(self, best: NDArray[np.float64]) -> bool:
        """Give up or grow every patch that is too small; say whether none is left."""
        for _ in range(PASSES):
            short = self.small()
            if not short:
                return True
            for patch in short:
                units = set(patch.tolist())
                own = self.group[patch[0]]
                if self.reaches(int(patch[0]), own, set()):
                    continue
                if np.isfinite(best[0, patch]).all():
                    self.change(units, 0)
                    continue
                grown, _ = self.block(units, own, best)
                if grown:
                    self.change(grown, own)
        return not self.small()


def with_patches(
    spatial: Spatial,
    value: NDArray[np.float64],
    price: float,
    prices: NDArray[np.float64],
    place: NDArray[np.intp],
) -> NDArray[np.intp] | None:
    """Turn a portfolio into one without patches that are too small.

    Parameters
    ----------
    spatial : Spatial
    value : float64 array, shape (n_options, n_units)
        -inf where forbidden.
    price : float
        Of a meter of exposed boundary.
    prices : float64 array, shape (n_rows,)
        Of the constraints.
    place : intp array, shape (n_units,)

    Returns
    -------
    intp array, shape (n_units,), or None
        None where none was found that keeps every constraint.
    """
    search = _Search(spatial, value, price, prices)
    patches = Patches(spatial, spatial.groups_at(place))
    if not patches.settle(search.planting.best):
        return None
    group = np.array(patches.group)
    group = search.planting.planted(group, search.rng, FIRST)
    for k in range(STEPS):
        search.follow(group)
        if k < STEPS - BURSTS:
            group = search.planting.planted(group, search.rng, ROUNDS)
        else:
            group = search.shaken(group, (STEPS - k) / BURSTS)
    search.note(group)
    found, most = None, -np.inf
    for at, start in search.seen():
        made = _kept(Plan(spatial, value, price, start), patches, at)
        worth = -np.inf if made is None else spatial.worth(value, price, made)
        if worth > most:
            found, most = made, worth
    return found


class _Search:
    """Patches at prices that follow the limits, each its own."""

    def __init__(
        self,
        spatial: Spatial,
        value: NDArray[np.float64],
        price: float,
        prices: NDArray[np.float64],
    ) -> None:
        self.spatial, self.value = spatial, value
        rows = spatial.linked.rows
        self.prices = prices.copy()
        self.step, self.was_over = np.full(len(prices), STEP), np.zeros(len(prices), dtype=bool)
        size = float(np.abs(value[np.isfinite(value)]).mean())
        self.first = FLOOR * size / np.maximum(np.abs(rows).max(axis=(1, 2), initial=0), 1e-300)
        self.last: tuple[NDArray[np.float64], NDArray[np.intp]] | None = None
        self.within: list[tuple[float, NDArray[np.float64], NDArray[np.intp]]] = []
        best, self.place = spatial.grouped(value - np.tensordot(prices, rows, axes=1))
        self.planting = Planting.of(spatial.graph, spatial.least_patch, best, price)
        self.rng = np.random.default_rng(0)

    def at(self, prices: NDArray[np.float64]) -> None:
        """Turn to other prices."""
        self.prices = prices
        priced = np.tensordot(prices, self.spatial.linked.rows, axes=1)
        best, self.place = self.spatial.grouped(self.value - priced)
        self.planting = self.planting.with_values(best)

    def places(self, group: NDArray[np.intp]) -> NDArray[np.intp]:
        """Best option of the group of every unit."""
        chosen: NDArray[np.intp] = self.place[group, np.arange(len(group))]
        return chosen

    def note(self, group: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Remember a portfolio, by its worth if it keeps the limits; say which it exceeds."""
        place = self.places(group)
        over: NDArray[np.bool_] = room_of(self.spatial.linked, place) < 0
        if not over.any():
            worth = self.spatial.worth(self.value, self.planting.price, place)
            self.within.append((worth, self.prices, place))
        self.last = (self.prices, place)
        return over

    def seen(self) -> list[tuple[NDArray[np.float64], NDArray[np.intp]]]:
        """Prices and portfolios worth mending: the last one, and the best within the limits."""
        best = sorted(self.within, key=lambda one: -one[0])[:TRIED]
        return [*([self.last] if self.last else []), *((one[1], one[2]) for one in best)]

    def follow(self, group: NDArray[np.intp]) -> None:
        """Raise the prices of limits that are exceeded, lower the others, in steps that settle."""
        over = self.note(group)
        self.step = np.where(over == self.was_over, self.step, SHRINKS * self.step)
        self.was_over = over
        raised = np.maximum(self.prices, self.first) * (1.0 + self.step)
        self.at(np.where(over, raised, self.prices * (1.0 - self.step)))

    def shaken(self, group: NDArray[np.intp], part: float) -> NDArray[np.intp]:
        """Plant with noise on the values, then without, and keep the parts that are worth more."""
        true = self.planting
        noise = NOISE * part * true.lead * self.rng.normal(size=true.best.shape)
        other = true.with_values(true.best + noise).planted(group, self.rng, ROUNDS)
        return true.fused(group, true.planted(other, self.rng, ROUNDS))


def _kept(plan: Plan, patches: Patches, prices: NDArray[np.float64]) -> NDArray[np.intp] | None:
    """Repair and climb by changes that keep every patch large enough."""
    plan.patches = patches
    patches.group = plan.spatial.groups_at(plan.place).tolist()
    if not repair(plan, prices):
        return None
    climb(plan, prices)
    return plan.place if plan.spatial.holds(plan.place) and not patches.small() else None
