"""Exchange rates: what one more unit of an objective costs here, in units of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Front

_LEAST_WEIGHT = 2e-3
"""Weights up to twice the floor of the search say that nothing of an objective was asked."""


def exchange_rates(front: Front, row: int) -> NDArray[np.float64]:
    """Return what one unit more of each objective costs in each other, near one portfolio.

    A portfolio that is best for weights w lies on the plane w . f = const that no portfolio
    passes, so along the front a change of objective j is paid in objective k at the rate
    w[j] / w[k] (each in its own unit): the marginal rate of substitution at supporting weights.
    It holds for small changes; for large ones compare two portfolios.

    Parameters
    ----------
    front : Front
    row : int

    Returns
    -------
    float64 array, shape (n_objectives, n_objectives)
        Units of objective k given up (spent, for a cost) for one unit of j gained; 1 on the
        diagonal. nan where the portfolio answers no weights, or next to nothing was asked of
        one of the two.
    """
    weights = front.weights[row]
    count = len(weights)
    rates = np.full((count, count), np.nan)
    if not np.isfinite(weights).all() or not (weights > 0).any():
        return rates
    asked = weights / weights.sum() > _LEAST_WEIGHT
    raw = weights / front.scales
    both = np.ix_(asked, asked)
    rates[both] = raw[asked][:, None] / raw[asked][None, :]
    return rates


def realized_rates(
    difference: NDArray[np.float64], sense: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what one unit more of each objective cost between two portfolios.

    Parameters
    ----------
    difference : float64 array, shape (n_objectives,)
        Values of one minus values of the other.
    sense : float64 array, shape (n_objectives,)
        1 for maximized objectives, -1 for minimized ones.

    Returns
    -------
    float64 array, shape (n_objectives, n_objectives)
        Units of k given up per unit of j gained by whichever of the two is better in j; nan where
        the same one is better in both, or they do not differ.
    """
    gain = difference * sense
    opposed = gain[:, None] * gain[None, :] < 0
    size = np.abs(gain)
    rates = np.full(opposed.shape, np.nan)
    np.divide(size[None, :], size[:, None], out=rates, where=opposed)
    return rates
