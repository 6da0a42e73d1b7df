"""Fill the slack: exact moves over the units whose second-best option is almost as good.

At the exact price the loss of a portfolio against the bound is price x slack plus the sum of the
reduced losses of its options. A dynamic program over the units in order of their smallest reduced
loss keeps the non-dominated states (cost added, loss), drops those that cannot beat the best
portfolio found, and ends when no unit can help any more: then the portfolio is proven optimal
for the weighted sum (the expanding core of Pisinger, 1995, European Journal of Operational
Research 83, 394-410). Where states or units are cut off, the least loss that was cut off still
proves a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Effort:
    """How far the slack is filled.

    Attributes
    ----------
    units, states : int
        Most units looked at, and most states kept.
    goal : float
        Loss, as a share of the bound, at which the search may stop.
    """

    units: int
    states: int
    goal: float


@dataclass(frozen=True)
class Moves:
    """Changes of places and what they reach.

    Attributes
    ----------
    units, places : intp arrays
        Units that change, and their new places.
    loss : float
        Loss against the bound after the changes.
    proven : float
        No feasible portfolio has a smaller loss than this (at most `loss`).
    """

    units: NDArray[np.intp]
    places: NDArray[np.intp]
    loss: float
    proven: float


@dataclass
class _Search:
    """States of the dynamic program: cost added, loss, and how they came about."""

    price: float
    slack: float
    loss: float
    cut: float
    added: NDArray[np.float64]
    lost: NDArray[np.float64]
    parents: list[NDArray[np.intp]]
    choices: list[NDArray[np.intp]]
    best: tuple[int, int] = (-1, 0)

    def extend(
        self,
        costs: NDArray[np.float64],
        losses: NDArray[np.float64],
        saving: float,
        states: int,
    ) -> None:
        """Add one unit's options; `saving` is what the units still to come can save at most."""
        added = np.concatenate([self.added, *(self.added + c for c in costs)])
        lost = np.concatenate([self.lost, *(self.lost + c for c in losses)])
        keep = np.flatnonzero((lost < self.loss) & (added - saving <= self.slack))
        keep = keep[np.lexsort((lost[keep], added[keep]))]
        worth = self.price * added[keep] - lost[keep]
        ahead = np.maximum.accumulate(np.concatenate([[-np.inf], worth[:-1]]))
        keep = keep[worth > ahead]
        self._take_best(added, lost, keep)
        keep = keep[lost[keep] < self.loss]
        if len(keep) > states:
            rank = np.argsort(lost[keep], kind="stable")
            self.cut = min(self.cut, float(lost[keep[rank[states]]]))
            keep = keep[np.sort(rank[:states])]
        n_before = len(self.added)
        self.parents.append(keep % n_before)
        self.choices.append(keep // n_before - 1)
        self.added, self.lost = added[keep], lost[keep]

    def _take_best(
        self,
        added: NDArray[np.float64],
        lost: NDArray[np.float64],
        keep: NDArray[np.intp],
    ) -> None:
        """Take the best state within the slack; it is moved to `found` to survive the cuts."""
        inside = keep[added[keep] <= self.slack]
        if not len(inside):
            return
        losses = self.price * (self.slack - added[inside]) + lost[inside]
        k = int(np.argmin(losses))
        if losses[k] < self.loss:
            self.loss = float(losses[k])
            n_before = len(self.added)
            state = int(inside[k])
            self.best = (len(self.parents), state % n_before)
            self.last_choice = state // n_before - 1

    def trace(self) -> list[tuple[int, int]]:
        """Return the steps and choices (-1 left out) that lead to the best state."""
        step, state = self.best
        if step < 0:
            return []
        made = [(step, self.last_choice)]
        for back in range(step - 1, -1, -1):
            made.append((back, int(self.choices[back][state])))
            state = int(self.parents[back][state])
        return [(where, choice) for where, choice in made if choice >= 0]

    last_choice: int = -1


def fill_slack(
    reduced: NDArray[np.float64],
    cost: NDArray[np.float64],
    place: NDArray[np.intp],
    price: float,
    *,
    slack: float,
    goal: float,
    effort: Effort,
    rest: float = np.inf,
) -> Moves:
    """Find the changes that bring a portfolio closest to the bound.

    Parameters
    ----------
    reduced : float64 array, shape (n_options, n_units)
        value - price x cost, -inf where forbidden.
    cost : float64 array, shape (n_options, n_units)
    place : intp array, shape (n_units,)
        A best option of every unit at this price, within the limit.
    price, slack : float
        Price and what is left of the limit.
    goal : float
        Absolute loss at which the search may stop.
    effort : Effort
    rest : float
        What other units, which are not given, lose at least by another option.
    """
    units = np.arange(len(place))
    top = reduced[place, units]
    losses = np.maximum(top - reduced, 0.0)
    losses[place, units] = np.inf
    nearest = losses.min(axis=0)
    start = price * slack
    near = np.flatnonzero(nearest < start)
    if len(near) > effort.units + 1:
        last = np.partition(nearest[near], effort.units)[effort.units]
        near = near[nearest[near] <= last]
    near = near[np.argsort(nearest[near], kind="stable")]
    cut = float(nearest[near[effort.units]]) if len(near) > effort.units else np.inf
    cut, near = min(cut, rest), near[: effort.units]
    extra = cost[:, near] - cost[place[near], near]
    options = [np.flatnonzero(losses[:, u] < start) for u in near]
    savings = [max(0.0, -float(extra[o, k].min())) for k, o in enumerate(options)]
    left = np.concatenate([np.cumsum(savings[::-1])[::-1], [0.0]])
    nothing = np.zeros(1)
    search = _Search(price, slack, start, cut, nothing, nothing, [], [])
    finished = True
    for k, u in enumerate(near):
        if search.loss <= goal or nearest[u] >= search.loss:
            finished = search.loss > goal
            break
        search.extend(
            extra[options[k], k], losses[options[k], u], float(left[k + 1]), effort.states
        )
    proven = min(search.loss, search.cut) if finished else 0.0
    moved = search.trace()
    return Moves(
        np.array([near[k] for k, _ in moved], dtype=np.intp),
        np.array([options[k][c] for k, c in moved], dtype=np.intp),
        search.loss,
        proven,
    )
