"""Prices of several linking constraints, from a smoothed dual.

At prices ``p >= 0`` every unit takes the option with the largest ``value - p . rows``; the sum over
units plus ``p . limits`` bounds what any feasible portfolio is worth. That function of the prices
is convex with kinks. Each unit's maximum is replaced by ``t log sum exp(. / t)``, at most
``t log(options)`` above it, and L-BFGS-B follows the smooth function down while t shrinks (Nesterov
2005, Mathematical Programming 103:127-152). Any prices give a valid bound: the smoothing steers, it
proves nothing (`edaphon.solver.linked.price_bound`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMOOTHING = (0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4)
"""Temperatures, in units of the mean absolute value of an open pair."""
_LAST = 2
"""Temperatures left for the whole where a sample has found the first prices."""
_STEPS = 60
_SAMPLE = 20_000
"""Units above which a sample of them finds the first prices."""
_HISTORY = 10


@dataclass(frozen=True)
class Prices:
    """Where the smoothed dual ended.

    Attributes
    ----------
    prices : float64 array, shape (n_rows,)
    share : float64 array, shape (n_options, n_units)
        How much of each option every unit takes in the relaxed optimum; sums to 1 by unit.
    """

    prices: NDArray[np.float64]
    share: NDArray[np.float64]


def soft_best(values: NDArray[np.float64], temperature: float) -> float:
    """Sum over units of the smoothed largest value; `values` become its slopes.

    Parameters
    ----------
    values : float64 array, shape (n_options, n_units)
        Written over.
    temperature : float
        The largest value is exceeded by no more than this times the log of the options.
    """
    best = values.max(axis=0)
    values -= best
    values /= temperature
    np.exp(values, out=values)
    total = values.sum(axis=0)
    values /= total
    return float(best.sum() + temperature * np.log(total).sum())


def find_prices(
    rows: NDArray[np.float64],
    limits: NDArray[np.float64],
    value: NDArray[np.float64],
    start: NDArray[np.float64] | None = None,
) -> Prices:
    """Find prices at which the best options of all units are worth least.

    Parameters
    ----------
    rows : float64 array, shape (n_rows, n_options, n_units)
        Turned to ``sum of row <= limit`` and scaled alike.
    limits : float64 array, shape (n_rows,)
    value : float64 array, shape (n_options, n_units)
        -inf where forbidden.
    start : float64 array, shape (n_rows,), optional
        Prices to start from.

    Returns
    -------
    Prices
    """
    n_units = value.shape[1]
    scale = max(float(np.abs(value[np.isfinite(value)]).mean()), 1e-300)
    prices = np.zeros(len(limits)) if start is None else start / scale
    worth = value / scale
    temperatures: tuple[float, ...] = SMOOTHING
    if n_units > _SAMPLE:
        step = -(-n_units // _SAMPLE)
        some = np.arange(0, n_units, step)
        part = np.ascontiguousarray(rows[:, :, some])
        prices, _ = _descend(part, limits * (len(some) / n_units), worth[:, some], prices)
        temperatures = SMOOTHING[-_LAST:]
    prices, share = _descend(rows, limits, worth, prices, temperatures)
    return Prices(prices * scale, share)


def _descend(
    rows: NDArray[np.float64],
    limits: NDArray[np.float64],
    worth: NDArray[np.float64],
    prices: NDArray[np.float64],
    temperatures: tuple[float, ...] = SMOOTHING,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Follow the smooth dual down from one temperature to the next."""
    n_units = worth.shape[1]
    flat = rows.reshape(len(rows), -1)
    share = np.empty_like(worth)

    def smooth(
        prices: NDArray[np.float64], temperature: float
    ) -> tuple[float, NDArray[np.float64]]:
        reduced = np.subtract(worth, (prices @ flat).reshape(worth.shape), out=share)
        level = soft_best(reduced, temperature) + prices @ limits
        slope = limits - flat @ reduced.ravel()
        return float(level) / n_units, slope / n_units

    bounds = [(0.0, None)] * len(limits)
    options = {"maxiter": _STEPS, "maxcor": _HISTORY, "ftol": 1e-12, "gtol": 1e-9}
    for temperature in temperatures:
        found = minimize(
            smooth,
            prices,
            args=(temperature,),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options=options,
        )
        prices = np.asarray(found.x, dtype=np.float64)
    smooth(prices, temperatures[-1])
    return prices, share
