"""Moves of single units that count the boundary around them: repair, fill the slack, climb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.solver.repair import room_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.apart import Apart
    from edaphon.solver.space.patches import Patches
    from edaphon.solver.space.spatial import Spatial

_ROUNDS = 400
_BATCH, _PARTS = 64, 200
_PASSES = 12
_LOOKED_AT = 4000


class Plan:
    """A portfolio that units leave one by one, with the boundary around every unit kept.

    Parameters
    ----------
    spatial : Spatial
    value : float64 array, shape (n_options, n_units)
        -inf where forbidden.
    price : float
        Of a meter of exposed boundary.
    place : intp array, shape (n_units,)
    """

    def __init__(
        self,
        spatial: Spatial,
        value: NDArray[np.float64],
        price: float,
        place: NDArray[np.intp],
    ) -> None:
        self.spatial, self.value, self.price = spatial, value, price
        self.place = place.copy()
        self.units = np.arange(len(place))
        alike = np.zeros((len(place), spatial.n_groups))
        alike[self.units, spatial.groups_at(place)] = 1.0
        self.touching = np.ascontiguousarray((spatial.graph.matrix @ alike).T)
        self.room = self.fresh_room()
        self.patches: Patches | None = None
        self.kept_apart: Apart | None = None

    def may(self, unit: int, to: int) -> bool:
        """Whether a change keeps every patch large enough and clashes with no neighbor."""
        if self.kept_apart is not None and not self.kept_apart.fits(self.place, unit, to):
            return False
        if self.patches is None:
            return True
        return self.patches.takes(unit, int(self.spatial.group[to, unit]))

    def fresh_room(self) -> NDArray[np.float64]:
        """Return what each limit leaves, summed anew."""
        if not len(self.spatial.linked.limits):
            return np.zeros(0)
        return room_of(self.spatial.linked, self.place)

    def gains(self) -> NDArray[np.float64]:
        """Return what every change of one unit is worth now, shape (n_options, n_units)."""
        group = self.spatial.group
        now = self.spatial.groups_at(self.place)
        saved = self.touching[group, self.units] - self.touching[now, self.units]
        made: NDArray[np.float64] = (
            self.value - self.value[self.place, self.units] + self.price * saved
        )
        return made

    def gain(self, unit: int, to: int) -> float:
        """Return what one change is worth now."""
        group, at = self.spatial.group, int(self.place[unit])
        saved = self.touching[group[to, unit], unit] - self.touching[group[at, unit], unit]
        return float(self.value[to, unit] - self.value[at, unit] + self.price * saved)

    def used(self, unit: int, to: int) -> NDArray[np.float64]:
        """Return what one change takes from every limit, shape (n_rows,)."""
        rows = self.spatial.linked.rows
        taken: NDArray[np.float64] = rows[:, to, unit] - rows[:, self.place[unit], unit]
        return taken

    def move(self, unit: int, to: int) -> None:
        """Make one change."""
        matrix, group = self.spatial.graph.matrix, self.spatial.group
        old, new = group[self.place[unit], unit], group[to, unit]
        self.room = self.room - self.used(unit, to)
        self.place[unit] = to
        if self.patches is not None:
            self.patches.group[unit] = int(new)
        if old != new:
            around = slice(matrix.indptr[unit], matrix.indptr[unit + 1])
            others, weights = matrix.indices[around], matrix.data[around]
            self.touching[old, others] -= weights
            self.touching[new, others] += weights


def repair(plan: Plan, prices: NDArray[np.float64]) -> bool:
    """Change units until every constraint holds, those first that relieve most per loss.

    Losses are counted at `prices`, so that what a change frees elsewhere counts too. Returns
    whether every constraint holds. A round looks at all units and changes 64 at most, or one in
    200: large problems would else take too many rounds.
    """
    linked = plan.spatial.linked
    size = np.maximum(np.abs(linked.limits), 1e-12 * linked.sizes + 1e-300)
    priced = np.tensordot(prices, linked.rows, axes=1)
    for _ in range(_ROUNDS):
        short = np.flatnonzero(plan.room < 0)
        if not len(short):
            return True
        relief = np.zeros_like(plan.value)
        for r in short:
            row = linked.rows[r]
            relief += np.minimum(row[plan.place, plan.units] - row, -plan.room[r]) / size[r]
        loss = priced - priced[plan.place, plan.units] - plan.gains()
        loss = np.maximum(loss, 0.0)
        worth = np.where(np.isfinite(loss) & (relief > 0), relief / (loss + 1e-12), 0.0)
        if plan.kept_apart is not None:
            worth[plan.kept_apart.clashes(plan.place)] = 0.0
        option = worth.argmax(axis=0)
        best = worth[option, plan.units]
        batch = max(_BATCH, len(best) // _PARTS) if plan.patches is None else _LOOKED_AT
        some = np.argsort(-best, kind="stable")[:batch]
        if not _relieve(plan, size, some[best[some] > 0], option):
            return False
        plan.room = plan.fresh_room()
    return False


def _relieve(
    plan: Plan, size: NDArray[np.float64], some: NDArray[np.intp], option: NDArray[np.intp]
) -> bool:
    """Make the changes of one round that lower the sum of violations; say whether there is one.

    A unit beside one that just changed waits for the next round, since its gain is another now.
    """
    matrix = plan.spatial.graph.matrix
    waits = np.zeros(len(plan.place), dtype=bool)
    moved = False
    for i in some:
        if waits[i]:
            continue
        if not plan.may(int(i), int(option[i])):
            continue
        after = plan.room - plan.used(int(i), int(option[i]))
        if ((np.minimum(after, 0.0) - np.minimum(plan.room, 0.0)) / size).sum() <= 0:
            continue
        plan.move(int(i), int(option[i]))
        moved = True
        waits[matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]]] = True
        if (plan.room >= 0).all():
            break
    return moved


def climb(plan: Plan, prices: NDArray[np.float64]) -> None:
    """Make changes that are worth more and keep every constraint, until there is none.

    Those come first that use the least priced slack for what they are worth.
    """
    linked = plan.spatial.linked
    priced = np.tensordot(prices, linked.rows, axes=1)
    for _ in range(_PASSES):
        gains = plan.gains()
        if plan.kept_apart is not None:
            gains[plan.kept_apart.clashes(plan.place)] = -np.inf
        option, unit = np.nonzero(gains > 1e-12 * np.abs(gains[np.isfinite(gains)]).max(initial=0))
        for row, left in zip(linked.rows, plan.room, strict=True):
            fits = row[option, unit] - row[plan.place[unit], unit] <= left
            option, unit = option[fits], unit[fits]
        used = np.maximum(priced[option, unit] - priced[plan.place[unit], unit], 0.0)
        order = np.argsort(used / gains[option, unit], kind="stable")[:_LOOKED_AT]
        moved = False
        for k in order:
            i, to = int(unit[k]), int(option[k])
            if plan.gain(i, to) <= 0 or (plan.used(i, to) > plan.room).any():
                continue
            if not plan.may(i, to):
                continue
            plan.move(i, to)
            moved = True
        if not moved:
            return
        plan.room = plan.fresh_room()
