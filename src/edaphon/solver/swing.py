"""Swing to and fro across the limits: for many priced rows, where every move is coarse.

With dozens of targets at work each unit serves many of them, so a portfolio that wastes nothing is
rarely a few moves away, and the way there leads over portfolios that miss a target. The search
steps to the best move at hand, even to a worse one. What exceeds a limit is charged; the charge of
a row rises while it is exceeded and falls while it is kept, which drives the search out of what
cannot be and back to its edge. A unit that has moved rests for a few steps. (Tabu search with
strategic oscillation for knapsacks of many rows: Glover and Kochenberger, 1996, in Meta-Heuristics:
Theory and Applications, chapter 25; charges by row and all numbers here are judgement.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.solver.repair import room_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.linked import Linked

_MOVES = 150
_STEPS = 10_000
_STALE = 500
"""Steps without a better portfolio after which the search starts from the best one again."""
_REST = 3
"""A unit rests for this many steps or up to twice as many."""
_FIRST, _MOST = 8.0, 50.0
"""Charge of what exceeds a limit, and the largest, in prices of the row."""
_DEARER, _CHEAPER = 1.2, 0.98
_LEAST = 1e-2
"""Rows are charged as if their price were this share of the largest, if it is less."""


def swing(
    linked: Linked,
    reduced: NDArray[np.float64],
    prices: NDArray[np.float64],
    place: NDArray[np.intp],
    goal: float,
) -> NDArray[np.intp]:
    """Look for a better portfolio by moves that may exceed limits for a while.

    Parameters
    ----------
    linked : Linked
    reduced : float64 array, shape (n_options, n_units)
        Value minus priced rows, -inf where forbidden.
    prices : float64 array, shape (n_rows,)
        At least one above 0.
    place : intp array, shape (n_units,)
        Keeps every constraint.
    goal : float
        Loss and priced slack that are small enough.

    Returns
    -------
    intp array, shape (n_units,)
        Worth at least as much at these prices; `place` itself where nothing was found.
    """
    search = _Search(linked, reduced, prices, place)
    for step in range(_STEPS if len(search.unit) else 0):
        if search.best_gap <= goal:
            break
        search.move(step)
    return search.best


class _Search:
    """Nearly tied moves, a portfolio on its way, and the best one seen.

    Attributes
    ----------
    option, unit : intp arrays, shape (n_pairs,)
        The pairs that may be taken, in the order of units.
    column : intp array, shape (n_pairs,)
        Position of the pair's unit among those that have a choice.
    use : float64 array, shape (n_pairs, n_rows)
    loss : float64 array, shape (n_pairs,)
    best : intp array, shape (n_units,)
    best_gap : float
        Its loss and priced slack.
    """

    def __init__(
        self,
        linked: Linked,
        reduced: NDArray[np.float64],
        prices: NDArray[np.float64],
        place: NDArray[np.intp],
    ) -> None:
        self.linked, self.prices = linked, prices
        self.rng = np.random.default_rng(0)
        n_units = len(place)
        self.losses = reduced.max(axis=0) - reduced
        count = min(n_units + _MOVES, int(np.isfinite(self.losses).sum()))
        near = self.losses <= np.partition(self.losses.ravel(), count - 1)[count - 1]
        near[place, np.arange(n_units)] = True
        self.unit, self.option = np.nonzero((near & (near.sum(axis=0) > 1)).T)
        self.units, self.column = np.unique(self.unit, return_inverse=True)
        self.use = np.ascontiguousarray(linked.rows[:, self.option, self.unit].T)
        self.loss = self.losses[self.option, self.unit]
        self.pair = np.full(reduced.shape, -1)
        self.pair[self.option, self.unit] = np.arange(len(self.unit))
        self.least = np.maximum(prices, _LEAST * prices.max())
        self.best, self.best_gap = place, np.inf
        self.start(0)
        self.best_gap = self.lost + float(prices @ self.room)

    def start(self, step: int) -> None:
        """Start from the best portfolio, with charges of another size."""
        place = self.best
        self.now = self.pair[place[self.units], self.units]
        self.room = room_of(self.linked, place)
        self.lost = float(self.losses[place, np.arange(len(place))].sum())
        self.charge = self.least * _FIRST * (0.5 + self.rng.random())
        self.until = np.zeros(len(self.units), dtype=np.intp)
        self.since = step

    def move(self, step: int) -> None:
        """Make the best move of a unit that does not rest, and keep what is better than before."""
        if step - self.since >= _STALE:
            self.start(step)
        after = (self.room + self.use[self.now])[self.column] - self.use
        gap = np.maximum(after * self.prices, -after * self.charge).sum(axis=1)
        gap += self.loss - self.loss[self.now][self.column] + self.lost
        gap[self.now] = np.inf
        pair = int(np.where(self.until[self.column] > step, np.inf, gap).argmin())
        least = int(gap.argmin())
        if gap[least] < self.best_gap * (1.0 - 1e-9) and (after[least] >= 0).all():
            pair = least
        at = self.column[pair]
        self.lost += float(self.loss[pair] - self.loss[self.now[at]])
        self.room = after[pair].copy()
        self.now[at] = pair
        self.until[at] = step + _REST + int(self.rng.integers(_REST))
        over = self.room < 0
        self.charge *= np.where(over, _DEARER, _CHEAPER)
        np.clip(self.charge, self.least, _MOST * self.least, out=self.charge)
        made = self.lost + float(self.prices @ self.room)
        if not over.any() and made < self.best_gap * (1.0 - 1e-9):
            self.best, self.best_gap, self.since = self.best.copy(), made, step
            self.best[self.units] = self.option[self.now]
