"""Forbidden neighbors: portfolios in which no two of them lie side by side.

Leaving the rule out can only raise the best value, so the bound without it holds with it. In a
portfolio, of two neighbors that clash the one that loses less takes its best option that clashes
with nobody; later changes are made only where they clash with nobody. Programs know the rule as
rows: a unit's option and the options of a neighbor that clash with it sum to one at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.graph import Graph

PASSES = 10
"""Passes over all clashing units; one is enough unless locks stand in the way (judgement)."""


@dataclass(frozen=True)
class Apart:
    """Which options clash, and where.

    Attributes
    ----------
    graph : Graph
        Units that share boundary.
    clash : bool array, shape (n_interventions, n_interventions)
        Symmetric.
    order : uint8 array, shape (n_options, n_units)
        Option at each place (`edaphon.solver.table.Table`).
    """

    graph: Graph
    clash: NDArray[np.bool_]
    order: NDArray[np.uint8]

    def options(self, place: NDArray[np.intp]) -> NDArray[np.intp]:
        """Options at the given places, shape (n_units,)."""
        taken: NDArray[np.intp] = self.order[place, np.arange(len(place))].astype(np.intp)
        return taken

    def holds(self, place: NDArray[np.intp]) -> bool:
        """Whether nothing clashes."""
        taken = self.options(place)
        return not self.clash[taken[self.graph.first], taken[self.graph.second]].any()

    def clashes(self, place: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether an option would clash with what a neighbor takes, shape (n_options, n_units)."""
        taken, units = self.options(place), np.arange(len(place))
        has = np.zeros((len(place), len(self.clash)))
        has[units, taken] = 1.0
        beside = (self.graph.matrix != 0).astype(np.float64) @ has
        barred = beside @ self.clash > 0
        made: NDArray[np.bool_] = barred[units, self.order]
        return made

    def fits(self, place: NDArray[np.intp], unit: int, to: int) -> bool:
        """Whether a unit may take the option at a place, its neighbors staying."""
        near = self._near(unit)
        return not self.clash[self.order[to, unit], self.order[place[near], near]].any()

    def _near(self, unit: int) -> NDArray[np.intp]:
        matrix = self.graph.matrix
        near: NDArray[np.intp] = matrix.indices[matrix.indptr[unit] : matrix.indptr[unit + 1]]
        return near

    def settle(
        self, worth: NDArray[np.float64], place: NDArray[np.intp]
    ) -> NDArray[np.intp] | None:
        """Change units until nothing clashes, those first that lose least per clash.

        Parameters
        ----------
        worth : float64 array, shape (n_options, n_units)
            -inf where forbidden.
        place : intp array, shape (n_units,)

        Returns
        -------
        intp array, shape (n_units,), or None
            None where locks stand in the way.
        """
        made, units = place.copy(), np.arange(len(place))
        for _ in range(PASSES):
            taken = self.options(made)
            bad = self.clash[taken[self.graph.first], taken[self.graph.second]]
            if not bad.any():
                return made
            ends = np.concatenate([self.graph.first[bad], self.graph.second[bad]])
            count = np.bincount(ends, minlength=len(place))
            open_ = np.where(self.clashes(made), -np.inf, worth)
            loss = worth[made, units] - open_.max(axis=0)
            some = np.flatnonzero(count)
            for unit in some[np.argsort(loss[some] / count[some], kind="stable")]:
                self._free(worth, made, int(unit))
        return None

    def _free(self, worth: NDArray[np.float64], place: NDArray[np.intp], unit: int) -> None:
        """Give a unit that still clashes its best option that does not, where there is one."""
        near = self._near(unit)
        around = self.order[place[near], near]
        barred = np.any(self.clash[self.order[:, unit]][:, around], axis=1)
        if not barred[place[unit]]:
            return
        left = np.where(barred, -np.inf, worth[:, unit])
        best = int(left.argmax())
        if left[best] > -np.inf:
            place[unit] = best

    def rows(
        self, where: NDArray[np.intp], unit: NDArray[np.intp], n_units: int
    ) -> csr_array | None:
        """Rows ``sum <= 1`` over open pairs of places `where` and units `unit`; None if none.

        For every unit, neighbor and option that clashes with some: the option, and all options of
        the neighbor that clash with it (of which the neighbor takes one at most).
        """
        option = self.order[where, unit]
        variable = np.full((n_units, len(self.clash)), -1, dtype=np.intp)
        variable[unit, option] = np.arange(len(where))
        here = np.concatenate([self.graph.first, self.graph.second])
        there = np.concatenate([self.graph.second, self.graph.first])
        parts = []
        for a in np.flatnonzero(self.clash.any(axis=1)):
            others = variable[there][:, self.clash[a]]
            some = (variable[here, a] >= 0) & (others >= 0).any(axis=1)
            own, others = variable[here[some], a], others[some]
            row, column = np.nonzero(others >= 0)
            rows = np.concatenate([np.arange(len(own)), row])
            columns = np.concatenate([own, others[row, column]])
            shape = (len(own), len(where))
            parts.append(csr_array((np.ones(len(rows)), (rows, columns)), shape=shape))
        return csr_array(vstack(parts)) if parts else None
