"""The area of applicability: where new ground resembles the sampled one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from edaphon.surrogates.models import column_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PAIRED_ROWS = 3000


@dataclass(frozen=True)
class Applicability:
    """What the dissimilarity index of new rows is measured with.

    Attributes
    ----------
    center, stretch : float64 arrays, shape (p,)
        A row is compared as (row - center) x stretch: standardized and weighted by importance.
    points : float64 array, shape (n_samples, p)
        The samples, so stretched.
    typical : float
        Mean distance between samples.
    threshold : float
        Largest dissimilarity that counts as inside.
    """

    center: NDArray[np.float64]
    stretch: NDArray[np.float64]
    points: NDArray[np.float64]
    typical: float
    threshold: float

    def dissimilarity(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Dissimilarity index of rows, (n, p) to (n,): nearest distance / mean distance."""
        stretched = (matrix - self.center) * self.stretch
        nearest, _ = cKDTree(self.points).query(stretched)
        return np.asarray(nearest / self.typical, dtype=np.float64)

    def inside(self, matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether rows lie in the area of applicability, (n, p) to (n,)."""
        return np.asarray(self.dissimilarity(matrix) <= self.threshold)


def fit_applicability(
    matrix: NDArray[np.float64],
    importance: NDArray[np.float64],
    folds: NDArray[np.int64],
) -> Applicability:
    """Measure how far samples lie from the samples of other folds.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
        Encoded predictors of the samples.
    importance : float64 array, shape (p,)
        Weight of each column, not negative; all 0 = equal weights.
    folds : int64 array, shape (n,)
        Whole blocks of ground.

    Returns
    -------
    Applicability

    Notes
    -----
    Dissimilarity index and area of applicability: Meyer and Pebesma 2021, Methods in Ecology and
    Evolution 12:1620-1633, sections 2.1-2.4. The threshold is the largest dissimilarity of a
    sample to those of other folds, outliers left out: min(Q3 + 1.5 (Q3 - Q1), max). The mean
    distance is that of at most 3,000 evenly spaced samples.
    """
    center, spread = matrix.mean(axis=0), column_spread(matrix)
    weights = importance if importance.sum() > 0 else np.ones(matrix.shape[1])
    varies = spread > 0
    stretch = np.where(varies, weights / np.where(varies, spread, 1.0), 0.0)
    points = (matrix - center) * stretch
    chosen = np.unique(np.linspace(0, len(points) - 1, _PAIRED_ROWS).round().astype(int))
    typical = float(pdist(points[chosen]).mean())
    typical = typical if typical > 0 else 1.0
    apart = np.zeros(len(points))
    for fold in np.unique(folds):
        held = folds == fold
        apart[held] = cKDTree(points[~held]).query(points[held])[0] / typical
    first, third = np.quantile(apart, [0.25, 0.75])
    threshold = min(float(third + 1.5 * (third - first)), float(apart.max()))
    return Applicability(center, stretch, points, typical, threshold)
