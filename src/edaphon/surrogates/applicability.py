"""The area of applicability: where new ground resembles the sampled one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.distance import pdist

from edaphon.surrogates.space import Space, fit_space

if TYPE_CHECKING:
    from numpy.typing import NDArray

FALSE_FLAGS = 0.05
"""Share of held-out samples that each of the two flags may strike."""

_PAIRED_ROWS = 3000
_EVEN = 0.05


@dataclass(frozen=True)
class Applicability:
    """What new rows are compared with.

    Attributes
    ----------
    space : Space
        The samples in standardized predictors, weighted by importance.
    typical : float
        Mean distance between samples.
    threshold : float
        Largest dissimilarity that counts as inside.
    reach : float
        Largest distance to the sampled range that does not count as beyond it, 0 or more.
    """

    space: Space
    typical: float
    threshold: float
    reach: float

    def dissimilarity(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Dissimilarity index of rows, (n, p) to (n,): nearest distance / mean distance."""
        return np.asarray(self.space.nearest(matrix) / self.typical, dtype=np.float64)

    def inside(self, matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether rows lie in the area of applicability, (n, p) to (n,)."""
        return np.asarray(self.dissimilarity(matrix) <= self.threshold)

    def beyond(self, matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether rows lie clearly beyond the range of the samples, (n, p) to (n,)."""
        return np.asarray(self.space.outside(matrix) > self.reach)


def fit_applicability(
    matrix: NDArray[np.float64],
    importance: NDArray[np.float64],
    folds: NDArray[np.int64],
    owners: NDArray[np.int64] | None = None,
) -> Applicability:
    """Measure how far samples lie from the samples of other folds.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
        Encoded predictors of the samples.
    importance : float64 array, shape (p,)
        Rise of the squared error when the column's predictor is shuffled, not negative; all 0 =
        equal weights.
    folds : int64 array, shape (n,) or (n_assignments, n)
        Whole blocks of ground or groups.
    owners : int64 array, shape (p,), optional
        Predictor that each column comes from; every column its own if not given.

    Returns
    -------
    Applicability

    Notes
    -----
    Dissimilarity index: Meyer and Pebesma 2021, Methods in Ecology and Evolution 12:1620-1633. The
    mean distance is that of at most 3,000 evenly spaced samples. Two choices differ from the paper:

    - The threshold is the 0.95 quantile of the samples' dissimilarity to those of other folds, as
      in the paper's first version (arXiv 2005.07939), so that at most one held-out sample in
      twenty is flagged. The published rule, min(Q3 + 1.5 (Q3 - Q1), max), flagged less of planted
      corners and moved more with the fold assignment.
    - The weight of a column is the root of its importance, since the squared error rises with the
      square of a predictor's slope, plus a little where it is above 0, since shuffling divides
      importance among correlated predictors: sqrt(importance / largest + 0.05) (judgement).

    `Applicability.beyond` looks at single predictors: how far a row lies beyond the smallest and
    largest sample, over all predictors, in the same standardized and weighted units. Beyond the
    ends themselves lie 5 to 12 % of held-out samples (some block is the warmest), so that the limit
    here too is what one in twenty of these exceeds (judgement; figures in
    docs/explanation/uncertainty.md).
    """
    counted = importance if importance.sum() > 0 else np.ones(len(importance))
    weights = np.where(counted > 0, np.sqrt(counted / counted.max() + _EVEN), 0.0)
    space = fit_space(matrix, owners, weights)
    points = space.points
    chosen = np.unique(np.linspace(0, len(points) - 1, _PAIRED_ROWS).round().astype(int))
    typical = float(pdist(points[chosen]).mean()) if points.shape[1] else 0.0
    typical = typical if typical > 0 else 1.0
    assignments = np.atleast_2d(folds)
    apart = np.concatenate([space.apart(row) for row in assignments]) / typical
    outside = np.concatenate([space.outside_others(row) for row in assignments])
    threshold, reach = (
        float(np.quantile(values, 1 - FALSE_FLAGS, method="higher")) for values in (apart, outside)
    )
    return Applicability(space, typical, threshold, reach)
