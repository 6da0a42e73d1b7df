"""The exact price of one bounded sum.

For a price p >= 0 every unit takes the option with the largest value - p x cost; the sum over
units plus p x limit, L(p), is an upper bound on what any feasible portfolio is worth. L is convex
and piecewise linear. One tangent is kept on each side of its minimum (cost above and within the
limit); the next price is where the two meet, and the search ends when L there lies on both, so the
price is exact. Every fourth step halves the bracket. A unit with the same best option at both ends
keeps it in between (upper envelope of lines), so later steps look at undecided units only. In large
problems the price of every sixteenth unit's problem tells where to start.
(Lagrangian relaxation of the multiple-choice knapsack: Kellerer, Pferschy and Pisinger, 2004,
Knapsack Problems, chapter 11.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import block_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGE = 4_000
"""Units from which a sample of them is asked first."""
SAMPLED = 16
_TRIES = 6
_MAX_STEPS = 300
_FLAT = 1e-13


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


def best_places(
    value: NDArray[np.float64], cost: NDArray[np.float64], price: float
) -> NDArray[np.intp]:
    """First of the best options of every unit at a price, shape (n_units,)."""
    reduced = value - price * cost if price else value
    best = reduced[0].copy()
    place = np.zeros(len(best), dtype=np.intp)
    for k in range(1, len(reduced)):
        better = reduced[k] > best
        place[better] = k
        np.copyto(best, reduced[k], where=better)
    return place


def _cheapest(value: NDArray[np.float64], cost: NDArray[np.float64]) -> NDArray[np.intp]:
    """Cheapest option of every unit, the most valuable of them on a tie."""
    return best_places(np.where(cost <= cost[0], value, -np.inf), cost, 0.0)


class _Side:
    """One tangent: places of the units still looked at, and the sums over them."""

    def __init__(
        self,
        value: NDArray[np.float64],
        cost: NDArray[np.float64],
        place: NDArray[np.intp],
        price: float,
    ) -> None:
        units = np.arange(len(place))
        self.place = place
        self.price = price
        self.value = block_sum(value[place, units])
        self.cost = block_sum(cost[place, units])


def find_price(value: NDArray[np.float64], cost: NDArray[np.float64], limit: float) -> Dual | None:
    """Return the exact price of the limit, or None if even the cheapest options exceed it.

    Parameters
    ----------
    value : float64 array, shape (n_options, n_units)
        -inf where forbidden; options ordered by cost.
    cost : float64 array, shape (n_options, n_units)
    limit : float
    """
    sides = _bracket(value, cost, limit) if value.shape[1] >= LARGE else None
    if sides is not None:
        return _search(value, cost, limit, *sides)
    free = _Side(value, cost, best_places(value, cost, 0.0), 0.0)
    if free.cost <= limit:
        return Dual(0.0, free.place, free.place)
    least = _Side(value, cost, _cheapest(value, cost), np.inf)
    if least.cost > limit:
        return None
    return _search(value, cost, limit, free, least)


def _bracket(
    value: NDArray[np.float64], cost: NDArray[np.float64], limit: float
) -> tuple[_Side, _Side] | None:
    """Return both sides of the limit near the price of a sample of the units.

    None where the limit does not bind in the sample, or no bracket was found soon.
    """
    some = np.ascontiguousarray(value[:, ::SAMPLED])
    share = some.shape[1] / value.shape[1]
    guess = find_price(some, np.ascontiguousarray(cost[:, ::SAMPLED]), limit * share)
    if guess is None or guess.price <= 0:
        return None
    price, step = guess.price, 1 / np.sqrt(some.shape[1])
    beyond: _Side | None = None
    within: _Side | None = None
    for _ in range(_TRIES):
        side = _Side(value, cost, best_places(value, cost, price), price)
        if side.cost > limit:
            beyond, price = side, price * (1 + step)
        else:
            within, price = side, price / (1 + step)
        if beyond is not None and within is not None:
            return beyond, within
        step *= 3
    return None


def _search(
    value: NDArray[np.float64],
    cost: NDArray[np.float64],
    limit: float,
    beyond: _Side,
    within: _Side,
) -> Dual:
    units = np.arange(value.shape[1])
    left, right = beyond.place.copy(), within.place.copy()
    room, price = limit, 0.0
    for step in range(1, _MAX_STEPS + 1):
        open_ = beyond.place != within.place
        if open_.sum() < 0.6 * len(units):
            room -= block_sum(cost[within.place[~open_], np.flatnonzero(~open_)])
            value, cost, units = value[:, open_], cost[:, open_], units[open_]
            beyond = _Side(value, cost, beyond.place[open_], beyond.price)
            within = _Side(value, cost, within.place[open_], within.price)
        if beyond.cost <= within.cost:
            break
        price = (beyond.value - within.value) / (beyond.cost - within.cost)
        halve = step % 4 == 0 and np.isfinite(within.price)
        if halve:
            price = 0.5 * (beyond.price + within.price)
        middle = _Side(value, cost, best_places(value, cost, price), price)
        tangent = within.value - price * within.cost
        size = abs(within.value) + price * abs(within.cost)
        flat = middle.value - price * middle.cost <= tangent + _FLAT * size
        if flat and not halve:
            break
        if middle.cost > room:
            beyond = middle
            left[units] = middle.place
        else:
            within = middle
            right[units] = middle.place
    return Dual(max(price, 0.0), right, left)
