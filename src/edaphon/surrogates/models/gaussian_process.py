"""Gaussian process regression, its length scale and noise chosen on folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist

from edaphon.surrogates.models.base import ROWS, column_spread, evened, leavable
from edaphon.surrogates.models.trees import relevance

if TYPE_CHECKING:
    from numpy.typing import NDArray

LENGTHS = (0.7, 1.5, 3.0, 6.0)
"""Length scales tried, as multiples of the median distance between rows."""

NOISES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Variances of the noise tried, as multiples of that of the process."""

CHOSEN_ON = 300
"""Rows at most on which length scale and noise are chosen."""

RELEVANT_ON = 2000
"""Rows at most on which the relevance of columns is measured."""

FITTED_ON = 10_000
"""Rows at most that are fitted: with so many, more hardly move a mean of `POINTS` covariances."""

POINTS = 500
"""Rows at most whose covariances with a new row are summed."""


@dataclass(frozen=True)
class GaussianProcess:
    """The mean of a Gaussian process with a Matern 3/2 covariance.

    Attributes
    ----------
    center, stretch : float64 arrays, shape (p,)
        Distances are taken between rows as (row - center) x stretch; 0 leaves a column out.
    points : float64 array, shape (n_points, p)
        Training rows, so stretched.
    heights : float64 array, shape (n_points,)
    mean : float
    """

    center: NDArray[np.float64]
    stretch: NDArray[np.float64]
    points: NDArray[np.float64]
    heights: NDArray[np.float64]
    mean: float

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict, (n, p) to (n,), with covariances in float32."""
        points, heights = self.points.astype(np.float32), self.heights.astype(np.float32)
        squares = (points**2).sum(axis=1)
        total = np.empty(len(matrix))
        for start in range(0, len(matrix), ROWS):
            own = slice(start, start + ROWS)
            rows = ((matrix[own] - self.center) * self.stretch).astype(np.float32)
            apart = rows @ (-2.0 * points.T)
            apart += (rows**2).sum(axis=1)[:, None]
            apart += squares
            np.sqrt(np.maximum(apart, 0.0, out=apart), out=apart)
            total[own] = _matern(apart) @ heights
        return np.asarray(self.mean + total)


def _matern(distance: NDArray[np.floating]) -> NDArray[np.floating]:
    """Matern covariance of smoothness 3/2: Rasmussen and Williams 2006, equation 4.17."""
    scaled = distance * distance.dtype.type(-np.sqrt(3.0))
    decay = np.exp(scaled)
    np.subtract(1, scaled, out=scaled)
    return np.multiply(scaled, decay, out=scaled)


def fit_gaussian_process(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    seed: int,
    weights: NDArray[np.float64] | None = None,
) -> GaussianProcess:
    """Fit a Gaussian process whose length scale and noise are chosen on the given folds.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    folds : int64 array, shape (n,)
        Folds on which the squared error chooses among `LENGTHS` and `NOISES`.
    seed : int
    weights : float64 array, shape (n,), optional
        How much each row counts, above 0: the variance of its noise is divided by it.

    Returns
    -------
    GaussianProcess

    Notes
    -----
    Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, section 2.2; above
    `POINTS` rows a random subset of them carries the covariances and up to `FITTED_ON` rows are
    fitted (subset of regressors, section 8.3.1). Predictions for a whole fold left out follow from
    the inverse covariance of all rows, as those for single rows do (section 5.4.2); marginal
    likelihood would ignore that rows of one fold belong together. Each standardized column is
    stretched by the square root of its relevance in a small boosting, a cheap stand-in for length
    scales of its own (judgement: on five tables better than equal length scales in all).
    """
    n = len(response)
    weights = evened(weights, n)
    center, spread = np.average(matrix, axis=0, weights=weights), column_spread(matrix, weights)
    mean = float(np.average(response, weights=weights))
    left = response - mean
    varies = spread > 0
    order = np.random.default_rng(seed).permutation(n)
    some = np.sort(order[:RELEVANT_ON])
    shares = relevance(matrix[some], left[some], seed, weights[some])
    stretch = np.where(varies, np.sqrt(shares) / np.where(varies, spread, 1.0), 0.0)
    rows = (matrix - center) * stretch
    some = np.sort(order[:CHOSEN_ON])
    length, noise = _chosen(rows[some], left[some], weights[some], leavable(folds[some]))
    rows = rows / length
    points = rows[np.sort(order[:POINTS])]
    own = _matern(cdist(points, points))
    if len(points) == n:
        system, wanted = own + np.diag(noise / weights), left
    else:
        some = np.sort(order[:FITTED_ON])
        between = _matern(cdist(points, rows[some]))
        across = between * weights[some]
        system = across @ between.T + noise * own
        wanted = across @ left[some]
    system[np.diag_indices_from(system)] *= 1 + 1e-9
    heights = cho_solve(cho_factor(system), wanted)
    return GaussianProcess(center, stretch / length, points, heights, mean)


def _chosen(
    rows: NDArray[np.float64],
    left: NDArray[np.float64],
    weights: NDArray[np.float64],
    folds: NDArray[np.int64],
) -> tuple[float, float]:
    """Length scale, in the unit of the rows, and noise with the least error on left-out folds."""
    distance = cdist(rows, rows)
    apart = distance[np.triu_indices_from(distance, 1)]
    typical = float(np.median(apart)) if np.median(apart) > 0 else float(apart.max() or 1.0)
    root = np.sqrt(weights)
    held = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    best, least = (typical, 1.0), np.inf
    for length in LENGTHS:
        covariance = root[:, None] * _matern(distance / (length * typical)) * root
        values, vectors = np.linalg.eigh(covariance)
        moments = vectors.T @ (root * left)
        for noise in NOISES:
            damped = 1.0 / (np.maximum(values, 0.0) + noise)
            solved = vectors @ (damped * moments)
            error = 0.0
            for own in held:
                inverse = (vectors[own] * damped) @ vectors[own].T
                missed = np.linalg.solve(inverse, solved[own])
                error += float((missed**2).sum())
            if error < least:
                best, least = (length * typical, noise), error
    return best
