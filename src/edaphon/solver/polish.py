"""Better portfolios, and bounds, for concave objectives once Frank-Wolfe is done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.solver.bends import all_ramps, find_bends, near_bends
from edaphon.solver.climb import climb
from edaphon.solver.oracle import Unfinished

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.climb import Ground
    from edaphon.solver.concave import Cut, Oracle

_ROUNDING = 1e-13
CLOSE = 1e-6
"""Gap, relative to the bound, that is small enough."""


@dataclass(frozen=True)
class Polish:
    """What improves the answers to concave objectives.

    Attributes
    ----------
    ground : Ground
    """

    ground: Ground

    @property
    def bends(self) -> bool:
        """Whether the objectives are ramps, whose bends have a dual of their own."""
        return all_ramps(self.ground)

    @property
    def idle(self) -> bool:
        """Whether the table is too large for everything."""
        return self.ground.too_large and not self.bends

    def __call__(self, oracle: Oracle, cut: Cut) -> Cut:
        """Return a cut whose portfolio is worth as much or more, and whose bound is no larger."""
        if self.bends:
            cut = self._at_bends(oracle, cut)
        if self.ground.too_large or cut.bound - cut.values @ cut.weights <= CLOSE * abs(cut.bound):
            return cut
        return self._with(cut, climb(self.ground, cut.weights, self._place(cut.allocation)))

    def _place(self, allocation: NDArray[np.uint8]) -> NDArray[np.intp]:
        table = self.ground.table
        mine = (table.order == allocation) & ~np.isneginf(table.barrier)
        place: NDArray[np.intp] = mine.argmax(axis=0)
        return place

    def _with(self, cut: Cut, place: NDArray[np.intp]) -> Cut:
        """Return the cut with another portfolio where that is worth more."""
        table = self.ground.table
        values = table.outcome.values(table.totals(place))
        if not values @ cut.weights > cut.values @ cut.weights:
            return cut
        return replace(cut, allocation=table.allocation(place), values=values)

    def _at_bends(self, oracle: Oracle, cut: Cut) -> Cut:
        """Return the better bound and portfolio that the bends' dual leads to."""
        bends = find_bends(self.ground, cut.weights)
        try:
            answer = oracle(bends.slope)
        except Unfinished:
            return replace(cut, stopped=True)
        if answer is None:
            return cut
        size = float(np.abs(self.ground.table.outcome.matrix @ cut.weights).sum())
        bound = bends.height + _ROUNDING * size + answer.bound
        if bound < cut.bound:
            cut = replace(cut, bound=bound, rounding=answer.rounding + _ROUNDING * size)
        cut = replace(cut, stopped=cut.stopped or answer.stopped)
        cut = self._with(cut, self._place(answer.allocation))
        goal = CLOSE * abs(cut.bound)
        start = self._place(cut.allocation)
        return self._with(cut, near_bends(self.ground, cut.weights, bends, start, goal))
