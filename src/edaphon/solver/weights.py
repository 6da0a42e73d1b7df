"""Weights: the simplex lattice, its floor, and the scales of the objectives."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

from edaphon.solver.pymoo_adapter import reference_directions

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR = 1e-3
ALIKE = 1e-3
"""Weights closer than this (of 1 in all) to one that was asked bring hardly anything new."""


def lattice(n_objectives: int, count: int) -> NDArray[np.float64]:
    """Weights on the simplex lattice whose size is nearest to `count`.

    All vectors of multiples of 1/p that sum to 1 (Das and Dennis, 1998, SIAM Journal on
    Optimization 8, 631-657); p is chosen so that their number, (p + m - 1) choose (m - 1), comes
    nearest to `count` (the smaller p on a tie).

    Returns
    -------
    float64 array, shape (n_weights, n_objectives)
        In lexicographic order, rows summing to 1.
    """
    m = n_objectives
    if m == 1:
        return np.ones((1, 1))
    sizes = {p: comb(p + m - 1, m - 1) for p in range(1, max(2, count) + 1)}
    steps = min(sizes, key=lambda p: (abs(sizes[p] - count), p))
    return reference_directions(m, steps)


def floored(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights with a floor of 1e-3, summing to 1.

    A weight of exactly 0 lets an objective be wasted (weakly efficient portfolios); the floor
    breaks such ties at a cost far below the certificates.
    """
    raised = np.maximum(weights, FLOOR)
    made: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return made


def on_simplex(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights divided by their sum over the last axis."""
    total = weights.sum(axis=-1, keepdims=True)
    made: NDArray[np.float64] = weights / np.where(total > 0, total, 1.0)
    return made


def payoff_scales(payoff: NDArray[np.float64]) -> NDArray[np.float64]:
    """Payoff range of each objective over the single-objective optima, 1 where that is 0.

    Parameters
    ----------
    payoff : float64 array, shape (n_optima, n_objectives)
    """
    span = payoff.max(axis=0) - payoff.min(axis=0)
    size = np.abs(payoff).max(axis=0)
    return np.where(span > 1e-12 * size, span, 1.0)
