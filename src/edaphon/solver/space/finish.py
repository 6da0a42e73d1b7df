"""Concave benefits beside boundary, patches or forbidden neighbors: finished as one program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.solver.oracle import outward
from edaphon.solver.space.curves import Curves
from edaphon.solver.space.whole import fits, solve_whole

if TYPE_CHECKING:
    from edaphon.solver.concave import Cut, Oracle
    from edaphon.solver.space.spatial import Spatial

STEPS = 3


@dataclass(frozen=True)
class Finish:
    """What improves the answers to concave objectives, up to the size that `fits` tells.

    Attributes
    ----------
    spatial : Spatial
    """

    spatial: Spatial

    @property
    def bends(self) -> bool:
        """Whether ramps have a dual that is looked at: here the program's relaxation."""
        return True

    @property
    def steps(self) -> int:
        """Steps of Frank-Wolfe that find a portfolio to begin with."""
        return STEPS

    @property
    def idle(self) -> bool:
        """Whether the problem is too large."""
        return not fits(self.spatial)

    def __call__(self, oracle: Oracle, cut: Cut) -> Cut:
        """Return a cut whose portfolio is worth as much or more, and whose bound is no larger."""
        spatial, table, outcome = self.spatial, self.spatial.table, self.spatial.table.outcome
        touched = outcome.matrix @ cut.weights
        plain = np.where(outcome.saturating, 0.0, touched)
        curves = Curves.of(table, touched)
        price = float(plain[-1]) if spatial.priced else 0.0
        mine = (table.order == cut.allocation) & ~np.isneginf(table.barrier)
        start = mine.argmax(axis=0)
        found = solve_whole(spatial, table.value(plain), price, start, curves=curves)
        cut = replace(cut, stopped=cut.stopped or found.stopped)
        if found.place is not None:
            values = outcome.values(spatial.totals(found.place))
            if values @ cut.weights > cut.values @ cut.weights:
                cut = replace(cut, allocation=table.allocation(found.place), values=values)
        margin = outward(table, outcome.slope(np.zeros(len(touched)), cut.weights), 0.0, 0.0)
        if found.bound + margin < cut.bound:
            rounding = found.rounding + margin
            cut = replace(cut, bound=found.bound + margin, rounding=rounding, certified_by="milp")
        return cut
