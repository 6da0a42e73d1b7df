"""Additive cubic splines with a ridge penalty, kept as one B-spline a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline

from edaphon.surrogates.models.base import ROWS
from edaphon.surrogates.models.linear import Ridge, fit_ridge

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DEGREE = 3


@dataclass(frozen=True)
class AdditiveSplines:
    """A sum of one cubic spline, or one line, per column; constant beyond the training range.

    Attributes
    ----------
    intercept : float
    knots : float64 array, shape (n_knots,)
        Full knot vectors of all columns, one after the other; a column without knots is linear.
    starts : int64 array, shape (p + 1,)
        Where each column's knots begin in `knots`.
    heights : float64 array, shape (n_knots,)
        B-spline coefficients of all columns, at the same places as the knots.
    low, high : float64 arrays, shape (p,)
        Range to which columns are clipped.
    slope : float64 array, shape (p,)
        Of linear columns; 0 elsewhere.
    """

    intercept: float
    knots: NDArray[np.float64]
    starts: NDArray[np.int64]
    heights: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    slope: NDArray[np.float64]

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict, (n, p) to (n,)."""
        total = np.empty(len(matrix))
        for start in range(0, len(matrix), ROWS):
            clipped = np.clip(matrix[start : start + ROWS], self.low, self.high)
            total[start : start + ROWS] = self.intercept + clipped @ self.slope
            for j in np.flatnonzero(np.diff(self.starts)):
                own = slice(self.starts[j], self.starts[j + 1])
                curve = BSpline.construct_fast(self.knots[own], self.heights[own], _DEGREE)
                total[start : start + ROWS] += curve(clipped[:, j])
        return total


def fit_splines(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
    signs: NDArray[np.int64] | None = None,
    *,
    n_knots: int = 5,
) -> AdditiveSplines:
    """Fit additive cubic splines with a ridge penalty chosen on the given folds.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    folds : int64 array, shape (n,)
    weights : float64 array, shape (n,), optional
        How much each row counts, above 0.
    signs : int64 array, shape (p,), optional
        1 or -1 where the curve may only rise or fall, 0 elsewhere.
    n_knots : int
        Knots at quantiles, the ends included; ties drop out. Columns with fewer than four
        different values stay linear.

    Returns
    -------
    AdditiveSplines

    Notes
    -----
    B-splines after de Boor 1978, A Practical Guide to Splines. Columns are clipped to their 0.5
    and 99.5 % quantiles, so the curves are flat beyond the training range. A curve that may only
    rise or fall has a basis of sums of B-splines from one on to the last, with coefficients of
    one sign: B-spline coefficients in order make a monotone curve (de Boor 1978, chapter XI).
    """
    low, high = np.quantile(matrix, [0.005, 0.995], axis=0)
    p = matrix.shape[1]
    signs = np.zeros(p, dtype=np.int64) if signs is None else signs
    vectors, parts = [], []
    for j in range(p):
        clipped = np.clip(matrix[:, j], low[j], high[j])
        vector = _knots(clipped, n_knots)
        basis = clipped[:, None]
        if len(vector):
            basis = BSpline.design_matrix(clipped, vector, _DEGREE).toarray()
            if signs[j]:
                basis = basis[:, ::-1].cumsum(axis=1)[:, ::-1]
            basis = basis[:, 1:]
        vectors.append(vector)
        parts.append(basis)
    widths = [part.shape[1] for part in parts]
    ridge = fit_ridge(np.hstack(parts), response, folds, weights, np.repeat(signs, widths))
    intercept, heights, slope = _collected(ridge, vectors, widths, signs)
    starts = np.cumsum([0, *map(len, vectors)])
    return AdditiveSplines(intercept, np.concatenate(vectors), starts, heights, low, high, slope)


def _knots(clipped: NDArray[np.float64], n_knots: int) -> NDArray[np.float64]:
    """Full knot vector of a column; empty where it stays linear."""
    if len(np.unique(clipped[:: max(1, len(clipped) // 1000)])) < 4 and len(np.unique(clipped)) < 4:
        return np.zeros(0)
    inner = np.unique(np.quantile(clipped, np.linspace(0, 1, n_knots)))
    return np.concatenate([[inner[0]] * _DEGREE, inner, [inner[-1]] * _DEGREE])


def _collected(
    ridge: Ridge,
    vectors: list[NDArray[np.float64]],
    widths: list[int],
    signs: NDArray[np.int64],
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Intercept, coefficients of B-splines and slopes, from those of the standardized basis."""
    coefficients = ridge.coefficients / ridge.scale
    intercept = float(ridge.intercept[0] - ridge.center @ coefficients)
    heights, slope = [], np.zeros(len(vectors))
    owned = np.split(coefficients, np.cumsum(widths)[:-1])
    for j, (vector, own) in enumerate(zip(vectors, owned, strict=True)):
        column = np.zeros(len(vector))
        if len(vector):
            column[1 : len(own) + 1] = np.cumsum(own) if signs[j] else own
        else:
            slope[j] = own[0]
        heights.append(column)
    return intercept, np.concatenate(heights), slope
