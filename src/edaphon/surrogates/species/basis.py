"""Straight, squared and hinge columns of each predictor, as Maxent calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.models import column_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_HINGES = 4
"""Hinges of each predictor, at quantiles of the background."""

_TAIL = 0.005


@dataclass(frozen=True)
class HingeBasis:
    """How predictors become the columns of a logistic model.

    Attributes
    ----------
    low, high : float64 arrays, shape (p,)
        Range to which columns are clipped.
    center, scale : float64 arrays, shape (p,)
    squared : bool array, shape (p,)
        False for columns of two values, which stay straight.
    knots : float64 array, shape (n_knots,)
        Where hinges start, in the unit of their column, all columns one after the other.
    starts : int64 array, shape (p + 1,)
        Where each column's knots begin in `knots`.
    mean, spread : float64 arrays, shape (m,)
        Of the expanded columns; an infinite spread takes a column out.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    squared: NDArray[np.bool_]
    knots: NDArray[np.float64]
    starts: NDArray[np.int64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    def expand(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Expand and standardize, (n, p) to (n, m)."""
        return (self.columns(matrix) - self.mean) / self.spread

    def columns(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Expand without standardizing, (n, p) to (n, m)."""
        scaled = (np.clip(matrix, self.low, self.high) - self.center) / self.scale
        parts = []
        for j in range(matrix.shape[1]):
            straight = scaled[:, j]
            parts.append(straight)
            if self.squared[j]:
                parts.append(straight**2)
            for knot in self.knots[self.starts[j] : self.starts[j + 1]]:
                parts.append(np.maximum(straight - (knot - self.center[j]) / self.scale[j], 0.0))
        return np.column_stack(parts)


def fit_basis(matrix: NDArray[np.float64], n_hinges: int = N_HINGES) -> HingeBasis:
    """Place the hinges.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
        Of the background, or of presences and absences.
    n_hinges : int
        Per column, at evenly spaced quantiles; ties drop out.

    Returns
    -------
    HingeBasis

    Notes
    -----
    Feature classes of Maxent: Phillips and Dudik 2008, Ecography 31:161-175 (linear, quadratic and
    hinge). A reverse hinge is a straight column less a forward hinge, so forward ones are enough.
    Columns are clipped to their 0.5 and 99.5 % quantiles, so responses are flat beyond (Maxent's
    clamping).
    """
    binary = np.array([len(np.unique(column)) <= 2 for column in matrix.T])
    low, high = np.quantile(matrix, [_TAIL, 1 - _TAIL], axis=0)
    low = np.where(binary, matrix.min(axis=0), low)
    high = np.where(binary, matrix.max(axis=0), high)
    clipped = np.clip(matrix, low, high)
    center, spread = clipped.mean(axis=0), column_spread(clipped)
    knots = []
    for j in np.arange(matrix.shape[1]):
        inner = np.unique(np.quantile(clipped[:, j], np.linspace(0, 1, n_hinges + 2)[1:-1]))
        inside = (inner > low[j]) & (inner < high[j]) & ~binary[j]
        knots.append(inner[inside])
    starts = np.cumsum([0, *map(len, knots)])
    scale = np.where(spread > 0, spread, 1.0)
    nothing = np.zeros(0)
    raw = HingeBasis(
        low, high, center, scale, ~binary, np.concatenate(knots), starts, nothing, nothing
    )
    expanded = raw.columns(matrix)
    widths = column_spread(expanded)
    return HingeBasis(
        low,
        high,
        center,
        scale,
        ~binary,
        raw.knots,
        starts,
        expanded.mean(axis=0),
        np.where(widths > 1e-6, widths, np.inf),
    )
