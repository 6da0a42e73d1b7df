"""The exact price of one bounded sum.

For a price p >= 0 every unit takes the option with the largest value - p x cost; the sum over
units plus p x limit is an upper bound on what any feasible portfolio is worth, convex and piecewise
linear in p. As the price falls from infinity, a unit goes up the upper hull of its options, from
the cheapest to the most valuable one, each step at the price that is its gain per cost. All steps
of all units, in order of price, are taken until the limit is met: the price of the first step that
no longer fits is exact. (Linear relaxation of the multiple-choice knapsack: Kellerer, Pferschy and
Pisinger, 2004, Knapsack Problems, section 11.2.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import block_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Dual:
    """The price, and the best places on both sides of the limit at that price.

    Attributes
    ----------
    price : float
    within, beyond : intp arrays, shape (n_units,)
        Places whose cost lies within the limit and above it; equal where nothing binds.
    """

    price: float
    within: NDArray[np.intp]
    beyond: NDArray[np.intp]


def priced(
    value: NDArray[np.float64], cost: NDArray[np.float64], price: float
) -> NDArray[np.float64]:
    """Return what every option is worth at a price; at infinity the cheapest is worth most."""
    if price == np.inf:
        return np.where(np.isneginf(value), -np.inf, -cost)
    return value - price * cost if price else value


def best_and_lead(
    reduced: NDArray[np.float64],
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """First of the best options of every unit, and its lead over the second, (n_units,)."""
    best = reduced[0].copy()
    second = np.full(len(best), -np.inf)
    place = np.zeros(len(best), dtype=np.uint8)
    for k in range(1, len(reduced)):
        np.maximum(second, np.minimum(best, reduced[k]), out=second)
        np.copyto(place, k, where=reduced[k] > best)
        np.maximum(best, reduced[k], out=best)
    return place, best - second


def best_places(
    value: NDArray[np.float64], cost: NDArray[np.float64], price: float
) -> NDArray[np.intp]:
    """First of the best options of every unit at a price, shape (n_units,).

    Options stand in the order of cost; at an infinite price the cheapest is the best, on a tie
    the most valuable of these.
    """
    if price == np.inf:
        value, price = np.where(cost <= cost[0], value, -np.inf), 0.0
    best = value[0] - price * cost[0]
    place = np.zeros(len(best), dtype=np.uint8)
    for k in range(1, len(value)):
        worth = value[k] - price * cost[k] if price else value[k]
        np.copyto(place, k, where=worth > best)
        np.maximum(best, worth, out=best)
    return place.astype(np.intp)


class Walk:
    """The steps of all units as the price falls, from given places.

    Attributes
    ----------
    place : intp array, shape (n_units,)
        Where the walk starts.
    prices, used : float64 arrays, shape (n_steps,)
        Price of each step, falling, and the sum of costs once it is taken.
    units, options : intp arrays, shape (n_steps,)
    """

    def __init__(
        self,
        value: NDArray[np.float64],
        cost: NDArray[np.float64],
        place: NDArray[np.intp],
        least: float,
    ) -> None:
        self.place, self.cost = place, cost
        at, units, last = place, np.arange(len(place)), np.full(len(place), np.inf)
        self.start = block_sum(cost[at, units])
        steps = []
        while len(units):
            columns = np.arange(len(units))
            gain, more = value - value[at, columns], cost - cost[at, columns]
            rise = np.full(gain.shape, -np.inf)
            np.divide(gain, more, out=rise, where=(gain > 0) & (more > 0))
            to = rise.argmax(axis=0)
            price = np.minimum(rise[to, columns], last)
            on = np.flatnonzero(price > least)
            steps.append((price[on], more[to[on], on], units[on], to[on]))
            value, cost, at, units, last = value[:, on], cost[:, on], to[on], units[on], price[on]
        prices, costs, which, options = (np.concatenate(part) for part in zip(*steps, strict=True))
        order = np.argsort(-prices, kind="stable")
        self.prices, self.units, self.options = prices[order], which[order], options[order]
        self.used = self.start + np.cumsum(costs[order])

    def after(self, count: int) -> NDArray[np.intp]:
        """Places once `count` steps are taken, shape (n_units,)."""
        place = self.place.copy()
        place[self.units[:count]] = self.options[:count]
        return place

    def price(self, limit: float) -> float:
        """Price of the first step that does not fit: 0 where all fit, infinity where none need."""
        if self.start > limit:
            return np.inf
        count = int(np.searchsorted(self.used, limit, side="right"))
        return float(self.prices[count]) if count < len(self.prices) else 0.0

    def meet(self, limit: float, least: float) -> Dual:
        """Return the price of the limit, or `least` where all steps fit."""
        units = np.arange(len(self.place))
        count = int(np.searchsorted(self.used, limit, side="right"))
        within = self.after(count)
        while count and block_sum(self.cost[within, units]) > limit:
            count -= 1  # the running sum was rounded
            within = self.after(count)
        if count == len(self.prices):
            return Dual(least, within, within)
        return Dual(float(self.prices[count]), within, self.after(count + 1))


def find_price(value: NDArray[np.float64], cost: NDArray[np.float64], limit: float) -> Dual | None:
    """Return the exact price of the limit, or None if even the cheapest options exceed it.

    Parameters
    ----------
    value : float64 array, shape (n_options, n_units)
        -inf where forbidden; options ordered by cost.
    cost : float64 array, shape (n_options, n_units)
    limit : float
    """
    return price_between(value, cost, limit, 0.0, np.inf)


def price_between(
    value: NDArray[np.float64],
    cost: NDArray[np.float64],
    limit: float,
    low: float,
    high: float,
) -> Dual | None:
    """Return the exact price of the limit where it lies between two prices, else None.

    With ``low`` 0 the price may be 0, where the limit does not bind.
    """
    units = np.arange(value.shape[1])
    beyond = best_places(value, cost, low)
    if block_sum(cost[beyond, units]) <= limit:
        return Dual(0.0, beyond, beyond) if low == 0.0 else None
    within = best_places(value, cost, high)
    if block_sum(cost[within, units]) > limit:
        return None
    open_ = np.flatnonzero(beyond != within)
    taken = cost[within, units]
    taken[open_] = 0.0
    walk = Walk(value[:, open_], cost[:, open_], within[open_], low)
    part = walk.meet(limit - block_sum(taken), low)
    left, right = within.copy(), within
    right[open_], left[open_] = part.within, part.beyond
    return Dual(part.price, right, left)
