"""Smallest patches: units of one group that hang together, at least so many.

No bound is known that counts patches and is quick, so portfolios are made from those of the problem
without the rule, whose bound still holds (a rule more can only cost). Patches that are too small
are given up or grown, then moves climb that keep every patch large enough: one unit changes, a
block of neighbors is planted, a whole patch changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.patches import patches_of
from edaphon.solver.space.local import Plan, climb, repair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.spatial import Spatial

STEPS = 6
"""Factors on the prices that are tried: patches use less of the limits than prices expect."""
PASSES = 6
NARROW = (0.5, 1.1)
"""Factors on the prices between which the search halves."""


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

    def longer(self, units: set[int], to: int) -> float:
        """How much boundary the change of some units to a group exposes, in m."""
        matrix = self.spatial.graph.matrix
        change = 0.0
        for unit in units:
            around = slice(matrix.indptr[unit], matrix.indptr[unit + 1])
            for other, weight in zip(self.near[unit], matrix.data[around].tolist(), strict=True):
                inside = other in units
                before = self.group[unit] != self.group[other]
                after = not inside and to != self.group[other]
                change += (0.5 if inside else 1.0) * weight * (after - before)
        return change

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

    def climb(self, best: NDArray[np.float64], price: float) -> None:
        """Make changes that are worth more and keep every patch large enough."""
        n_units = best.shape[1]
        units = np.arange(n_units)
        for _ in range(PASSES):
            now = np.array(self.group)
            gain = best - best[now, units]
            group, unit = np.nonzero(gain > 0)
            order = np.argsort(-gain[group, unit], kind="stable")
            moved = 0
            for k in order.tolist():
                moved += self._try(int(unit[k]), int(group[k]), best, price)
            moved += self._whole(best, price)
            if not moved:
                break

    def _try(self, unit: int, to: int, best: NDArray[np.float64], price: float) -> bool:
        """Change one unit, or plant a patch around it, where that is worth it."""
        if self.group[unit] == to:
            return False
        start = {unit}
        if to != 0:
            start, gain = self.block(start, to, best)
        else:
            gain = float(best[to, unit] - best[self.group[unit], unit])
        if not start or gain == -np.inf:
            return False
        if price > 0:
            gain -= price * self.longer(start, to)
        if gain <= 1e-12 * abs(float(best[to, unit])) or not self.spares(start, to):
            return False
        self.change(start, to)
        return True

    def _whole(self, best: NDArray[np.float64], price: float) -> int:
        """Change whole patches to the group that is worth most there."""
        part, size = patches_of(self.spatial.graph.matrix, np.array(self.group))
        moved = 0
        if not len(size):
            return 0
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(size)
        order = order[np.searchsorted(part[order], 0) :]
        for low, high in zip(np.append(0, ends[:-1]), ends, strict=True):
            patch = order[low:high]
            sums = best[:, patch].sum(axis=1)
            to, own = int(sums.argmax()), self.group[patch[0]]
            if to == own or not sums[to] > sums[own]:
                continue
            units = set(patch.tolist())
            gain = float(sums[to] - sums[own])
            if price > 0:
                gain -= price * self.longer(units, to)
            if gain > 1e-12 * abs(float(sums[to])) and (to == 0 or len(units) >= self.least):
                self.change(units, to)
                moved += 1
        return moved


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
    rows = spatial.linked.rows
    patches = Patches(spatial, spatial.groups_at(place))
    found, most = None, -np.inf
    low, high = NARROW
    factor = 0.5 * (low + high) if prices.any() else 1.0
    for _ in range(STEPS if prices.any() else 1):
        reduced = value - np.tensordot(factor * prices, rows, axes=1)
        best, at = spatial.grouped(reduced)
        if not patches.settle(best):
            return found
        patches.climb(best, price)
        group = np.array(patches.group)
        plan = Plan(spatial, value, price, at[group, np.arange(len(group))])
        over = bool((plan.room < 0).any())
        tried = Patches(spatial, group)
        made = _kept(plan, tried, factor * prices)
        if made is not None:
            worth = spatial.worth(value, price, made)
            if worth > most:
                found, most = made, worth
        low, high = (factor, high) if over else (low, factor)
        factor = 0.5 * (low + high)
    return found


def _kept(plan: Plan, patches: Patches, prices: NDArray[np.float64]) -> NDArray[np.intp] | None:
    """Repair and climb by changes that keep every patch large enough."""
    plan.patches = patches
    if not repair(plan, prices):
        return None
    climb(plan, prices)
    return plan.place if plan.spatial.holds(plan.place) and not patches.small() else None
