"""Exchange several options at once: what single moves leave is a matter of combinations.

At given prices a feasible portfolio lies below the bound by its gap: what its options lose against
the best ones, and the priced slack. Moves that lose next to nothing abound; a few of them together
must use up the slack of every priced limit at once and exceed none.

Take for each set of moves its priced use of every limit and its loss. Two sets with these vectors
``a`` and ``b`` leave the gap ``|t - a - b|``, the sum of absolute values, where ``t`` is the priced
slack and minus the present loss. So the best partner of a set is its nearest neighbor: all pairs of
nearly tied moves go into a k-d tree, which then answers for sets of four without listing them (meet
in the middle: Horowitz and Sahni, 1974, Journal of the ACM 21:277-292, split a knapsack's items
this way; from memory, not verified; the tree in place of their sorted lists is judgement).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from edaphon.solver.repair import room_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.linked import Linked

MOST_ROWS = 30
"""Priced rows up to which near neighbors are found faster than by looking at all."""
_MOVES = 120
_ASKED, _PARTNERS = 100, 8
QUERIES = 200
_EXTRA = 2
_NEARLY = 0.5
"""A neighbor found may be so much farther than the nearest, as a share."""
_PRICED = 1e-3
"""Prices below this share of the largest count in the gap, not in the search."""


def few_priced(prices: NDArray[np.float64]) -> bool:
    """Whether some rows are priced, and few enough for the search."""
    return 0 < int((prices > _PRICED * prices.max(initial=0.0)).sum()) <= MOST_ROWS


def exchange(
    linked: Linked,
    reduced: NDArray[np.float64],
    prices: NDArray[np.float64],
    place: NDArray[np.intp],
    goal: float,
    *,
    queries: int = QUERIES,
) -> NDArray[np.intp]:
    """Make sets of up to six moves that close the gap, until it is small or none is found.

    Parameters
    ----------
    linked : Linked
    reduced : float64 array, shape (n_options, n_units)
        Value minus priced rows, -inf where forbidden.
    prices : float64 array, shape (n_rows,)
    place : intp array, shape (n_units,)
        Keeps every constraint.
    goal : float
        Gap that is small enough.
    queries : int, optional
        How often the tree is asked before the search ends.

    Returns
    -------
    intp array, shape (n_units,)
        Worth at least as much; `place` itself where nothing was found, or where more than
        `MOST_ROWS` rows are priced.
    """
    if not few_priced(prices):
        return place
    rng = np.random.default_rng(0)
    while queries:
        near = _Near(linked, reduced, prices, place)
        if near.gap <= goal or not len(near.option):
            break
        first: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        found = None
        while queries and found is None:
            queries -= 1
            found = near.better(first)
            first = rng.choice(len(near.option), min(_EXTRA, len(near.option)), replace=False)
        if found is None:
            break
        place = place.copy()
        place[near.unit[found]] = near.option[found]
    return place


class _Near:
    """The moves from a portfolio that lose least, and a tree of their pairs.

    Attributes
    ----------
    gap : float
        Loss and priced slack of the portfolio.
    option, unit : intp arrays, shape (n_moves,)
    """

    def __init__(
        self,
        linked: Linked,
        reduced: NDArray[np.float64],
        prices: NDArray[np.float64],
        place: NDArray[np.intp],
    ) -> None:
        units = np.arange(len(place))
        loss = reduced[place, units] - reduced
        self.lost = float((reduced.max(axis=0) - reduced[place, units]).sum())
        loss[place, units] = np.inf
        count = min(_MOVES, int(np.isfinite(loss).sum()))
        least = np.sort(np.argpartition(loss.ravel(), count - 1)[:count]) if count else units[:0]
        self.option, self.unit = np.unravel_index(least, loss.shape)
        self.room, self.prices = room_of(linked, place), prices
        self.gap = self.lost + float(prices @ self.room)
        use = linked.rows[:, self.option, self.unit] - linked.rows[:, place[self.unit], self.unit]
        self.loss = np.append(loss[self.option, self.unit], 0.0)
        self.use = np.vstack([use.T, np.zeros(len(prices))])
        i, j = np.triu_indices(count + 1, 1)  # the last one stands for no move
        self.at = np.append(self.unit, -1)
        apart = self.at[i] != self.at[j]
        self.i, self.j = np.append(i[apart], count), np.append(j[apart], count)
        self.pair_use = self.use[self.i] + self.use[self.j]
        self.priced = prices > _PRICED * prices.max()
        self.vectors = self._vector(self.pair_use, self.loss[self.i] + self.loss[self.j])
        self.tree = KDTree(self.vectors, balanced_tree=False)

    def _vector(self, use: NDArray[np.float64], loss: NDArray[np.float64]) -> NDArray[np.float64]:
        priced = use[..., self.priced] * self.prices[self.priced]
        return np.concatenate([priced, loss[..., None]], axis=-1)

    def better(self, first: NDArray[np.intp]) -> NDArray[np.intp] | None:
        """Return the moves, the `first` ones among them, that leave least; None if not less."""
        if len(np.unique(self.unit[first])) < len(first):
            return None
        room = self.room - self.use[first].sum(axis=0)
        lost = self.lost + float(self.loss[first].sum())
        target = self._vector(room, np.array(-lost)) - self.vectors
        count = min(_ASKED, len(target))
        asked = np.argpartition(np.abs(target).sum(axis=1), count - 1)[:count]
        _, partner = self.tree.query(
            target[asked],
            k=np.arange(1, _PARTNERS + 1),
            p=1,
            eps=_NEARLY,
            distance_upper_bound=self.gap,
        )
        a, b = np.repeat(asked, _PARTNERS), partner.ravel()
        a, b = a[b < len(target)], b[b < len(target)]
        left = room - self.pair_use[a] - self.pair_use[b]
        fits = (left >= 0).all(axis=1)
        a, b, left = a[fits], b[fits], left[fits]
        four = np.stack([self.i[a], self.j[a], self.i[b], self.j[b]])
        some = np.vstack([four, np.repeat(first[:, None], four.shape[1], axis=1)])
        who = np.sort(self.at[some], axis=0)
        once = ~((who[1:] == who[:-1]) & (who[1:] >= 0)).any(axis=0)
        if not once.any():
            return None
        gap = lost + self.loss[four[:, once]].sum(axis=0) + left[once] @ self.prices
        least = gap.argmin()
        if gap[least] >= self.gap * (1.0 - 1e-9):
            return None
        moves = some[:, once][:, least]
        return moves[moves < len(self.option)]
