"""Prices of constraints where units are not decided one by one.

The bound at prices p is convex in p. Every portfolio found on the way is a cut below it; their
highest is a model whose minimum within a box around the best prices gives the next ones
(cutting planes: Kelley, 1960, Journal of SIAM 8, 703-712, kept in a box that grows with success and
shrinks without). The bounds hold at any prices, however exact the portfolios are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_STEPS = 60
CLOSE = 3e-6
"""Model and bound this close, relative to the bound: no better prices are to be found."""
LOOSE = 0.2
PATIENCE = 12
"""Steps without a better bound after which the search ends."""


@dataclass(frozen=True)
class Seen:
    """What the inner problem says at some prices.

    Attributes
    ----------
    bound : float
        With the priced limits.
    worth : float
        Of the portfolio found, without any price.
    slack : float64 array, shape (n_rows,)
        What the portfolio leaves of the limits, negative where it exceeds them.
    place : intp array, shape (n_units,)
    """

    bound: float
    worth: float
    slack: NDArray[np.float64]
    place: NDArray[np.intp]

    def loose(self, prices: NDArray[np.float64]) -> float:
        """How far the portfolio stays below the bound at the prices looked at."""
        return max(0.0, self.bound - self.worth - float(prices @ self.slack))


@dataclass(frozen=True)
class Priced:
    """Where the search for prices ended.

    Attributes
    ----------
    prices : float64 array, shape (n_rows,)
    bound : float
        The lowest found.
    seen : tuple of Seen
    """

    prices: NDArray[np.float64]
    bound: float
    seen: tuple[Seen, ...]


def find_prices(
    look: Callable[[NDArray[np.float64]], Seen],
    start: NDArray[np.float64],
    size: float,
) -> Priced:
    """Find prices at which the bound is least.

    Parameters
    ----------
    look : callable
        Solves the inner problem at prices >= 0.
    start : float64 array, shape (n_rows,)
    size : float
        What prices are measured in: the value of a typical option.
    """
    center, seen = start, [look(start)]
    best, loose = seen[0].bound, seen[0].loose(start)
    radius = max(0.25 * float(np.abs(start).max(initial=0.0)), 0.1 * size)
    idle = 0
    for _ in range(MAX_STEPS if len(start) else 0):
        prices, model = _lowest(seen, center, radius)
        if prices is None:
            break
        inside = bool((np.abs(prices - center) < 0.999 * radius).all())
        # what the inner problem leaves open at the best prices, other prices do not close
        if inside and best - model <= CLOSE * abs(best) + (1.0 + LOOSE) * loose:
            break
        found = look(prices)
        seen.append(found)
        if found.bound < best - 1e-9 * abs(best):
            good = best - found.bound > 0.3 * (best - model)
            center, best, idle = prices, found.bound, 0
            loose = found.loose(prices)
            radius *= 2.0 if good else 1.0
        else:
            idle += 1
            radius *= 0.5
        if idle >= PATIENCE:
            break
    return Priced(center, best, tuple(seen))


def _lowest(
    seen: list[Seen], center: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.float64] | None, float]:
    """Prices within the box at which the highest of all cuts is lowest, and how low it is."""
    slack = np.array([one.slack for one in seen])
    worth = np.array([one.worth for one in seen])
    size = max(radius, 1e-300)
    # portfolios of no worth at all leave the priced slack to measure by
    unit = float(np.abs(worth).max()) or size * float(np.abs(slack).max()) or 1.0
    low = np.maximum(center - radius, 0.0)
    bounds = [*zip(low / size, (center + radius) / size, strict=True), (None, None)]
    found = linprog(
        np.append(np.zeros(len(center)), 1.0),
        A_ub=np.hstack([slack * (size / unit), -np.ones((len(seen), 1))]),
        b_ub=-worth / unit,
        bounds=bounds,
        method="highs",
    )
    if found.status != 0:
        return None, -np.inf
    return np.maximum(found.x[:-1] * size, 0.0), float(found.x[-1]) * unit
